"""Writes stored histories of a bundle as JSON lists of item ids, a line each: histories.py BUNDLE COUNT"""
import json
import sys

import numpy as np

bundle, count = sys.argv[1], int(sys.argv[2])
offsets = np.fromfile(f"{bundle}/items.offsets", np.uint64).tolist()
text = open(f"{bundle}/items.bytes", "rb").read()
begin = np.load(f"{bundle}/history_offsets.npy", mmap_mode="r")
events = np.load(f"{bundle}/history_items.npy", mmap_mode="r")
for user in np.linspace(0, len(begin) - 2, min(count, len(begin) - 1)).astype(int):
    history = events[begin[user]:begin[user + 1]][-50:]
    print(json.dumps([text[offsets[i]:offsets[i + 1]].decode() for i in history.tolist()]))
