"""What every rival does alike: builds its index on one thread, searches all queries one at a time
and then together, and prints one JSON line for each list length and width, as
kaskad_vector_search does. Seconds are CPU seconds of the process."""

import argparse
import json
import resource
import time

import numpy as np


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--kind", required=True)
    parser.add_argument("--ks", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--widths", type=int, nargs="+", default=[0])
    parser.add_argument("--links", type=int, default=16)
    parser.add_argument("--build-width", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save")
    options = parser.parse_args()
    return options, np.load(options.items), np.load(options.queries)


def lifted(items, queries):
    """One coordinate more, under which the nearest in L2 have the largest inner product."""
    squares = (items.astype(np.float64) ** 2).sum(1)
    rest = np.sqrt(np.maximum(squares.max() - squares, 0)).astype(np.float32)
    return (np.hstack([items, rest[:, None]]),
            np.hstack([queries, np.zeros((len(queries), 1), np.float32)]))


def resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20


def alone(search, queries, k, rounds):
    """(ids, sorted CPU seconds of each query, fewest of the rounds)."""
    fewest = np.full(len(queries), np.inf)
    for _ in range(rounds):
        ids = []
        for row in range(len(queries)):
            start = time.process_time_ns()
            ids.append(search(queries[row:row + 1], k))
            fewest[row] = min(fewest[row], (time.process_time_ns() - start) * 1e-9)
    return np.vstack(ids), np.sort(fewest)


def together(search, queries, k, rounds):
    seconds = []
    for _ in range(rounds):
        start = time.process_time_ns()
        search(queries, k)
        seconds.append((time.process_time_ns() - start) * 1e-9)
    return min(seconds) / len(queries)


def bench(options, queries, build, set_width=lambda index, width: None):
    """build() -> (index, search(index, queries, k) -> ids)."""
    start, before = time.process_time(), resident_mb()
    index, search = build()
    built = {"build_seconds": time.process_time() - start, "index_mb": resident_mb() - before}
    for width in options.widths:
        set_width(index, width)
        for k in options.ks:
            ids, seconds = alone(lambda q, n: search(index, q, n), queries, k, options.rounds)
            batch = together(lambda q, n: search(index, q, n), queries, k, options.rounds)
            print(json.dumps({"k": k, "width": width, "mean": seconds.mean(),
                              "p50": seconds[len(seconds) // 2],
                              "p99": seconds[len(seconds) * 99 // 100], "batch": batch, **built}),
                  flush=True)
            if options.save:
                np.save(f"{options.save}.{k}.{width}.npy", ids.astype(np.uint32))
