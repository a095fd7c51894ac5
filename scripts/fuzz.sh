#!/usr/bin/env bash
# scripts/fuzz.sh FUZZER SEEDS: runs a libFuzzer executable for KASKAD_FUZZ_SECONDS (10). What it
# learns stays beside the executable, so the next run goes on from there; so does a failing input.
set -euo pipefail
fuzzer=$1 seeds=$2
corpus=$fuzzer.corpus
mkdir -p "$corpus"
folders=("$corpus")
if [[ -d $seeds ]]; then folders+=("$seeds"); fi
exec "$fuzzer" -max_total_time="${KASKAD_FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 \
  -max_len=65536 -artifact_prefix="$fuzzer.failure-" -print_final_stats=1 "${folders[@]}"
