#!/usr/bin/env bash
# bench/interact_rank/run.sh OUT LOG [SEED...]: InteractRank beside a two-tower, with and without
# counters, BM25, counters alone and trees, trained on the same lists and measured on the test lists
# once. What is there already is not made again.
#   LOG     market:SEED (simulated, EVENTS items shown), retrotech or trivago
#   SEED    of the trained models, default 1
#   EPOCHS, EVENTS, THREADS from the environment
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?"usage: bench/interact_rank/run.sh OUT LOG [SEED...]"}
log=${2:?"LOG: market:SEED, retrotech or trivago"}
shift 2
seeds=("${@:-1}")
kaskad=${BUILD:-build/release}/kaskad
shared=../shared/data
folder=$out/${log/:/-}
data=$folder/data
lists=$folder/lists
columns=()
counters=query:item,query_token:item
mkdir -p "$folder"

made() { [[ -e $1 ]]; }
quietly() { "$@" >>"$folder/log.txt" 2>&1 || { tail -3 "$folder/log.txt" >&2; return 1; }; }

market() {
  made "$folder/market" ||
    quietly "$kaskad" simulate -o "$folder/market" --events "${EVENTS:-1000000}" --seed "$1" \
      --no-shown-truth
  made "$data" ||
    quietly "$kaskad" ingest "$folder/market/interactions.csv" -o "$data" \
      --item-features "$folder/market/items.csv" --user-features "$folder/market/users.csv"
  made "$lists" ||
    quietly "$kaskad" make-impressions "$data" --split global-time:0.2 --heads click,save \
      --impressions "$folder/market/impressions.csv" -o "$lists"
  columns=(--columns title)
}

# Products have names and makers; a query has the clicks that somebody made up over them.
retrotech() {
  made "$folder/products.csv" ||
    tar xzOf "$shared/retrotech-search/products.tgz" products.csv |
    python3 bench/interact_rank/products.py >"$folder/products.csv"
  made "$data" ||
    quietly "$kaskad" ingest "$shared"/retrotech-search/*_sessions.gz --user-column sess_id \
      --item-column clicked_doc_id --action-column clicked \
      --item-features "$folder/products.csv" --item-key upc -o "$data"
  made "$lists" ||
    quietly "$kaskad" make-impressions "$data" --impressions "$shared"/retrotech-search/*_sessions.gz \
      --request-column sess_id --item-column clicked_doc_id --action-column clicked \
      --first-position 0 --heads clicked --split hash:0.1 -o "$lists"
  columns=(--columns name)
}

trivago() {
  local file=$shared/trivago-search/trivago_val_100k.parquet
  made "$data" ||
    quietly "$kaskad" ingest "$file" --item-column reference --action-column action_type \
      --time-column timestamp -o "$data"
  made "$lists" ||
    quietly "$kaskad" make-impressions "$data" --split global-time:0.2 --impressions "$file" \
      --form trivago -o "$lists"
  counters=user:item
}

# learned NAME SEED [options of train-ranker neural]
learned() {
  local name=$1 seed=$2
  shift 2
  made "$folder/$name-$seed/bundle" ||
    quietly "$kaskad" train-ranker neural "$data" "$lists" --model interact_rank --resume \
      --threads "${THREADS:-1}" --seed "$seed" --set "epochs=${EPOCHS:-10}" "$@" \
      -o "$folder/$name-$seed"
  rankers+=(--ranker "$name=$folder/$name-$seed")
}

main() {
  "${log%%:*}" "${log#*:}"
  others=()
  if [[ $log != trivago ]]; then
    made "$folder/bm25" ||
      quietly "$kaskad" train-ranker bm25 "$data" "$lists" "${columns[@]}" -o "$folder/bm25"
    made "$folder/counters" ||
      quietly "$kaskad" train-ranker counters "$data" "$lists" -o "$folder/counters"
    others+=(--ranker "bm25=$folder/bm25" --ranker "counters=$folder/counters")
  fi
  made "$folder/gbdt" ||
    quietly "$kaskad" train-ranker gbdt "$data" "$lists" --threads "${THREADS:-1}" -o "$folder/gbdt"
  others+=(--ranker "gbdt=$folder/gbdt")

  measured=()
  for seed in "${seeds[@]}"; do
    rankers=()
    learned interact_rank "$seed" --set "counters=$counters"
    learned two_tower "$seed" --set counters=[] --set crossing=none
    learned two_tower_crossed "$seed" --set counters=[]
    learned two_tower_counters "$seed" --set "counters=$counters" --set crossing=none
    measured+=("$folder/test-$seed.json")
    if ! made "$folder/test-$seed.json"; then
      "$kaskad" eval-ranker "$data" "$lists" "${rankers[@]}" "${others[@]}" --runs "$folder" \
        --json >"$folder/test.new"
      mv "$folder/test.new" "$folder/test-$seed.json"
    fi
  done
  python3 bench/interact_rank/table.py "${measured[@]}"
}

main
exit
