"""DuckDB: impressions and clicks of each pair of keys in three windows, from Parquet to Parquet."""

import argparse

import duckdb

from protocol import rival

DAY = 86_400_000

parser = argparse.ArgumentParser()
parser.add_argument("--log", required=True)
parser.add_argument("--out", required=True, help="folder for one file a segment")
parser.add_argument("--keys", nargs="+", default=["query", "country"])
parser.add_argument("--windows", nargs="+", type=int, default=[7, 30, 0])
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
with rival.Stopwatch() as watch:
    db = duckdb.connect(config={"threads": options.threads, "temp_directory": options.out})
    as_of = db.execute(f"SELECT max(time) + 1 FROM '{options.log}'").fetchone()[0]
    columns = []
    for event in ("true", "click = 1"):
        for days in options.windows:
            inside = f"AND time >= {as_of - days * DAY}" if days else ""
            columns.append(f"count(*) FILTER ({event} {inside})")
    for number, key in enumerate(options.keys):
        db.execute(f"COPY (SELECT {key} AS k, item, {', '.join(columns)} FROM '{options.log}' "
                   f"GROUP BY {key}, item) TO '{options.out}/counted_{number}.parquet'")
watch.report(rows=db.execute(f"SELECT count(*) FROM '{options.log}'").fetchone()[0], as_of=as_of)
