#!/usr/bin/env bash
# Installs what the build needs from Debian 12 (bookworm), and with --dev what `make test` needs on
# top of it, with --deb what `make deb` needs; with --spark what the jobs of spark/ need. Does nothing, and
# asks for no rights, where all of it is there. Run by the Makefile.
set -euo pipefail

# docs/DEPENDENCIES.md says why each library is here.
build=(
  g++ make cmake ninja-build pkg-config
  libboost1.81-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev
  prometheus-cpp-dev libhwy-dev libxxhash-dev libopenblas-dev
  libfaiss-dev libxgboost-dev librocksdb-dev libhiredis-dev zlib1g-dev
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  python3 python3-pip golang-go unzip ca-certificates  # fetch_wheels.sh
  python3-dev                                # `pip install .`, `make wheel`
  curl                                       # the request of `make demo`
)
dev=(libgtest-dev clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev ccache git
  redis-server              # of the tests of the Redis store
  chromium chromium-driver  # of the tests of the console and the reports
  librdkafka-dev            # of the builds that take events from Kafka
  python3-yaml              # of scripts/check_deployment.py
  python3-torch)            # of the tests that export PyTorch models
deb=(dpkg-dev file)  # cpack: which packages a program's libraries are of
spark=(openjdk-17-jre-headless procps python3 python3-pip unzip ca-certificates)

wanted=("${build[@]}")
case "${1:-}" in
  "") ;;
  --dev) wanted+=("${dev[@]}") ;;
  --deb) wanted+=("${deb[@]}") ;;
  --spark) wanted=("${spark[@]}") ;;
  *) echo "usage: $0 [--dev | --deb | --spark]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [[ $status == "install ok installed" ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then exit 0; fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "not installed: ${missing[*]}; run this as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
