"""Counts co-occurrences over a log of any size, for `kaskad import` (docs/spark.md).

    spark-submit --py-files spark/logs.py,spark/weightings.py,spark/output.py spark/count_pairs.py \\
        events.parquet --blend runs/grid/winner/manifest.json -o counted

Stages:
  facts        the log is read once: items, their events, the newest time
  histories    rows go to their users; at most the cap of each travels and is kept
  occurrences  each item's, weighted like the pairs
  pairs        each history makes its pairs; each task adds up its own before they travel
  row sums     of what was written
"""

import argparse
import math
import sys
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from logs import MILLISECONDS_A_DAY, LogError, add_log_options, check_units, read_events
from output import check_new, exit_status, remove, session, write_manifest
from weightings import PairWeighting, read_blend

VERSION = 1


@dataclass
class Facts:
    events: int
    users: int
    items: int
    horizon: int  # the newest time
    is_clock: bool


def item_table(events: DataFrame) -> DataFrame:
    """(item, item_id, events): an item is known to the job by a hash of its id, and so needs no join."""
    return events.groupBy(F.xxhash64("item").alias("item"), F.col("item").alias("item_id")).agg(
        F.count("*").alias("events"), F.min("time").alias("oldest"), F.max("time").alias("newest"),
        F.sum(F.when(F.coalesce(F.col("user").cast("string"), F.lit("")) == "", 1)).alias("nobody"))


def check_items(items: DataFrame, unit, asked_unit: str) -> tuple[int, int, int]:
    """Events, items and the newest time; no two items may share a hash."""
    row = items.agg(F.sum("events"), F.count("*"), F.countDistinct("item"), F.min("oldest"),
                    F.max("newest"), F.sum(F.when(F.coalesce("item_id", F.lit("")) == "", 1)),
                    F.sum("nobody")).first()
    if row[1] == 0:
        raise LogError("found no events in the log")
    if row[5] or row[6]:
        raise LogError("found an empty cell among the ids of users or items, expected an id")
    if row[3] is None or row[4] is None:
        raise LogError("found a time that is none, expected one in each row; say its form with --time")
    if row[1] != row[2]:
        raise LogError(f"{row[1] - row[2]} of {row[1]} items share a hash with another; rename one")
    check_units(row[3], row[4], unit, asked_unit)
    return row[0], row[1], row[4]


def histories_of(events: DataFrame, horizon: int, cap: int) -> DataFrame:
    """(n, items, days, weights): the newest `cap` events of each user (0: all), oldest first.

    row_number() <= cap becomes a group limit, which Spark applies before rows travel, too: of a
    user with a million events each task sends at most `cap`.
    """
    newest_first = Window.partitionBy("user").orderBy(F.desc("time"), F.desc("place"))
    day = F.least(F.lit(0.0), (F.col("time") - F.lit(horizon)) / F.lit(float(MILLISECONDS_A_DAY)))
    kept = events.select(
        "user", F.xxhash64("item").alias("item"), day.alias("day"),
        F.greatest(F.lit(0.0), "weight").alias("weight"), F.row_number().over(newest_first).alias("age"))
    if cap:
        kept = kept.where(F.col("age") <= cap)
    oldest_first = F.sort_array(F.collect_list(F.struct((-F.col("age")).alias("order"), "item", "day",
                                                        "weight")))
    # Plain arrays, not one of structs: the loop over pairs reads them where they lie.
    return kept.groupBy("user").agg(oldest_first.alias("h")).select(
        F.size("h").alias("n"), F.col("h.item").alias("items"), F.col("h.day").alias("days"),
        F.col("h.weight").alias("weights"))


def event_at(place: Column) -> dict[str, Column]:
    return {"item": F.col("items")[place], "day": F.col("days")[place], "weight": F.col("weights")[place]}


def occurrences_of(histories: DataFrame, weightings: list[PairWeighting], items: int) -> DataFrame:
    """(item, kept, occurrences_*)."""
    n, p = F.col("n"), F.col("p")
    event = event_at(p)
    worth = [w.occurrence(n, p, event, items).alias(f"worth_{l}") for l, w in enumerate(weightings)]
    events = histories.select("*", F.explode(F.sequence(F.lit(0), n - 1)).alias("p")).select(
        event["item"].alias("item"), *worth)
    sums = [F.sum(f"worth_{l}").alias(f"occurrences_{l}") for l in range(len(weightings))]
    return events.groupBy("item").agg(F.count("*").alias("kept"), *sums)


def count_both_ways(histories: DataFrame, weightings: list[PairWeighting], items: int) -> DataFrame:
    """(low, high, forth_*, back_*) for each pair of items that meet, the lower hash first.

    Both directions of a pair are one row, which halves what travels; tasks add up their own rows
    first, so that of the most popular pair, too, each task sends one.
    """
    n, p, q = F.col("n"), F.col("p"), F.col("q")
    reach = max(w.reach for w in weightings)
    last = n - 1 if reach == math.inf else F.least(n - 1, p + int(reach))
    # One generated loop: neither explode() copies the arrays.
    places = (histories.where(n > 1)
              .select("*", F.explode(F.sequence(F.lit(0), n - 2)).alias("p"))
              .select("*", F.explode(F.sequence(p + 1, last)).alias("q")))
    a, b = event_at(p), event_at(q)
    columns = [F.least(a["item"], b["item"]).alias("low"), F.greatest(a["item"], b["item"]).alias("high")]
    for l, w in enumerate(weightings):
        worth = F.lit(1).cast("bigint") if w.is_whole else w.weight(n, q - p, a, b, items)
        nothing = F.lit(0).cast("bigint") if w.is_whole else F.lit(0.0)
        counts, forth = w.counts(n, p, q - p, a, b), a["item"] < b["item"]
        if w.reverse == 1:
            columns.append(F.when(counts, worth).otherwise(nothing).alias(f"forth_{l}"))
            continue
        columns.append(F.when(counts & forth, worth).otherwise(nothing).alias(f"forth_{l}"))
        columns.append(F.when(counts & ~forth, worth).otherwise(nothing).alias(f"back_{l}"))
    pairs = places.where(a["item"] != b["item"]).select(*columns)
    sums = [F.sum(name).alias(name) for name in pairs.columns[2:]]
    return pairs.groupBy("low", "high").agg(*sums)


