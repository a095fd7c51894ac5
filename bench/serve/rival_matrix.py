"""A bundle of one matrix, a sum over the history, no event ages (`kaskad grid --no-blend`): a scipy
CSR over its .npy files; a query is one sparse product, what implicit's and similaripy's recommend()
do."""

import numpy as np
import scipy.sparse as sparse


class Scorer:
    def __init__(self, bundle, manifest, num_items):
        parts = manifest["config"]["parts"]
        if len(parts) != 1:
            raise SystemExit("the rival serves one matrix, not a blend: kaskad grid --no-blend")
        self.weights = position_weights(parts[0]["variant"]["history"], 10_000)

        def part(name):
            return np.load(f"{bundle}/matrix-0.{name}.npy", mmap_mode="r")

        self.matrix = sparse.csr_matrix(
            (np.asarray(part("values")), part("columns").astype(np.int32),
             part("row_begin").astype(np.int32)), (num_items, num_items))

    def __call__(self, history):
        query = sparse.csr_matrix(
            (self.weights[len(self.weights) - len(history):],
             (np.zeros(len(history), np.int32), history)), (1, self.matrix.shape[0]))
        return (query @ self.matrix).toarray()[0]


def position_weights(weighting, length):
    """(length): weight of each event, oldest first; k counts from the newest."""
    if weighting["combine"] != "sum" or weighting["age_tau"]:
        raise SystemExit("the rival serves sums over the history without ages")
    k = np.arange(length, dtype=np.float64)
    decay = weighting["decay"]
    weight = {"uniform": np.ones_like(k), "geometric": decay**k, "power": (1 + k)**-decay}[
        weighting["position"]]
    weight[:weighting["skip"]] = 0
    if weighting["last"]:
        weight[weighting["last"]:] = 0
    return weight[::-1].astype(np.float32)
