"""A bundle of a sequence model: its ONNX file in ONNX Runtime (the same version as kaskad's, one
thread a worker), and one product of the user's vector with the items."""

import numpy as np
import onnxruntime


class Scorer:
    def __init__(self, bundle, manifest, num_items):
        config = manifest["config"]
        self.inputs, self.output = config["inputs"], config["output"]
        if self.inputs["gaps"]:
            raise SystemExit("the rival asks no time gaps")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(f"{bundle}/user.onnx", options)
        self.items = np.load(f"{bundle}/items.npy")  # (items, dimension)
        self.learned = np.load(f"{bundle}/popularity.npy") > 0
        self.begin_token = num_items + 1

    def __call__(self, history):
        if self.inputs["drop_unlearned"]:
            history = [item for item in history if self.learned[item]]
        most = self.inputs["max_history"]
        tokens = [item + 1 for item in history[-most:]]
        if self.inputs["begin_token"] and len(tokens) < most:
            tokens.insert(0, self.begin_token)
        user = self.session.run([self.output],
                                {self.inputs["tokens"]: np.array([tokens], np.int64)})[0]
        return self.items @ user[0]
