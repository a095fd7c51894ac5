"""From a log in time order to histories by user: `kaskad ingest` beside DuckDB and Polars.

    python bench/ingest/run.py --build build/release --logs log20m.csv log20m.parquet
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def run_once(name, options, log):
    scratch = options.scratch and Path(options.scratch).resolve()
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        if name == "kaskad":
            return rival.run_command([
                Path(options.build).resolve() / "kaskad", "ingest", log, "-o", f"{out}/dataset",
                "--threads", options.threads, "--memory", options.memory])
        script = HERE / f"rival_{name.split(',')[0]}.py"
        command = [sys.executable, script, "--log", log, "--out", out, "--threads",
                   options.threads]
        if name == "duckdb, same budget":
            command += ["--memory", options.memory + "iB"]
        return rival.run(command, options.threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--logs", nargs="+", required=True)
    parser.add_argument("--programs", nargs="+",
                        default=["kaskad", "duckdb", "duckdb, same budget", "polars"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="1G", help="kaskad's budget")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scratch", help="folder for the results; they are removed")
    options = parser.parse_args()
    print("| log | program | min s | median s | million rows/s | peak MB |\n|---|---|---|---|---|---|")
    for log in map(Path, options.logs):
        reports = {name: [] for name in options.programs}
        for _ in range(options.rounds):
            for name in options.programs:
                reports[name].append(run_once(name, options, log.resolve()))
        rows = max(report.get("rows", 0) for runs in reports.values() for report in runs)
        for name, runs in reports.items():
            fewest, middle, peak = rival.summary(runs)
            print(f"| {log.name} | {name} | {fewest:.1f} | {middle:.1f} "
                  f"| {rows / fewest / 1e6:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
