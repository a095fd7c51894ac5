"""Peers' quality: every family's best variant on validation, its figures on test.

    python bench/quality/run.py [--logs LOG:SPLIT ...] [--families NAME ...] [--json FILE]
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import logs, splits  # noqa: E402
from protocol.ranking import evaluate  # noqa: E402
from quality import ease, implicit_item_item, popularity, sknn  # noqa: E402

FAMILIES = {
    "popularity": popularity,
    "popularity, last 7 days": popularity.last_7_days,
    "popularity, recent": popularity.recent,
    "implicit cosine": implicit_item_item.cosine,
    "implicit TF-IDF": implicit_item_item.tf_idf,
    "implicit BM25": implicit_item_item.bm25,
    "implicit ItemItem": implicit_item_item.item_item,
    "SKNN": sknn,
    "V-SKNN": sknn.vector,
    "EASE": ease,
}
LOGS = ("ml-1m:leave-one-out", "beauty:leave-one-out", "s3rec-beauty:leave-one-out",
        "ml-1m-half:global-time")


def choose(family, validations):
    """(params, mean NDCG over the validation windows) of the best variant, and their number."""
    best, count = (None, -1.0), 0
    for params in family.variants(validations[0]):
        figures = [evaluate(phase, family.fit(phase, params)).ndcg.mean() for phase in validations]
        count += 1
        if np.mean(figures) > best[1]:
            best = (params, float(np.mean(figures)))
    return best, count


def run(name, split, families):
    validations, test = splits.SPLITS[split](logs.load(name))
    for family_name in families:
        start = time.time()
        family = FAMILIES[family_name]
        (params, validation), count = choose(family, validations)
        if not count:
            continue
        quality = evaluate(test, family.fit(test, params))
        low, high = quality.interval()
        yield {"log": name, "split": split, "method": family_name, "variants": count,
               "chosen": params, "validation ndcg@10": validation,
               "hit_rate@10": float(quality.hit_rate.mean()),
               "ndcg@10": float(quality.ndcg.mean()), "low": float(low), "high": float(high),
               "users": len(quality.ndcg), "seconds": time.time() - start}


def print_row(row):
    chosen = ", ".join(f"{key} {value}" for key, value in row["chosen"].items()) or "-"
    print(f"| {row['method']} | {row['variants']} | {chosen} | {row['validation ndcg@10']:.4f} "
          f"| {row['hit_rate@10']:.4f} | {row['ndcg@10']:.4f} "
          f"| {row['low']:.4f} - {row['high']:.4f} | {row['seconds']:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", nargs="+", default=LOGS)
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--json", help="one JSON line a row, appended")
    options = parser.parse_args()
    for text in options.logs:
        name, split = text.split(":")
        print(f"\n**{name}, {split}**\n")
        print("| method | variants | chosen on validation | NDCG@10 validation | HR@10 test "
              "| NDCG@10 test | 95% interval | s |\n|---|---|---|---|---|---|---|---|")
        for row in run(name, split, options.families):
            print_row(row)
            if options.json:
                with open(options.json, "a") as file:
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
