#!/usr/bin/env bash
# clang-format over every source; with --check changes nothing and fails where it would have.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
if [[ ${1:-} == --check ]]; then mode=(--dry-run --Werror); fi
git ls-files '*.cc' '*.h' | xargs clang-format-19 "${mode[@]}"
