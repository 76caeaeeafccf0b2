#!/usr/bin/env bash
# Holds the server against the audits of graphql-http (GraphQL over HTTP), and against graphql-ws and graphql-sse
# (subscriptions). They are installed with npm, pinned by a lock
# file, into a folder outside the tree. Without node they are skipped, loudly, unless FAULTLINE_REQUIRE names node.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in node npm; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    case ",${FAULTLINE_REQUIRE:-}," in
    *[,\ ]node[,\ ]*)
      echo "audits: FAULTLINE_REQUIRE asks for node, and there is no '$tool' on the PATH" >&2
      exit 1
      ;;
    esac
    echo "audits: SKIPPED, there is no '$tool' on the PATH; neither the 61 audits of GraphQL over HTTP nor the clients of subscriptions were run"
    exit 0
  fi
done

from=internal/server/testdata/audits
tools=${FAULTLINE_TOOLS:-$(go env GOPATH | cut -d: -f1)/faultline-tools}
dir=$tools/audits-$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c1-16)
if [ ! -e "$dir/installed" ]; then
  echo "audits: installing graphql-http into $dir (once)" >&2
  mkdir -p "$dir"
  cp "$from/package.json" "$from/package-lock.json" "$dir/"
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  touch "$dir/installed"
fi
cp "$from/audit.mjs" "$dir/"
streams=$(scripts/npm.sh internal/server/testdata/streams)
cp internal/server/testdata/streams/judge.mjs "$streams/"

echo "go test -run TestTheAuditsOfGraphQLOverHTTPPass ./internal/server"
FAULTLINE_AUDITS=$dir go test -count=1 -v -run '^TestTheAuditsOfGraphQLOverHTTPPass$' ./internal/server
echo "go test -run TestTheClientsOfSubscriptionsAgree ./internal/server"
FAULTLINE_STREAMS=$streams go test -count=1 -v -run '^TestTheClientsOfSubscriptionsAgree$' ./internal/server
