#!/usr/bin/env bash
# Boots a Debian 12 with systemd of its own, installs the package that `make deb` left in BUILD, and has
# scripts/check_unit_inside.sh check there what the unit promises: it starts, reloads, restarts and stops
# within its sandbox. For a person: as root, with debootstrap and systemd-container; some minutes, and the network.
#   scripts/check_unit.sh BUILD [ROOT]    ROOT keeps the installed system for the next time
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1")
packages=("$build"/kaskad_*.deb)
[[ -f ${packages[-1]} ]] || { echo "there is no package in $build; make deb builds it" >&2; exit 1; }
for needed in debootstrap systemd-nspawn; do
  command -v "$needed" >/dev/null || { echo "there is no $needed" >&2; exit 1; }
done
if (($# > 1)); then
  root=$(realpath "$2")
else
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
fi
chmod 755 "$root"  # the server's user goes through it

if [[ ! -e $root/usr/bin/systemctl ]]; then
  debootstrap --variant=minbase --include=systemd-sysv,dbus,curl bookworm "$root" >&2
fi

# nspawn OPTIONS...: nothing of it is known to the host's systemd, which may not be there.
nspawn() {
  systemd-nspawn --quiet --register=no --keep-unit --directory "$root" --bind-ro="$build:/package" \
    --bind-ro="$PWD/scripts:/checks" "$@"
}
nspawn --pipe sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends --reinstall /package/'"$(basename "${packages[-1]}")" >&2

# The machine starts the checks, and ends with their status.
rm -rf "$root"/var/lib/private/kaskad "$root"/var/log/journal/* "$root"/srv/kaskad "$root"/check.log
cat >"$root/etc/systemd/system/kaskad-check.service" <<'END'
[Unit]
SuccessAction=exit
FailureAction=exit
[Service]
ExecStart=/checks/check_unit_inside.sh
StandardOutput=append:/check.log
StandardError=append:/check.log
END
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../kaskad-check.service "$root/etc/systemd/system/multi-user.target.wants/"
status=0
nspawn --private-network --console=pipe --boot >"$root/boot.log" 2>&1 </dev/null || status=$?
cat "$root/check.log" || cat "$root/boot.log"
exit "$status"
