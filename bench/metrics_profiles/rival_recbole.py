"""RecBole's own metric classes, out of its file evaluator/metrics.py. The package imports torch
at every turn, which these classes do not need: the modules around the file are stood in for."""

import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import numpy as np

VERSION = "1.2.1"
FOLDER = Path(".deps/bench-recbole")


def _stand_in(name, **attributes):
    sys.modules[name] = module = types.ModuleType(name)
    for key, value in attributes.items():
        setattr(module, key, value)


def _load_metrics():
    file = FOLDER / "recbole/evaluator/metrics.py"
    if not file.exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target",
                        str(FOLDER), f"recbole=={VERSION}"], check=True)
    base = type("Base", (), {})
    kinds = types.SimpleNamespace(RANKING=1, VALUE=2)
    for name in ("recbole", "recbole.evaluator", "sklearn"):
        _stand_in(name)
    _stand_in("sklearn.metrics", auc=None, mean_absolute_error=None, mean_squared_error=None)
    _stand_in("recbole.utils", EvaluatorType=kinds)
    _stand_in("recbole.evaluator.utils", _binary_clf_curve=None)
    _stand_in("recbole.evaluator.base_metric", AbstractMetric=base, LossMetric=base,
              TopkMetric=type("TopkMetric", (base,), {}))
    np.float = float  # the name NumPy dropped; RecBole's configuration restores it so
    spec = importlib.util.spec_from_file_location("recbole_metrics", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(lists, ks):
    recbole = _load_metrics()
    rows, targets, learned = {}, {}, {}
    for user, item, _ in lists.recommended:
        rows.setdefault(user, []).append(item)
    for user, item, _ in lists.test:
        targets.setdefault(user, set()).add(item)
    for _, item, _ in lists.train:
        learned[item] = learned.get(item, 0) + 1
    users = sorted(rows)
    items = np.array([rows[user] for user in users])
    found = np.array([[item in targets[user] for item in rows[user]] for user in users])
    relevant = np.array([len(targets[user]) for user in users])
    catalogue = len({row[1] for row in lists.train + lists.test})

    def new(name):
        return object.__new__(getattr(recbole, name))

    out = {}
    for k in ks:
        with_length = {"recall": "Recall", "ndcg": "NDCG", "map": "MAP"}
        for name, metric in with_length.items():
            out[f"{name}@{k}"] = new(metric).metric_info(found, relevant).mean(axis=0)[k - 1]
        for name, metric in {"hit_rate": "Hit", "precision": "Precision", "mrr": "MRR"}.items():
            out[f"{name}@{k}"] = new(metric).metric_info(found).mean(axis=0)[k - 1]
        popularity = new("AveragePopularity")
        counts = popularity.get_pop(items, learned)
        out[f"popularity@{k}"] = popularity.metric_info(counts).mean(axis=0)[k - 1]
        out[f"coverage@{k}"] = new("ItemCoverage").get_coverage(items[:, :k], catalogue)
        out[f"gini@{k}"] = new("GiniIndex").get_gini(items[:, :k], catalogue)
    return out
