"""Polars: text ids -> dense ids by joins, events sorted by user and time, Parquet out."""

import argparse
from pathlib import Path

import polars as pl

from protocol import rival

parser = argparse.ArgumentParser()
parser.add_argument("--log", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--threads", type=int, help="set by POLARS_MAX_THREADS")
options = parser.parse_args()
with rival.Stopwatch() as watch:
    read = pl.read_parquet if options.log.endswith(".parquet") else pl.read_csv
    events = read(options.log)
    rows = len(events)
    for column, table in (("user_id", "users"), ("item_id", "items")):
        ids = events.select(pl.col(column).unique()).with_row_index(table)
        ids.write_parquet(Path(options.out) / f"{table}.parquet")
        events = events.join(ids, on=column, how="left").drop(column)
    events = events.sort("users", "timestamp", maintain_order=True)
    events.write_parquet(Path(options.out) / "events.parquet")
watch.report(rows=rows)
