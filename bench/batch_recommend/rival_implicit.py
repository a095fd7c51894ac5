"""implicit: `recommend` for all users at once, from a cosine top-100 matrix."""

import warnings

import numpy as np
from implicit.nearest_neighbours import CosineRecommender

from batch_recommend.result import save
from protocol import matrix, rival

warnings.filterwarnings("ignore", message="Method expects CSR input")
options = rival.arguments(k=10)
users_items = matrix.load(options.matrix, np.float64)
model = CosineRecommender(K=101, num_threads=options.threads)  # 100 and the item itself
model.fit(users_items, show_progress=False)
users = np.arange(users_items.shape[0])
with rival.Stopwatch() as watch:
    items, scores = model.recommend(users, users_items, N=options.k)
watch.report(users=len(users))
save(options.save, items, scores)
