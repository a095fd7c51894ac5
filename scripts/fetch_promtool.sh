#!/usr/bin/env bash
# promtool, which checks ops/prometheus: taken out of Debian's package of Prometheus into .deps/,
# because installing that package would start a server on every interface. Does nothing where there
# is one. Where it cannot be had, the tests of the rules say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v promtool >/dev/null || [[ -x .deps/promtool/promtool ]]; then exit 0; fi

mkdir -p .deps
work=$(mktemp -d .deps/promtool.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"  # apt fetches as a user of its own
if ! (cd "$work" && apt-get download -qq prometheus) >/dev/null; then
  echo "cannot fetch the package prometheus; try 'apt-get update', or put promtool on the PATH" >&2
  exit 0
fi
dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb |
  tar --extract --directory "$work" --strip-components 3 ./usr/bin/promtool
rm "$work"/prometheus_*.deb
mv "$work" .deps/promtool
echo "fetched .deps/promtool" >&2
