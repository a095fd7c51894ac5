#!/usr/bin/env bash
# A search marketplace in one go: a log of it, the matrices that find its habits, a two-tower model,
# InteractRank and an amortized ranker, compared on what came later, and served as a cascade. Run by
# `make demo`; each command is shown as typed.
# The server stays up until Ctrl-C; without a terminal (or with CI set) it stops at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/demo_steps.sh
out=demo
export PATH=$PWD/build/release:$PATH
rm -rf "$out"
mkdir -p "$out"

step "A marketplace: people search, pages are shown, some of it is clicked, saved, bought"
run kaskad simulate -o "$out/market" --events 300000
head -n 3 "$out/market/impressions.csv"

step "A dataset: what was done, what items and users are like"
run kaskad ingest "$out/market/interactions.csv" --item-features "$out/market/items.csv" \
  --user-features "$out/market/users.csv" -o "$out/data" --describe

step "Which items does somebody come to next? Hundreds of co-occurrence matrices say"
run kaskad grid "$out/data" --split global-time:0.2 --whole-log -o "$out/grid"

step "The same question to a neural model of items by their features"
run kaskad train "$out/data" --model two_tower --split global-time:0.2 \
  --set item_features=true --set epochs=5 -o "$out/two_tower"
run kaskad compare "$out/grid" "$out/two_tower" --report "$out/compare.html"

step "The pages that were shown, cut in time: what rankers learn from, and what they are asked"
run kaskad make-impressions "$out/data" --split global-time:0.2 --heads click,save \
  --impressions "$out/market/impressions.csv" -o "$out/lists"

step "Rankers: trees, InteractRank over counters of query and item, amortized attention"
run kaskad train-ranker gbdt "$out/data" "$out/lists" -o "$out/gbdt"
run kaskad train-ranker neural "$out/data" "$out/lists" --model interact_rank \
  --set counters=query:item,query_token:item --set epochs=4 -o "$out/interact_rank"
run kaskad train-ranker neural "$out/data" "$out/lists" --model amortized \
  --set dimension=32 --set max_history=50 --set epochs=1 -o "$out/amortized"

step "Who is better, and by how much"
run kaskad eval-ranker "$out/data" "$out/lists" --ranker "$out/interact_rank" \
  --ranker "$out/amortized" --ranker "$out/gbdt" --report "$out/rankers.html" --runs "$out"

step "A cascade of them, checked and served"
run kaskad popularity "$out/data" --window popularity-window:7d --split global-time:0.2 \
  --whole-log -o "$out/popular"
run kaskad text-index "$out/data" --columns title -o "$out/words"
cat >"$out/cascade.toml" <<'END'
name = "market"
items = "data"
histories = "matrix"

[[retriever]]
name = "matrix"
bundle = "grid/production"
quota = 500
time_ms = 50
asked = "recommend"  # and not for a search

[[retriever]]
name = "popular"
bundle = "popular"
quota = 200
asked = "recommend"

[[retriever]]
name = "words"
bundle = "words"
quota = 500
asked = "search"

[prerank]
bundle = "interact_rank"
keep = 100
time_ms = 50

[rank]
bundle = "amortized"
keep = 50
time_ms = 100
fallback = { bundle = "gbdt", time_ms = 50 }

[blend]
mmr = { lambda = 0.9, feature = "content" }
caps = [{ feature = "brand", at_most = 3 }]
END
run cat "$out/cascade.toml"
run kaskad check "$out/cascade.toml"
serve "$out/serve.log" "$out/cascade.toml"
IFS=, read -r _ user _ _ _ _ query < <(tail -n 1 "$out/market/impressions.csv")
ask /v1/recommend "{\"user_id\": \"$user\", \"k\": 3, \"sources\": true}"
ask /v1/search "{\"user_id\": \"$user\", \"query\": \"$query\", \"k\": 3}"

step "People come back after the log: what a page of its ranker is worth to them, and of others"
run kaskad simulate --world "$out/market" --against "$address" --visits 500
run kaskad simulate --world "$out/market" --policy tokens,engine,truth --visits 500

printf '\nThe reports: %s\nThe server, with a page to try it: %s\n' \
  "$(printf "$PWD/$out/%s " grid/report.html compare.html rankers.html)" "$address/"
until_ctrl_c
