"""Finished lists: (users, k) items and scores, best first, score 0 where a list is short."""

import numpy as np

TOLERANCE = 1e-4


def save(prefix, items, scores):
    if prefix:
        np.save(prefix + ".items.npy", np.asarray(items).astype(np.uint32))
        np.save(prefix + ".scores.npy", np.asarray(scores).astype(np.float32))


def from_rows(lists, k):
    items = np.zeros((lists.shape[0], k), np.uint32)
    scores = np.zeros((lists.shape[0], k), np.float32)
    for row in range(lists.shape[0]):
        own = slice(lists.indptr[row], lists.indptr[row + 1])
        order = np.argsort(-lists.data[own], kind="stable")
        items[row, :len(order)] = lists.indices[own][order]
        scores[row, :len(order)] = lists.data[own][order]
    return items, scores


def load(prefix):
    return np.load(prefix + ".items.npy"), np.load(prefix + ".scores.npy")


def compare(a, b):
    """(share of places whose scores agree, share of the first list's items that the second
    holds too); places without a score are left out. Neither is quite 1: where a row of the
    matrix has ties at its 100th place, each program keeps others of the tied items."""
    scored = (a[1] > 0) & (b[1] > 0)
    equal = np.abs(a[1] - b[1]) <= TOLERANCE * np.maximum(a[1], b[1])
    # Items tied with the last score may be exchanged for each other.
    sure = scored & (a[1] > a[1][:, -1:] * (1 + TOLERANCE))
    found = (a[0][:, :, None] == b[0][:, None, :]).any(axis=2)
    return float(equal[scored].mean()), float(found[sure].mean())
