#!/usr/bin/env bash
# clang-tidy over our own sources with the checks of .clang-tidy; any finding fails.
#   scripts/lint.sh             every source
#   scripts/lint.sh FILE.cc...  these
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/lint
if (($# == 0)); then
  # What the build compiles: the files of a folder together, so that a header is read once a folder.
  # Not what protoc makes, which is built first because ours includes it.
  # Not training: libtorch's headers alone cost a minute.
  [[ -f $build/compile_commands.json ]] || cmake --preset lint >/dev/null
  cmake --build "$build" --target proto_sources >/dev/null
  mapfile -t files < <(python3 -c 'import json, sys
for command in json.load(open(sys.argv[1])):
    if not command["file"].endswith(".pb.cc"): print(command["file"])' "$build/compile_commands.json")
else
  files=("$@")
fi
printf '%s\n' "${files[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy-19 -p "$build" --quiet 2> >(grep -v 'warnings generated' >&2)
echo "clang-tidy: ${#files[@]} units without a finding" >&2
