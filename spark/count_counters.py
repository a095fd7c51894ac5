"""Counts C(q, p) over impressions of any number, for `kaskad import` (docs/spark.md).

    spark-submit --py-files spark/logs.py,spark/fields.py,spark/output.py spark/count_counters.py \\
        impressions.parquet --segments query:item,item --heads click,buy -o counted

The log is of the long form of `kaskad make-impressions`: a row an item of a request, more where an
item got several actions. Every item counts as known.

Categories come from tables of users and of items (spark/fields.py).

Stages:
  candidates  rows go to their requests: one candidate an item, with what came of it
  cells       each candidate adds to its cells by day; each task adds up its own before they travel
"""

import argparse
import json
import sys

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from fields import Fields, find_fields, keys, with_fields
from logs import (MILLISECONDS_A_DAY, LogError, add_log_options, check_units, find_column, moment_of_until,
                  read_rows, time_in_ms)
from output import check_new, exit_status, session, write_manifest

VERSION = 2
MOST_HEADS = 31
MOST_FIELDS = 6  # of a segment


def parse_segments(text: str) -> list[list[str]]:
    segments = [segment.split(":") for segment in text.split(",")]
    for segment in segments:
        if len(set(segment)) != len(segment) or not 1 <= len(segment) <= MOST_FIELDS:
            raise ValueError(f"--segments: found '{':'.join(segment)}', expected 1 to {MOST_FIELDS} fields, "
                             "each once")
    return segments


def check_segments(segments: list[list[str]], fields: Fields) -> None:
    for segment in segments:
        of_items = [field for field in segment if fields.owners[field] == "item"]
        if len(of_items) != 1:
            raise ValueError(f"--segments: found {len(of_items)} fields of items in '{':'.join(segment)}', "
                             "expected one, as item or a category of it")


def counter_spec(args, segments: list[list[str]], is_clock: bool) -> dict:
    """As kaskad/counters/counter_spec.h has it; members that are left out have its defaults."""
    windows = [int(days) for days in args.windows.split(",")] if args.windows else (
        [7, 30, 0] if is_clock else [0])
    decays = [float(days) for days in args.decays.split(",")] if args.decays else []
    if not is_clock and (max(windows) > 0 or decays):
        raise LogError("windows and decays of days need a clock, but the log has only an order")
    return {"segments": segments, "windows_days": windows, "decay_days": decays}


def only(column: str, what: str):
    """The one value of a group; two are a fault of the log."""
    wrong = F.concat(F.lit(f"found a request of two {what}s, as of '"), F.max(column), F.lit("' and '"),
                     F.min(column), F.lit("'"))
    same = F.min(column).eqNullSafe(F.max(column))
    return F.when(same, F.max(column)).otherwise(F.raise_error(wrong)).alias(column)


def read_candidates(spark, args) -> tuple[DataFrame, list[str], object]:
    """(query, user, item, time, events): events is (1, head taken or not, ...)."""
    rows = read_rows(spark, args.logs, args.format, args.delimiter)
    column = {role: find_column(rows, role, getattr(args, f"{role}_column"), role in ("request", "item"))
              for role in ("request", "user", "item", "time", "query", "action")}
    none = F.lit(None).cast("string")
    if column["time"] is None:
        raise LogError("found no time column; name it with --time-column")
    time, unit = time_in_ms(rows, column["time"], args.time)
    text = {role: none if found is None else found.cast("string") for role, found in column.items()}
    rows = rows.select(text["request"].alias("request"), text["user"].alias("user"),
                       text["item"].alias("item"), time.alias("time"),
                       F.coalesce(text["query"], F.lit("")).alias("query"), text["action"].alias("action"))
    low, high, empty = rows.agg(
        F.min("time"), F.max("time"),
        F.sum(F.when(F.coalesce("request", F.lit("")) == "", 1).when(
            F.coalesce("item", F.lit("")) == "", 1).when(F.col("time").isNull(), 1))).first()
    if low is None:
        raise LogError("found no rows in the log")
    if empty:
        raise LogError(f"found {empty} rows without request, item or time, expected all three")
    check_units(low, high, unit, args.time)
    heads = args.heads.split(",")
    if len(heads) > MOST_HEADS:
        raise ValueError(f"--heads: found {len(heads)}, expected at most {MOST_HEADS}")
    taken = [F.max(F.when(F.col("action") == head, 1).otherwise(0)).alias(f"event_{h + 1}")
             for h, head in enumerate(heads)]
    # A request with several queries is a list of each.
    candidates = rows.groupBy("request", "query", "item").agg(
        only("user", "user"), F.max("time").alias("time"), *taken).withColumn("event_0", F.lit(1))
    return candidates, heads, unit


