#!/usr/bin/env bash
# Installs what the package.json and the lock file of a folder pin, once, into a folder outside the tree, and prints
# that folder. No package may run a script of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

from=$1
tools=${FAULTLINE_TOOLS:-$(go env GOPATH | cut -d: -f1)/faultline-tools}
dir=$tools/npm-$(basename "$from")-$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c1-16)
if [ ! -e "$dir/installed" ]; then
  echo "npm: installing what $from/package-lock.json pins into $dir (once)" >&2
  mkdir -p "$dir"
  cp "$from/package.json" "$from/package-lock.json" "$dir/"
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  touch "$dir/installed"
fi
echo "$dir"
