"""implicit's item-item models, history uniform as the library has it. Scores are those of
`recommend` (history times `similarity`), for the whole catalogue; run.py checks that they are."""

import warnings

import numpy as np
from implicit.nearest_neighbours import (BM25Recommender, CosineRecommender, ItemItemRecommender,
                                         TFIDFRecommender)

K = (20, 50, 100, 200, 500, 1000, 2000)
# The library converts its own weighted matrix and warns of it.
warnings.filterwarnings("ignore", message="Method expects CSR input")


class Family:
    def __init__(self, model, **options):
        self.model, self.options = model, options

    def variants(self, phase):
        names = list(self.options)
        grid = np.array(np.meshgrid(*self.options.values(), indexing="ij"), dtype=object)
        for values in grid.reshape(len(names), -1).T:
            yield dict(zip(names, values))

    def fit(self, phase, params):
        matrix = phase.matrix().astype(np.float64)  # ItemItem takes nothing else
        model = self.model(num_threads=1, **params)
        model.fit(matrix, show_progress=False)
        _check(model, matrix, phase.users[0])
        similarity = model.similarity.astype(np.float32).tocsr()
        return lambda users: (matrix[users] @ similarity).toarray()


def _check(model, matrix, user):
    ids, scores = model.recommend(user, matrix[user], N=10)
    ours = np.asarray((matrix[user] @ model.similarity.tocsr()).todense()).ravel()
    assert np.allclose(ours[ids[scores > 0]], scores[scores > 0], rtol=1e-4), type(model)


cosine = Family(CosineRecommender, K=K)
tf_idf = Family(TFIDFRecommender, K=K)
bm25 = Family(BM25Recommender, K=K, K1=(0.5, 1.2), B=(0.25, 0.75))
item_item = Family(ItemItemRecommender, K=K)
