#!/usr/bin/env bash
# Fetches Apache Arrow's C++ libraries and headers, which Debian lacks, out of the pinned pyarrow
# wheel into .deps/pyarrow. No Python code of it is ever run. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=$PWD/scripts/wheels.txt
target=$PWD/.deps/pyarrow
if cmp -s "$requirements" "$target/wheels.txt"; then exit 0; fi

if [[ $(uname -s)-$(uname -m) != Linux-x86_64 ]]; then
  echo "scripts/wheels.txt pins Arrow for Linux on x86_64; this is $(uname -s) on $(uname -m)." \
    "Give your own Arrow as -DKASKAD_ARROW_ROOT=DIR" >&2
  exit 1
fi
python=python3  # a virtual environment may come without pip
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3

mkdir -p .deps
work=$(mktemp -d .deps/pyarrow.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT
# The libraries are the same in the wheel of every Python version, so one version is pinned.
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
  --only-binary=:all: --implementation cp --python-version 3.11 \
  --platform manylinux_2_28_x86_64 --dest "$work" --requirement "$requirements"
unzip -q "$work"/pyarrow-*.whl 'pyarrow/include/*' 'pyarrow/libarrow.so.*' \
  'pyarrow/libparquet.so.*' -d "$work"
cp "$requirements" "$work/pyarrow/wheels.txt"
rm -rf "$target"
mv "$work/pyarrow" "$target"
echo "fetched $(sed -n 's/ .*//; /==/p' "$requirements") into .deps/pyarrow" >&2
