#!/usr/bin/env bash
# Fails where generated code differs from what its sources generate now. Generates in a copy: the tree is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R go.mod go.sum gqlgen.yml ./*.graphqls client graph internal resolvers "$copy/"
for extra in schema *.go; do
  if [ -e "$extra" ]; then cp -R "$extra" "$copy/"; fi
done

echo "go tool gqlgen generate"
(cd "$copy" && go tool gqlgen generate)
if ! diff -r internal/gql "$copy/internal/gql" >"$copy/diff"; then
  head -40 "$copy/diff"
  echo "internal/gql is not what schema.graphqls and gqlgen.yml generate: run 'make generate' and commit the result" >&2
  exit 1
fi

echo "go tool genqlient client/genqlient.yaml"
(cd "$copy" && go tool genqlient client/genqlient.yaml)
if ! diff client/operations.go "$copy/client/operations.go" >"$copy/diff"; then
  head -40 "$copy/diff"
  echo "client/operations.go is not what the schema and client/operations.graphql generate: run 'make generate' and commit the result" >&2
  exit 1
fi

if [ -n "${FAULTLINE_DATA:-}" ]; then
  echo "go run ./internal/demo/build"
  go run ./internal/demo/build -o "$copy/estate.ndjson"
  if ! cmp "$copy/estate.ndjson" internal/demo/estate.ndjson; then
    echo "internal/demo/estate.ndjson is not what internal/demo/build makes of FAULTLINE_DATA: run 'make generate' and commit the result" >&2
    exit 1
  fi
fi

echo "scripts/graphiql.sh --check"
scripts/graphiql.sh --check
