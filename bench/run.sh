#!/usr/bin/env bash
# bench/run.sh QUESTION [options of the question's run.py]: prints one Markdown section with the
# machine, the command and the table. Builds, installs the rivals and makes the logs when needed.
#   LOGS="ml1m log20m"   which logs (log1m is a small one to try things out)
#   BUILD=build/release  where the binaries are; built with KASKAD_BENCH=ON
set -euo pipefail
cd "$(dirname "$0")/.."
question=${1:?"usage: bench/run.sh QUESTION, one of: $(ls bench/*/run.{py,sh} | cut -d/ -f2 | xargs)"}
shift
build=${BUILD:-build/release}
logs=${LOGS:-"ml1m log20m"}
work=build/bench-logs  # generated logs and datasets, about 2 GB with the 20-million one
python=.deps/bench-venv/bin/python

compile() {
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKASKAD_BENCH=ON >&2
  ninja -C "$build" kaskad kaskad_generate_log kaskad_one_matrix kaskad_many_weightings \
    kaskad_batch_recommend kaskad_grid_sample >&2
}

# generated NAME EXTENSION: the path of a generated log.
generated() {
  local file=$work/$1.$2 size=()
  if [ "$1" = log1m ]; then size=(--interactions 1000000 --users 50000 --items 20000); fi
  if [ ! -e "$file" ]; then "$build/kaskad_generate_log" -o "$file" "${size[@]}" >&2; fi
  echo "$file"
}

# dataset NAME: its directory, each user-item pair once.
dataset() {
  local source
  if [ "$1" = ml1m ]; then
    source=../shared/data/ml-1m/interactions.csv.gz
  else
    source=$(generated "$1" csv)
  fi
  if [ ! -e "$work/$1" ]; then
    "$build/kaskad" ingest "$source" -o "$work/$1" --duplicates first >&2
  fi
  echo "$work/$1"
}

# torch_python: a Python with PyTorch, in an environment of its own (5 GB).
torch_python() {
  local rival=.deps/bench-torch-venv
  if ! cmp -s bench/train_step/requirements.txt "$rival/installed.txt"; then
    python3 -m venv --clear "$rival"
    "$rival/bin/pip" install --quiet --requirement bench/train_step/requirements.txt >&2
    cp bench/train_step/requirements.txt "$rival/installed.txt"
  fi
  echo "$PWD/$rival/bin/python"
}

datasets() { for log in $logs; do dataset "$log"; done; }

title() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
  printf '## %s\n%s, %s CPUs, %s GiB; %s; commit %s\n\n`bench/run.sh %s`, logs: %s\n\n' \
    "$question" "$cpu" "$(nproc)" "$(awk '/MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)" \
    "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git rev-parse --short HEAD)" "$command" "$logs"
}

command="$question${*:+ $*}"
if [ "$question" = count_on_spark ]; then  # without rivals, and of another language
  scripts/fetch_spark.sh
  logs="made by it"
  title
  exec python3 bench/count_on_spark/run.py "$@"
fi
if [ "$question" = shard_items ]; then  # without rivals
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >&2
  ninja -C "$build" kaskad kaskad-train >&2
  logs="made by it"
  title
  exec python3 bench/shard_items/run.py --build "$build" --work "$work/shard_items" "$@"
