"""A sample of the grid's variants: kaskad beside a script with scipy and similaripy, one thread
each, equal quality shown; and the seconds a variant of the whole default grid.

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


def sample(options, threads):
    return rival.run_lines([
        Path(options.build).resolve() / "kaskad_grid_sample", "--dataset",
        Path(options.dataset).resolve(), "--space", HERE / "sample.toml", "--threads", threads],
        threads)


def print_sample(rounds):
    """`rounds` is [(the script's lines, kaskad's lines)]; the fewest seconds of each are taken."""
    script = rounds[0][0]
    ours = {line["variant"]: line for line in rounds[0][1][:-1]}
    print("| variant | count s | normalise s | ask s | HR@10 script | kaskad | NDCG@10 script "
          "| kaskad |\n|---|---|---|---|---|---|---|---|")
    totals = {"count": 0.0, "normalise": 0.0, "ask": 0.0}
    for i, line in enumerate(script):
        best = {part: min(lines[i][part] for lines, _ in rounds) for part in totals}
        totals = {part: totals[part] + best[part] for part in totals}
        same = ours[line["variant"]]
        name = line["variant"].replace(" | ", "; ")
        print(f"| {name} | {best['count']:.2f} "
              f"| {best['normalise']:.2f} | {best['ask']:.2f} | {line['hit_rate@10']:.4f} "
              f"| {same['hit_rate@10']:.4f} | {line['ndcg@10']:.4f} | {same['ndcg@10']:.4f} |")
    seconds, variants = sum(totals.values()), len(script)
    kaskad = min(lines[-1]["seconds"] for _, lines in rounds)
    print(f"\nThe sample, 1 thread: script {seconds:.1f} s ({seconds / variants:.2f} a variant, of "
          f"it {totals['count'] / variants:.2f} counting), kaskad {kaskad:.1f} s "
          f"({kaskad / variants:.3f} a variant): {seconds / kaskad:.1f} times faster.")
    return seconds / variants


def whole_grid(options, script_seconds, threads):
    """The default grid of the command, pairs shared by hundreds of variants."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([
            Path(options.build) / "kaskad", "grid", options.dataset, "--split", "leave-one-out",
            "--threads", str(threads), "-o", f"{out}/grid", "--runs", f"{out}/runs", "--json"],
            stdout=subprocess.PIPE, check=True, text=True)
    result = json.loads(done.stdout)
    each = result["seconds"] / result["variants"]
    winner = result["winner"]
    print(f"\nThe whole default grid, {threads} threads: {result['variants']} variants in "
          f"{result['seconds']:.1f} s ({each:.3f} a variant): "
          f"{script_seconds / threads / each:.1f} times faster than the script would be if it "
          f"scaled perfectly to {threads} threads. Winner: NDCG@10 "
          f"{winner['validation']['ndcg@10']:.4f} on validation, {winner['test']['ndcg@10']:.4f} "
          f"on test, HR@10 {winner['test']['hit_rate@10']:.4f} on test.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--dataset", required=True, help="of the same log")
    parser.add_argument("--log", default="ml-1m", help="as protocol/logs.py names it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", nargs="*", type=int, metavar="THREADS", default=[1, 2],
                        help="also the default grid on so many threads; none: leave it out")
    options = parser.parse_args()
    script_seconds = print_sample([(scripted(options.log), sample(options, 1))
                                   for _ in range(options.rounds)])
    for threads in options.whole:
        whole_grid(options, script_seconds, threads)


if __name__ == "__main__":
    main()
