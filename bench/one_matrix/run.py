"""One top-100 item-item matrix of a log: kaskad beside implicit, similaripy and scipy.

    python bench/one_matrix/run.py --build build/release --dataset DIR [--rounds 5]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from one_matrix import result  # noqa: E402
from protocol import matrix, rival  # noqa: E402

HERE = Path(__file__).resolve().parent


def programs(options, kind, threads, inputs, save=None):
    def saved(name):
        return ["--save", f"{save}/{name}"] if save else []

    common = ["--kind", kind, "--k", options.k, "--threads", threads]
    commands = {"kaskad": [Path(options.build).resolve() / "kaskad_one_matrix", "--dataset",
                           Path(options.dataset).resolve(), *common, *saved("kaskad")]}
    for name in options.rivals:
        if name == "scipy" and threads > 1:
            continue
        commands[name] = [sys.executable, HERE / f"rival_{name}.py", "--matrix", inputs, *common,
                          *saved(name)]
    return commands


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--dataset", required=True, help="of `kaskad ingest`, each pair once")
    parser.add_argument("--kinds", nargs="+", default=["cosine", "dot", "bm25"])
    parser.add_argument("--rivals", nargs="+", default=["implicit", "similaripy", "scipy"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--k", type=int, default=100)
    options = parser.parse_args()
    print("| matrix | threads | program | min s | median s | peak MB | times kaskad's | "
          "largest difference | same items |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        matrix.write(options.dataset, folder)
        for kind in options.kinds:
            checks = check(options, kind, folder)
            for threads in options.threads:
                measure(options, kind, threads, folder, checks)


def check(options, kind, folder):
    """{program: (difference, share of equal places)} against kaskad's matrix."""
    commands = programs(options, kind, 1, folder, save=folder)
    if kind != "cosine":  # slow, and no faster rival is there to be confirmed by it
        commands.pop("scipy", None)
    for command in commands.values():
        rival.run(command, 1)
    ours = result.load(f"{folder}/kaskad", options.k)
    return {name: result.compare(result.load(f"{folder}/{name}", options.k), ours, options.k)
            for name in commands if name != "kaskad"}


def measure(options, kind, threads, folder, checks):
    reports = rival.alternate(programs(options, kind, threads, folder), options.rounds, threads)
    ours = rival.summary(reports["kaskad"])
    for name, runs in reports.items():
        fewest, middle, peak = rival.summary(runs)
        difference, same = checks.get(name, (None, None))
        agreement = f"{difference:.1e} | {same:.2%}" if difference is not None else "- | -"
        print(f"| {kind} | {threads} | {name} | {fewest:.3f} | {middle:.3f} | {peak:.0f} | "
              f"{fewest / ours[0]:.2f} | {agreement} |", flush=True)


if __name__ == "__main__":
    main()
