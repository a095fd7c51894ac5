"""The model of the question: a transformer of two layers over a history, and candidates' scores.

In PyTorch, for the rival that runs PyTorch, and exported as the one ONNX file that all others run.

    python model.py OUT.onnx         python model.py --request OUT.json
"""
import argparse
import json

import numpy as np
import torch
from torch import nn

ITEMS, DIMENSION, EVENTS, CANDIDATES = 20_000, 128, 50, 100


class Block(nn.Module):
    def __init__(self, dimension, heads):
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(dimension)
        self.before_forward = nn.LayerNorm(dimension)
        self.all = nn.Linear(dimension, 3 * dimension)
        self.out = nn.Linear(dimension, dimension)
        self.forward_part = nn.Sequential(nn.Linear(dimension, 4 * dimension), nn.GELU(),
                                          nn.Linear(4 * dimension, dimension))

    def forward(self, x):
        batch, events, dimension = x.shape
        q, k, v = (part.reshape(batch, events, self.heads, -1).transpose(1, 2)
                   for part in self.all(self.before_attention(x)).chunk(3, -1))
        weights = torch.softmax(q @ k.transpose(2, 3) / (dimension // self.heads) ** 0.5, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, events, dimension))
        return x + self.forward_part(self.before_forward(x))


class Transformer(nn.Module):
    """history int64 (1, EVENTS), candidates int64 (1, CANDIDATES) -> scores (1, CANDIDATES)."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.items = nn.Embedding(ITEMS, DIMENSION)
        self.places = nn.Parameter(torch.randn(EVENTS, DIMENSION) * 0.1)
        self.blocks = nn.ModuleList(Block(DIMENSION, 4) for _ in range(2))
        self.last = nn.LayerNorm(DIMENSION)

    def forward(self, history, candidates):
        x = self.items(history) + self.places
        for block in self.blocks:
            x = block(x)
        user = self.last(x)[:, -1]
        return (self.items(candidates) @ user.unsqueeze(-1)).squeeze(-1)


def request(seed):
    """A request of the Open Inference Protocol."""
    random = np.random.default_rng(seed)
    return {"id": str(seed), "inputs": [
        {"name": name, "shape": [1, length], "datatype": "INT64",
         "data": random.integers(0, ITEMS, length).tolist()}
        for name, length in (("history", EVENTS), ("candidates", CANDIDATES))]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output")
    parser.add_argument("--requests", type=int, help="write so many requests, a line each, instead")
    args = parser.parse_args()
    if args.requests:
        with open(args.output, "w") as out:
            for seed in range(args.requests):
                out.write(json.dumps(request(seed)) + "\n")
        return
    example = (torch.ones(1, EVENTS, dtype=torch.int64), torch.ones(1, CANDIDATES, dtype=torch.int64))
    torch.onnx.export(Transformer().eval(), example, args.output,
                      input_names=["history", "candidates"], output_names=["scores"], dynamo=True,
                      external_data=False)


if __name__ == "__main__":
    main()
