#!/usr/bin/env bash
# Holds the program against judges that others wrote: graphql-http (GraphQL over HTTP), graphql-js (whether the schema
# breaks clients of the released one), graphql-ws and graphql-sse (subscriptions), @apollo/composition (federation) and the
# TypeScript compiler (the client of docs/clients.md). They are installed with npm, pinned by lock files, into folders outside the tree. Without node they are skipped, loudly, unless FAULTLINE_REQUIRE names node.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in node npm curl; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    case ",${FAULTLINE_REQUIRE:-}," in
    *[,\ ]node[,\ ]*)
      echo "audits: FAULTLINE_REQUIRE asks for node, and there is no '$tool' on the PATH" >&2
      exit 1
      ;;
    esac
    echo "audits: SKIPPED, there is no '$tool' on the PATH; neither GraphQL over HTTP, nor changes of the schema, nor subscriptions, nor federation, nor the TypeScript client was tried"
    exit 0
  fi
done

audits=$(scripts/npm.sh internal/server/testdata/audits)
cp internal/server/testdata/audits/*.mjs "$audits/"
streams=$(scripts/npm.sh internal/server/testdata/streams)
cp internal/server/testdata/streams/judge.mjs "$streams/"
federation=$(scripts/npm.sh internal/cli/testdata/clients/federation)
typescript=$(scripts/npm.sh internal/cli/testdata/clients/typescript)

echo "go test -run TestTheAuditsOfGraphQLOverHTTPPass ./internal/server"
FAULTLINE_AUDITS=$audits go test -count=1 -v -run '^TestTheAuditsOfGraphQLOverHTTPPass$' ./internal/server
echo "go test -run 'TestTheSchemaBreaksNoClientOfTheReleasedOne|TestTheGateOfTheSchemaCatchesWhatBreaksClients' ./internal/server"
FAULTLINE_AUDITS=$audits go test -count=1 -v \
  -run '^(TestTheSchemaBreaksNoClientOfTheReleasedOne|TestTheGateOfTheSchemaCatchesWhatBreaksClients)$' ./internal/server
echo "go test -run TestTheClientsOfSubscriptionsAgree ./internal/server"
FAULTLINE_STREAMS=$streams go test -count=1 -v -run '^TestTheClientsOfSubscriptionsAgree$' ./internal/server
echo "go test -run 'TestTheSchemaComposesWithAnother|TestATypedClientInThreeLines' ./internal/cli"
FAULTLINE_FEDERATION=$federation FAULTLINE_TYPESCRIPT=$typescript go test -count=1 -v \
  -run '^(TestTheSchemaComposesWithAnother|TestATypedClientInThreeLines)$' ./internal/cli
