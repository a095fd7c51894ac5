"""The stages of bench/cascade in Python, over the same bundles: what a Python team would write with
NumPy, SciPy, faiss and ONNX Runtime, each stage by the fastest way that was found for it there.

Orders are those of kaskad (docs/cascade.md): equal scores go to the lower item, the union is reciprocal
rank fusion, a ranker reads the scores and ranks of the first retriever.
"""
import json
import sys
from pathlib import Path

import faiss
import numpy as np
import onnxruntime

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol.served_matrix import ServedMatrix  # noqa: E402

# The limits of kaskad's buckets of times, in milliseconds: events by their age, doubling from an hour,
# and by the time since the event before, doubling from a second.
AGES = 3_600_000 * 2**np.arange(13)
GAPS = 1000 * 2**np.arange(27)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def manifest(bundle):
    return json.load(open(f"{bundle}/manifest.json"))


def load_ids(bundle, name):
    offsets = np.fromfile(f"{bundle}/{name}.offsets", np.uint64).tolist()
    text = open(f"{bundle}/{name}.bytes", "rb").read()
    return [text[a:b].decode() for a, b in zip(offsets, offsets[1:])]


def best_of(scores, k):
    """Places of the k largest, in order; equal scores by place."""
    if k < len(scores):
        kept = np.argpartition(-scores, k)[:k]
    else:
        kept = np.arange(len(scores))
    return kept[np.lexsort((kept, -scores[kept]))]


class Matrix:
    """One co-occurrence matrix, a sum over the history."""

    def __init__(self, bundle, quota):
        self.matrix = ServedMatrix(bundle, manifest(bundle))
        self.quota = quota

    def __call__(self, history, seen, fill):
        found = self.matrix.score(history)
        free = ~seen[found.indices] & (found.data > 0)
        items, scores = found.indices[free], found.data[free]
        order = np.argsort(items)  # so that equal scores go to the lower item
        items, scores = items[order], scores[order]
        best = best_of(scores, self.quota)
        items, scores = items[best], scores[best]
        if len(items) < self.quota:  # no evidence for more: the popular ones, with score 0
            taken = seen.copy()
            taken[items] = True
            more = fill[~taken[fill]][:self.quota - len(items)]
            items = np.concatenate((items, more))
            scores = np.concatenate((scores, np.zeros(len(more), np.float32)))
        return items, scores


