"""Time of a ranking request: kaskad's rankers beside bare ONNX Runtime, a dense mask and PyTorch.

    python bench/rank_requests/run.py --build build/release --work DIRECTORY --torch PYTHON
        [--histories 50 100 200] [--candidates 100 500 1000 3000] [--rounds 2] [--seconds 1]

Models of d 64, 2 blocks, 2 heads and a plain head, trained for one epoch on a generated log of 20,000 items (times do
not depend on what was learned). Every program runs once a round; the figures are those of the round
with the smallest median; BST and TransAct, which take seconds, run once. GFLOP/s are those of the
multiply-adds that the model needs, against a product of two 1024 x 1024 matrices of floats on one
thread, taken in the same run.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402

HERE = Path(__file__).resolve().parent
DIMENSION, LAYERS = 64, 2
FEW = ["--set", "max_candidates=4"]  # in training, where each is a pass of its own
MODELS = {"amortized": [], "amortized int8": ["--kernel", "int8"],
          "amortized ONNX": ["--kernel", "onnx"], "bst": FEW, "transact": FEW}


def call(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def prepare(options):
    """{model: run directory} and the dense graph, made once."""
    work, kaskad = options.work, options.build / "kaskad"
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "lists").exists():
        log = work / "log.csv"
        call(options.build / "kaskad_generate_log", "-o", log, "--interactions", 200_000,
             "--users", 300, "--items", 20_000)
        call(kaskad, "ingest", log, "-o", work / "log")
        call(kaskad, "make-impressions", work / "log", "--split", "leave-one-out",
             "--label-share", 0.1, "-o", work / "lists")
    runs = {}
    for model, more in MODELS.items():
        runs[model] = work / model.replace(" ", "_")
        if not (runs[model] / "bundle").exists():
            call(kaskad, "train-ranker", "neural", work / "log", work / "lists",
                 "--model", model.split()[0], *more, "--set", "epochs=1", "--set",
                 "max_history=200", "--set", "ranking_features=false", "--set",
                 "head_cross_layers=0", "-o", runs[model])
    dense = work / "dense.onnx"
    if not dense.exists():
        call(options.build / "kaskad_rank_dense", runs["amortized"], dense)
    return runs, dense


def ours(options, runs, threads, models, histories, candidates):
    """{(form, n, m): figures}; a form for a new history each time, and one for the same."""
    command = [options.build / "kaskad", "bench", "rank", "--json", "--threads", threads,
               "--seconds", options.seconds, "--history", ",".join(map(str, histories)),
               "--candidates", ",".join(map(str, candidates))]
    for model in models:
        command += ["--bundle", runs[model] / "bundle"]
    names = {str(runs[model] / "bundle"): model for model in models}
    found = {}
    for cell in rival.run(command, threads=1)["results"]:
        place = (cell["history"], cell["candidates"])
        found[(names[cell["bundle"]], *place)] = cell["new_history"]
        found[(names[cell["bundle"]] + ", cached", *place)] = cell["same_history"]
    return found


def rivals(options, runs, dense, threads):
    found = {}
    for history in options.histories:
        asked = ["--history", history, "--candidates", *options.candidates, "--threads", threads]
        bare = [sys.executable, HERE / "rival_onnxruntime.py", "--bundle",
                runs["amortized"] / "bundle", "--dense", dense, "--rounds", 30, *asked]
        torch = [options.torch, HERE / "rival_pytorch.py", "--rounds", 20, *asked]
        for command, prefix in ((bare, "ONNX Runtime "), (torch, "")):
            for line in rival.run_lines(command, threads):
                found[(prefix + line["form"], history, line["candidates"])] = line
    return found


def in_turns(options, bundle):
    """{(n, m): figures} of the ranker over its graphs and the bare graphs, one after the other."""
    found = {}
    for history in options.histories:
        command = [options.build / "kaskad_rank_bare", "--bundle", bundle, "--history", history,
                   "--candidates", *options.candidates, "--rounds", 200]
        for line in rival.run_lines(command, threads=1):
            found[(history, line["candidates"])] = line
    return found


def matrix_rate():
    """Floating-point operations a second of one thread in a matrix product; best of 20."""
    a = np.random.default_rng(1).random((1024, 1024), np.float32)
    best = min(_seconds(lambda: a @ a) for _ in range(20))
    return 2 * 1024**3 / best


def _seconds(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def operations(n, m, history):
    """Of one request, multiply-adds counted twice. A candidate needs no keys of its own, and of
    the last block's history only keys and values are asked."""
    d, keys = DIMENSION, n + 1
    linear = 2 * d * d
    of_candidates = m * (LAYERS * (10 * linear + 4 * keys * d) + linear + 2 * d)
    of_history = keys * ((LAYERS - 1) * (12 * linear + 4 * keys * d) + 2 * linear)
    return of_candidates + (of_history if history else 0)


