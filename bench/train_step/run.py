"""Seconds and peak memory of a training step of SASRec with full softmax (batch 128, length 200,
d 64, 2 blocks, 1 head, dropout 0.1, 3,416 items): kaskad beside the same model in Python PyTorch of
the same version. Two batches: every history full, and histories as long as ML-1M's, where padding
is what a program makes of it. CPU time beside the clock's, because it says the same on a busy machine
(OMP_WAIT_POLICY=passive: threads that wait do not count).

    python bench/train_step/run.py --build build/release --python .deps/bench-torch-venv/bin/python
"""

import argparse
import gzip
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent
BATCH, LONGEST = 128, 200


def movielens_lengths(path):
    """Of 128 users at even distances in the order of activity; two events are held out."""
    with gzip.open(path, "rt") as lines:
        next(lines)
        events = sorted(Counter(line.split(",", 1)[0] for line in lines).values())
    return [min(events[(2 * i + 1) * len(events) // (2 * BATCH)] - 2, LONGEST)
            for i in range(BATCH)]


def check(reports, name):
    """The same model learns the same: parameters equal, losses close."""
    theirs = reports["PyTorch"][0]
    for program in ("kaskad", "kaskad, bf16"):
        ours = reports[program][0]
        if ours["parameters"] != theirs["parameters"]:
            raise SystemExit(f"{name}, {program}: {ours['parameters']} parameters against "
                             f"{theirs['parameters']}")
        for which in ("first_loss", "last_loss"):
            if abs(ours[which] / theirs[which] - 1) > 0.03:
                raise SystemExit(f"{name}, {program}: {which} {ours[which]} against "
                                 f"{theirs[which]}")


def measure(options, name, lengths):
    shared = ["--lengths", ",".join(map(str, lengths)), "--threads", options.threads,
              "--steps", options.steps]
    ours = Path(options.build).resolve() / "kaskad_train_step"
    programs = {
        "kaskad": [ours, *shared],
        "kaskad, bf16": [ours, *shared, "--precision", "bf16"],
        "PyTorch": [Path(options.python).absolute(), HERE / "rival_pytorch.py", *shared],
    }
    reports = rival.alternate(programs, options.rounds, options.threads)
    check(reports, name)
    best = {program: rival.summary(runs) for program, runs in reports.items()}
    work = {program: min(run["cpu_seconds"] for run in runs) for program, runs in reports.items()}
    for program, (fewest, middle, memory) in best.items():
        print(f"| {name} | {program} | {1000 * fewest / options.steps:.0f} "
              f"| {1000 * middle / options.steps:.0f} | {1000 * work[program] / options.steps:.0f} "
              f"| {memory:.0f} | {best['PyTorch'][0] / fewest:.2f} "
              f"| {work['PyTorch'] / work[program]:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--python", default=".deps/bench-torch-venv/bin/python")
    parser.add_argument("--movielens", default="../shared/data/ml-1m/interactions.csv.gz")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    print("| histories | program | ms a step, fewest | median | CPU ms, fewest | peak MB "
          "| times as fast as PyTorch | by CPU time |\n|---|---|---|---|---|---|---|---|")
    measure(options, "all 200 long", [LONGEST] * BATCH)
    measure(options, "as ML-1M", movielens_lengths(options.movielens))


if __name__ == "__main__":
    main()
