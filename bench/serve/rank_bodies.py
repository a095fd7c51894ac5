"""Writes stored lists as bodies of POST /v1/rank, a line each:
rank_bodies.py DATASET LISTS COUNT CANDIDATES
Lists are filled up with items of the catalogue that were not retrieved, or cut, to CANDIDATES."""
import json
import sys

import numpy as np

dataset, lists = sys.argv[1:3]
count, size = map(int, sys.argv[3:5])


def ids(name):
    offsets = np.fromfile(f"{dataset}/{name}.offsets", np.uint64).tolist()
    text = open(f"{dataset}/{name}.bytes", "rb").read()
    return [text[a:b].decode() for a, b in zip(offsets, offsets[1:])]


def column(name):
    return np.load(f"{lists}/{name}.npy", mmap_mode="r")


items, users = ids("items"), ids("users")
begin = np.fromfile(f"{dataset}/offsets.u64", np.uint64)
item, time = (np.fromfile(f"{dataset}/{name}", kind)
              for name, kind in (("item.u32", np.uint32), ("time.i64", np.int64)))
offsets, user, moment, end = (column(name) for name in ("offsets", "user", "time", "history_end"))
candidate, score, rank = (column(name) for name in ("item", "score", "rank"))
random = np.random.default_rng(1)
for at in np.linspace(0, len(user) - 1, min(count, len(user))).astype(int):
    first = int(begin[user[at]])
    history = slice(max(first, first + int(end[at]) - 200), first + int(end[at]))
    own = slice(int(offsets[at]), min(int(offsets[at + 1]), int(offsets[at]) + size))
    names = [items[i] for i in candidate[own].tolist()]
    rest = random.choice(len(items), size - len(names), replace=size > len(items))
    scores = score[own].tolist()
    print(json.dumps({
        "user_id": users[int(user[at])], "now": int(moment[at]), "k": 10,
        "history": [{"item_id": items[i], "timestamp": t}
                    for i, t in zip(item[history].tolist(), time[history].tolist())],
        "candidates": names + [items[i] for i in rest.tolist()],
        "scores": scores + [min(scores)] * len(rest),
        "ranks": [r or None for r in rank[own].tolist()] + [None] * len(rest)}))
