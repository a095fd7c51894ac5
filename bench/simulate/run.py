"""How fast `kaskad simulate` writes a log, and in what memory: all files, truth included.
CPU seconds stand beside those of the clock, as other work on the machine changes only the latter.

    python bench/simulate/run.py --build build/release --events 1000000 20000000
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402


def run_once(options, events, threads, out):
    command = [Path(options.build).resolve() / "kaskad", "simulate", "--events", events,
               "--threads", threads, "--seed", options.seed, "-o", out]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = rival.run_command(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counts = json.loads((Path(out) / "simulation.json").read_text())["counts"]
    size = sum(path.stat().st_size for path in Path(out).rglob("*") if path.is_file())
    return {**report, "cpu": cpu, "shown": counts["shown"], "bytes": size,
            "actions": sum(counts[name] for name in ("click", "save", "contact", "purchase"))}


def written_alone(folder, size):
    """Seconds to write and sync as many bytes: the disk's share."""
    start = time.perf_counter()
    subprocess.run(["dd", "if=/dev/zero", f"of={folder}/zeros", "bs=1M", "conv=fsync",
                    f"count={max(1, size >> 20)}"], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 20_000_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", help="folder for the logs; they are removed")
    options = parser.parse_args()
    print("| items shown | actions | GB | threads | min s | median s | million shown/s | CPU s "
          "| million shown/CPU s | peak MB | dd of as much, s |\n"
          "|---|---|---|---|---|---|---|---|---|---|---|")
    for events in options.events:
        reports = {threads: [] for threads in options.threads}
        for _ in range(options.rounds):
            for threads in options.threads:
                with tempfile.TemporaryDirectory(dir=options.scratch) as out:
                    report = run_once(options, events, threads, f"{out}/log")
                    report["dd"] = written_alone(out, report["bytes"])
                    reports[threads].append(report)
        for threads, runs in reports.items():
            fewest, middle, peak = rival.summary(runs)
            one = runs[0]
            cpu = min(run["cpu"] for run in runs)
            print(f"| {one['shown']:,} | {one['actions']:,} | {one['bytes'] / 1e9:.2f} | {threads} "
                  f"| {fewest:.1f} | {middle:.1f} | {one['shown'] / fewest / 1e6:.2f} "
                  f"| {cpu:.1f} | {one['shown'] / cpu / 1e6:.2f} | {peak:.0f} "
                  f"| {min(run['dd'] for run in runs):.1f} |", flush=True)


if __name__ == "__main__":
    main()
