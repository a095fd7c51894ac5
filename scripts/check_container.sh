#!/usr/bin/env bash
# Checks an image of ops/container: it makes small models, serves them from a volume that it may only read, as
# nobody and with nothing else to write, answers, is healthy, and stops. For a person: as root, with podman or docker,
# port 8080 free.
#   scripts/check_container.sh IMAGE [options of podman or docker run...]
set -euo pipefail
source "$(dirname "$0")/small_models.sh"
image=$1
options=("${@:2}")
engine=$(command -v podman || command -v docker) || { echo "there is no podman and no docker" >&2; exit 1; }
work=$(mktemp -d)
chmod 755 "$work"
server=
trap '[[ -z $server ]] || "$engine" rm --force "$server" >/dev/null; rm -rf "$work"' EXIT
fail() {
  [[ -z $server ]] || "$engine" logs "$server" >&2
  echo "$image: $*" >&2
  exit 1
}

# Made by the image itself, for once with a volume to write.
make_models() { "$engine" run --rm --user 0:0 "${options[@]}" --volume "$work:/srv" "$image" "$@"; }
cd "$work"
small_models make_models || fail "it does not make models"

server=$("$engine" run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
  --publish 127.0.0.1:8080:8080 --volume "$work:/srv:ro" "${options[@]}" "$image")
address=http://127.0.0.1:8080
for _ in {1..300}; do
  if curl --silent --fail --output /dev/null "$address/v2/health/ready"; then break; fi
  [[ $("$engine" inspect --format '{{.State.Running}}' "$server") == true ]] || fail "it ended"
  sleep 0.1
done
answer=$(curl --silent --fail --max-time 10 "$address/v1/recommend" -d '{"user_id": "u1", "k": 3}') ||
  fail "it does not answer"
[[ $answer == *'"item_id"'* ]] || fail "found the answer $answer, expected items"
user=$("$engine" exec "$server" id -u):$("$engine" exec "$server" id -g)
[[ $user == 65532:65532 ]] || fail "it runs as $user, expected 65532:65532"
health=$("$engine" inspect --format '{{index .Config.Healthcheck.Test 1}}' "$server") ||
  fail "it has no HEALTHCHECK; podman and buildah keep it with --format docker"
"$engine" exec "$server" sh -c "$health" >/dev/null || fail "not healthy by $health"

# A request that is under way when it is told to stop has its answer.
exec 3<>/dev/tcp/127.0.0.1/8080
body='{"user_id": "u1", "k": 3}'
printf 'POST /v1/recommend HTTP/1.1\r\nHost: check\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
  ${#body} "${body:0:10}" >&3
"$engine" stop --time 20 "$server" >/dev/null &
sleep 1
printf '%s' "${body:10}" >&3
read -r -t 10 -u 3 line || fail "a request under way was dropped"
[[ $line == *' 200 '* ]] || fail "a request under way got $line, expected status 200"
exec 3>&-
wait $! || fail "it was not stopped"
status=$("$engine" inspect --format '{{.State.ExitCode}}' "$server")
[[ $status == 0 ]] || fail "it ended with status $status, expected 0"
echo "$image: $("$engine" image inspect --format '{{.Size}}' "$image") bytes, asked, healthy and stopped"
