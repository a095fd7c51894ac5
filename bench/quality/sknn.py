"""SKNN and V-SKNN (Ludewig, Jannach 1803.09587) with users' histories as the sessions.
SKNN: the k nearest by cosine of item sets; score(i) = sum of sim(s, n) over neighbours n with i.
V-SKNN: the current session's items count by recency w in the similarity (dot product with w),
and a neighbour counts by the recency of the newest item it shares: sim(s, n) * max w. Tried beside
this published form, as they can be better: the dot divided by the root of the neighbour's length,
and neighbours that count by similarity alone."""

import numpy as np
import scipy.sparse as sp

RECENCY = {"linear": lambda k, n: np.maximum(1 - k / n, 0), "1/(1+k)": lambda k, n: 1 / (1 + k)}
NEIGHBOURS = (100, 200, 500, 1000)


def variants(phase):
    yield from ({"k": k} for k in NEIGHBOURS)


def fit(phase, params):
    matrix = phase.matrix()
    unit = _unit(matrix)

    def scorer(users):
        similarity = (unit[users] @ unit.T).tocsr()
        return (_nearest(similarity, users, params["k"]) @ matrix).toarray()

    return scorer


class vector:
    """V-SKNN."""

    @staticmethod
    def variants(phase):
        yield from ({"k": k, "recency": recency, "similarity": similarity, "newest": newest}
                    for k in (100, 500) for recency in RECENCY
                    for similarity in ("dot", "cosine") for newest in (True, False))

    @staticmethod
    def fit(phase, params):
        matrix = phase.matrix()
        lengths = np.diff(matrix.indptr)
        compared = _unit(matrix) if params["similarity"] == "cosine" else matrix
        owners = phase.learned()[0]
        recent = phase.matrix(lambda k: RECENCY[params["recency"]](k, lengths[owners]))

        def scorer(users):
            weights = recent[users]
            nearest = _nearest((weights @ compared.T).tocsr(), users, params["k"])
            for row in range(len(users) if params["newest"] else 0):
                own = slice(nearest.indptr[row], nearest.indptr[row + 1])
                if own.start < own.stop:
                    dense = weights[row].toarray().ravel()
                    nearest.data[own] *= _largest(matrix, nearest.indices[own], dense)
            return (nearest @ matrix).toarray()

        return scorer


def _unit(matrix):
    """Rows of Euclidean length 1."""
    lengths = np.sqrt(np.maximum(np.diff(matrix.indptr), 1)).astype(np.float32)
    return sp.diags(1 / lengths) @ matrix


def _largest(matrix, rows, values):
    """(rows): the largest of values[i] over the items i of each row; no row is empty."""
    starts, lengths = matrix.indptr[rows], np.diff(matrix.indptr)[rows]
    begins = np.cumsum(lengths) - lengths
    at = np.repeat(starts - begins, lengths) + np.arange(lengths.sum())
    return np.maximum.reduceat(values[matrix.indices[at]], begins)


def _nearest(similarity, users, k):
    """(users, sessions) keeping the k largest of each row, without the user's own session."""
    indptr, indices, data = [0], [], []
    for row, user in enumerate(users):
        own = slice(similarity.indptr[row], similarity.indptr[row + 1])
        columns, values = similarity.indices[own], similarity.data[own]
        others = columns != user
        columns, values = columns[others], values[others]
        if len(values) > k:
            top = np.argpartition(-values, k - 1)[:k]
            columns, values = columns[top], values[top]
        indices.append(columns)
        data.append(values)
        indptr.append(indptr[-1] + len(values))
    return sp.csr_matrix((np.concatenate(data), np.concatenate(indices), indptr),
                         shape=similarity.shape)
