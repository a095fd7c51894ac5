"""Trees of CatBoost or LightGBM as a ranker of kaskad.

Reads what `kaskad train-ranker gbdt ... --export-features features` wrote, learns from the train
lists, stops on the validation lists, and writes one ONNX file, which
`kaskad train-ranker onnx ... --graph` takes.

    pip install catboost onnx numpy              (or: lightgbm onnxmltools skl2onnx)
    python train.py features -o catboost.onnx
"""
import argparse
import json
import pathlib

import numpy as np


class Part:
    """Lists of one part: features (candidates, columns), labels (candidates), sizes (lists)."""

    def __init__(self, folder, part, head):
        self.features = np.load(folder / f"{part}_features.npy")
        self.labels = np.load(folder / f"{part}_labels.npy")[:, head]
        self.sizes = np.load(folder / f"{part}_list_sizes.npy")
        self.lists = np.repeat(np.arange(len(self.sizes)), self.sizes)


def mean_ndcg(part, scores, k=10):
    """Over lists with a positive among the candidates; answers that were missed are not known here."""
    total = count = 0
    for scored, labels in zip(np.split(scores, np.cumsum(part.sizes)[:-1]),
                              np.split(part.labels, np.cumsum(part.sizes)[:-1])):
        relevant = labels > 0
        if not relevant.any():
            continue
        gain = 1 / np.log2(np.arange(2, k + 2))
        order = np.argsort(-scored, kind="stable")[:k]
        total += (relevant[order] * gain[:len(order)]).sum() / gain[:min(k, relevant.sum())].sum()
        count += 1
    return total / max(count, 1)


def train_catboost(train, validation, args):
    from catboost import CatBoostRanker, Pool

    pools = [Pool(p.features, p.labels, group_id=p.lists) for p in (train, validation)]
    model = CatBoostRanker(loss_function="YetiRank", eval_metric="NDCG:top=10",
                           iterations=args.rounds, early_stopping_rounds=30, verbose=False,
                           thread_count=args.threads, random_seed=1)
    model.fit(pools[0], eval_set=pools[1])
    model.save_model(str(args.output), format="onnx")
    return model.predict


def train_lightgbm(train, validation, args):
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    model = lightgbm.LGBMRanker(n_estimators=args.rounds, n_jobs=args.threads, verbose=-1)
    model.fit(train.features, train.labels, group=train.sizes,
              eval_set=[(validation.features, validation.labels)], eval_group=[validation.sizes],
              eval_at=[10], callbacks=[lightgbm.early_stopping(30, verbose=False)])
    columns = train.features.shape[1]
    onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, columns]))],
                            zipmap=False)  # without maps: kaskad takes tensors
    args.output.write_bytes(onnx.SerializeToString())
    return model.predict


def drop_zipmap(path):
    """For a CatBoostClassifier: its probabilities come as a map a row, and no option leaves that out.

    Makes the tensor behind the ZipMap node an output in its place.
    """
    import onnx

    model = onnx.load(path)
    graph = model.graph
    zipmap = next(node for node in graph.node if node.op_type == "ZipMap")
    tensor = onnx.helper.make_tensor_value_info(zipmap.input[0], onnx.TensorProto.FLOAT, [None, 2])
    kept = [output for output in graph.output if output.name not in zipmap.output]
    del graph.output[:]
    graph.output.extend(kept + [tensor])
    graph.node.remove(zipmap)
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("--library", choices=["catboost", "lightgbm"], default="catboost")
    parser.add_argument("--head", type=int, default=0, help="number of the action to learn")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--threads", type=int, default=-1)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    args = parser.parse_args()

    train, validation, test = (Part(args.features, part, args.head)
                               for part in ("train", "validation", "test"))
    fit = {"catboost": train_catboost, "lightgbm": train_lightgbm}[args.library]
    predict = fit(train, validation, args)
    names = [column["name"] for column in json.loads((args.features / "columns.json").read_text())]
    print(f"{args.output}: {len(names)} features, test NDCG@10 of the lists with a positive "
          f"{mean_ndcg(test, predict(test.features)):.4f}")
    print(f"kaskad train-ranker onnx DATASET LISTS --graph {args.output} -o runs/{args.library}")


if __name__ == "__main__":
    main()
