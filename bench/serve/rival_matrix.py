"""A bundle of one matrix, a sum over the history, no event ages (`kaskad grid --no-blend`): a scipy
CSR over its .npy files; a query is one sparse product, what implicit's and similaripy's recommend()
do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol.served_matrix import ServedMatrix  # noqa: E402


class Scorer:
    def __init__(self, bundle, manifest, num_items):
        self.matrix = ServedMatrix(bundle, manifest)

    def __call__(self, history):
        return self.matrix.score(history).toarray()[0]
