"""A ranker of one's own in PyTorch, for kaskad: candidates attend to the history.

Reads a dataset that `kaskad ingest` wrote, the lists of `kaskad make-impressions` and the features
that `kaskad train-ranker gbdt ... --export-features` left, learns from the train lists, and writes
what `kaskad train-ranker onnx ... --mapping` takes: ranker.onnx and mapping.toml.

    pip install torch onnx onnxscript numpy
    python train.py data lists features -o exported
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch import nn

HOUR_MS = 3_600_000


class Ranker(nn.Module):
    """history int64 (b, l), ages float (b, l) in hours, mask bool (b, l), candidates int64 (b, m),
    numbers float (b, m, f), NaN where not known -> scores (b, m). Item i is i + 1, 0 is unknown.
    """

    def __init__(self, num_items, dimension, mean, deviation):
        super().__init__()
        self.items = nn.Embedding(num_items + 1, dimension, padding_idx=0)
        nn.init.normal_(self.items.weight[1:], std=0.02)
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.age = nn.Linear(1, dimension)
        self.number = nn.Linear(2 * len(mean), dimension)
        self.query = nn.Linear(dimension, dimension)
        self.key = nn.Linear(dimension, dimension)
        self.value = nn.Linear(dimension, dimension)
        self.head = nn.Sequential(nn.Linear(3 * dimension, dimension), nn.ReLU(),
                                  nn.Linear(dimension, 1))

    def forward(self, history, ages, mask, candidates, numbers):
        known = torch.isfinite(numbers)
        numbers = torch.where(known, numbers, torch.zeros_like(numbers))
        numbers = (squash(numbers) - self.mean) / self.deviation
        numbers = torch.where(known, numbers, torch.zeros_like(numbers))
        number = self.number(torch.cat([numbers, known.to(numbers.dtype)], -1))
        event = self.items(history) + self.age(torch.log1p(ages).unsqueeze(-1))
        candidate = self.items(candidates) + number
        logits = self.query(candidate) @ self.key(event).transpose(1, 2) / event.shape[-1] ** 0.5
        logits = logits.masked_fill(~mask.unsqueeze(1), -1e9)
        found = torch.softmax(logits, -1) @ self.value(event)
        found = found * mask.any(-1, keepdim=True).unsqueeze(-1).to(found.dtype)
        return self.head(torch.cat([candidate, number, found], -1)).squeeze(-1)


def squash(numbers):
    """Counts and prices lie over decades."""
    return torch.sign(numbers) * torch.log1p(torch.abs(numbers))


class Lists:
    """The lists of one part, with the histories before them."""

    def __init__(self, dataset, lists, features, part, columns):
        folder = pathlib.Path(lists, part)
        self.user, self.time, self.history_end, self.offsets, self.item, self.label = (
            np.load(folder / f"{name}.npy")
            for name in ("user", "time", "history_end", "offsets", "item", "label"))
        self.numbers = np.load(pathlib.Path(features, f"{part}_features.npy"), mmap_mode="r")
        self.columns = columns
        dataset = pathlib.Path(dataset)
        self.first = np.fromfile(dataset / "offsets.u64", np.uint64).astype(np.int64)
        self.event_item = np.fromfile(dataset / "item.u32", np.uint32).astype(np.int64)
        self.event_time = np.fromfile(dataset / "time.i64", np.int64)
        self.num_items = (dataset / "items.offsets").stat().st_size // 8 - 1

    def batch(self, numbers_of_lists, length):
        """Padded on the right, as mapping.toml says."""
        most = int(max(self.offsets[l + 1] - self.offsets[l] for l in numbers_of_lists))
        size = len(numbers_of_lists)
        history = np.zeros((size, length), np.int64)
        ages = np.zeros((size, length), np.float32)
        mask = np.zeros((size, length), bool)
        candidates = np.zeros((size, most), np.int64)
        numbers = np.full((size, most, len(self.columns)), np.nan, np.float32)
        labels = np.zeros((size, most), np.float32)
        shown = np.zeros((size, most), bool)
        for row, l in enumerate(numbers_of_lists):
            user = int(self.user[l])
            if user < len(self.first) - 1:
                end = self.first[user] + int(self.history_end[l])
                begin = max(self.first[user], end - length)
                count = end - begin
                history[row, :count] = self.event_item[begin:end] + 1
                ages[row, :count] = (self.time[l] - self.event_time[begin:end]) / HOUR_MS
                mask[row, :count] = True
            span = slice(int(self.offsets[l]), int(self.offsets[l + 1]))
            count = span.stop - span.start
            items = self.item[span].astype(np.int64)
            candidates[row, :count] = np.where(items < self.num_items, items + 1, 0)
            numbers[row, :count] = self.numbers[span][:, self.columns]
            labels[row, :count] = self.label[span, 0]
            shown[row, :count] = True
        return [torch.from_numpy(a) for a in (history, ages, mask, candidates, numbers, labels, shown)]


def scale(lists):
    """Mean and deviation of the squashed numbers, over those that are known."""
    sample = torch.from_numpy(np.array(lists.numbers[:200_000][:, lists.columns]))
    known = torch.isfinite(sample)
    squashed = torch.where(known, squash(sample), torch.zeros_like(sample))
    count = known.sum(0).clamp(min=1)
    mean = squashed.sum(0) / count
    variance = (torch.where(known, squashed - mean, torch.zeros_like(sample)) ** 2).sum(0) / count
    return mean, variance.sqrt().clamp(min=1e-3)


def train(model, lists, args):
    generator = np.random.default_rng(args.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
    for epoch in range(args.epochs):
        began, total, steps = time.time(), 0.0, 0
        order = generator.permutation(len(lists.user))
        for begin in range(0, len(order), args.batch):
            *inputs, labels, shown = lists.batch(order[begin:begin + args.batch], args.history)
            scores = model(*inputs).masked_fill(~shown, -1e9)
            taken = (labels > 0).float()
            loss = -(torch.log_softmax(scores, -1) * taken).sum() / taken.sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, {time.time() - began:.1f} s", flush=True)


def export(model, folder, names, args):
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    # A request at a time; only the number of candidates stays open.
    example = (torch.ones(1, args.history, dtype=torch.int64), torch.ones(1, args.history),
               torch.ones(1, args.history, dtype=torch.bool), torch.ones(1, 7, dtype=torch.int64),
               torch.ones(1, 7, len(names)))
    candidates = torch.export.Dim("candidates")
    inputs = ["history", "ages", "mask", "candidates", "numbers"]
    shapes = {"history": {}, "ages": {}, "mask": {}, "candidates": {1: candidates},
              "numbers": {1: candidates}}
    torch.onnx.export(model, example, str(folder / "ranker.onnx"), input_names=inputs,
                      output_names=["scores"], dynamic_shapes=shapes, dynamo=True,
                      external_data=False)
    (folder / "mapping.toml").write_text(f"""\
graph = "ranker.onnx"
style = "lists"

[history]
length = {args.history}
pad = "right"

[inputs]
history = {{ source = "history.items" }}
ages = {{ source = "history.ages", missing = 0 }}
mask = {{ source = "history.mask" }}
candidates = {{ source = "candidate.items" }}

[inputs.numbers]
source = "features"
columns = {json.dumps(names)}
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", help="directory that `kaskad ingest` wrote")
    parser.add_argument("lists", help="directory that `kaskad make-impressions` wrote")
    parser.add_argument("features", help="directory that --export-features wrote")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--dimension", type=int, default=32)
    parser.add_argument("--history", type=int, default=30, help="newest events that it sees")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    columns = json.loads(pathlib.Path(args.features, "columns.json").read_text())
    numeric = [i for i, column in enumerate(columns) if column["categories"] == 0]
    lists = Lists(args.dataset, args.lists, args.features, "train", numeric)
    model = Ranker(lists.num_items, args.dimension, *scale(lists))
    train(model, lists, args)
    export(model, args.output, [columns[i]["name"] for i in numeric], args)
    print(f"wrote ranker.onnx and mapping.toml to {args.output}")


if __name__ == "__main__":
    main()
