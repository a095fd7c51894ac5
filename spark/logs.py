"""Logs as `kaskad ingest` reads them (docs/logs.md): columns by their usual names, times in one unit.

What is read here is grouped and sorted later; that needs the order of the file among equal times,
which `place` keeps.
"""

import json
import re
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

# As kaskad/log/column_names.cc has them: lower case, letters and digits only, best first.
USUAL_NAMES = {
    "user": ("userid", "uid", "user", "visitorid", "customerid", "reviewerid", "memberid", "clientid",
             "useridx", "accountid", "profileid", "personid", "msno", "deviceid", "sessionid"),
    "item": ("itemid", "iid", "item", "movieid", "productid", "asin", "parentasin", "sku", "trackid",
             "songid", "articleid", "newsid", "videoid", "bookid", "isbn", "adid", "docid"),
    "time": ("timestamp", "datetime", "time", "date", "ts", "eventtime", "unixreviewtime",
             "reviewtime", "unixtime", "createdat"),
    "weight": ("rating", "weight", "score", "overall", "count", "stars"),
    "request": ("requestid", "impressionid", "searchid", "pageviewid", "listid", "rid"),
    "query": ("query", "searchquery", "querytext", "searchterm", "keywords", "q"),
    "action": ("action", "event", "eventtype", "actiontype", "behavior", "behaviortype",
               "interactiontype", "type"),
}

# Where rows are items or users.
USUAL_NAMES |= {f"{of}-key": (*USUAL_NAMES[of], "id") for of in ("user", "item")}

MILLISECONDS_A_DAY = 86_400_000


class LogError(ValueError):
    """Something in the log that the user can mend: what was found and what was expected."""


@dataclass
class TimeUnit:
    """How the time column is written; `scale` turns its numbers into milliseconds."""

    name: str
    is_clock: bool
    scale: float

    @staticmethod
    def of_number(value: float) -> "TimeUnit":
        size = abs(value)
        for limit, unit in ((1e8, "order"), (1e11, "s"), (1e14, "ms"), (1e17, "us")):
            if size < limit:
                return TIME_UNITS[unit]
        return TIME_UNITS["ns"]


TIME_UNITS = {
    "order": TimeUnit("order", False, 1),
    "s": TimeUnit("s", True, 1000),
    "ms": TimeUnit("ms", True, 1),
    "us": TimeUnit("us", True, 1e-3),
    "ns": TimeUnit("ns", True, 1e-6),
    "iso": TimeUnit("iso", True, 1),
}


def plain(name: str) -> str:
    """As the engine compares names; the type behind a colon, as in RecBole files, left out."""
    return "".join(c for c in name.split(":")[0].lower() if c.isascii() and c.isalnum())


def read_rows(spark: SparkSession, paths: list[str], file_format: str, delimiter: str) -> DataFrame:
    """All files as one table, with `place`, the order of its rows: file by name, place in it."""
    if file_format == "auto":
        file_format = "parquet" if paths[0].rstrip("/").endswith((".parquet", ".pq")) else "csv"
    if file_format == "parquet":
        rows = spark.read.parquet(*paths)
    else:
        rows = spark.read.csv(paths, header=True, sep=delimiter, inferSchema=False, escape='"',
                              enforceSchema=False, mode="FAILFAST")
    names = rows.columns
    # Spark writes local paths with one slash in one place and with three in the other.
    files = [re.sub("^file:/+", "file:/", path) for path in sorted(rows.inputFiles())]
    # Made by an expression, since executors may be without Python.
    numbers = spark.range(1).select(
        F.posexplode(F.from_json(F.lit(json.dumps(files)), "array<string>")).alias("number", "path"))
    # Splits of a file lie apart; within one, rows are numbered in their order.
    placed = rows.select("*", F.regexp_replace("_metadata.file_path", "^file:/+", "file:/").alias("_path"),
                         F.col("_metadata.file_block_start").alias("_block"),
                         F.monotonically_increasing_id().alias("_row"))
    if len(files) == 1:
        placed = placed.withColumn("file", F.lit(0))
    else:
        unknown = F.raise_error(F.concat(F.lit("found a row of an unlisted file "), F.col("_path")))
        placed = placed.join(F.broadcast(numbers), placed["_path"] == numbers["path"], "left").withColumn(
            "file", F.coalesce(F.col("number"), unknown.cast("int")))
    return placed.select(*[F.col(f"`{name}`") for name in names],
                         F.struct("file", "_block", "_row").alias("place"))


