#!/usr/bin/env bash
# Fails where generated code differs from what its sources generate now. The tree is left as it was found.
set -euo pipefail
cd "$(dirname "$0")/.."

kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
cp -R internal/gql "$kept/gql"

echo "go tool gqlgen generate"
go tool gqlgen generate
if ! diff -r "$kept/gql" internal/gql >"$kept/diff"; then
  rm -rf internal/gql
  cp -R "$kept/gql" internal/gql
  head -40 "$kept/diff"
  echo "internal/gql is not what schema.graphqls and gqlgen.yml generate: run 'make generate' and commit the result" >&2
  exit 1
fi

if [ -n "${FAULTLINE_DATA:-}" ]; then
  echo "go run ./internal/demo/build"
  go run ./internal/demo/build -o "$kept/estate.ndjson"
  if ! cmp -s "$kept/estate.ndjson" internal/demo/estate.ndjson; then
    echo "internal/demo/estate.ndjson is not what internal/demo/build makes of FAULTLINE_DATA: run 'make generate' and commit the result" >&2
    exit 1
  fi
fi
