"""The same SASRec as a PyTorch user writes it: pre-norm blocks, scaled_dot_product_attention with
dropout and a mask, cross entropy over the places that have a target, fused Adam.

    python rival_pytorch.py --lengths 200,200,... [--threads 2]
"""

import argparse
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

from protocol.rival import Stopwatch


class Block(nn.Module):
    def __init__(self, dimension, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = (nn.LayerNorm(dimension, eps=1e-6) for _ in range(2))
        self.qkv = nn.Linear(dimension, 3 * dimension)
        self.out = nn.Linear(dimension, dimension)
        self.feed_forward = nn.Sequential(
            nn.Linear(dimension, dimension), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(dimension, dimension), nn.Dropout(dropout))
        self.drop = nn.Dropout(dropout)

    def forward(self, x, mask):
        batch, length, dimension = x.shape
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2)
                   for part in self.qkv(self.norm1(x)).chunk(3, dim=-1))
        attended = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=mask is None,
            dropout_p=self.dropout if self.training else 0.0)
        attended = attended.transpose(1, 2).reshape(batch, length, dimension)
        x = x + self.drop(self.out(attended))
        return x + self.feed_forward(self.norm2(x))


class Sasrec(nn.Module):
    def __init__(self, items, max_history=200, dimension=64, blocks=2, heads=1, dropout=0.1):
        super().__init__()
        self.items = nn.Embedding(items + 2, dimension, padding_idx=0)
        self.positions = nn.Embedding(max_history, dimension)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(dimension, heads, dropout) for _ in range(blocks))
        self.norm = nn.LayerNorm(dimension, eps=1e-6)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens):
        length = tokens.shape[1]
        places = torch.arange(length - 1, -1, -1)
        x = self.items(tokens) * math.sqrt(self.items.embedding_dim) + self.positions(places)
        x = self.drop(x)
        real = tokens != 0
        mask = None
        if not real.all():
            causal = torch.ones(length, length, dtype=torch.bool).tril()
            # A place of padding sees itself, or softmax over nothing gives NaN.
            mask = causal & (real[:, None, None, :] | torch.eye(length, dtype=torch.bool))
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)


def make_batch(lengths, items, max_history):
    tokens = torch.zeros(len(lengths), max_history, dtype=torch.long)
    targets = torch.full((len(lengths), max_history), -1)
    for row, length in enumerate(lengths):
        history = torch.randint(0, items, (length + 1,))
        tokens[row, max_history - length:] = history[:-1] + 1
        targets[row, max_history - length:] = history[1:]
    return tokens, targets


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lengths", required=True)
    parser.add_argument("--items", type=int, default=3416)
    parser.add_argument("--max-history", type=int, default=200)
    parser.add_argument("--warm", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    lengths = [int(length) for length in options.lengths.split(",")]
    model = Sasrec(options.items, options.max_history)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    tokens, targets = make_batch(lengths, options.items, options.max_history)
    places = targets >= 0

    def step():
        adam.zero_grad(set_to_none=True)
        states = model(tokens)[places]
        logits = states @ model.items.weight[1:-1].T
        loss = F.cross_entropy(logits, targets[places])
        loss.backward()
        adam.step()
        return loss.item()

    losses = [step() for _ in range(options.warm)]
    begin = time.process_time()
    with Stopwatch() as watch:
        losses += [step() for _ in range(options.steps)]
    watch.report(cpu_seconds=time.process_time() - begin, first_loss=losses[0], last_loss=losses[-1],
                 parameters=sum(parameter.numel() for parameter in model.parameters()))


if __name__ == "__main__":
    main()
