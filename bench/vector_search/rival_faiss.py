"""faiss: the flat index, its 8-bit form, and HNSW over inner product or over lifted vectors."""

import faiss
from vector_search import searches

options, items, queries = searches.arguments()
faiss.omp_set_num_threads(options.threads)
if options.kind == "hnsw-lifted":
    items, queries = searches.lifted(items, queries)


def empty():
    dimension = items.shape[1]
    if options.kind == "flat":
        return faiss.IndexFlatIP(dimension)
    if options.kind == "sq8":
        return faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit,
                                          faiss.METRIC_INNER_PRODUCT)
    metric = faiss.METRIC_L2 if options.kind == "hnsw-lifted" else faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexHNSWFlat(dimension, options.links, metric)
    index.hnsw.efConstruction = options.build_width
    return index


def build():
    index = empty()
    index.train(items)
    index.add(items)
    return index, lambda index, rows, k: index.search(rows, k)[1]


def set_width(index, width):
    if options.kind.startswith("hnsw"):
        index.hnsw.efSearch = width


searches.bench(options, queries, build, set_width)
