"""The rival: the same recommendations out of the same bundle, as a Python team would serve them.

FastAPI on uvicorn with uvloop, httptools and orjson; scores from rival_matrix.py or rival_neural.py,
then argpartition. BUNDLE names the bundle; run.sh shows that the answers are equal.
"""
import json
import os

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import ORJSONResponse

bundle = os.environ["BUNDLE"]
manifest = json.load(open(f"{bundle}/manifest.json"))


def load_ids(name):
    offsets = np.fromfile(f"{bundle}/{name}.offsets", np.uint64)
    text = open(f"{bundle}/{name}.bytes", "rb").read()
    return [text[a:b].decode() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist())]


items = load_ids("items")
dense_id = {name: i for i, name in enumerate(items)}
if manifest["kind"] == "neural":
    from rival_neural import Scorer
else:
    from rival_matrix import Scorer
score = Scorer(bundle, manifest, len(items))
app = FastAPI(default_response_class=ORJSONResponse)


@app.post("/v1/recommend")
async def recommend(request: Request):
    body = await request.json()
    k = body.get("k", 10)
    history = [dense_id[i] for i in body["history"] if i in dense_id]
    scores = score(history)
    scores[history] = -np.inf
    best = np.argpartition(-scores, k)[:k]
    best = best[np.lexsort((best, -scores[best]))]
    return {"items": [{"item_id": items[i], "score": float(scores[i])} for i in best],
            "model": manifest["kind"]}