class TwoTower:
    """The user's tower in ONNX Runtime; its items in 8 bits by faiss, what is found scored again. For
    900 of 200,000 items that was faster than the exact index (11 ms against 13) and than one product
    with argpartition (21 ms); IVF and HNSW took as long for 92% and 45% of the exact list."""

    def __init__(self, bundle, quota):
        config = manifest(bundle)["config"]
        self.inputs, self.output = config["inputs"], config["output"]
        if self.inputs["gaps"] or config["user"]["codes"] or config["user"]["clock"]:
            raise SystemExit("the rival's user tower reads tokens alone")
        self.session = session(f"{bundle}/user.onnx")
        self.vectors = np.ascontiguousarray(np.load(f"{bundle}/items.npy"))
        self.learned = np.load(f"{bundle}/popularity.npy") > 0
        self.quota = quota
        self.index = faiss.IndexScalarQuantizer(
            self.vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        self.index.train(self.vectors)
        self.index.add(self.vectors)

    def __call__(self, history, seen):
        if self.inputs["drop_unlearned"]:
            history = history[self.learned[history]]
        most = self.inputs["max_history"]
        tokens = history[-most:].astype(np.int64) + 1
        if self.inputs["begin_token"] and len(tokens) < most:
            tokens = np.concatenate(([len(seen) + 1], tokens))
        user = self.session.run([self.output], {self.inputs["tokens"]: tokens[None]})[0]
        items = self.index.search(user, self.quota + len(history) + 50)[1][0]
        items = items[~seen[items]]
        scores = self.vectors[items] @ user[0]
        order = np.lexsort((items, -scores))[:self.quota]
        return items[order], scores[order]


class Popular:
    def __init__(self, bundle, quota):
        counts = np.load(f"{bundle}/counts.npy").astype(np.int64)
        self.order = np.lexsort((np.arange(len(counts)), -counts))
        self.scores = counts[self.order].astype(np.float32)
        self.quota = quota

    def __call__(self, seen):
        # Seen items are few: what is needed of the order is little longer than the quota.
        for length in (2 * self.quota, len(self.order)):
            head = self.order[:length]
            free = np.flatnonzero(~seen[head])[:self.quota]
            if len(free) == self.quota:
                break
        return head[free], self.scores[free]


def unite(lists):
    """Items by reciprocal rank fusion, and their place in the first list (0: not there)."""
    items = np.concatenate(lists)
    ranks = np.concatenate([np.arange(1, len(one) + 1) for one in lists])
    unique, first, inverse = np.unique(items, return_index=True, return_inverse=True)
    scores = np.zeros(len(unique), np.float32)
    # List by list, in the precision of kaskad: the order of nearly equal sums depends on it.
    begin = 0
    for one in lists:
        end = begin + len(one)
        scores[inverse[begin:end]] += 1 / (np.float32(60) + ranks[begin:end].astype(np.float32))
        begin = end
    return unique[np.lexsort((first, -scores))]


class Tokens:
    """A history as a ranker reads it."""

    def __init__(self, bundle, config):
        self.learned = np.load(f"{bundle}/learned.npy") > 0
        self.most, self.hop = config["max_history"], config.get("hop", 1)

    def __call__(self, history, times):
        kept = self.learned[history]
        history, times = history[kept], times[kept]
        skipped = max(0, len(history) - self.most)
        skipped = -(-skipped // self.hop) * self.hop
        tokens = np.empty((1, len(history) - skipped + 1), np.int64)
        tokens[0, 0] = len(self.learned) + 1
        tokens[0, 1:] = history[skipped:] + 1
        return tokens, times[skipped:]

    @staticmethod
    def ages(times, now):
        return np.concatenate(([0], 1 + np.searchsorted(AGES, now - times)))[None]

    @staticmethod
    def gaps(times):
        first = np.zeros(min(2, len(times) + 1), np.int64)  # of the beginning and the first event
        return np.concatenate((first, 1 + np.searchsorted(GAPS, np.diff(times))))[None]


class PreRank:
    """InteractRank without counters: one dot product a candidate."""

    def __init__(self, bundle, keep):
        config = manifest(bundle)["config"]
        affine = json.load(open(f"{bundle}/affine.json"))
        if affine["weights"] or config.get("actions"):
            raise SystemExit("the rival's pre-ranker has no counters, numbers or actions")
        self.tokens = Tokens(bundle, config)
        self.session = session(f"{bundle}/query.onnx")
        self.names = [entry.name for entry in self.session.get_inputs()]
        self.vectors = np.load(f"{bundle}/vectors.npy")
        self.heads = np.array([head["weight"] for head in affine["merge"]], np.float32)
        self.bias = float(self.heads @ np.array(affine["biases"], np.float32))
        self.user_places = json.load(open(f"{bundle}/query_side.json"))["user_places"]
        self.keep = keep

    def __call__(self, history, times, now, items):
        tokens, times = self.tokens(history, times)
        # No query: its one word is 1, itself 0 (kaskad/ranking/query_side.h).
        known = {"history": tokens, "ages": self.tokens.ages(times, now), "query_tokens": np.ones((1, 1), np.int64),
                 "query": np.zeros(1, np.int64),
                 "user_codes": np.zeros((1, self.user_places), np.int64)}
        query = self.session.run(None, {name: known[name] for name in self.names})[0][0]
        scores = self.vectors[items + 1] @ (self.heads @ query) + self.bias
        return items[np.argsort(-scores, kind="stable")[:self.keep]]


class Rank:
    """The two graphs of an amortized ranker."""

    def __init__(self, bundle):
        self.tokens = Tokens(bundle, manifest(bundle)["config"])
        self.history = session(f"{bundle}/history.onnx")
        self.candidates = session(f"{bundle}/candidates.onnx")
        self.of_history = [entry.name for entry in self.history.get_inputs()]
        self.of_candidates = [entry.name for entry in self.candidates.get_inputs()]
        self.encoded = [entry.name for entry in self.history.get_outputs()]
        if set(self.of_history) - {"history", "gaps"}:
            raise SystemExit("the rival's ranker reads tokens and gaps alone")

    def __call__(self, history, times, now, items, rank_of, score_of):
        tokens, times = self.tokens(history, times)
        of_history = {"history": tokens, "gaps": self.tokens.gaps(times)}
        given = dict(zip(self.encoded, self.history.run(
            self.encoded, {name: of_history[name] for name in self.of_history})))
        ranks, scores = rank_of[items], score_of[items]
        listed = ranks > 0
        numbers = np.zeros((1, len(items), 2), np.float32)
        if listed.any():
            scores = np.where(listed, scores, scores[listed].min())
            numbers[0, listed, 0] = 1 / ranks[listed].astype(np.float32)
            largest = np.abs(scores).max()
            if largest > 0:
                numbers[0, :, 1] = scores / largest
        given["candidates"] = np.where(self.tokens.learned[items], items + 1, 0)[None]
        given["numbers"] = numbers
        given["request_gap"] = 1 + np.searchsorted(GAPS, now - times[-1:]) if len(times) else (
            np.zeros(1, np.int64))
        found = self.candidates.run(["scores"], {name: given[name] for name in self.of_candidates})
        scores = found[0][0, :, 0]
        order = np.argsort(-scores, kind="stable")
        return items[order], scores[order]


def blend(items, scores, genre, at_most, k):
    """The best k, at most so many of a genre."""
    counts, chosen = {}, []
    for place, of in enumerate(genre[items].tolist()):
        if counts.get(of, 0) == at_most:
            continue
        counts[of] = counts.get(of, 0) + 1
        chosen.append(place)
        if len(chosen) == k:
            break
    return items[chosen], scores[chosen]
