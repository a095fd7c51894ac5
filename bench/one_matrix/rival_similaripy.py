"""similaripy: the item itself takes a place in its lists, so k + 1."""

import similaripy

from one_matrix.result import save
from protocol import matrix, rival

options = rival.arguments(kind="cosine", k=100)
users_items = matrix.load(options.matrix)
settings = {"k": options.k + 1, "num_threads": options.threads, "format_output": "csr",
            "verbose": False}
with rival.Stopwatch() as watch:
    items_users = users_items.T.tocsr()
    if options.kind == "cosine":
        similarity = similaripy.cosine(items_users, **settings)
    else:
        if options.kind == "bm25":
            items_users = similaripy.normalization.bm25(items_users)
        similarity = similaripy.dot_product(items_users, **settings)
watch.report()
save(options.save, similarity)
