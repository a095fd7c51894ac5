"""Sixteen weightings in one walk over the pairs, beside each of them counted alone.

    python bench/many_weightings/run.py --build build/release --datasets DIR ...
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--datasets", nargs="+", required=True)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--max-columns", type=int, default=0, help="columns kept of a row, 0: all")
    options = parser.parse_args()
    print("| dataset | threads | 16 in one pass, s | one alone, mean s (min - max) | 16 alone, s "
          "| one pass / one alone | 16 alone / one pass |\n|---|---|---|---|---|---|---|")
    for dataset in map(Path, options.datasets):
        for threads in options.threads:
            report = rival.run([
                Path(options.build).resolve() / "kaskad_many_weightings", "--dataset",
                dataset.resolve(), "--threads", threads, "--rounds", options.rounds,
                "--max-columns", options.max_columns], threads)
            together, mean = report["seconds"], report["alone_mean"]
            print(f"| {dataset.name} | {threads} | {together:.2f} | {mean:.2f} "
                  f"({report['alone_min']:.2f} - {report['alone_max']:.2f}) "
                  f"| {report['alone_sum']:.2f} | {together / mean:.2f} "
                  f"| {report['alone_sum'] / together:.1f} |", flush=True)


if __name__ == "__main__":
    main()
