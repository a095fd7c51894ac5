"""A sample of the grid's variants: kaskad beside a script with scipy and similaripy, one thread
each, equal quality shown; and the seconds of the default grid.

    python bench/grid/run.py --build build/release --dataset DIR
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def scripted(log):
    return rival.run_lines([sys.executable, HERE / "rival_script.py", "--log", log], threads=1)


def sample(options, threads, space=HERE / "sample.toml"):
    """Without a space: the default grid."""
    chosen = ["--space", space] if space else []
    return rival.run_lines([
        Path(options.build).resolve() / "kaskad_grid_sample", "--dataset",
        Path(options.dataset).resolve(), *chosen, "--threads", threads], threads)


def print_sample(rounds):
    """`rounds` is [(the script's lines, kaskad's lines)]; the fewest seconds of each are taken."""
    script = rounds[0][0]
    ours = {line["variant"]: line for line in rounds[0][1][:-1]}
    parts = ["count", "normalise", "ask"]
    by_count = {}
    for i, line in enumerate(script):
        best = [min(lines[i][part] for lines, _ in rounds) for part in parts]
        rows = by_count.setdefault(line["variant"].split(" | ")[0], [])
        rows.append((best, line, ours[line["variant"]]))
    print("| pairs | variants | script: count s | normalise s | ask s | largest difference of "
          "NDCG@10 |\n|---|---|---|---|---|---|")
    seconds = 0.0
    for name, rows in by_count.items():
        sums = [sum(best[p] for best, _, _ in rows) for p in range(len(parts))]
        apart = max(abs(line["ndcg@10"] - same["ndcg@10"]) for _, line, same in rows)
        print(f"| {name} | {len(rows)} | {sums[0]:.1f} | {sums[1]:.1f} | {sums[2]:.1f} "
              f"| {apart:.1e} |")
        seconds += sum(sums)
    variants = len(script)
    kaskad = min(lines[-1]["seconds"] for _, lines in rounds)
    print(f"\nThe sample, 1 thread: script {seconds:.1f} s ({seconds / variants:.2f} a variant), "
          f"kaskad {kaskad:.1f} s ({kaskad / variants:.3f} a variant): {seconds / kaskad:.1f} "
          "times faster.")
    return seconds / variants


def default_grid(options, script_seconds, threads):
    """The variants of the default grid, scored as those of the sample."""
    last = sample(options, threads, space=None)[-1]
    each = last["seconds"] / last["variants"]
    print(f"\nThe default grid, {threads} threads: {last['variants']} variants in "
          f"{last['seconds']:.1f} s ({each:.3f} a variant, {500 * each:.0f} s for 500), "
          f"{last['peak_mb']:.0f} MB: {script_seconds / threads / each:.1f} times faster than the "
          f"script would be at the sample's pace if it scaled perfectly to {threads} threads.")


def whole_command(options, threads):
    """With refinement, baselines, blend, test and bundle."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([
            Path(options.build) / "kaskad", "grid", options.dataset, "--split", "leave-one-out",
            "--threads", str(threads), "-o", f"{out}/grid", "--runs", f"{out}/runs", "--json"],
            stdout=subprocess.PIPE, check=True, text=True)
    result = json.loads(done.stdout)
    winner = result["winner"]
    print(f"\n`kaskad grid` as a whole (refinement, blend, test, bundle), {threads} threads: "
          f"{result['variants']} variants, {result['seconds']:.0f} s. Winner: NDCG@10 "
          f"{winner['validation']['ndcg@10']:.4f} on validation, {winner['test']['ndcg@10']:.4f} "
          f"on test, HR@10 {winner['test']['hit_rate@10']:.4f} on test.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--dataset", required=True, help="of the same log")
    parser.add_argument("--log", default="ml-1m", help="as protocol/logs.py names it")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--whole", nargs="*", type=int, metavar="THREADS", default=[1, 2],
                        help="also the default grid on so many threads; none: leave it out")
    options = parser.parse_args()
    script_seconds = print_sample([(scripted(options.log), sample(options, 1))
                                   for _ in range(options.rounds)])
    for threads in options.whole:
        default_grid(options, script_seconds, threads)
    if options.whole:
        whole_command(options, max(options.whole))


if __name__ == "__main__":
    main()
