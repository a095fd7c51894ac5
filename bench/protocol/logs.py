"""Logs as arrays: users' events in time order, ties in the order of the file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = {"ml-1m": "ml-1m/interactions.csv.gz", "ml-1m-half": "ml-1m/ratings-half.dat.gz",
         "beauty": "beauty/beauty.txt.gz", "s3rec-beauty": "s3rec-beauty/Beauty.txt"}


@dataclass
class Log:
    name: str
    offsets: np.ndarray  # (users + 1): events of user u are [offsets[u], offsets[u + 1])
    items: np.ndarray  # (events)
    times: np.ndarray  # (events): seconds, or the position in the history when there is no clock
    user_names: np.ndarray  # (users), as the file has them
    item_names: np.ndarray  # (items)
    clock: bool

    @property
    def num_users(self):
        return len(self.offsets) - 1

    @property
    def num_items(self):
        return len(self.item_names)

    @property
    def num_events(self):
        return len(self.items)


def from_frame(name, frame, clock):
    """`frame` has columns user, item, time in the order of the file."""
    users, user_names = pd.factorize(frame["user"])
    items, item_names = pd.factorize(frame["item"])
    times = frame["time"].to_numpy(np.int64)
    order = np.lexsort((np.arange(len(users)), times, users))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(users))])
    return Log(name, offsets, items[order], times[order], np.asarray(user_names),
               np.asarray(item_names), clock)


def _ml_1m():
    frame = pd.read_csv(DATA / FILES["ml-1m"])
    frame = frame.rename(columns={"user_id": "user", "item_id": "item", "timestamp": "time"})
    return from_frame("ml-1m", frame, clock=False)


def _ml_1m_half():
    frame = pd.read_csv(DATA / FILES["ml-1m-half"], sep="::", engine="python",
                        names=["user", "item", "rating", "time"])
    return from_frame("ml-1m-half", frame, clock=True)


def _beauty():
    frame = pd.read_csv(DATA / FILES["beauty"], sep=" ", names=["user", "item"])
    return from_frame("beauty", frame.assign(time=np.arange(len(frame))), clock=False)


def _s3rec_beauty():
    lines = [line.split() for line in open(DATA / FILES["s3rec-beauty"])]
    frame = pd.DataFrame({"user": np.repeat([line[0] for line in lines],
                                            [len(line) - 1 for line in lines]),
                          "item": [item for line in lines for item in line[1:]]})
    return from_frame("s3rec-beauty", frame.assign(time=np.arange(len(frame))), clock=False)


LOADERS = {"ml-1m": _ml_1m, "ml-1m-half": _ml_1m_half, "beauty": _beauty,
           "s3rec-beauty": _s3rec_beauty}


def load(name):
    return LOADERS[name]()
