"""Top-10 of every user from one cosine top-100 matrix, seen items left out: kaskad beside
implicit and similaripy; with --bundle also the whole command `kaskad recommend`.

    python bench/batch_recommend/run.py --build build/release --dataset DIR [--bundle B]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from batch_recommend import result  # noqa: E402
from protocol import matrix, rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--dataset", required=True, help="of `kaskad ingest`, each pair once")
    parser.add_argument("--bundle", help="also time `kaskad recommend` with this bundle")
    parser.add_argument("--rivals", nargs="+", default=["implicit", "similaripy"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--k", type=int, default=10)
    options = parser.parse_args()
    print("| threads | program | min s | median s | users/s | peak MB | times kaskad's "
          "| equal scores | same items |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        matrix.write(options.dataset, folder)
        checks = check(options, folder)
        for threads in options.threads:
            measure(options, threads, folder, checks)
    if options.bundle:
        time_command(options)


def programs(options, threads, inputs, save=None):
    def common(name):
        saved = ["--save", f"{save}/{name}"] if save else []
        return ["--k", options.k, "--threads", threads, *saved]

    commands = {"kaskad": [Path(options.build).resolve() / "kaskad_batch_recommend", "--dataset",
                           Path(options.dataset).resolve(), *common("kaskad")]}
    for name in options.rivals:
        commands[name] = [sys.executable, HERE / f"rival_{name}.py", "--matrix", inputs,
                          *common(name)]
    return commands


def check(options, folder):
    for command in programs(options, 2, folder, save=folder).values():
        rival.run(command, 2)
    ours = result.load(f"{folder}/kaskad")
    return {name: result.compare(result.load(f"{folder}/{name}"), ours) for name in options.rivals}


def measure(options, threads, folder, checks):
    reports = rival.alternate(programs(options, threads, folder), options.rounds, threads)
    ours = rival.summary(reports["kaskad"])
    for name, runs in reports.items():
        fewest, middle, peak = rival.summary(runs)
        agreement = f"{checks[name][0]:.2%} | {checks[name][1]:.2%}" if name in checks else "- | -"
        print(f"| {threads} | {name} | {fewest:.3f} | {middle:.3f} "
              f"| {runs[0]['users'] / fewest:,.0f} | {peak:.0f} | {fewest / ours[0]:.2f} "
              f"| {agreement} |", flush=True)


def time_command(options):
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([Path(options.build) / "kaskad", "recommend", "--bundle", options.bundle,
                        "--k", str(options.k), "-o", f"{folder}/recs.csv"], check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        with open(f"{folder}/recs.csv") as lists:
            rows = sum(1 for _ in lists) - 1
    print(f"\n`kaskad recommend`, start to finished CSV: {seconds:.2f} s, {rows:,} rows.")


if __name__ == "__main__":
    main()
