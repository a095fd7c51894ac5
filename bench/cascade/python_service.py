"""The rival: the same cascade behind HTTP as a Python team would serve it. FastAPI on uvicorn with
uvloop, httptools and orjson; stages.py computes. WORK names the folder that run.py has made.

    python python_service.py BODIES     # no server: milliseconds of each stage over these requests
"""
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import shape  # noqa: E402
import stages  # noqa: E402


class Cascade:
    def __init__(self, work):
        matrix, tower = f"{work}/matrix/production", f"{work}/tower-bundle"
        self.items = stages.load_ids(matrix, "items")
        self.users = {name: i for i, name in enumerate(stages.load_ids(matrix, "users"))}
        self.begin = np.load(f"{matrix}/history_offsets.npy").astype(np.int64)
        self.events = np.load(f"{matrix}/history_items.npy").astype(np.int64)
        self.times = np.load(f"{matrix}/history_times.npy")
        self.now = max(stages.manifest(bundle)["now"]
                       for bundle in (matrix, tower, f"{work}/popular"))
        self.genre = np.array([shape.genre_of(name) for name in self.items])
        self.matrix = stages.Matrix(matrix, shape.MATRIX)
        self.tower = stages.TwoTower(tower, shape.TOWER)
        self.popular = stages.Popular(f"{work}/popular", shape.POPULAR)
        self.prerank = stages.PreRank(f"{work}/prerank/bundle", shape.PRERANK)
        self.rank = stages.Rank(f"{work}/rank/bundle")
        self.seen = np.zeros(len(self.items), bool)  # work space, cleared after each request
        self.rank_of = np.zeros(len(self.items), np.int32)
        self.score_of = np.zeros(len(self.items), np.float32)

    def recommend(self, user_id, k, clock=lambda stage: None):
        user = self.users.get(user_id)
        span = slice(self.begin[user], self.begin[user + 1]) if user is not None else slice(0, 0)
        history, times = self.events[span], self.times[span]
        now = max(self.now, times[-1]) if len(times) else self.now
        self.seen[history] = True
        items, scores = self.matrix(history, self.seen, self.popular.order)
        clock("matrix")
        found = [items, self.tower(history, self.seen)[0]]
        clock("tower")
        found.append(self.popular(self.seen)[0])
        clock("popular")
        self.rank_of[items] = np.arange(1, len(items) + 1)
        self.score_of[items] = scores
        united = stages.unite(found)
        clock("filter")
        kept = self.prerank(history, times, now, united)
        clock("prerank")
        ranked = self.rank(history, times, now, kept, self.rank_of, self.score_of)
        clock("rank")
        best, scores = stages.blend(*ranked, self.genre, shape.OF_A_GENRE, k)
        clock("blend")
        self.seen[history] = False
        self.rank_of[items] = 0
        return {"items": [{"item_id": self.items[item], "score": score, "placed": "ranked"}
                          for item, score in zip(best.tolist(), scores.tolist())],
                "model": "cascade", "history_length": len(history), "known_user": user is not None,
                "candidates": len(united)}


def application():
    from fastapi import FastAPI, Request
    from fastapi.responses import ORJSONResponse

    cascade = Cascade(os.environ["WORK"])
    app = FastAPI()
    headers = {"X-Worker": str(os.getpid())}

    @app.post("/v1/recommend")
    async def recommend(request: Request):
        body = await request.json()
        return ORJSONResponse(cascade.recommend(body["user_id"], body.get("k", 10)),
                              headers=headers)

    return app


def profile(bodies):
    """Prints {stage: mean milliseconds} of one request after the other."""
    cascade = Cascade(os.environ["WORK"])
    spent, last = {}, [0.0]

    def clock(stage):
        moment = time.perf_counter()
        spent[stage] = spent.get(stage, 0) + moment - last[0]
        last[0] = moment

    requests = [json.loads(line) for line in open(bodies)]
    for turn, request in enumerate([*requests[:20], *requests]):
        if turn == 20:  # warm by now
            spent.clear()
        last[0] = time.perf_counter()
        cascade.recommend(request["user_id"], request["k"], clock)
    print(json.dumps({stage: 1e3 * seconds / len(requests) for stage, seconds in spent.items()}))


if __name__ == "__main__":
    profile(sys.argv[1])
