"""One run of one program in a process of its own: it prints one JSON line with the seconds of
what is timed and the peak memory of the whole process up to the end of it."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
REPOSITORY = BENCH.parent


def arguments(**extra):
    """Of a rival's script: --matrix, --threads, --save and the named extra ones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--matrix", required=True, help="directory of protocol/matrix.py")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save", help="where the result goes, after the clock has stopped")
    for name, default in extra.items():
        parser.add_argument("--" + name, type=type(default), default=default)
    return parser.parse_args()


def peak_mb():
    """Not ru_maxrss: a started process inherits that of the one that started it."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


class Stopwatch:
    """with Stopwatch() as watch: ...; watch.report(users=...) prints the line."""

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.start
        self.peak_mb = peak_mb()

    def report(self, **more):
        print(json.dumps({"seconds": self.seconds, "peak_mb": self.peak_mb, **more}))


def run(command, threads, folder=BENCH):
    """The line of a program that prints one; the environment holds libraries to `threads`."""
    return run_lines(command, threads, folder)[-1]


def run_lines(command, threads, folder=BENCH):
    """All JSON lines that a program prints."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
    environment = dict(os.environ, **{name: str(threads) for name in names},
                       PYTHONPATH=str(BENCH))
    done = subprocess.run([str(part) for part in command], env=environment, cwd=folder,
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run_command(command, folder=REPOSITORY):
    """The same report for a program that prints no line: from its start to its end. The peak
    is at least that of this process, which therefore should hold no data."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], cwd=folder,
                               stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
    return {"seconds": seconds, "peak_mb": usage.ru_maxrss / 1024}


def alternate(programs, rounds, threads):
    """{name: [report, ...]}: one run of each program a round, so that noise meets all alike."""
    reports = {name: [] for name in programs}
    for turn in range(rounds):
        for name, command in programs.items():
            reports[name].append(run(command, threads))
            print(f"  round {turn + 1}/{rounds}, {threads} threads, {name}: "
                  f"{reports[name][-1]['seconds']:.2f} s", file=sys.stderr, flush=True)
    return reports


def summary(reports):
    """(fewest seconds, median seconds, largest peak MB) of one program's reports."""
    seconds = sorted(report["seconds"] for report in reports)
    middle = (seconds[(len(seconds) - 1) // 2] + seconds[len(seconds) // 2]) / 2
    return seconds[0], middle, max(report["peak_mb"] for report in reports)
