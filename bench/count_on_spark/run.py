#!/usr/bin/env python3
"""What counting on Spark takes a core: bench/run.sh count_on_spark [--events N].

Makes a log of popular items and of users as long as a power law has them, with bots among them, counts
it on one core (local[1]) and prints what each stage took, the pairs of an item, and the largest task. Then
the same pairs once more as the simplest plan would gather them, all of an item in one task.
"""

import argparse
import glob
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "spark"), str(ROOT / ".deps" / "spark")]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--cap", type=int, default=200)
    parser.add_argument("--partitions", type=int, default=16)
    return parser.parse_args()


def make_log(spark, F, args, path: str) -> None:
    """(user_id, item_id, timestamp): items by Zipf, a bot for a thousandth of the events."""
    users = args.events // 40
    u, v, w = F.rand(1), F.rand(2), F.rand(3)
    # Zipf of exponent 1 over ranks: rank = items^u.
    item = F.floor(F.pow(F.lit(float(args.items)), u)).cast("int")
    user = F.when(w < 0.001, F.lit(0)).otherwise(1 + F.floor(users * v * v).cast("int"))
    spark.range(args.events, numPartitions=args.partitions).select(
        user.alias("user_id"), item.alias("item_id"),
        (1_600_000_000 + F.floor(F.rand(4) * 90 * 86_400)).cast("bigint").alias("timestamp"),
    ).write.parquet(path)


def stage_table(stages: list[dict]) -> str:
    from stage_figures import COLUMNS
    shown = [s for s in stages if s["cpu s"] > 0.2]
    columns = [c for c in COLUMNS if c != "what"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for s in shown:
        lines.append("| " + " | ".join(f"{s[c]:,.1f}" if isinstance(s[c], float) else f"{s[c]:,}"
                                       for c in columns) + " |")
    return "\n".join(lines)


def main() -> None:
    args = arguments()
    work = tempfile.mkdtemp(prefix="count-on-spark-", dir=os.environ.get("TMPDIR"))
    events = f"{work}/eventlog"
    os.makedirs(events)
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[1] --driver-memory 2g --conf spark.ui.enabled=false "
        "--conf spark.ui.showConsoleProgress=false --conf spark.log.level=ERROR "
        "--conf spark.sql.adaptive.coalescePartitions.enabled=false "
        f"--conf spark.eventLog.enabled=true --conf spark.eventLog.dir={events} "
        f"--conf spark.local.dir={work} pyspark-shell")
    import json

    import count_pairs
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F
    from stage_figures import stages_of
    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", args.partitions)
    make_log(spark, F, args, f"{work}/log")
    blend = Path(work) / "blend.json"
    weighting = {"window": args.window, "max_history": args.cap}
    blend.write_text(json.dumps({"parts": [{"weight": 1, "variant": {
        "matrix": {"kind": "cooccurrence", "weighting": weighting}}}]}))
    manifest = count_pairs.run(count_pairs.arguments(
        [f"{work}/log", "--format", "parquet", "--blend", str(blend), "-o", f"{work}/counted",
         "--shuffle-partitions", str(args.partitions)]))
    pairs = spark.read.parquet(f"{work}/counted/pairs")
    rows = pairs.groupBy("source").agg(F.count("*").alias("columns"), F.sum("weight_0").alias("weight"))
    worst = rows.agg(F.max("columns"), F.avg("columns"), F.max("weight"), F.avg("weight")).first()
    # The plan that would gather a row where its item is: pairs travel as they are.
    events_read, _ = count_pairs.read_events(spark, count_pairs.arguments(
        [f"{work}/log", "--format", "parquet", "--blend", str(blend), "-o", "none"]))
    histories = count_pairs.histories_of(events_read, manifest["horizon"], args.cap)
    n, p, q = F.col("n"), F.col("p"), F.col("q")
    raw = (histories.where(n > 1).select("*", F.explode(F.sequence(F.lit(0), n - 2)).alias("p"))
           .select("*", F.explode(F.sequence(p + 1, F.least(n - 1, p + args.window))).alias("q"))
           .select(F.col("items")[p].alias("source"), F.col("items")[q].alias("target")))
    raw.repartition(args.partitions, "source").groupBy("source", "target").count().write.format(
        "noop").mode("overwrite").save()
    spark.stop()
    with open(glob.glob(f"{events}/*")[0], encoding="utf-8") as file:
        stages = stages_of(file)
    print(f"{manifest['events']:,} events of {manifest['users']:,} users and {manifest['items']:,} items; "
          f"{weighting}: {manifest['pairs']:,} pairs. Of an item {worst[1]:,.0f} columns in the mean, "
          f"{worst[0]:,} at most; {worst[3]:,.0f} pairs counted in the mean, {worst[2]:,} at most.\n")
    print(stage_table(stages))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