def best(rounds):
    return {key: min((one[key] for one in rounds if key in one), key=lambda f: f["p50_ms"])
            for key in rounds[0]}


def print_times(found, options, rate):
    forms = list(dict.fromkeys(form for form, _, _ in found))
    print("| n | m | " + " | ".join(forms) + " |\n" + "|---" * (len(forms) + 2) + "|")
    for n in options.histories:
        for m in options.candidates:
            cells = [f"{found[(form, n, m)]['p50_ms']:.2f} / {found[(form, n, m)]['p99_ms']:.2f}"
                     if (form, n, m) in found else "" for form in forms]
            print(f"| {n} | {m} | " + " | ".join(cells) + " |")
    print(f"\nMatrix product: {rate / 1e9:.1f} GFLOP/s.\n")


def print_ratios(found, turns, options, rate):
    def p50(form, n, m):
        return found[(form, n, m)]["p50_ms"]

    bare, cached = "ONNX Runtime both", "ONNX Runtime candidates"
    print("| n | m | of the product's rate: kernel, bare | ranker over graphs / bare, in turns: new "
          "history, same | candidates' graph of a cached request | bare / kernel | bare / int8 | bst "
          "/ kernel | transact / kernel | ONNX dense / kernel | PyTorch mask / kernel |\n"
          + "|---" * 11 + "|")
    for n in options.histories:
        for m in options.candidates:
            work = operations(n, m, history=True) / rate * 1e3
            kernel, pair = p50("amortized", n, m), turns[(n, m)]
            row = [f"{work / kernel:.0%}, {work / p50(bare, n, m):.0%}",
                   f"{pair['ratio']:.2f}, {pair['ratio_cached']:.2f}", f"{min(1, 1 / pair['ratio_cached']):.0%}",
                   f"{p50(cached, n, m) / p50('amortized, cached', n, m):.2f}",
                   f"{p50(cached, n, m) / p50('amortized int8, cached', n, m):.2f}"]
            row += [f"{p50(form, n, m) / kernel:.0f}" if (form, n, m) in found else ""
                    for form in ("bst", "transact", "ONNX Runtime dense", "PyTorch mask")]
            print(f"| {n} | {m} | " + " | ".join(row) + " |")
    print()
    for form in ("amortized", "amortized ONNX"):
        for n in options.histories:
            times = [p50(form, n, m) for m in options.candidates]
            slope, start = np.polyfit(options.candidates, times, 1)
            off = max(abs(start + slope * m - t) / t for m, t in zip(options.candidates, times))
            print(f"{form}, n = {n}: {start:.3f} ms + {slope * 1e3:.3f} ms per 1,000 candidates, "
                  f"at most {off:.0%} off.")
    print()


def print_concurrent(options, runs):
    m = max(options.candidates)
    print(f"| ranker, n = 100, m = {m} | at once | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|")
    for threads in (1, 2, 8):
        found = ours(options, runs, threads, ["amortized", "amortized ONNX"], [100], [m])
        for (form, _, _), line in found.items():
            print(f"| {form} | {threads} | {line['requests_a_second']:.0f} | {line['p50_ms']:.2f} | "
                  f"{line['p99_ms']:.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--torch", required=True, help="a Python that has PyTorch")
    parser.add_argument("--histories", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--candidates", type=int, nargs="+", default=[100, 500, 1000, 3000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args()
    options.build, options.work = options.build.resolve(), options.work.resolve()
    runs, dense = prepare(options)
    for threads in options.threads:
        print(f"**{threads} thread{'s' if threads > 1 else ''}**: p50 / p99 ms; kaskad's are of "
              f"{threads} request{'s' if threads > 1 else ''} at once, the others' of one request "
              f"on so many threads\n")
        rounds = []
        for turn in range(options.rounds):
            models = [model for model in MODELS if "amortized" in model]
            found = ours(options, runs, threads, models, options.histories, options.candidates)
            if turn == 0:  # each candidate alone: seconds a request
                found |= ours(options, runs, threads, ["bst", "transact"], options.histories,
                              options.candidates)
            rounds.append(found | rivals(options, runs, dense, threads))
            print(f"  round {turn + 1}/{options.rounds}", file=sys.stderr, flush=True)
        found = best(rounds)
        rate = matrix_rate()
        print_times(found, options, rate)
        if threads == 1:
            print_ratios(found, in_turns(options, runs["amortized ONNX"] / "bundle"), options, rate)
    print_concurrent(options, runs)


if __name__ == "__main__":
    main()
