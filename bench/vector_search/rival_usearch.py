"""usearch: its exact search, and HNSW over inner product or over lifted vectors."""

import numpy as np
from usearch.index import Index, MetricKind, search
from vector_search import searches

options, items, queries = searches.arguments()
if options.kind == "hnsw-lifted":
    items, queries = searches.lifted(items, queries)


def exact():
    def find(rows_of_items, rows, k):
        found = search(rows_of_items, rows, k, MetricKind.IP, exact=True, threads=options.threads)
        return found.keys.reshape(len(rows), -1)
    return items, find


def graph():
    metric = MetricKind.L2sq if options.kind == "hnsw-lifted" else MetricKind.IP
    index = Index(ndim=items.shape[1], metric=metric, dtype="f32", connectivity=options.links,
                  expansion_add=options.build_width)
    index.add(np.arange(len(items)), items, threads=options.threads)

    def find(index, rows, k):
        return index.search(rows, k, threads=options.threads).keys.reshape(len(rows), -1)
    return index, find


def set_width(index, width):
    if options.kind != "exact":
        index.expansion_search = width


searches.bench(options, queries, exact if options.kind == "exact" else graph, set_width)
