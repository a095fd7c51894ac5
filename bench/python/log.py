"""What every program of this question starts from: a frame of pandas in memory, each pair once."""

import argparse

import numpy as np
import pandas as pd


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True, help="CSV with user_id and item_id")
    parser.add_argument("--k", type=int, default=10, help="length of the lists")
    parser.add_argument("--neighbours", type=int, default=100, help="of an item that are kept")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save", help="where the lists go, after the clock has stopped")
    return parser.parse_args()


def load(path):
    frame = pd.read_csv(path, usecols=["user_id", "item_id"]).drop_duplicates(ignore_index=True)
    return frame.assign(weight=np.float32(1))


def save(path, frame):
    """Columns user_id, item_id, score, rank."""
    if path:
        frame[["user_id", "item_id", "score", "rank"]].to_parquet(path)


def long_frame(user_ids, items, scores):
    """(users), (users, k), (users, k) -> the same columns."""
    k = items.shape[1]
    return pd.DataFrame({"user_id": np.repeat(user_ids, k), "item_id": items.ravel(),
                         "score": scores.ravel(), "rank": np.tile(np.arange(1, k + 1), len(items))})
