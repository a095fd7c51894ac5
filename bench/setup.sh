#!/usr/bin/env bash
# Installs the rivals into .deps/bench-venv (about 600 MB); does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.deps/bench-venv
requirements=bench/requirements.txt
if cmp -s "$requirements" "$venv/installed.txt"; then exit 0; fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --no-deps --requirement "$requirements"
cp "$requirements" "$venv/installed.txt"
