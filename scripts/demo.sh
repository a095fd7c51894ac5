#!/usr/bin/env bash
# The first day with a log, in one go: describe and ingest it, try the grid of matrices, measure the
# winner, write recommendations, and serve them. Run by `make demo`; each command is shown as typed.
#   scripts/demo.sh [LOG]   LOG: any file `kaskad ingest` reads; without it one is generated
# The server stays up until Ctrl-C; without a terminal (or with CI set) it stops after one request.
set -euo pipefail
cd "$(dirname "$0")/.."
log=${1:-}
out=demo
export PATH=$PWD/build/release:$PATH
rm -rf "$out"
mkdir -p "$out"

step() {
  printf '\n\033[1m# %s\033[0m\n' "$1" >&2
}
run() {
  printf '$ %s\n' "$*" >&2
  "$@"
}

if [[ -z $log ]]; then
  log=$out/log.csv.gz
  step "A log: 5,000 users take 200,000 times from 1,500 items, with tastes and habits"
  run kaskad_generate_log -o "$log" --interactions 200000 --users 5000 --items 1500
fi

step "What it looks like, and a dataset out of it"
run kaskad ingest "$log" -o "$out/data" --describe

step "Hundreds of co-occurrence matrices; the winner is chosen on validation"
run kaskad grid "$out/data" --split leave-one-out --whole-log -o "$out/grid"

step "The winner, measured again from its bundle"
run kaskad eval "$out/data" --bundle "$out/grid/winner" --split leave-one-out

step "Recommendations for everybody, by the same model fitted on the whole log"
run kaskad recommend --bundle "$out/grid/production" --k 10 -o "$out/recs.csv"
head -n 4 "$out/recs.csv"

step "The same, served"
port=${KASKAD_PORT:-8080}
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
address=http://127.0.0.1:$port
printf '$ kaskad serve --bundle %s --port %s\n' "$out/grid/production" "$port" >&2
kaskad serve --bundle "$out/grid/production" --port "$port" 2>"$out/serve.log" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
ready=no
for ((i = 0; i < 100; ++i)); do
  if curl -sf -o /dev/null "$address/v2/health/ready"; then ready=yes; break; fi
  if ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.1
done
if [[ $ready == no ]]; then
  echo "the server did not become ready:" >&2
  cat "$out/serve.log" >&2
  exit 1
fi
user=$(sed -n '2s/,.*//p' "$out/recs.csv")
run curl -sS --fail-with-body "$address/v1/recommend" -H 'Content-Type: application/json' \
  -d "{\"user_id\": \"$user\", \"k\": 3}"

printf '\n\nThe report: %s\nThe server, with a page to try it: %s\n' \
  "$PWD/$out/grid/report.html" "$address/"
if [[ -t 0 && -z ${CI:-} ]]; then
  echo "Ctrl-C stops it."
  trap 'kill -INT "$server" 2>/dev/null || true' INT
  wait "$server" || true
else
  kill -INT "$server"
  wait "$server"
  echo "(no terminal: the server has been stopped; start it again with the command above)"
fi
trap - EXIT
