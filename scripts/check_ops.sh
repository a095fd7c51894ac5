#!/usr/bin/env bash
# Checks the rules of ops/prometheus and tests them on recorded cases. Called by ctest.
set -euo pipefail
cd "$(dirname "$0")/.."
promtool=.deps/promtool/promtool
if command -v promtool >/dev/null; then promtool=promtool; fi
if ! "$promtool" --version >/dev/null 2>&1; then
  echo "there is no promtool; scripts/fetch_promtool.sh fetches it" >&2
  exit 77  # skipped
fi
"$promtool" check rules ops/prometheus/kaskad.rules.yml
"$promtool" test rules ops/prometheus/kaskad.rules.test.yml ops/prometheus/kaskad.weeks.test.yml
