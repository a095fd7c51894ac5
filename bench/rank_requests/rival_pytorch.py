"""The amortized ranker as a PyTorch user writes it, in its two forms, with random weights.

    split  keys and values of the history once, candidates ask them: what kaskad exports
    mask   one transformer over history and candidates under a dense mask

    python rival_pytorch.py --history 100 --candidates 100 1000 --rounds 20 [--threads 1]
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from torch import nn

DIMENSION, LAYERS, HEADS, ITEMS = 64, 2, 2, 20_000


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIMENSION), nn.LayerNorm(DIMENSION)
        self.qkv = nn.Linear(DIMENSION, 3 * DIMENSION)
        self.out = nn.Linear(DIMENSION, DIMENSION)
        self.feed_forward = nn.Sequential(nn.Linear(DIMENSION, 4 * DIMENSION), nn.ReLU(),
                                          nn.Linear(4 * DIMENSION, DIMENSION))

    def split(self, x):
        return (part.view(1, x.shape[1], HEADS, -1).transpose(1, 2)
                for part in self.qkv(self.norm1(x)).chunk(3, dim=-1))

    def finish(self, x, attended):
        x = x + self.out(attended.transpose(1, 2).reshape(x.shape))
        return x + self.feed_forward(self.norm2(x))

    def forward(self, x, mask=None):
        q, k, v = self.split(x)
        return self.finish(x, F.scaled_dot_product_attention(q, k, v, attn_mask=mask)), (k, v)

    def candidates(self, c, keys):
        weight, bias = self.qkv.weight[:DIMENSION], self.qkv.bias[:DIMENSION]
        q = F.linear(self.norm1(c), weight, bias).view(1, c.shape[1], HEADS, -1).transpose(1, 2)
        return self.finish(c, F.scaled_dot_product_attention(q, *keys))


class Ranker(nn.Module):
    def __init__(self, max_history):
        super().__init__()
        self.items = nn.Embedding(ITEMS + 2, DIMENSION)
        self.positions = nn.Embedding(max_history + 1, DIMENSION)
        self.gaps, self.request_gaps = nn.Embedding(32, DIMENSION), nn.Embedding(32, DIMENSION)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(DIMENSION)
        self.head = nn.Sequential(nn.Linear(DIMENSION + 2, DIMENSION), nn.ReLU(),
                                  nn.Linear(DIMENSION, 1))

    def begin(self, history, gaps, candidates, request_gap):
        x = self.items(history) * DIMENSION ** 0.5 + self.gaps(gaps)
        x = x + self.positions(torch.arange(history.shape[1]))
        return x, self.items(candidates) * DIMENSION ** 0.5 + self.request_gaps(request_gap)

    def split(self, history, gaps, candidates, numbers, request_gap):
        x, c = self.begin(history, gaps, candidates, request_gap)
        for block in self.blocks:
            x, keys = block(x)
            c = block.candidates(c, keys)
        return self.head(torch.cat([self.norm(c), numbers], -1))

    def mask(self, history, gaps, candidates, numbers, request_gap):
        x, c = self.begin(history, gaps, candidates, request_gap)
        events = x.shape[1]
        x = torch.cat([x, c], 1)
        visible = torch.zeros(x.shape[1], x.shape[1], dtype=torch.bool)
        visible[:, :events] = True
        for block in self.blocks:
            x, _ = block(x, visible)
        return self.head(torch.cat([self.norm(x[:, events:]), numbers], -1))


def request(events, m):
    return (torch.randint(1, ITEMS, (1, events + 1)), torch.randint(0, 32, (1, events + 1)),
            torch.randint(1, ITEMS, (1, m)), torch.rand(1, m, 2), torch.randint(0, 32, (1, 1)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--history", type=int, default=100)
    parser.add_argument("--candidates", type=int, nargs="+", default=[100, 1000, 3000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    ranker = Ranker(options.history).eval()
    with torch.inference_mode():
        given = request(options.history, 7)
        assert torch.allclose(ranker.split(*given), ranker.mask(*given), atol=1e-5)
        for m in options.candidates:
            for name in ("split", "mask"):
                form, milliseconds = getattr(ranker, name), []
                for turn in range(options.rounds + 2):
                    given = request(options.history, m)
                    start = time.perf_counter()
                    form(*given)
                    if turn >= 2:
                        milliseconds.append((time.perf_counter() - start) * 1e3)
                milliseconds.sort()
                print(json.dumps({"form": f"PyTorch {name}", "history": options.history,
                                  "candidates": m, "threads": options.threads,
                                  "min_ms": milliseconds[0],
                                  "p50_ms": milliseconds[len(milliseconds) // 2],
                                  "p99_ms": milliseconds[len(milliseconds) * 99 // 100]}),
                      flush=True)


if __name__ == "__main__":
    main()
