"""Tables out of what `kaskad eval-ranker --json` printed, one file a seed: every ranker's metrics,
and what the first one gains over each, in percent of the other."""

import argparse
import json

METRICS = ["hits@1", "hits@3", "hits@10", "ndcg@10", "auc"]


def interval(value, low, high, form):
    return f"{form(value)} [{form(low)}, {form(high)}]"


def fraction(value):
    return f"{value:.4f}".replace("0.", ".", 1)


def percent(value):
    return f"{100 * value:+.1f}%"


def row(evaluation, first):
    values = evaluation["metrics"]
    cells = [evaluation["ranker"]]
    for name in METRICS:
        metric = values[name]
        cells.append(interval(metric["value"], metric["low"], metric["high"], fraction))
    if evaluation is first:
        return cells + [""]
    gain = evaluation["first_minus_this"]["hits@3"]
    base = values["hits@3"]["value"]
    if base == 0:
        return cells + [""]
    return cells + [interval(gain["value"] / base, gain["low"] / base, gain["high"] / base, percent)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+")
    for path in parser.parse_args().results:
        result = json.load(open(path))
        evaluations = result["rankers"]
        first = evaluations[0]
        print(f"{path}: dataset {result['dataset_hash'][:8]}, split {result['split_hash'][:8]}, "
              f"lists {result['impressions_hash'][:8]}, {result['facts']['asked']} lists asked\n")
        print(f"| ranker | {' | '.join(METRICS)} | hits@3: {first['ranker']} over this |")
        print("|" + "---|" * (len(METRICS) + 2))
        for evaluation in evaluations:
            print(f"| {' | '.join(row(evaluation, first))} |")
        print()


if __name__ == "__main__":
    main()
