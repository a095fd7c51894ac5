"""A sample of the grid's variants as a data scientist scripts them with scipy and similaripy, one
thread: count, normalise, put every user's history to the matrix, rank in the full catalogue.
What variants share, counts and matrices, is made once. Prints one JSON line a variant: seconds to
count and normalise (0 when made already) and to ask, HR@10 and NDCG@10 on validation."""

import argparse
import json
import time

import numpy as np
import scipy.sparse as sp
import similaripy

from protocol import logs, splits

K = 10
BLOCK = 512  # users; scores are (BLOCK, items)


def pairs(phase, window, gap):
    """M[i, j] = sum of gap(g) over events i and j of a user, j the g-th after i, g <= window."""
    users, _, items, _ = phase.learned()
    shape = (phase.log.num_items, phase.log.num_items)
    total = sp.csr_matrix(shape, dtype=np.float32)
    for g in range(1, window + 1):
        same = users[g:] == users[:-g]
        weight = np.full(same.sum(), gap(g), np.float32)
        total = total + sp.csr_matrix((weight, (items[:-g][same], items[g:][same])), shape)
    total.setdiag(0)
    total.eliminate_zeros()
    return total


def bag(phase):
    seen = phase.matrix()
    counts = similaripy.dot_product(seen.T.tocsr(), k=seen.shape[1], verbose=False,
                                    num_threads=1, format_output="csr")
    counts.setdiag(0)
    counts.eliminate_zeros()
    return counts


def row_normalised(matrix, popularity):
    return sp.diags(1 / np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1e-30)) @ matrix


def cosine(matrix, popularity):
    scale = sp.diags(1 / np.sqrt(np.maximum(popularity, 1)))
    return scale @ matrix @ scale


def popularity_power(power):
    def normalise(matrix, popularity):
        factor = (np.maximum(popularity, 1) / popularity.max()) ** -power
        return row_normalised(matrix, popularity) @ sp.diags(factor)

    return normalise


def one(gap):
    return 1.0


def inverse(gap):
    return 1 / gap


COUNTS = [("next", 5, one), ("next", 20, inverse), ("both", 10, inverse), ("bag",)]
NORMS = [("row", row_normalised), ("row, pop^-0.25", popularity_power(0.25)), ("cosine", cosine)]
HISTORIES = [("uniform", None), ("1/(1+k)^0.5", lambda k: 1 / np.sqrt(1 + k)),
             ("1/(1+k)", lambda k: 1 / (1 + k)), ("0.8^k", lambda k: 0.8 ** k)]


def count(phase, direction, window=None, gap=None):
    if direction == "bag":
        return bag(phase)
    forward = pairs(phase, window, gap)
    return forward if direction == "next" else forward + forward.T


def count_name(direction, window=None, gap=None):
    if direction == "bag":
        return "both"
    return f"{direction}, window {window}" + (", 1/gap" if gap is inverse else "")


def ask(phase, dense, history):
    """(HR@10, NDCG@10), one target a user, equal scores in the middle. The matrix is dense, which is
    faster than sparse: its rows are full."""
    queries, seen = phase.matrix(history), phase.matrix()
    target = phase.log.items[phase.log.offsets[phase.users] + phase.fit_end[phase.users]]
    ranks = []
    for begin in range(0, len(phase.users), BLOCK):
        users = phase.users[begin:begin + BLOCK]
        scores = queries[users] @ dense
        wanted = scores[np.arange(len(users)), target[begin:begin + BLOCK]][:, None]
        rows = np.repeat(np.arange(len(users)), np.diff(seen.indptr)[users])
        scores[rows, seen[users].indices] = -np.inf
        greater = np.count_nonzero(scores > wanted, axis=1)
        ranks.append(greater + (np.count_nonzero(scores == wanted, axis=1) + 1) / 2)
    ranks = np.concatenate(ranks)
    hits = ranks <= K
    return hits.mean(), (hits / np.log2(1 + ranks)).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", default="ml-1m")
    (phase,), _ = splits.leave_one_out(logs.load(parser.parse_args().log))
    popularity = np.asarray(phase.matrix().sum(axis=0)).ravel()
    for counted in COUNTS:
        start = time.perf_counter()
        counts = count(phase, *counted)
        spent = {"count": time.perf_counter() - start}
        for norm_name, normalise in NORMS:
            start = time.perf_counter()
            matrix = np.asarray(normalise(counts, popularity).todense(), dtype=np.float32)
            spent["normalise"] = time.perf_counter() - start
            for history_name, history in HISTORIES:
                start = time.perf_counter()
                hit_rate, ndcg = ask(phase, matrix, history)
                spent["ask"] = time.perf_counter() - start
                print(json.dumps({
                    "variant": f"{count_name(*counted)} | {norm_name} | {history_name}",
                    "hit_rate@10": hit_rate, "ndcg@10": ndcg, **spent}), flush=True)
                spent = {"count": 0.0, "normalise": 0.0}


if __name__ == "__main__":
    main()
