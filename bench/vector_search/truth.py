"""Recall against the exact answer, which NumPy computes here, independent of every program."""

import numpy as np

ROWS = 64  # queries scored at once
TOLERANCE = 1e-5  # of a score: programs add up in different orders


def thresholds(items, queries, ks):
    """{k: (queries) score of the exact k-th}."""
    found = {k: [] for k in ks}
    for begin in range(0, len(queries), ROWS):
        scores = queries[begin:begin + ROWS] @ items.T
        for k in ks:
            found[k].append(np.partition(scores, -k, axis=1)[:, -k])
    return {k: np.concatenate(parts) for k, parts in found.items()}


def recall(items, queries, ids, least):
    """Mean share of the lists whose score reaches the exact last one; no item counts twice."""
    k = ids.shape[1]
    shares = []
    for query, row, threshold in zip(queries, ids, least):
        row = np.unique(row[row < len(items)])
        scores = items[row] @ query
        hits = np.count_nonzero(scores >= threshold - TOLERANCE * abs(threshold))
        shares.append(min(hits, k) / k)
    return float(np.mean(shares))
