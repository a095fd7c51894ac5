"""Finished matrices: written by every side, compared here."""

import numpy as np
import scipy.sparse as sp

TOLERANCE = 1e-4


def save(directory, similarity):
    if directory:
        similarity = similarity.tocsr()
        np.save(directory + ".indptr.npy", similarity.indptr.astype(np.int64))
        np.save(directory + ".indices.npy", similarity.indices.astype(np.uint32))
        np.save(directory + ".data.npy", similarity.data.astype(np.float32))


def load(directory, k):
    """(items, items) with the k best of each row but the item itself."""
    parts = [np.load(f"{directory}.{part}.npy") for part in ("data", "indices", "indptr")]
    indptr = parts[2].astype(np.int64)
    size = len(indptr) - 1
    rows = np.repeat(np.arange(size), np.diff(indptr))
    keep = (rows != parts[1]) & (parts[0] > 0)
    rows, columns, values = rows[keep], parts[1][keep].astype(np.int64), parts[0][keep]
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    best = np.arange(len(rows)) - starts[rows] < k
    return sp.csr_matrix((values[best], (rows[best], columns[best])), shape=(size, size))


def compare(a, b, k):
    """(largest difference of the i-th best values relative to the row's best, share of equal
    places): a place is equal when both lists hold the item. Items tied with the last value of a
    full list may be exchanged for each other and count as equal."""
    size = a.shape[0]

    def by_rank(matrix):
        table = np.zeros((size, k), np.float32)
        for row in range(size):
            own = matrix.data[matrix.indptr[row]:matrix.indptr[row + 1]]
            table[row, :len(own)] = np.sort(own)[::-1]
        return table

    values_a, values_b = by_rank(a), by_rank(b)
    scale = np.maximum(values_a[:, :1], 1e-30)
    difference = float((np.abs(values_a - values_b) / scale).max())
    last = values_a[:, -1] * (1 + TOLERANCE)  # 0 where a list is not full
    sure = a.copy()
    sure.data = (sure.data > np.repeat(last, np.diff(sure.indptr))).astype(np.float32)
    sure.eliminate_zeros()
    found = sure.multiply(b > 0).nnz
    return difference, found / max(sure.nnz, 1)
