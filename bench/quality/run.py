"""Peers' quality beside kaskad's grid: every family's best variant on validation, its figures on
test, and its lists paired with those of the grid's winner, user by user. Takes an hour or two: what
is finished stands in --work and is not done again.

    python bench/quality/run.py --kaskad PROGRAM --work FOLDER [--logs LOG:SPLIT ...]
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import logs, splits  # noqa: E402
from protocol.ranking import evaluate, write_lists  # noqa: E402
from quality import beside, ease, implicit_item_item, popularity, sknn  # noqa: E402

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


def measure(method, validations, test, lists_file):
    """The row of one family, None where it has no variant here; its lists go to `lists_file`."""
    start = time.time()
    family = FAMILIES[method]
    (params, validation), count = choose(family, validations)
    if not count:
        return None
    scorer = family.fit(test, params)
    quality = evaluate(test, scorer)
    write_lists(lists_file, test, scorer)
    low, high = quality.interval()
    return {"method": method, "variants": count, "chosen": params,
            "validation ndcg@10": validation, "hit_rate@10": float(quality.hit_rate.mean()),
            "ndcg@10": float(quality.ndcg.mean()), "low": float(low), "high": float(high),
            "users": len(quality.ndcg), "seconds": time.time() - start}


def rows_of(grid, name, split, families):
    """Rows of all families; those of an earlier call are read from the grid's folder."""
    kept = grid.run.parent / f"peers-{split}.jsonl"
    done = [json.loads(line) for line in open(kept)] if kept.exists() else []
    rows = {row["method"]: row for row in done}
    if not set(families) <= set(rows):
        validations, test = splits.SPLITS[split](logs.load(name))
    for method in families:
        if method not in rows:
            print(f"{name}: {method}", file=sys.stderr, flush=True)
            row = measure(method, validations, test, grid.lists_file(method))
            if row:
                rows[method] = row
                with open(kept, "a") as file:
                    file.write(json.dumps(row) + "\n")
    return [rows[method] for method in families if method in rows]


def row_of_grid(grid, metrics):
    """The grid as a row like those of the peers; `metrics` as `kaskad compare` has them."""
    result, ndcg = grid.result, metrics["ndcg@10"]
    return {"method": "kaskad grid", "variants": result["variants"],
            "validation ndcg@10": result["winner"]["validation"]["ndcg@10"],
            "hit_rate@10": metrics["hit_rate@10"]["value"], "ndcg@10": ndcg["value"],
            "low": ndcg["low"], "high": ndcg["high"], "seconds": result["seconds"]}


def print_row(row, chosen, compared):
    difference = "{value:+.4f} [{low:+.4f}, {high:+.4f}]".format(**compared["difference_to_best"])
    print(f"| {row['method']} | {row['variants']} | {chosen} | {row['validation ndcg@10']:.4f} "
          f"| {row['hit_rate@10']:.4f} | {row['ndcg@10']:.4f} "
          f"| {row['low']:.4f} - {row['high']:.4f} | {difference} | {row['seconds']:.0f} |")


def print_table(grid, rows):
    compared = grid.pair([row["method"] for row in rows])
    split = grid.result["split"]
    print(f"dataset hash {grid.result['dataset']['hash'][:8]}, split hash {split['hash'][:8]}, "
          f"{split['test_cases']} users, seed {grid.result['seed']}\n")
    print("| method | variants | chosen on validation | NDCG@10 validation | HR@10 test "
          "| NDCG@10 test | 95% interval | to the best, paired | s |\n"
          "|---|---|---|---|---|---|---|---|---|")
    winner = grid.result["winner"]["name"].replace(" | ", "; ")  # the bar ends a column
    print_row(row_of_grid(grid, compared["kaskad"]["metrics"]), winner, compared["kaskad"])
    for row in rows:
        chosen = ", ".join(f"{key} {value}" for key, value in row["chosen"].items()) or "-"
        print_row(row, chosen, compared[row["method"]])
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kaskad", required=True, help="the program")
    parser.add_argument("--work", required=True, help="folder for datasets, grids and finished rows")
    parser.add_argument("--logs", nargs="+", default=LOGS)
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    options = parser.parse_args()
    for text in options.logs:
        name, split = text.split(":")
        grid = beside.Grid(options.kaskad, options.work, name, split)
        rows = rows_of(grid, name, split, options.families)
        print(f"\n**{name}, {split}**\n")
        print_table(grid, rows)


if __name__ == "__main__":
    main()
