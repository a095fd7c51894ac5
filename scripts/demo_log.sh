#!/usr/bin/env bash
# The first day with a log of one's own, in one go: describe and ingest it, try the grid of matrices,
# measure the winner, write recommendations, and serve them. Run by `make demo LOG=...`.
#   scripts/demo_log.sh [LOG]   any file `kaskad ingest` reads; without it one is simulated
# The server stays up until Ctrl-C; without a terminal (or with CI set) it stops after one request.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/demo_steps.sh
log=${1:-}
out=demo
export PATH=$PWD/build/release:$PATH
rm -rf "$out"
mkdir -p "$out"

if [[ -z $log ]]; then
  step "A log: what the people of a marketplace took"
  run kaskad simulate -o "$out/market" --events 500000 --no-shown-truth
  log=$out/market/interactions.csv
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
serve "$out/serve.log" --bundle "$out/grid/production"
user=$(sed -n '2s/,.*//p' "$out/recs.csv")
ask /v1/recommend "{\"user_id\": \"$user\", \"k\": 3}"

printf '\nThe report: %s\nThe server, with a page to try it: %s\n' \
  "$PWD/$out/grid/report.html" "$address/"
until_ctrl_c
