"""The matrix of a bundle as scipy's CSR over its .npy files, and the history as its row vector: for rivals
that serve one matrix as a sum over the history without event ages."""

import numpy as np
import scipy.sparse as sparse


class ServedMatrix:
    def __init__(self, bundle, manifest):
        parts = manifest["config"]["parts"]
        if len(parts) != 1:
            raise SystemExit("the rival serves one matrix, not a blend: kaskad grid --no-blend")
        self.weights = position_weights(parts[0]["variant"]["history"], 10_000)

        def part(name):
            return np.load(f"{bundle}/matrix-0.{name}.npy", mmap_mode="r")

        begin = np.asarray(part("row_begin"))
        num_items = len(begin) - 1
        self.matrix = sparse.csr_matrix(
            (np.asarray(part("values")), part("columns").astype(np.int32), begin.astype(np.int32)),
            (num_items, num_items))

    def score(self, history):
        """(1, items) sparse: the weighted sum of the history's rows."""
        query = sparse.csr_matrix(
            (self.weights[len(self.weights) - len(history):],
             (np.zeros(len(history), np.int32), history)), (1, self.matrix.shape[0]))
        return query @ self.matrix


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