def cells_of(candidates: DataFrame, fields: Fields, spec: dict, heads: list[str],
             as_of: int) -> DataFrame:
    """(segment, left_*, right, age, count_*, decayed_*); an empty right key: the left key's total.

    Ages are days before `as_of`, the oldest one (the longest window) all that is older. The rows of
    a popular query are spread by item and day, and added up by each task before they travel.
    """
    oldest = max(spec["windows_days"], default=0)
    days = F.floor((F.lit(as_of - 1) - F.col("time")) / F.lit(MILLISECONDS_A_DAY))
    events = len(heads) + 1
    decays = [F.exp(-(F.lit(float(as_of)) - F.col("time")) / F.lit(tau * MILLISECONDS_A_DAY))
              for tau in spec["decay_days"]]
    values = [F.col(f"event_{e}").cast("bigint").alias(f"count_{e}") for e in range(events)]
    values += [(F.col(f"event_{e}") * decay).alias(f"decayed_{e * len(decays) + d}")
               for e in range(events) for d, decay in enumerate(decays)]
    every = F.concat(*[keys(s, segment, fields) for s, segment in enumerate(spec["segments"])])
    rows = with_fields(candidates, fields).select(
        F.explode(every).alias("key"), F.least(days, F.lit(oldest)).cast("int").alias("age"), *values)
    cells = rows.select("key.*", *rows.columns[1:]).groupBy("segment", "left", "right", "age").agg(
        *[F.sum(name).alias(name) for name in rows.columns[2:]])
    width = max(len(segment) for segment in spec["segments"]) - 1
    return cells.select("segment", *[F.get("left", F.lit(f)).alias(f"left_{f}") for f in range(width)],
                        "right", "age", *rows.columns[2:])


def run(args) -> dict:
    segments = parse_segments(args.segments)
    spark = session("kaskad count_counters", args.shuffle_partitions)
    check_new(spark, args.output)
    fields = find_fields(spark, {name for segment in segments for name in segment}, args)
    check_segments(segments, fields)
    candidates, heads, unit = read_candidates(spark, args)
    until = moment_of_until(spark, args.until, unit)
    if until is not None:
        candidates = candidates.where(F.col("time") < until)
    spec = counter_spec(args, segments, unit.is_clock)
    candidates = candidates.persist(StorageLevel.DISK_ONLY)
    newest = candidates.agg(F.max("time")).first()[0]
    if newest is None:
        raise LogError(f"found no impressions before {args.until}")
    as_of = newest + 1 if until is None else until
    cells_of(candidates, fields, spec, heads, as_of).write.parquet(f"{args.output}/cells")
    candidates.unpersist()
    manifest = {"format": "kaskad counted cells", "version": VERSION, "spec": spec, "heads": heads,
                "as_of": as_of, "time": "clock" if unit.is_clock else "order",
                "rows": spark.read.parquet(f"{args.output}/cells").count()}
    write_manifest(spark, args.output, manifest)
    return manifest


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Counts C(q, p) for `kaskad import`.")
    parser.add_argument("logs", nargs="+", help="files or directories of one log")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--segments", default="query:item", help="as query:item,query_token:brand,item")
    parser.add_argument("--heads", default="click", help="actions that are counted, as click,buy")
    parser.add_argument("--windows", help="days of each, 0: all time; 7,30,0 where there is a clock")
    parser.add_argument("--decays", help="days tau of counts that fade as exp(-age / tau)")
    parser.add_argument("--shuffle-partitions", type=int, default=0, help="0: Spark's setting")
    for of in ("user", "item"):
        parser.add_argument(f"--{of}-features", nargs="+", default=[], metavar="FILE",
                            help=f"tables of {of}s, as of `kaskad ingest`, for segments of their columns")
        parser.add_argument(f"--{of}-key", help=f"the column of {of} ids there; by usual names unless said")
    for role in ("request", "query", "action"):
        parser.add_argument(f"--{role}-column", help="its name; by usual names unless said")
    add_log_options(parser)
    return parser.parse_args(argv)


def job() -> str:
    manifest = run(arguments(sys.argv[1:]))
    return json.dumps({key: manifest[key] for key in ("rows", "as_of", "heads")})


if __name__ == "__main__":
    sys.exit(exit_status(job))
