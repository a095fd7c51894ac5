"""similaripy: the matrix, then the product of users and items with what was seen left out."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sp  # noqa: E402
import similaripy  # noqa: E402
from batch_recommend.result import from_rows  # noqa: E402
from protocol import rival  # noqa: E402

import log  # noqa: E402

options = log.arguments()
frame = log.load(options.log)
settings = {"num_threads": options.threads, "format_output": "csr", "verbose": False}
with rival.Stopwatch() as watch:
    users, user_ids = pd.factorize(frame["user_id"])
    items, item_ids = pd.factorize(frame["item_id"])
    matrix = sp.csr_matrix((frame["weight"].to_numpy(np.float32), (users, items)))
    similarity = similaripy.cosine(matrix.T.tocsr(), k=options.neighbours + 1, **settings)
    rows = similaripy.dot_product(matrix, similarity, k=options.k, filter_cols=matrix,
                                  **settings)
    found, scores = from_rows(rows.tocsr(), options.k)
    lists = log.long_frame(user_ids, np.asarray(item_ids)[found], scores)
watch.report(rows=len(lists))
log.save(options.save, lists)
