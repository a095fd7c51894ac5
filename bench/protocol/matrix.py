"""The interactions of a dataset directory as arrays that every rival starts from:
indptr.npy, indices.npy = (users, items), binary, each pair once, items ascending in a row."""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp


def write(dataset, out):
    """From the columns of a kaskad dataset, so that item numbers are the same everywhere."""
    dataset, out = Path(dataset), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    offsets = np.fromfile(dataset / "offsets.u64", np.uint64).astype(np.int64)
    items = np.fromfile(dataset / "item.u32", np.uint32).astype(np.int64)
    num_items = len(np.fromfile(dataset / "items.offsets", np.uint64)) - 1
    pairs = np.unique(np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)) * num_items + items)
    users, items = pairs // num_items, pairs % num_items
    lengths = np.bincount(users, minlength=len(offsets) - 1)
    np.save(out / "indptr.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    np.save(out / "indices.npy", items.astype(np.int32))
    np.save(out / "num_items.npy", num_items)


def load(directory, dtype=np.float32):
    directory = Path(directory)
    indptr, indices = np.load(directory / "indptr.npy"), np.load(directory / "indices.npy")
    shape = (len(indptr) - 1, int(np.load(directory / "num_items.npy")))
    return sp.csr_matrix((np.ones(len(indices), dtype), indices, indptr), shape=shape)


if __name__ == "__main__":
    write(*sys.argv[1:])
