#!/usr/bin/env bash
# Requests a second and latency of `kaskad serve --ranker` for stored lists, from another process
# (wrk, closed loop), each number of threads with a server of its own. A line of JSON for each server
# and number of connections, and one with the threads that the process had and the cores it used.
#
#   bench/serve/rank.sh RANKER DATASET LISTS [SECONDS]     LISTS: one part, as lists/test
#
# Environment: KASKAD (the binary), VENV (Python with NumPy), THREADS ("1 2"), CONNECTIONS ("1 8"),
# CANDIDATES (of each list, 100).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ranker=$(realpath "${1:?usage: rank.sh RANKER DATASET LISTS [SECONDS]}")
dataset=$(realpath "${2:?}")
lists=$(realpath "${3:?}")
seconds=${4:-10}
kaskad=${KASKAD:-$here/../../build/release/kaskad}
python=${VENV:-$here/../../.deps/bench-venv}/bin/python
export CONNECTIONS=${CONNECTIONS:-1 8}
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
. "$here/load.sh"

cpu_seconds() {  # process
  awk -v ticks="$(getconf CLK_TCK)" '{print ($14 + $15) / ticks}' "/proc/$1/stat"
}

"$python" "$here/rank_bodies.py" "$dataset" "$lists" 500 "${CANDIDATES:-100}" >"$work/lists"
export LISTS=$work/lists
for threads in ${THREADS:-1 2}; do
  "$kaskad" serve --ranker "$ranker" --port 0 --threads "$threads" 2>"$work/log" &
  server=$!
  servers+=("$server")
  wait_for "$work/log" "serving on" "$server"
  before=$(cpu_seconds "$server") start=$(date +%s.%N)
  measure kaskad "$(address "$work/log")"
  echo "{\"process_threads\": $(awk '/^Threads/ {print $2}' "/proc/$server/status")," \
    "\"threads\": $threads, \"cores_used\":" \
    "$(awk -v a="$before" -v b="$(cpu_seconds "$server")" -v s="$start" -v e="$(date +%s.%N)" \
      'BEGIN {printf "%.2f", (b - a) / (e - s)}')}"
  kill "$server"
  wait "$server" || true
done
