"""scipy, as one writes it: normalise, multiply, keep the best of each row. In blocks of rows, as
all pairs of a large catalogue do not fit into memory. One thread: scipy has no more."""

import numpy as np
import scipy.sparse as sp

from one_matrix.result import save
from protocol import matrix, rival

ROWS = 5_000


def weighted(items_users, kind):
    if kind == "dot":
        return items_users
    counts = np.diff(items_users.indptr).astype(np.float32)
    if kind == "cosine":
        return sp.diags(1 / np.sqrt(np.maximum(counts, 1))).tocsr() @ items_users
    users = np.maximum(np.bincount(items_users.indices, minlength=items_users.shape[1]), 1)
    length = 0.25 + 0.75 * counts / counts.mean()
    idf = np.log(items_users.shape[0]) - np.log1p(users)
    return (sp.diags(2.2 / (1.2 * length + 1)) @ items_users @ sp.diags(idf)).tocsr()


def top_k(block, k):
    columns, values, indptr = [], [], [0]
    for begin, end in zip(block.indptr[:-1], block.indptr[1:]):
        row_values, row_columns = block.data[begin:end], block.indices[begin:end]
        if end - begin > k:
            best = np.argpartition(row_values, end - begin - k)[-k:]
            row_values, row_columns = row_values[best], row_columns[best]
        columns.append(row_columns)
        values.append(row_values)
        indptr.append(indptr[-1] + len(row_values))
    return sp.csr_matrix((np.concatenate(values), np.concatenate(columns), indptr), block.shape)


options = rival.arguments(kind="cosine", k=100)
users_items = matrix.load(options.matrix)
with rival.Stopwatch() as watch:
    items_users = weighted(users_items.T.tocsr(), options.kind).astype(np.float32)
    users_by_items = items_users.T.tocsr()
    similarity = sp.vstack([
        top_k(items_users[row:row + ROWS] @ users_by_items, options.k + 1)
        for row in range(0, items_users.shape[0], ROWS)
    ])
watch.report()
save(options.save, similarity)
