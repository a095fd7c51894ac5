"""The rival: the same recommendations out of the same bundle, as a Python team would serve them.

FastAPI on uvicorn with uvloop, httptools and orjson; the item-item matrix is a scipy CSR over the
bundle's .npy files and a query is one sparse product (what implicit's and similaripy's
recommend() do), then argpartition. BUNDLE names the bundle: one matrix, a sum over the
history, no event ages (`kaskad grid --no-blend`); run.sh shows that the answers are equal.
"""
import json
import os

import numpy as np
import scipy.sparse as sparse
from fastapi import FastAPI, Request
from fastapi.responses import ORJSONResponse

bundle = os.environ["BUNDLE"]
manifest = json.load(open(f"{bundle}/manifest.json"))


def load_ids(name):
    offsets = np.fromfile(f"{bundle}/{name}.offsets", np.uint64)
    text = open(f"{bundle}/{name}.bytes", "rb").read()
    return [text[a:b].decode() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist())]


def load_matrix(n):
    part = lambda name: np.load(f"{bundle}/matrix-0.{name}.npy", mmap_mode="r")
    columns = part("columns").astype(np.int32)
    row_begin = part("row_begin").astype(np.int32)
    return sparse.csr_matrix((np.asarray(part("values")), columns, row_begin), (n, n))


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


parts = manifest["config"]["parts"]
if len(parts) != 1:
    raise SystemExit("the rival serves one matrix, not a blend: kaskad grid --no-blend")
longest_weights = position_weights(parts[0]["variant"]["history"], 10_000)
items = load_ids("items")
dense_id = {name: i for i, name in enumerate(items)}
matrix = load_matrix(len(items))
app = FastAPI(default_response_class=ORJSONResponse)


@app.post("/v1/recommend")
async def recommend(request: Request):
    body = await request.json()
    k = body.get("k", 10)
    history = [dense_id[i] for i in body["history"] if i in dense_id]
    query = sparse.csr_matrix(
        (longest_weights[len(longest_weights) - len(history):],
         (np.zeros(len(history), np.int32), history)),
        (1, len(items)))
    scores = (query @ matrix).toarray()[0]
    scores[history] = 0
    best = np.argpartition(-scores, k)[:k]
    best = best[np.lexsort((best, -scores[best]))]
    return {"items": [{"item_id": items[i], "score": float(scores[i])} for i in best],
            "model": manifest["kind"]}
