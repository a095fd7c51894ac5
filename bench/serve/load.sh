# What run.sh and rank.sh share, here and in bench/infer: waiting for a server, and putting load on it
# with wrk. `here` is this folder.

wait_for() {  # file, text, process: until the text stands in the file
  for _ in $(seq 300); do
    grep -q "$2" "$1" && return
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  cat "$1" >&2
  exit 1
}

measure() {  # name, url: a line of JSON for each number of connections
  for connections in ${CONNECTIONS:-1 16 64}; do
    wrk_threads=$((connections > 1 ? 2 : 1))
    wrk -t1 -c"$connections" -d1s -s "$here/requests.lua" "$2" >/dev/null  # warm
    result=$(wrk -t$wrk_threads -c"$connections" -d"${seconds}s" --latency \
      -s "$here/requests.lua" "$2" | tail -n 1)
    echo "{\"server\": \"$1\", \"threads\": $threads, \"connections\": $connections, ${result#\{}"
  done
}

address() {  # log of kaskad serve
  sed -n 's/^serving on \(http[^ ]*\).*/\1/p' "$1"
}
