#!/usr/bin/env bash
# What the Python module is built with (nanobind) and what its tests import: pinned wheels into
# .deps/python, for Debian 12's Python 3.11. Does nothing where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
pins=scripts/wheels-python.txt
if cmp -s "$pins" .deps/python/pins.txt; then exit 0; fi

mkdir -p .deps
work=$(mktemp -d .deps/python.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
  --require-hashes --only-binary=:all: --no-compile --target "$work/packages" --requirement "$pins"
cp "$pins" "$work/packages/pins.txt"
rm -rf .deps/python
mv "$work/packages" .deps/python
echo "fetched .deps/python" >&2
