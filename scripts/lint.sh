#!/usr/bin/env bash
# clang-tidy over our own sources with the checks of .clang-tidy; any finding fails.
#   scripts/lint.sh             every source
#   scripts/lint.sh FILE.cc...  these
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/asan  # clang's own compile commands
if (($# == 0)); then
  # Not training: the sanitizer builds leave it out, and libtorch's headers cost a minute a file.
  mapfile -t files < <(git ls-files 'kaskad/*.cc' 'cli/*.cc' ':!kaskad/train' ':!cli/train')
else
  files=("$@")
fi
printf '%s\n' "${files[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy-19 -p "$build" --quiet 2> >(grep -v 'warnings generated' >&2)
echo "clang-tidy: ${#files[@]} files without a finding" >&2
