#!/usr/bin/env bash
# Builds the page at /graphiql from internal/web/source into internal/web/built: one script, one style, the licences. With
# --check it builds elsewhere and fails where the result is not what is committed; without node it skips that, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

source=internal/web/source built=internal/web/built
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  if [ "${1:-}" = --check ]; then
    echo "graphiql: SKIPPED, there is no node with npm on the PATH; whether $built is what $source builds was not tried"
    exit 0
  fi
  echo "graphiql: node with npm is needed, and not on the PATH" >&2
  exit 1
fi

installed=$(scripts/npm.sh "$source")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source"/* "$work/"
ln -s "$installed/node_modules" "$work/node_modules"
(cd "$work" && node build.mjs "$work/built")

if [ "${1:-}" != --check ]; then
  mkdir -p "$built"
  cp "$work"/built/* "$built/"
  exit 0
fi
for file in "$work"/built/*.gz; do
  # Compressed by another zlib, equal content has other bytes.
  if ! cmp -s <(gzip -dc "$file") <(gzip -dc "$built/$(basename "$file")"); then
    echo "$built/$(basename "$file") is not what $source builds: run scripts/graphiql.sh and commit the result" >&2
    exit 1
  fi
done
