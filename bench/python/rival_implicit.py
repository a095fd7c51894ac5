"""implicit: ids to numbers and a matrix, the model, all users at once, numbers to ids."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender  # noqa: E402
from protocol import rival  # noqa: E402

import log  # noqa: E402

warnings.filterwarnings("ignore", message="Method expects CSR input")
options = log.arguments()
frame = log.load(options.log)
with rival.Stopwatch() as watch:
    users, user_ids = pd.factorize(frame["user_id"])
    items, item_ids = pd.factorize(frame["item_id"])
    matrix = sp.csr_matrix((frame["weight"].to_numpy(np.float64), (users, items)))
    # The item itself takes a place in its list.
    model = CosineRecommender(K=options.neighbours + 1, num_threads=options.threads)
    model.fit(matrix, show_progress=False)
    found, scores = model.recommend(np.arange(matrix.shape[0]), matrix, N=options.k)
    lists = log.long_frame(user_ids, np.asarray(item_ids)[found], scores)
watch.report(rows=len(lists))
log.save(options.save, lists)
