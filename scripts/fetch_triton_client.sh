#!/usr/bin/env bash
# Triton's Python client, which a test calls the server with (tests/grpc): pinned wheels into
# .deps/tritonclient. Does nothing where it is.
set -euo pipefail
cd "$(dirname "$0")/.."
pins=scripts/wheels-triton.txt
if cmp -s "$pins" .deps/tritonclient/pins.txt; then exit 0; fi
if [[ $(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') != 3.11 ]]; then
  echo "$pins pins wheels for Python 3.11, Debian 12's; the test of Triton's client is left out" >&2
  exit 0
fi
python=python3  # a virtual environment may come without pip
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3

mkdir -p .deps
work=$(mktemp -d .deps/tritonclient.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT
"$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
  --require-hashes --only-binary=:all: --no-compile --target "$work/packages" --requirement "$pins"
cp "$pins" "$work/packages/pins.txt"
rm -rf .deps/tritonclient
mv "$work/packages" .deps/tritonclient
echo "fetched .deps/tritonclient" >&2
