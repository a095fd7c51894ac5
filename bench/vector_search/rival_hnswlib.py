"""hnswlib: over inner product or over lifted vectors."""

import hnswlib
from vector_search import searches

options, items, queries = searches.arguments()
if options.kind == "hnsw-lifted":
    items, queries = searches.lifted(items, queries)


def build():
    space = "l2" if options.kind == "hnsw-lifted" else "ip"
    index = hnswlib.Index(space=space, dim=items.shape[1])
    index.init_index(len(items), M=options.links, ef_construction=options.build_width,
                     random_seed=1)
    index.set_num_threads(options.threads)
    index.add_items(items)
    return index, lambda index, rows, k: index.knn_query(rows, k)[0]


searches.bench(options, queries, build, lambda index, width: index.set_ef(width))
