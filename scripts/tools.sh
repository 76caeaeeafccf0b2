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
*)
  echo "usage: scripts/tools.sh golangci-lint" >&2
  exit 2
  ;;
esac
