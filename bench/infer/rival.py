"""The rivals in Python: the same model behind FastAPI, asked the same.

uvicorn with uvloop, httptools and orjson, a process a core, one thread in the model. ENGINE is
"onnxruntime" (with MODEL, the ONNX file) or "pytorch".
"""
import os

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import ORJSONResponse
import orjson

app = FastAPI(default_response_class=ORJSONResponse)

if os.environ["ENGINE"] == "onnxruntime":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(os.environ["MODEL"], options)

    def run(tensors):
        return session.run(["scores"], tensors)[0]
else:
    import torch

    from model import Transformer

    torch.set_num_threads(1)
    model = Transformer().eval()

    def run(tensors):
        with torch.inference_mode():
            return model(*(torch.from_numpy(tensors[name])
                           for name in ("history", "candidates"))).numpy()


@app.post("/v2/models/model/infer")
async def infer(request: Request):
    body = orjson.loads(await request.body())
    tensors = {i["name"]: np.array(i["data"], np.int64).reshape(i["shape"]) for i in body["inputs"]}
    scores = run(tensors)
    return ORJSONResponse({"model_name": "model", "id": body["id"], "outputs": [
        {"name": "scores", "datatype": "FP32", "shape": list(scores.shape),
         "data": scores.ravel().tolist()}]})
