#!/usr/bin/env bash
# What ops/systemd/kaskad.service promises, asked of the systemd that runs this, as root. It writes models to
# /srv/kaskad and kills the server: for a machine to throw away, which scripts/check_unit.sh boots.
set -euo pipefail
source "$(dirname "$0")/small_models.sh"
address=http://127.0.0.1:8080
token=a-token-for-the-check

passed() { echo "ok: $*"; }
fail() {
  systemctl --no-pager --full status kaskad || true
  journalctl --no-pager --unit kaskad --lines 50
  echo "FAILED: $*"
  exit 1
}

# answered STATUS WHAT curl-arguments...: one request, whose answer goes to `answer`.
answered() {
  answer=$(curl --silent --max-time 10 --write-out '\n%{http_code}' "${@:3}" || true)
  [[ ${answer##*$'\n'} == "$1" ]] || fail "$2: found the answer $answer, expected status $1"
}
asked() { answered 200 "$1" "$address$2" "${@:3}"; }
version() {
  asked recommendation /v1/recommend -d '{"user_id": "u1", "k": 3}'
  [[ $answer == *'"item_id"'* && $answer == *'"degraded":[]'* ]] || fail "found $answer, expected items"
  sed -n 's/.*"version":"\([^"]*\)".*/\1/p' <<<"$answer"
}
# until_true WHAT COMMAND...: tried for 20 seconds.
until_true() {
  for _ in {1..200}; do
    if "${@:2}"; then return; fi
    sleep 0.1
  done
  fail "$1: not within 20 seconds"
}
ready() { curl --silent --fail --output /dev/null --max-time 2 "$address/v2/health/ready"; }
reloaded() { [[ $(version) != "$1" ]]; }
log_has() { journalctl --quiet --unit kaskad --grep "$1" --output cat | grep -q .; }
main_pid() { systemctl show --property MainPID --value kaskad; }
restarted() { [[ $(main_pid) != "$1" && $(main_pid) != 0 ]] && ready; }
stop() {
  systemctl stop kaskad
  local result
  result=$(systemctl show --property Result,ExecMainStatus kaskad | tr '\n' ' ')
  [[ $result == *Result=success* && $result == *ExecMainStatus=0* ]] || fail "stopped with $result"
  if ready; then fail "it still answers"; fi
}
event='{"events": [{"user_id": "u1", "item_id": "i3", "action": "click", "timestamp": 1700000000}]}'

mkdir -p /srv/kaskad /etc/kaskad
cd /srv/kaskad
program=$(systemctl show --property ExecStart --value kaskad | sed 's/.*path=\([^ ;]*\).*/\1/')
small_models "$program"
(umask 077 && echo "KASKAD_WRITE_TOKEN=$token" >/etc/kaskad/kaskad.env)

said=$(systemd-analyze verify --man=no kaskad.service 2>&1 | grep kaskad.service: || true)
[[ -z $said ]] || fail "systemd-analyze verify: $said"
systemd-analyze security --no-pager kaskad.service | tail -n 1

systemctl start kaskad || fail "it does not start"
until_true "ready" ready
first=$(version)
user=$(stat --format %u "/proc/$(main_pid)")
((user >= 61184 && user <= 65519)) || fail "it runs as $user, expected a dynamic user"
passed "serves version $first as the dynamic user $user"

answered 401 "an event without the token" "$address/v1/events" -d "$event"
asked "an event" /v1/events -H "Authorization: Bearer $token" -d "$event"
[[ $answer == *'"stored":1'* ]] || fail "found $answer, expected one stored event"
passed "takes events from who has the token of /etc/kaskad/kaskad.env"

small_models "$program" 30d
systemctl reload kaskad
until_true "the new models" reloaded "$first"
second=$(version)
passed "reload: version $second answers"

echo 'name = "broken' >cascade.toml
systemctl reload kaskad
until_true "a refused reload in the log" log_has 'cascade\.toml'
[[ $(version) == "$second" ]] || fail "wrong models took over"
passed "reload: wrong models are refused, version $second goes on"
small_models "$program"

old=$(main_pid)
kill -9 "$old"
until_true "a restart after kill -9" restarted "$old"
asked "the user" /v1/users/u1
[[ $answer == *1700000000* ]] || fail "the event that was acknowledged is gone: $answer"
passed "kill -9: restarted, and the event is there"

stop
passed "stop: ends with status 0"

# A filter that kills where the unit's refuses: so nothing is refused that the program passes over in silence.
mkdir -p /run/systemd/system/kaskad.service.d
printf '[Service]\nSystemCallErrorNumber=kill\n' >/run/systemd/system/kaskad.service.d/kill.conf
systemctl daemon-reload
systemctl start kaskad
until_true "ready under a filter that kills" ready
old=$(main_pid)
version >/dev/null
asked "an event" /v1/events -H "Authorization: Bearer $token" -d "${event/i3/i4}"
asked "a reload" /v1/admin/reload -X POST -H "Authorization: Bearer $token"
[[ $(main_pid) == "$old" ]] || fail "the filter of system calls killed it"
stop
passed "no system call is made that the filter refuses"
