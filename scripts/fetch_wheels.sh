#!/usr/bin/env bash
# Fetches the C++ libraries that Debian lacks out of pinned wheels, into .deps/. No Python code of
# them is ever run. Does nothing where they are.
#   scripts/fetch_wheels.sh          Arrow and ONNX Runtime
#   scripts/fetch_wheels.sh --train  libtorch as well (540 MB to fetch, 560 MB on disk)
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(uname -s)-$(uname -m) != Linux-x86_64 ]]; then
  echo "scripts/wheels*.txt pin libraries for Linux on x86_64; this is $(uname -s) on $(uname -m)." \
    "Give your own as -DKASKAD_ARROW_ROOT=DIR -DKASKAD_ORT_ROOT=DIR -DKASKAD_TORCH_ROOT=DIR" >&2
  exit 1
fi
python=python3  # a virtual environment may come without pip
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3

mkdir -p .deps
work=$(mktemp -d .deps/fetch.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT

# fetch REQUIREMENTS PACKAGE: the wheel of one package, verified, into $work. The C++ libraries are
# the same in the wheel of every Python version, so one version is pinned.
fetch() {
  sed -n "/^$2==/p" "scripts/$1" >"$work/$2.txt"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --implementation cp --python-version 3.11 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux2014_x86_64 --dest "$work" --requirement "$work/$2.txt"
  ls "$work/${2//-/_}"-*.whl
}

# up_to_date FOLDER PIN...: whether FOLDER was made from these very lines.
up_to_date() { printf '%s\n' "${@:2}" | cmp -s - ".deps/$1/pins.txt"; }
# place FOLDER SOURCE PIN...: SOURCE becomes .deps/FOLDER, in one step.
place() {
  printf '%s\n' "${@:3}" >"$2/pins.txt"
  rm -rf ".deps/$1"
  mv "$2" ".deps/$1"
  echo "fetched .deps/$1" >&2
}
pin() { sed -n "/^$2==/p" "scripts/$1"; }

arrow=$(pin wheels.txt pyarrow)
if ! up_to_date pyarrow "$arrow"; then
  unzip -q "$(fetch wheels.txt pyarrow)" 'pyarrow/include/*' 'pyarrow/libarrow.so.*' \
    'pyarrow/libparquet.so.*' -d "$work"
  place pyarrow "$work/pyarrow" "$arrow"
fi

# The wheel of ONNX Runtime has no headers. A Go binding carries the C header (MIT); it comes
# through Go's own client, which Debian packages.
ort=$(pin wheels.txt onnxruntime)
header_module=github.com/yalue/onnxruntime_go@v1.27.0
header_sums="9ed0d7054a4e74249467365b25b415d36f51a44a6349e2a994a1812e4723d1e2  onnxruntime_c_api.h
e94ac3490697bdb107844fa9d403952ee7136134132a057eae5c1207b57ce352  onnxruntime_ep_c_api.h"
if ! up_to_date onnxruntime "$ort" "$header_module"; then
  unzip -q "$(fetch wheels.txt onnxruntime)" 'onnxruntime/capi/libonnxruntime.so.*' -d "$work"
  mkdir -p "$work/ort/include" "$work/ort/lib" "$work/go"
  library=$(basename "$work"/onnxruntime/capi/libonnxruntime.so.*)
  mv "$work/onnxruntime/capi/$library" "$work/ort/lib/"
  ln -s "$library" "$work/ort/lib/libonnxruntime.so.1"  # its soname
  ln -s "$library" "$work/ort/lib/libonnxruntime.so"
  # -modcacherw: so that the folder can be removed again.
  (cd "$work/go" && GOMODCACHE=$PWD/cache GOFLAGS=-modcacherw GO111MODULE=on \
    go mod download "$header_module")
  cp "$work/go/cache/$header_module"/onnxruntime*_c_api.h "$work/ort/include/"
  (cd "$work/ort/include" && sha256sum --quiet --check <<<"$header_sums")
  place onnxruntime "$work/ort" "$ort" "$header_module"
fi

[[ ${1:-} == --train ]] || exit 0
torch=$(pin wheels-train.txt torch)
if ! up_to_date torch "$torch"; then
  # Into lib/ beside libtorch_cpu.so, which looks there for what it needs ($ORIGIN).
  unzip -q "$(fetch wheels-train.txt torch)" 'torch/include/*' 'torch/lib/libtorch_cpu.so' \
    'torch/lib/libc10.so' 'torch/lib/libgomp.so.1' 'torch/lib/libgfortran.so.5' -d "$work"
  unzip -q -j "$(fetch wheels-train.txt nvidia-cuda-cupti)" '*/lib/libcupti.so.*' \
    -d "$work/torch/lib"
  unzip -q -j "$(fetch wheels-train.txt nvidia-cuda-runtime)" '*/lib/libcudart.so.*' \
    -d "$work/torch/lib"
  place torch "$work/torch" "$torch"
fi
