"""EASE (Steck, 1905.03375): B = -P / diag P, P = (X'X + lambda I)^-1, diagonal 0; on the HEAD
most popular items where the catalogue is larger, as a dense inverse of all does not fit."""

import numpy as np
from scipy.linalg import lapack

from quality.history_weights import WEIGHTS

HEAD = 10_000
LAMBDAS = (50, 200, 500, 1000, 2000)
_last = {"key": None, "model": None}  # one inverse serves all history weights


def variants(phase):
    for penalty in LAMBDAS:
        for history in WEIGHTS:
            yield {"lambda": penalty, "history": history}


def fit(phase, params):
    key = (phase.log.name, phase.name, params["lambda"])
    if _last["key"] != key:
        _last.update(key=None, model=None)
        _last.update(key=key, model=_weights(phase.matrix(), params["lambda"]))
    head, weights = _last["model"]
    history = phase.matrix(WEIGHTS[params["history"]])

    def scorer(users):
        scores = np.zeros((len(users), history.shape[1]), np.float32)
        scores[:, head] = history[users][:, head] @ weights
        # Items outside the head have no score: below everything that has one.
        outside = np.setdiff1d(np.arange(history.shape[1]), head)
        scores[:, outside] = scores.min() - 1
        return scores

    return scorer


def _weights(matrix, penalty):
    popularity = np.asarray(matrix.sum(axis=0)).ravel()
    head = np.sort(np.argsort(-popularity, kind="stable")[:HEAD])
    seen = matrix[:, head]
    gram = (seen.T @ seen).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += penalty
    # By Cholesky: a third of the work of a general inverse, and only one triangle is filled.
    factor, failed = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert not failed and not failed_too
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    return head, weights
