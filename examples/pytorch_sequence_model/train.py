"""A sequence model of one's own (GRU4Rec, arXiv 1511.06939, with full softmax) for kaskad.

Reads a dataset that `kaskad ingest` wrote, learns what leave-one-out lets one learn, and writes
what `kaskad bundle` takes: user.onnx, items.npy, config.json.

    pip install torch onnx onnxscript numpy
    python train.py data -o exported
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch import nn


class Gru4Rec(nn.Module):
    """tokens int64 (batch, length) -> (batch, length, dimension).

    Token 0 pads on the left, item i is token i + 1. Without biases, zeros in leave the state at
    zero, so that a history means the same however far it is padded: kaskad pads to the longest
    history of a batch, and refuses a model whose answer depends on that.
    """

    def __init__(self, num_items, dimension):
        super().__init__()
        self.items = nn.Embedding(num_items + 1, dimension, padding_idx=0)
        nn.init.normal_(self.items.weight[1:], std=0.02)
        self.dropout = nn.Dropout(0.2)
        self.gru = nn.GRU(dimension, dimension, bias=False, batch_first=True)
        self.out = nn.Linear(dimension, dimension)

    def forward(self, tokens):
        states, _ = self.gru(self.dropout(self.items(tokens)))
        return self.out(states)


class UserSide(nn.Module):
    """What is exported: the vector of the user after the newest event."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, history):
        return self.model(history)[:, -1]


def learned_histories(dataset):
    """Items of each user, oldest first, without the last event: leave-one-out asks for that one."""
    folder = pathlib.Path(dataset)
    offsets = np.fromfile(folder / "offsets.u64", np.uint64).astype(np.int64)
    items = np.fromfile(folder / "item.u32", np.uint32).astype(np.int64)
    return [items[begin:end - 1] for begin, end in zip(offsets[:-1], offsets[1:])]


def count_items(dataset):
    """Rows of the id map: items.offsets has one entry more."""
    return pathlib.Path(dataset, "items.offsets").stat().st_size // 8 - 1


def batches(histories, size, max_history, generator):
    """(tokens, next items), both (batch, length); 0 pads, -100 is no target."""
    order = generator.permutation(len(histories))
    for begin in range(0, len(order), size):
        rows = [histories[i][-(max_history + 1):] for i in order[begin:begin + size]]
        length = max(map(len, rows)) - 1
        tokens = np.zeros((len(rows), length), np.int64)
        targets = np.full((len(rows), length), -100, np.int64)
        for row, items in enumerate(rows):
            tokens[row, length - len(items) + 1:] = items[:-1] + 1
            targets[row, length - len(items) + 1:] = items[1:]
        yield torch.from_numpy(tokens), torch.from_numpy(targets)


def train(model, histories, args):
    generator = np.random.default_rng(args.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
    loss_of = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        model.train()
        began, total, steps = time.time(), 0.0, 0
        for tokens, targets in batches(histories, args.batch, args.max_history, generator):
            asked = targets >= 0  # padding costs no softmax
            scores = model(tokens)[asked] @ model.items.weight[1:].T
            loss = loss_of(scores, targets[asked])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, {time.time() - began:.1f} s", flush=True)


def export(model, folder, args):
    folder.mkdir(parents=True, exist_ok=True)
    user = UserSide(model).eval()
    # Both dimensions stay open; their names tell kaskad which are the same.
    example = torch.randint(1, model.items.num_embeddings, (2, 7))
    shapes = {"history": {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}}
    torch.onnx.export(user, (example,), str(folder / "user.onnx"), input_names=["history"],
                      output_names=["user"], dynamic_shapes=shapes, dynamo=True,
                      external_data=False)
    items = model.items.weight[1:].detach().numpy()
    np.save(folder / "items.npy", np.ascontiguousarray(items, np.float32))
    config = {
        "architecture": "gru4rec",
        "dimension": items.shape[1],
        "inputs": {"tokens": "history", "max_history": args.max_history, "drop_unlearned": True},
        "output": "user",
        "index": "auto",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", help="directory that `kaskad ingest` wrote")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--max-history", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    histories = [h for h in learned_histories(args.dataset) if len(h) > 1]
    model = Gru4Rec(count_items(args.dataset), args.dimension)
    train(model, histories, args)
    export(model, args.output, args)
    print(f"wrote user.onnx, items.npy, config.json to {args.output}")


if __name__ == "__main__":
    main()
