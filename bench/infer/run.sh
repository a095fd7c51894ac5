#!/usr/bin/env bash
# One transformer of two layers behind HTTP: kaskad, FastAPI with ONNX Runtime and with PyTorch, and Go
# with ONNX Runtime. From another process: 1,000 requests a minute (open loop), then as many as they
# take (wrk, closed loop). One server runs at a time, rounds go through all of them. A line of JSON each; `bench/infer/run.sh | bench/infer/table.py`.
#
#   bench/infer/run.sh [SECONDS of a load, 10]
#
# Environment: KASKAD (the binary), VENV (Python with requirements.txt), THREADS (of each server, 2),
# CONNECTIONS ("1 2 16"), ROUNDS (3), RIVALS ("kaskad onnxruntime pytorch go"), ORT (the libonnxruntime.so of Go).
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
here=$folder/../serve
seconds=${1:-10}
kaskad=${KASKAD:-$folder/../../build/release/kaskad}
python=${VENV:-$folder/../../.deps/bench-torch-venv}/bin/python
ort=${ORT:-$folder/../../.deps/onnxruntime/lib/libonnxruntime.so}
threads=${THREADS:-2}
export CONNECTIONS=${CONNECTIONS:-1 2 16} ROUTE=/v2/models/model/infer
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

. "$here/load.sh"

(cd "$folder" && "$python" model.py "$work/model.onnx" && "$python" model.py "$work/requests" --requests 500) >&2
export LISTS=$work/requests
(cd "$folder/rival_go" && go build -o "$work/rival_go" .) >&2

free_port() {
  "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() {  # name: starts the server, `url` is where
  local log=$work/$1.log port
  : >"$log"
  port=$(free_port)
  url=http://127.0.0.1:$port
  case $1 in
    kaskad)
      "$kaskad" serve --onnx "model=$work/model.onnx" --port "$port" --threads "$threads" 2>"$log" &
      server=$!
      wait_for "$log" "serving on" "$server" ;;
    go)
      GOMAXPROCS=$threads "$work/rival_go" "$ort" "$work/model.onnx" "127.0.0.1:$port" 2>"$log" &
      server=$!
      wait_for "$log" "listening" "$server"
      sleep 0.5 ;;
    *)
      (cd "$folder" && ENGINE=$1 MODEL=$work/model.onnx OMP_NUM_THREADS=1 exec "$python" -m uvicorn \
        rival:app --host 127.0.0.1 --port "$port" --workers "$threads" --loop uvloop \
        --http httptools --no-access-log >"$log" 2>&1) &
      server=$!
      for _ in $(seq "$threads"); do wait_for "$log" "Application startup complete" "$server"; done
      sleep 2 ;;  # the other worker
  esac
}

stop() {
  kill "$server"
  wait "$server" 2>/dev/null || true
}

# Seconds of CPU that the server and its workers have taken.
cpu_of() {
  for process in "$1" $(pgrep -P "$1" || true); do cat "/proc/$process/stat"; done |
    awk -v tick="$(getconf CLK_TCK)" '{sum += $14 + $15} END {print sum / tick}'
}

saturate() {  # name, url: as `measure`, with the CPU time of a request
  local before after result
  for connections in $CONNECTIONS; do
    wrk -t1 -c"$connections" -d1s -s "$here/requests.lua" "$2" >/dev/null  # warm
    before=$(cpu_of "$server")
    result=$(wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "$here/requests.lua" "$2" |
      tail -n 1)
    after=$(cpu_of "$server")
    echo "{\"server\": \"$1\", \"threads\": $threads, \"connections\": $connections," \
      "\"cpu_seconds\": $(awk "BEGIN {print $after - $before}"), ${result#\{}"
  done
}

names=${RIVALS:-kaskad onnxruntime pytorch go}
for name in $names; do  # the same answers, before anything is timed
  [ "$name" != kaskad ] || continue
  start kaskad
  ours=$url first=$server
  start "$name"
  "$python" "$folder/compare.py" "$LISTS" "$ours$ROUTE" "$url$ROUTE"
  kill "$first"
  wait "$first" 2>/dev/null || true
  stop
done
for _ in $(seq "${ROUNDS:-3}"); do
  for name in $names; do
    start "$name"
    "$python" "$folder/at_rate.py" "$name" "$url$ROUTE" "$LISTS" --seconds "$((seconds * 2))"
    saturate "$name" "$url"
    stop
  done
done
