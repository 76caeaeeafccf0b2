#!/usr/bin/env bash
# Installs what `make test` needs beside Go, at pinned versions, outside the tree, and says what it does.
# Prints the path of the tool asked for as its last line on stdout; everything else goes to stderr.
set -euo pipefail

golangci_version=v2.6.2

if ! command -v go >/dev/null 2>&1; then
  echo "Faultline needs Go 1.26 or newer, and no 'go' is on the PATH." >&2
  echo "Install it from your distribution or from the Go project, then run 'make test' again." >&2
  exit 1
fi

tools=${FAULTLINE_TOOLS:-$(go env GOPATH | cut -d: -f1)/faultline-tools}

case "${1:-}" in
golangci-lint)
  dir=$tools/golangci-lint-$golangci_version-$(go env GOVERSION)
  if [ ! -x "$dir/golangci-lint" ]; then
    echo "tools: building golangci-lint $golangci_version into $dir (once, some minutes)" >&2
    mkdir -p "$dir"
    (cd "$dir" && GOBIN="$dir" GOFLAGS=-mod=mod go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci_version") >&2
  fi
  echo "$dir/golangci-lint"
  ;;
neo4j)
  # Tests run on a real Neo4j: one that is named, one in a container, or one that is assembled with Java and Maven.
  if [ -n "${FAULTLINE_TEST_NEO4J:-}" ] || { command -v java && command -v mvn; } >/dev/null 2>&1 || timeout 3 docker info >/dev/null 2>&1; then
    exit 0
  fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "tools: installing Java and Maven, with which the tests' Neo4j is assembled" >&2
    (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends default-jre-headless maven) >&2
    exit 0
  fi
  echo "The tests need a Neo4j 5.26: start Docker, or install Java 17 or newer and Maven (Debian: apt-get install default-jre-headless maven)," >&2
  echo "or name a server whose databases may be wiped: FAULTLINE_TEST_NEO4J=neo4j://user:password@host:7687" >&2
  exit 1
  ;;
browser)
  # The page is tried in Chromium; where it cannot be had, that test says that it was skipped.
  for name in "${FAULTLINE_BROWSER:-none}" chromium-headless-shell chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "tools: installing chromium-headless-shell, in which the page at /graphiql is tried" >&2
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium-headless-shell; } >&2 || true
  fi
  ;;
*)
  echo "usage: scripts/tools.sh golangci-lint|neo4j|browser" >&2
  exit 2
  ;;
esac