fi
bench/setup.sh
mkdir -p "$work"
case $question in
  one_matrix | batch_recommend)
    compile
    title
    for directory in $(datasets); do
      printf '**%s**\n\n' "$(basename "$directory")"
      "$python" "bench/$question/run.py" --build "$build" --dataset "$directory" "$@"
      echo
    done ;;
  python)
    scripts/fetch_python.sh
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKASKAD_BENCH=ON \
      -DKASKAD_PYTHON=ON >&2
    ninja -C "$build" kaskad_python kaskad_generate_log >&2
    rival=.deps/bench-python-venv
    if ! cmp -s bench/python/requirements.txt "$rival/installed.txt"; then
      /usr/bin/python3 -m venv --clear "$rival"
      "$rival/bin/pip" install --quiet --no-deps --requirement bench/python/requirements.txt >&2
      cp bench/python/requirements.txt "$rival/installed.txt"
    fi
    title
    for log in $logs; do
      file=../shared/data/ml-1m/interactions.csv.gz
      if [ "$log" != ml1m ]; then file=$(generated "$log" csv); fi
      printf '**%s**\n\n' "$log"
      "$rival/bin/python" bench/python/run.py --package "$build/python" --log "$file" "$@"
      echo
    done ;;
  many_weightings)
    compile
    title
    "$python" bench/many_weightings/run.py --build "$build" --datasets $(datasets) "$@" ;;
  ingest)
    compile
    files=()
    for log in $logs; do
      if [ "$log" != ml1m ]; then files+=("$(generated "$log" csv)" "$(generated "$log" parquet)"); fi
    done
    title
    "$python" bench/ingest/run.py --build "$build" --scratch "$work" --logs "${files[@]}" "$@" ;;
  grid)
    compile
    logs=ml1m
    title
    "$python" bench/grid/run.py --build "$build" --dataset "$(dataset ml1m)" "$@" ;;
  counters)
    compile
    ninja -C "$build" kaskad_counters_bench >&2
    logs="generated impressions"
    title
    "$python" bench/counters/run.py --build "$build" --work "$work/counters" "$@" ;;
  state)
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKASKAD_BENCH=ON >&2
    ninja -C "$build" kaskad_state_bench >&2 || {
      echo "bench/run.sh state: the rival needs liblmdb-dev" >&2; exit 1; }
    logs="random events"
    title
    "$build/kaskad_state_bench" --work "$work/state" "$@" ;;
  vector_search)
    compile
    ninja -C "$build" kaskad_vector_search >&2
    logs="generated vectors"
    title
    "$python" bench/vector_search/run.py --build "$build" "$@" ;;
  quality)
    compile
    logs="named in the tables"
    title
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 "$python" bench/quality/run.py \
      --kaskad "$build/kaskad" --work "$work/quality" "$@" ;;
  metrics_profiles)
    compile
    logs="random lists"
    title
    "$python" bench/metrics_profiles/run.py --build "$build" "$@" ;;
  simulate)
    compile
    logs="made by it"
    title
    "$python" bench/simulate/run.py --build "$build" --scratch "$work" "$@" ;;
  serve)
    compile
    logs=ml1m
    if ! "$python" -c 'import fastapi, uvicorn, onnxruntime' 2>/dev/null; then
      .deps/bench-venv/bin/pip install --quiet --no-deps -r bench/serve/requirements.txt >&2
    fi
    grid=$work/serve-ml1m  # the rival serves one matrix, so no blend
    if [ ! -e "$grid/winner" ]; then
      "$build/kaskad" grid "$(dataset ml1m)" --space bench/serve/space.toml --no-blend \
        --split leave-one-out -o "$grid" >&2
    fi
    title
    KASKAD=$PWD/$build/kaskad bench/serve/run.sh "$grid/winner" "$@" |
      "$python" bench/serve/table.py ;;
  cascade | overload | soak)
    compile
    ninja -C "$build" kaskad-train kaskad_open_loop >&2
    if ! "$python" -c 'import fastapi, uvicorn, onnxruntime' 2>/dev/null; then
      .deps/bench-venv/bin/pip install --quiet --no-deps -r bench/serve/requirements.txt >&2
    fi
    logs="generated, 200,000 items"
    title
    "$python" "bench/$question/run.py" --build "$build" --work "$work/cascade" "$@" ;;
  rank_kernel)
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKASKAD_BENCH=ON \
      -DKASKAD_TRAIN=ON >&2
    ninja -C "$build" kaskad_rank_kernel >&2
    logs="random weights and keys"
    title
    python3 bench/rank_kernel/run.py --build "$build" "$@" ;;
  pre_rank)
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKASKAD_BENCH=ON >&2
    ninja -C "$build" kaskad_pre_rank >&2
    logs="random vectors and counters"
    title
    python3 bench/pre_rank/run.py --build "$build" "$@" ;;
  interact_rank)
    compile
    ninja -C "$build" kaskad-train >&2
    logs="market:1 market:2 market:3 market:4 retrotech trivago, or those of LOGS"
    title
    for log in ${LOGS:-market:1 market:2 market:3 market:4 retrotech trivago}; do
      BUILD=$build bench/interact_rank/run.sh "$work/interact_rank" "$log" "$@"
    done ;;
  train_step)
    compile
    ninja -C "$build" kaskad_train_step >&2
    logs="lengths of ml1m"
    title
    "$python" bench/train_step/run.py --build "$build" --python "$(torch_python)" "$@" ;;
  rank_requests)
    compile
    ninja -C "$build" kaskad-train kaskad_rank_dense kaskad_rank_bare >&2
    if ! "$python" -c 'import onnxruntime' 2>/dev/null; then
      .deps/bench-venv/bin/pip install --quiet --no-deps -r bench/serve/requirements.txt >&2
    fi
    logs="generated, 20,000 items"
    title
    OPENBLAS_NUM_THREADS=1 "$python" bench/rank_requests/run.py --build "$build" \
      --work "$work/rank" --torch "$(torch_python)" "$@" ;;
  *)
    compile
    logs="as the question makes them"
    title
    "$python" "bench/$question/run.py" "$@" ;;
esac
