"""From a frame of pandas to the top-10 of every user, by one cosine top-100 matrix, seen items
left out: kaskad's package beside implicit, similaripy and RecTools.

    python bench/python/run.py --package build/release/python --log interactions.csv.gz
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd  # noqa: E402
from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", default="build/release/python", help="folder with kaskad/")
    parser.add_argument("--log", required=True)
    parser.add_argument("--rivals", nargs="+", default=["implicit", "similaripy", "rectools"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    # rival.run() gives each program the folder bench/; this one is found beside it.
    os.environ["KASKAD_PACKAGE"] = str(Path(options.package).resolve())
    print("| threads | program | min s | median s | peak MB | times kaskad's | equal scores "
          "|\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        agreement = check(options, folder)
    for threads in options.threads:
        measure(options, threads, agreement)


def programs(options, threads, save=None):
    def command(name):
        saved = ["--save", f"{save}/{name}.parquet"] if save else []
        return [sys.executable, HERE / f"rival_{name}.py", "--log", Path(options.log).resolve(),
                "--threads", threads, *saved]

    return {name: command(name) for name in ["kaskad", *options.rivals]}


def check(options, folder):
    """By rival, the share of places (user, rank) whose score is kaskad's to 1e-4."""
    for command in programs(options, 2, folder).values():
        rival.run(command, 2)
    lists = {name: pd.read_parquet(f"{folder}/{name}.parquet") for name in
             ["kaskad", *options.rivals]}
    shares = {}
    for name in options.rivals:
        both = lists["kaskad"].merge(lists[name], on=["user_id", "rank"], suffixes=("", "_theirs"))
        apart = (both["score"] - both["score_theirs"]).abs()
        shares[name] = float((apart <= 1e-4 * both["score"].clip(lower=1e-9)).mean())
        if len(both) < 0.99 * len(lists[name]) or shares[name] < 0.95:
            raise SystemExit(f"{name} answers otherwise: {shares[name]:.2%} of {len(both)} places")
    return shares


def measure(options, threads, agreement):
    reports = rival.alternate(programs(options, threads), options.rounds, threads)
    ours = rival.summary(reports["kaskad"])
    for name, runs in reports.items():
        fewest, middle, peak = rival.summary(runs)
        equal = f"{agreement[name]:.2%}" if name in agreement else "-"
        print(f"| {threads} | {name} | {fewest:.3f} | {middle:.3f} | {peak:.0f} "
              f"| {fewest / ours[0]:.2f} | {equal} |", flush=True)


if __name__ == "__main__":
    main()
