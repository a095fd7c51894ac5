#!/usr/bin/env bash
# Spark for the jobs of spark/ and their test: pinned from PyPI into .deps/spark (318 MB to fetch, 345
# on disk). It runs on Java 17, which scripts/install_packages.sh --spark installs. Does nothing where
# it is. A cluster has a Spark of its own; this one is for trying, and for the machine that submits.
set -euo pipefail
cd "$(dirname "$0")/.."
pins=scripts/wheels-spark.txt
if cmp -s "$pins" .deps/spark/pins.txt; then exit 0; fi
python=python3  # a virtual environment may come without pip
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3

mkdir -p .deps
work=$(mktemp -d .deps/spark.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT
# PySpark is published as a source archive alone, which holds Spark's jars as they are released.
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
  --no-binary pyspark --dest "$work" --requirement "$pins"
tar -xzf "$work"/pyspark-*.tar.gz -C "$work"
unzip -q "$work"/py4j-*.whl 'py4j/*' -d "$work/packages"
# Where its own setup.py puts them.
mv "$work"/pyspark-*/pyspark "$work/packages/"
rm -rf "$work/packages/pyspark/jars" "$work/packages/pyspark/bin"
mv "$work"/pyspark-*/deps/jars "$work"/pyspark-*/deps/bin "$work/packages/pyspark/"
cp "$pins" "$work/packages/pins.txt"
rm -rf .deps/spark
mv "$work/packages" .deps/spark
echo "fetched .deps/spark" >&2