def find_column(rows: DataFrame, role: str, asked: str | None, needed: bool) -> Column | None:
    """The column of a role, by the name that was asked for or by a usual one."""
    if asked == "none":
        return None
    option = f"--{role}" if role.endswith("-key") else f"--{role}-column"
    columns = [name for name in rows.columns if name != "place"]
    if asked:
        if asked not in columns:
            raise LogError(f"{option}: found columns {columns}, expected '{asked}' among them")
        return F.col(f"`{asked}`")
    by_plain_name = {plain(name): name for name in reversed(columns)}
    for usual in USUAL_NAMES[role]:
        if usual in by_plain_name:
            return F.col(f"`{by_plain_name[usual]}`")
    if needed:
        raise LogError(f"found columns {columns}, expected a {role} column; name it with {option}")
    return None


def time_in_ms(rows: DataFrame, column: Column, asked: str) -> tuple[Column, TimeUnit]:
    """The column as milliseconds since 1970, or as an order; its unit is that of its first value."""
    kind = rows.select(column.alias("t")).schema["t"].dataType.typeName()
    if kind in ("timestamp", "timestamp_ntz", "date"):
        return F.unix_millis(column.cast("timestamp")), TIME_UNITS["iso"]
    if asked == "auto":
        first = rows.select(column.cast("string").alias("t")).first()
        try:
            asked = TimeUnit.of_number(float(first["t"])).name
        except (TypeError, ValueError):
            asked = "iso"
    unit = TIME_UNITS[asked]
    if unit.name == "iso":
        return F.unix_millis(F.to_timestamp(column)), unit
    number = column.cast("decimal(28,6)")
    return F.floor(number * F.lit(str(unit.scale)).cast("decimal(10,6)")).cast("bigint"), unit


def check_units(low: int, high: int, unit: TimeUnit, asked: str) -> None:
    """The sizes of a column's numbers must agree, unless the user has said the unit."""
    if asked != "auto":
        return
    for value in (low, high):
        found = TimeUnit.of_number(value / unit.scale)
        if value != 0 and unit.name != "iso" and found.name != unit.name:
            raise LogError(f"time column: found {value / unit.scale:.0f}, which looks like '{found.name}', "
                           f"among times in '{unit.name}'; say which with --time")


def read_events(spark: SparkSession, args) -> tuple[DataFrame, TimeUnit]:
    """(user, item, time, weight, place) of every event, as written but for the time."""
    rows = read_rows(spark, args.logs, args.format, args.delimiter)
    user = find_column(rows, "user", args.user_column, True)
    item = find_column(rows, "item", args.item_column, True)
    time = find_column(rows, "time", args.time_column, False)
    weight = find_column(rows, "weight", args.weight_column, False)
    if time is None:
        milliseconds, unit = F.lit(0).cast("bigint"), TIME_UNITS["order"]
    else:
        milliseconds, unit = time_in_ms(rows, time, args.time)
    events = rows.select(
        user.alias("user"), item.cast("string").alias("item"), milliseconds.alias("time"),
        (F.lit(1.0) if weight is None else weight.cast("float").cast("double")).alias("weight"),
        "place")
    until = moment_of_until(spark, args.until, unit)
    if until is not None:
        events = events.where(F.col("time") < until)
    return events, unit


def moment_of_until(spark: SparkSession, until: str | None, unit: TimeUnit) -> int | None:
    """Milliseconds of what --until says; None where it says nothing."""
    if not until:
        return None
    moment = spark.range(1).select(F.unix_millis(F.to_timestamp(F.lit(until)))).first()[0]
    if moment is None or not unit.is_clock:
        raise LogError(f"--until: found '{until}', expected an ISO date and a log with a clock")
    return moment


def add_log_options(parser) -> None:
    parser.add_argument("--format", choices=["auto", "csv", "parquet"], default="auto")
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--time", choices=["auto", *TIME_UNITS], default="auto",
                        help="unit of the time column; auto: by its first value")
    parser.add_argument("--until", help="ISO date and time: only earlier events are counted")
    for role in ("user", "item", "time"):
        parser.add_argument(f"--{role}-column", help="its name; by usual names unless said")
