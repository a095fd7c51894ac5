"""Polars: impressions and clicks of each pair of keys in three windows, from Parquet to Parquet."""

import argparse

import polars as pl

from protocol import rival

DAY = 86_400_000

parser = argparse.ArgumentParser()
parser.add_argument("--log", required=True)
parser.add_argument("--out", required=True, help="folder for one file a segment")
parser.add_argument("--keys", nargs="+", default=["query", "country"])
parser.add_argument("--windows", nargs="+", type=int, default=[7, 30, 0])
parser.add_argument("--threads", type=int, default=2)  # POLARS_MAX_THREADS, set by protocol/rival.py
options = parser.parse_args()
with rival.Stopwatch() as watch:
    log = pl.scan_parquet(options.log)
    as_of = log.select(pl.col("time").max()).collect().item() + 1
    columns = []
    for event in ("shown", "click"):
        for days in options.windows:
            counted = pl.col("time") >= as_of - days * DAY if days else pl.col("time") < as_of
            if event == "click":
                counted = counted & (pl.col("click") == 1)
            columns.append(counted.sum().alias(f"{event}_{days}"))
    for number, key in enumerate(options.keys):
        (log.group_by(pl.col(key).alias("k"), "item").agg(columns)
         .sink_parquet(f"{options.out}/counted_{number}.parquet"))
watch.report(rows=log.select(pl.len()).collect().item(), as_of=as_of)
