#!/usr/bin/env bash
# Checks the Debian package that `make deb` left in BUILD: unpacks it, and ingests, fits and serves with
# the program in there. Called by make and ctest; ends with 77 where there is no package.
#   scripts/check_deb.sh BUILD
set -euo pipefail
source "$(dirname "$0")/small_models.sh"
build=$(realpath "$1")
shopt -s nullglob
packages=("$build"/kaskad_*.deb)
if ((${#packages[@]} == 0)); then
  echo "there is no package in $build; make deb builds it" >&2
  exit 77
fi
package=${packages[-1]}
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
fail() {
  echo "$package: $*" >&2
  exit 1
}

# What it says of itself.
field() { dpkg-deb -f "$package" "$1"; }
[[ $(field Package) == kaskad ]] || fail "found the name $(field Package), expected kaskad"
[[ $(field Architecture) == $(dpkg --print-architecture) ]] || fail "found $(field Architecture)"
for needed in libc6 libstdc++6 librocksdb libhiredis libopenblas; do
  [[ $(field Depends) == *$needed* ]] || fail "found no $needed in Depends: $(field Depends)"
done
[[ $(field Depends) != *arrow* ]] || fail "Depends on Arrow, which Debian lacks: $(field Depends)"

# The libraries are its own or Debian's, and not those of the checkout.
dpkg-deb -x "$package" "$work/root"
kaskad=$work/root/usr/bin/kaskad
ldd "$kaskad" >"$work/libraries"
if grep 'not found' "$work/libraries"; then fail "a library is missing"; fi
for library in libarrow libparquet libonnxruntime; do
  grep -q "$library.* => $work/root/usr/" "$work/libraries" ||
    fail "$library is not that of the package: $(grep "$library" "$work/libraries")"
done

# The unit starts a program that is there.
unit=$work/root/lib/systemd/system/kaskad.service
[[ -f $unit ]] || unit=$work/root/usr/lib/systemd/system/kaskad.service
[[ -f $unit ]] || fail "found no kaskad.service"
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
[[ -x $work/root$program ]] || fail "the unit starts $program, which the package lacks"
if command -v systemd-analyze >/dev/null; then
  mkdir "$work/unit"
  sed "s|^ExecStart=$program|ExecStart=$work/root$program|" "$unit" >"$work/unit/kaskad.service"
  said=$(systemd-analyze verify --man=no "$work/unit/kaskad.service" 2>&1 | grep kaskad.service: || true)
  [[ -z $said ]] || fail "$said"
fi

# It does its work.
cd "$work"
small_models "$kaskad"
: >serve.log  # read below, maybe before the server has begun
"$kaskad" serve cascade.toml --port 0 --threads 1 2>serve.log &
server=$!
for _ in {1..300}; do
  address=$(sed -n 's|.*serving on \(http://127.0.0.1:[0-9]*\).*|\1|p' serve.log)
  [[ -z $address ]] || break
  kill -0 "$server" 2>/dev/null || fail "the server ended: $(cat serve.log)"
  sleep 0.1
done
[[ -n $address ]] || fail "the server does not listen: $(cat serve.log)"
answer=$(curl --silent --fail --max-time 10 "$address/v1/recommend" -d '{"user_id": "u1", "k": 3}')
[[ $answer == *'"item_id"'* ]] || fail "found the answer $answer, expected items"
kill "$server"
wait "$server" || fail "the server ended with $?"
server=
echo "$package: $(du -h "$package" | cut -f1), unpacked, asked and stopped"
