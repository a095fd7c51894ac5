"""A profile gives what its library itself says of the same lists. RecTools, RecBole and implicit are among
the wheels of scripts/wheels-python.txt; without them, or without PyTorch for RecBole, a test is skipped."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import kaskad

NUM_USERS, NUM_ITEMS = 200, 50
LONGEST = 10  # items a list
KS = (1, 5, LONGEST)


class Case:
    """Each user's items before, the list, and the items of the test, which the list hits in parts."""

    def __init__(self, seed: int):
        draw = np.random.default_rng(seed)
        self.learned, self.targets = [], []  # (users), arrays of items
        lists = []
        for user in range(NUM_USERS):
            items = draw.permutation(NUM_ITEMS)
            wanted = NUM_ITEMS if user == 0 else draw.integers(1, 16)  # so that every item is known
            self.learned.append(items[:5])
            self.targets.append(items[5 : 5 + wanted])
            lists.append(draw.permutation(items[5:])[:LONGEST])
        self.lists = np.stack(lists)  # (users, LONGEST)

    def check(self, profile: str, theirs: dict[str, float]) -> None:
        lists = _frame(self.lists).assign(rank=np.tile(np.arange(1, LONGEST + 1), NUM_USERS))
        ours = kaskad.metrics.calculate(
            lists,
            _frame(self.targets),
            _frame(self.learned),
            metrics=list(theirs),
            profile=profile,
            resamples=100,
        )
        assert ours == pytest.approx(theirs, rel=1e-9)


def _frame(items_of_users) -> pd.DataFrame:
    users = np.repeat(np.arange(NUM_USERS), [len(items) for items in items_of_users])
    return pd.DataFrame({"user_id": users, "item_id": np.concatenate(items_of_users)})


@pytest.fixture(scope="module", params=[1, 2])
def case(request):
    return Case(seed=request.param)


def test_rectools(case):
    metrics = pytest.importorskip("rectools.metrics", reason="RecTools is not installed")
    theirs = {
        "hit_rate": metrics.HitRate,
        "recall": metrics.Recall,
        "precision": metrics.Precision,
        "ndcg": metrics.NDCG,
        "map": metrics.MAP,
        "mrr": metrics.MRR,
        "popularity": metrics.AvgRecPopularity,
        "novelty": metrics.MeanInvUserFreq,
        "coverage": metrics.CatalogCoverage,
    }
    found = metrics.calc_metrics(
        {f"{name}@{k}": metric(k=k) for name, metric in theirs.items() for k in KS},
        _frame(case.lists).assign(rank=np.tile(np.arange(1, LONGEST + 1), NUM_USERS)),
        _frame(case.targets),
        _frame(case.learned),
        np.arange(NUM_ITEMS),
    )
    case.check("rectools", found)


def test_implicit(case):
    evaluation = pytest.importorskip("implicit.evaluation", reason="implicit is not installed")
    sparse = pytest.importorskip("scipy.sparse")

    class GivenLists:
        def recommend(self, users, user_items, N, **_):
            return case.lists[users, :N].astype(np.int32), np.zeros((len(users), N), np.float32)

    def matrix(items_of_users):
        frame = _frame(items_of_users)
        places = (frame["user_id"], frame["item_id"])
        return sparse.csr_matrix((np.ones(len(frame)), places), shape=(NUM_USERS, NUM_ITEMS))

    found = {}
    for k in KS:
        of_k = evaluation.ranking_metrics_at_k(
            GivenLists(),
            matrix(case.learned),
            matrix(case.targets),
            K=k,
            show_progress=False,
            num_threads=1,
        )
        found |= {f"{name}@{k}": value for name, value in of_k.items()}
    assert set(found) == {f"{name}@{k}" for name in ("precision", "map", "ndcg", "auc") for k in KS}
    case.check("implicit", found)


def test_recbole(case, monkeypatch):
    torch = pytest.importorskip("torch", reason="PyTorch, which RecBole needs, is not installed")
    evaluator = pytest.importorskip("recbole.evaluator", reason="RecBole is not installed")
    # RecBole 1.2 is of NumPy 1, and so is Debian's PyTorch, which has no Tensor.numpy() beside NumPy 2.
    monkeypatch.setattr(np, "float", float, raising=False)
    monkeypatch.setattr(torch.Tensor, "numpy", lambda tensor: np.array(tensor.tolist()))

    names = {
        "hit": "hit_rate",
        "recall": "recall",
        "precision": "precision",
        "ndcg": "ndcg",
        "map": "map",
        "mrr": "mrr",
        "averagepopularity": "popularity",
        "itemcoverage": "coverage",
        "giniindex": "gini",
    }
    config = {
        "metrics": list(names),
        "topk": list(KS),
        "metric_decimal_place": 12,
        "eval_args": {"mode": "full"},
        "device": "cpu",
    }
    # As RecBole's trainer collects it, of a model whose scores fall from the first of the list to the last.
    scores = np.zeros((NUM_USERS, NUM_ITEMS))
    np.put_along_axis(scores, case.lists, np.arange(LONGEST, 0, -1.0)[np.newaxis], axis=1)
    targets = _frame(case.targets)
    collector = evaluator.Collector(config)
    collector.data_struct.set("data.num_items", NUM_ITEMS)  # RecBole's dataset adds its padding
    collector.data_struct.set("data.count_items", Counter(_frame(case.learned)["item_id"].tolist()))
    collector.eval_batch_collect(
        torch.tensor(scores.tolist()),
        None,
        torch.tensor(targets["user_id"].tolist()),
        torch.tensor(targets["item_id"].tolist()),
    )
    found = evaluator.Evaluator(config).evaluate(collector.data_struct)
    by_our_names = {}
    for key, value in found.items():
        name, k = key.split("@")
        by_our_names[f"{names[name]}@{k}"] = float(value)
    case.check("recbole", by_our_names)
