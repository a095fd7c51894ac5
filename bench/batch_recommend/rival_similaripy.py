"""similaripy: history times a cosine top-100 matrix, seen items filtered, the best k kept."""

import similaripy

from batch_recommend.result import from_rows, save
from protocol import matrix, rival

options = rival.arguments(k=10)
users_items = matrix.load(options.matrix)
settings = {"num_threads": options.threads, "format_output": "csr", "verbose": False}
similarity = similaripy.cosine(users_items.T.tocsr(), k=101, **settings)
with rival.Stopwatch() as watch:
    lists = similaripy.dot_product(users_items, similarity, k=options.k, filter_cols=users_items,
                                   **settings)
watch.report(users=users_items.shape[0])
save(options.save, *from_rows(lists.tocsr(), options.k))
