"""What counters are kept by (kaskad/counters/counter_fields.h): ids, the words of queries, and categories
of users and items out of the tables that `kaskad ingest` takes (docs/logs.md, Features)."""

import string
from dataclasses import dataclass, field
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from logs import LogError, find_column, read_rows

MOST_WORDS = 16      # of a query
MOST_LEFT_KEYS = 64  # of a list, in one segment
OWNERS = {"query": "query", "query_token": "query", "user": "user", "item": "item"}


@dataclass
class Fields:
    """Whose each field is, and the tables that those beyond ids and words come from."""

    owners: dict = field(default_factory=lambda: dict(OWNERS))  # by field: query, user or item
    # (owner, columns): id and a list of values for each field
    tables: list[tuple[str, DataFrame]] = field(default_factory=list)


def query_words(query: Column) -> Column:
    """As query_tokens() of kaskad/dataset/query_tokens.h: runs of ASCII letters and digits in lower case
    and of all that is not ASCII, each once, in their order."""
    lower = F.translate(query, string.ascii_uppercase, string.ascii_lowercase)
    words = F.array_distinct(F.split(lower, r"[\x00-/:-`{-\x7f]+"))
    return F.slice(F.filter(words, lambda word: word != ""), 1, MOST_WORDS)


def _no_values() -> Column:
    return F.array().cast("array<string>")


def _trimmed(text: Column) -> Column:
    return F.regexp_replace(text, r"^[ \t]+|[ \t]+$", "")


def _in_brackets(cell: Column) -> Column:
    return _trimmed(cell).startswith("[") & _trimmed(cell).endswith("]")


def _parts(cell: Column) -> Column:
    """As split_list() of kaskad/log/field_values.h: of '[a, "b"]', else what lies between bars."""
    inside = F.regexp_replace(_trimmed(cell), r"^\[|\]$", "")
    bare = F.transform(F.split(inside, ","),
                       lambda part: F.regexp_replace(_trimmed(part), r"""^(["'])(.*)\1$""", "$2"))
    return F.when(_in_brackets(cell), bare).otherwise(F.transform(F.split(cell, r"\|"), _trimmed))


def _values(table: DataFrame, column: str) -> Column:
    """The different values of each row. A column of texts holds lists if any of its cells is one."""
    cell = F.col(f"`{column}`")
    if table.schema[column].dataType.typeName() == "array":
        values = F.transform(cell, lambda part: _trimmed(part.cast("string")))
    else:
        cell = cell.cast("string")
        holds_lists = table.agg(F.max(_in_brackets(cell) | cell.contains("|"))).first()[0]
        values = _parts(cell) if holds_lists else F.array(cell)
    wanted = F.filter(F.array_distinct(values), lambda value: value.isNotNull() & (value != ""))
    return F.coalesce(wanted, _no_values())


def _column_of(table: DataFrame, owner: str, name: str) -> str | None:
    """As the engine finds it: 'country', or 'user_country' where items have such a column, too."""
    columns = {column.split(":")[0]: column for column in table.columns if column != "place"}
    return columns.get(name.removeprefix(f"{owner}_")) or columns.get(name)


def _values_by_id(table: DataFrame, key: Column, columns: dict[str, str], path: str) -> DataFrame:
    """id, and for each field the values of its column. An id that comes again is an error."""
    again = F.raise_error(F.concat(F.lit(f"{path}: found '"), F.col("id"), F.lit("' again, expected every "
                                                                                 "id once")))
    rows = table.select(key.cast("string").alias("id"),
                        *[_values(table, column).alias(name) for name, column in columns.items()])
    return rows.groupBy("id").agg(*[
        F.when(F.count("*") == 1, F.first(f"`{name}`")).otherwise(again).alias(name) for name in columns])


def find_fields(spark, names: set[str], args) -> Fields:
    """Looks for fields beyond ids and words among the columns of the tables."""
    found = Fields()
    for owner in ("user", "item"):
        for path in getattr(args, f"{owner}_features"):
            table = read_rows(spark, [path], args.format, args.delimiter)
            columns = {name: column for name in names - OWNERS.keys()
                       if (column := _column_of(table, owner, name))}
            for name in columns.keys() & found.owners.keys():
                raise LogError(f"--segments: found '{name}' in tables of {found.owners[name]}s and of "
                               f"{owner}s, expected it in one; say 'user_{name}' or 'item_{name}'")
            if columns:
                key = find_column(table, f"{owner}-key", getattr(args, f"{owner}_key"), True)
                found.tables.append((owner, _values_by_id(table, key, columns, path)))
                found.owners |= dict.fromkeys(columns, owner)
    for name in sorted(names - found.owners.keys()):
        raise LogError(f"--segments: found the field '{name}', expected one of {', '.join(OWNERS)} or a "
                       "column of --user-features or --item-features")
    return found


def with_fields(candidates: DataFrame, fields: Fields) -> DataFrame:
    """Candidates with a list of values in a column `field_NAME` for each field."""
    for owner, table in fields.tables:
        named = table.select(F.col("id").alias(owner), *[F.col(f"`{name}`").alias(f"field_{name}")
                                                         for name in table.columns if name != "id"])
        # Items are few enough to lie on every machine; sent by item, popular ones would meet on one.
        candidates = candidates.join(F.broadcast(named) if owner == "item" else named, owner, "left")
    for name in ("query", "user", "item"):
        known = F.coalesce(F.col(name), F.lit("")) != ""
        candidates = candidates.withColumn(f"field_{name}", F.when(known, F.array(name)))
    return candidates.withColumn("field_query_token", query_words(F.col("query")))


def keys(number: int, segment: list[str], fields: Fields) -> Column:
    """The keys (segment, left, right) of a candidate in one segment; without `right` for the total of
    the left key. None where a field has no value. The last of the left fields turns fastest."""
    left = [name for name in segment if fields.owners[name] != "item"]
    right = next(name for name in segment if fields.owners[name] == "item")

    def values(name: str) -> Column:
        return F.coalesce(F.col(f"`field_{name}`"), _no_values())

    def times(made: Column, name: str) -> Column:
        return F.flatten(F.transform(made, lambda begun: F.transform(
            values(name), lambda value: F.concat(begun, F.array(value)))))

    every_left = reduce(times, left, F.array(_no_values()))
    every_right = F.concat(values(right), F.array(F.lit(None).cast("string")))
    return F.flatten(F.transform(F.slice(every_left, 1, MOST_LEFT_KEYS), lambda left_key: F.transform(
        every_right, lambda right_key: F.struct(F.lit(number).alias("segment"), left_key.alias("left"),
                                                right_key.alias("right")))))
