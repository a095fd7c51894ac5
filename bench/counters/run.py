"""Counters of impressions by query, country and item: `kaskad count`'s library beside DuckDB and
Polars, with equal results; then the time of a lookup.

    python bench/counters/run.py --build build/release --work build/bench-logs/counters
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def make_log(program, work, impressions):
    """The lists in kaskad's form, and the same rows as Parquet."""
    log = work / f"log-{impressions}.parquet"
    if log.exists():
        return log
    rival.run([*program, "generate", "--impressions", impressions], 1)
    columns = {name: np.load(work / f"{name}.npy")
               for name in ("query", "item", "country", "click", "time")}
    pl.DataFrame(columns).write_parquet(log)
    for name in columns:
        (work / f"{name}.npy").unlink()
    return log


def sorted_rows(keys, items, values):
    order = np.lexsort((items, keys))
    return keys[order], items[order], values[order]


def check_equal(name, work, out, segments):
    """Every pair with every count; the program has dumped its own beside."""
    for number in range(segments):
        ours = sorted_rows(*(np.load(work / f"counted_{number}_{part}.npy")
                             for part in ("left", "right", "values")))
        table = pl.read_parquet(f"{out}/counted_{number}.parquet")
        names = table.columns
        theirs = sorted_rows(table[names[0]].to_numpy(), table[names[1]].to_numpy(),
                             table.select(names[2:]).to_numpy())
        for mine, other in zip(ours, theirs):
            if mine.shape != other.shape or not (mine == other).all():
                raise SystemExit(f"{name}: segment {number} was counted differently")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--work", required=True, help="folder for the generated log")
    parser.add_argument("--impressions", type=int, default=30_000_000)
    parser.add_argument("--programs", nargs="+", default=["kaskad", "duckdb", "polars"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    work = Path(options.work).resolve() / str(options.impressions)
    work.mkdir(parents=True, exist_ok=True)
    program = [Path(options.build).resolve() / "kaskad_counters_bench", "--work", work]
    log = make_log(program, work, options.impressions)
    reports = {name: [] for name in options.programs}
    for turn in range(options.rounds):
        for name in options.programs:
            if name == "kaskad":
                reports[name].append(
                    rival.run([*program, "count", "--threads", options.threads], options.threads))
                continue
            with tempfile.TemporaryDirectory(dir=work) as out:
                reports[name].append(rival.run(
                    [sys.executable, HERE / f"rival_{name}.py", "--log", log, "--out", out,
                     "--threads", options.threads], options.threads))
                if turn == 0 and reports["kaskad"]:
                    rival.run_lines([*program, "dump"], 1)
                    check_equal(name, work, out, 2)
    print("| program | min s | median s | million impressions/s | peak MB | times kaskad's time |")
    print("|---|---|---|---|---|---|")
    ours = rival.summary(reports["kaskad"])[0]
    for name, runs in reports.items():
        fewest, middle, peak = rival.summary(runs)
        print(f"| {name} | {fewest:.2f} | {middle:.2f} | {options.impressions / fewest / 1e6:.1f} "
              f"| {peak:.0f} | {fewest / ours:.2f} |", flush=True)
    print("\nEqual counts of every pair. Features of all impressions as of their moments "
          "(replay):", end=" ")
    again = rival.run([*program, "replay", "--threads", options.threads], options.threads)
    print(f"{again['seconds']:.1f} s, {options.impressions / again['seconds'] / 1e6:.2f} million "
          f"impressions/s, {again['peak_mb']:.0f} MB.\n")
    print("| pages since | candidates | segments | features | p50 us | p99 us "
          "| ns a candidate and segment |")
    print("|---|---|---|---|---|---|---|")
    for line in rival.run_lines([*program, "lookup"], 1):
        print(f"| {line['live_pages']:,} | {line['candidates']:,} | {line['segments']} | {line['features']} "
              f"| {line['p50_us']:.0f} | {line['p99_us']:.0f} | {line['ns']:.1f} |")


if __name__ == "__main__":
    main()
