#!/usr/bin/env bash
# Requests a second and latency of `kaskad serve` and of the Python rival, from another process
# (wrk, closed loop). A line of JSON for each server and number of connections.
#
#   bench/serve/run.sh BUNDLE [SECONDS]
#
# Environment: KASKAD (the binary), VENV (Python with requirements.txt; without it only kaskad is
# measured), THREADS (of each server, 2), CONNECTIONS ("1 16 64").
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bundle=$(realpath "${1:?usage: run.sh BUNDLE [SECONDS]}")
seconds=${2:-10}
kaskad=${KASKAD:-$here/../../build/release/kaskad}
python=${VENV:-$here/../../.deps/bench-venv}/bin/python
threads=${THREADS:-2}
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

. "$here/load.sh"

"$python" "$here/histories.py" "$bundle" 2000 >"$work/histories"
export HISTORIES=$work/histories
"$kaskad" serve --bundle "$bundle" --port 0 --threads "$threads" 2>"$work/kaskad.log" &
servers+=($!)
wait_for "$work/kaskad.log" "serving on" "${servers[0]}"
url=$(address "$work/kaskad.log")
measure kaskad "$url"

if [ ! -e "$bundle/user.onnx" ] &&
  { [ ! -e "$bundle/matrix-0.values.npy" ] || [ -e "$bundle/matrix-1.values.npy" ]; }; then
  exit 0  # the rival knows one matrix or one neural model
fi
if ! "$python" -c 'import fastapi, uvicorn, uvloop, httptools, orjson, scipy, onnxruntime' \
  2>/dev/null; then
  echo "no FastAPI in $python: install $here/requirements.txt to measure the rival" >&2
  exit 0
fi
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
: >"$work/rival.log"
(cd "$here" && BUNDLE=$bundle OPENBLAS_NUM_THREADS=1 exec "$python" -m uvicorn rival:app \
  --host 127.0.0.1 --port "$port" --workers "$threads" --loop uvloop --http httptools \
  --no-access-log >"$work/rival.log" 2>&1) &
servers+=($!)
wait_for "$work/rival.log" "Application startup complete" "${servers[1]}"
rival=http://127.0.0.1:$port
"$python" "$here/compare.py" "$HISTORIES" "$url" "$rival"
measure fastapi "$rival"
