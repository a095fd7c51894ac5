"""implicit: fit of an item-item model. The item itself takes a place in its lists, so K + 1."""

import warnings

import implicit.nearest_neighbours as models
import numpy as np

from one_matrix.result import save
from protocol import matrix, rival

MODELS = {"cosine": models.CosineRecommender, "bm25": models.BM25Recommender,
          "dot": models.ItemItemRecommender}

warnings.filterwarnings("ignore", message="Method expects CSR input")
options = rival.arguments(kind="cosine", k=100)
users_items = matrix.load(options.matrix, np.float64)  # implicit computes in double
with rival.Stopwatch() as watch:
    model = MODELS[options.kind](K=options.k + 1, num_threads=options.threads)
    model.fit(users_items, show_progress=False)
watch.report()
save(options.save, model.similarity)
