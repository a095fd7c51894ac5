"""DuckDB: text ids -> dense ids by joins, events ordered by user and time, Parquet out."""

import argparse

import duckdb

from protocol import rival

parser = argparse.ArgumentParser()
parser.add_argument("--log", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--memory", help="such as 1GB; empty: DuckDB's own limit, 80% of the machine")
options = parser.parse_args()
with rival.Stopwatch() as watch:
    db = duckdb.connect(config={"threads": options.threads, "temp_directory": options.out})
    if options.memory:
        db.execute(f"SET memory_limit = '{options.memory}'")
    db.execute(f"CREATE TABLE log AS FROM '{options.log}'")
    for column, table in (("user_id", "users"), ("item_id", "items")):
        db.execute(f"CREATE TABLE {table} AS SELECT {column}, row_number() OVER () - 1 AS id "
                   f"FROM (SELECT DISTINCT {column} FROM log)")
        db.execute(f"COPY {table} TO '{options.out}/{table}.parquet'")
    db.execute(f"COPY (SELECT users.id::UINTEGER AS u, items.id::UINTEGER AS item, timestamp "
               f"FROM log JOIN users USING (user_id) JOIN items USING (item_id) "
               f"ORDER BY u, timestamp) TO '{options.out}/events.parquet'")
watch.report(rows=db.execute("SELECT count(*) FROM log").fetchone()[0])
