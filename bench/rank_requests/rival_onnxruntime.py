"""The graphs of a ranker's bundle in bare ONNX Runtime: inputs and outputs bound beforehand, so
that nothing but the library's own run is timed.

    python rival_onnxruntime.py --bundle RUN/bundle [--dense dense.onnx] --history 100
        --candidates 100 1000 --rounds 50 [--threads 1]

Prints one JSON line for each form and number of candidates: "both" is history and candidates,
"candidates" the latter alone, "dense" one graph under a dense mask, whose scores must be the same.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime

TYPES = {"tensor(int64)": np.int64, "tensor(float)": np.float32}


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Bound:
    """One session with its inputs in place; run() gives {output: array} without copies."""

    def __init__(self, opened, given):
        self.session, self.binding, self.kept = opened, opened.io_binding(), {}
        for entry in opened.get_inputs():
            value = np.ascontiguousarray(given[entry.name], TYPES[entry.type])
            self.kept[entry.name] = onnxruntime.OrtValue.ortvalue_from_numpy(value)
            self.binding.bind_ortvalue_input(entry.name, self.kept[entry.name])
        for entry in opened.get_outputs():
            self.binding.bind_output(entry.name)
        self.run()  # the first run allocates
        self.outputs = {entry.name: value for entry, value in
                        zip(opened.get_outputs(), self.binding.get_outputs())}
        for name, value in self.outputs.items():
            self.binding.bind_ortvalue_output(name, value)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def arrays(self):
        return {name: value.numpy() for name, value in self.outputs.items()}


def request(events, m, items, numbers):
    random = np.random.default_rng(m)
    tokens = random.integers(1, items + 1, (1, events + 1))
    tokens[0, 0] = items + 1
    return {"history": tokens, "gaps": random.integers(0, 20, (1, events + 1)),
            "candidates": random.integers(1, items + 1, (1, m)),
            "numbers": random.random((1, m, numbers)), "request_gap": np.array([7])}


def timed(body, rounds):
    milliseconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        body()
        milliseconds.append((time.perf_counter() - start) * 1e3)
    milliseconds.sort()
    return {"min_ms": milliseconds[0], "p50_ms": milliseconds[len(milliseconds) // 2],
            "p99_ms": milliseconds[len(milliseconds) * 99 // 100], "rounds": rounds}


def forms_of(options, items, m):
    """{form: (what to time, the scores)}"""
    opened = session(options.bundle / "candidates.onnx", options.threads)
    width = next(entry.shape[2] for entry in opened.get_inputs() if entry.name == "numbers")
    given = request(options.history, m, items, width)
    forms = {}
    if (options.bundle / "history.onnx").exists():
        history = Bound(session(options.bundle / "history.onnx", options.threads), given)
        candidates = Bound(opened, {**given, **history.arrays()})
        forms["both"] = (lambda: (history.run(), candidates.run()), candidates)
        forms["candidates"] = (candidates.run, candidates)
    else:
        whole = Bound(opened, given)
        forms["both"] = (whole.run, whole)
    if options.dense:
        dense = Bound(session(options.dense, options.threads), given)
        forms["dense"] = (dense.run, dense)
    return forms


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--dense", type=Path)
    parser.add_argument("--history", type=int, default=100)
    parser.add_argument("--candidates", type=int, nargs="+", default=[100, 1000, 3000])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    items = len(np.load(options.bundle / "learned.npy"))
    for m in options.candidates:
        forms = forms_of(options, items, m)
        scores = {name: bound.arrays()["scores"] for name, (_, bound) in forms.items()}
        for name, (body, _) in forms.items():
            if not np.allclose(scores[name], scores["both"], atol=1e-4):
                raise SystemExit(f"the scores of {name} differ from those of the split")
            print(json.dumps({"form": name, "history": options.history, "candidates": m,
                              "threads": options.threads, **timed(body, options.rounds)}),
                  flush=True)


if __name__ == "__main__":
    main()
