# What the demos share, for `source`: each command is shown as typed, and a server is waited for.

step() {
  printf '\n\033[1m# %s\033[0m\n' "$1" >&2
}

run() {
  printf '$ %s\n' "$*" >&2
  "$@"
}

# serve LOG [options of kaskad serve]: in the background on a free port; sets `server` (process) and
# `address` when it is ready.
serve() {
  local log=$1 port=${KASKAD_PORT:-8080}
  shift
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  address=http://127.0.0.1:$port
  printf '$ kaskad serve %s --port %s\n' "$*" "$port" >&2
  kaskad serve "$@" --port "$port" 2>"$log" &
  server=$!
  trap 'kill "$server" 2>/dev/null || true' EXIT
  for ((i = 0; i < 100; ++i)); do
    if curl -sf -o /dev/null "$address/v2/health/ready"; then return; fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "the server did not become ready:" >&2
  cat "$log" >&2
  exit 1
}

ask() {
  run curl -sS --fail-with-body "$address$1" -H 'Content-Type: application/json' -d "$2"
  echo
}

# until_ctrl_c: the server stays; without a terminal (or with CI set) it is stopped.
until_ctrl_c() {
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
}