def directed(both: DataFrame, weightings: list[PairWeighting]) -> DataFrame:
    """(source, target, weight_*) of both directions, where some weighting counts."""

    def cell(w: PairWeighting, same: Column, other: Column) -> Column:
        if w.reverse == 0:
            return same
        return same + other if w.is_whole else same + F.lit(w.reverse) * other

    def side(source: str, target: str, own: str, counter: str) -> Column:
        weights = []
        for l, w in enumerate(weightings):
            value = F.col(f"forth_{l}") if w.reverse == 1 else cell(
                w, F.col(f"{own}_{l}"), F.col(f"{counter}_{l}"))
            weights.append(value.alias(f"weight_{l}"))
        return F.struct(F.col(source).alias("source"), F.col(target).alias("target"), *weights)

    rows = both.select(F.explode(F.array(side("low", "high", "forth", "back"),
                                         side("high", "low", "back", "forth"))).alias("x")).select("x.*")
    return rows.where(F.greatest(F.lit(0), *[F.col(f"weight_{l}") for l in range(len(weightings))]) > 0)


def strongest(pairs: DataFrame, occurrences: DataFrame, lanes: int, most: int) -> DataFrame:
    """The `most` targets of each source: by the best of the weightings / sqrt(1 + occurrences)."""
    best = F.greatest(F.lit(0.0), *[F.col(f"weight_{l}").cast("double") for l in range(lanes)])
    joined = pairs.join(F.broadcast(occurrences.select(F.col("item").alias("target"), "kept")), "target")
    order = Window.partitionBy("source").orderBy(F.desc(best / F.sqrt(1.0 + F.col("kept"))), "target")
    return (joined.withColumn("rank", F.row_number().over(order)).where(F.col("rank") <= most)
            .select("source", "target", *[f"weight_{l}" for l in range(lanes)]))


def run(args) -> dict:
    spark = session("kaskad count_pairs", args.shuffle_partitions)
    check_new(spark, args.output)
    with open(args.blend, encoding="utf-8") as file:
        blend, weightings = read_blend(file.read())
    lanes = len(weightings)
    events, unit = read_events(spark, args)
    if any(w.needs_clock for w in weightings) and not unit.is_clock:
        raise LogError("a part of the blend uses time, but the log has no clock, only an order")
    items = item_table(events).persist(StorageLevel.DISK_ONLY)
    num_events, num_items, horizon = check_items(items, unit, args.time)
    caps = [w.max_history for w in weightings]
    histories = histories_of(events, horizon, 0 if 0 in caps else max(caps)).persist(
        StorageLevel.DISK_ONLY)
    occurrences = occurrences_of(histories, weightings, num_items).persist(StorageLevel.DISK_ONLY)
    facts = Facts(num_events, histories.count(), num_items, horizon, unit.is_clock)

    pairs_path = f"{args.output}/pairs"
    whole_path = f"{args.output}/_all_pairs" if args.max_columns else pairs_path
    directed(count_both_ways(histories, weightings, num_items), weightings).write.parquet(whole_path)
    pairs = spark.read.parquet(whole_path)
    row_sums = pairs.groupBy(F.col("source").alias("item")).agg(
        *[F.sum(f"weight_{l}").alias(f"row_sum_{l}") for l in range(lanes)])
    table = items.join(occurrences, "item", "left").join(row_sums, "item", "left")
    numbers = [f"{name}_{l}" for name in ("occurrences", "row_sum") for l in range(lanes)]
    table.select("item", "item_id", "events",
                 *[F.coalesce(F.col(name).cast("double"), F.lit(0.0)).alias(name) for name in numbers]
                 ).write.parquet(f"{args.output}/items")
    if args.max_columns:
        strongest(pairs, occurrences, lanes, args.max_columns).write.parquet(pairs_path)
        remove(spark, whole_path)
    num_pairs = spark.read.parquet(pairs_path).count()
    manifest = {"format": "kaskad counted pairs", "version": VERSION, "blend": blend,
                "weightings": [w.to_json() for w in weightings], "events": facts.events,
                "users": facts.users, "items": facts.items, "pairs": num_pairs,
                "horizon": facts.horizon, "time": "clock" if facts.is_clock else "order",
                "max_columns": args.max_columns}
    write_manifest(spark, args.output, manifest)
    for frame in (items, histories, occurrences):
        frame.unpersist()
    return manifest


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Counts co-occurrences for `kaskad import`.")
    parser.add_argument("logs", nargs="+", help="files or directories of one log")
    parser.add_argument("--blend", required=True,
                        help="manifest.json of a bundle of matrices, or the blend alone")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--max-columns", type=int, default=0,
                        help="pairs kept of each item, the strongest; 0: all")
    parser.add_argument("--shuffle-partitions", type=int, default=0, help="0: Spark's setting")
    parser.add_argument("--weight-column", help="its name, or none; by usual names unless said")
    add_log_options(parser)
    return parser.parse_args(argv)


def job() -> str:
    manifest = run(arguments(sys.argv[1:]))
    return (f"{manifest['pairs']} pairs of {manifest['items']} items, of {manifest['events']} events of "
            f"{manifest['users']} users")


if __name__ == "__main__":
    sys.exit(exit_status(job))
