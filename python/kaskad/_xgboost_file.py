"""A fitted model of XGBoost as the file that the engine reads; its libxgboost is older than many a model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ._frames import Columns
from ._kaskad import Error
from .impressions import Impressions
from .rankers import Ranker

_TOLERANCE = 1e-4  # of the largest score


def xgboost_file(model: Any, folder: str) -> str:
    """A fitted model, or a file of any version but those that are binary, as a JSON file below `folder`."""
    file = os.path.join(folder, "model.json")
    if hasattr(model, "save_model"):
        model.save_model(file)
    elif Path(os.fspath(model)).suffix == ".json":
        shutil.copyfile(model, file)
    else:
        return os.fspath(model)
    _make_older(file)
    return file


def _make_older(file: str) -> None:
    found = json.loads(Path(file).read_text(encoding="utf-8"))
    learner = found["learner"]
    # Settings of training, which have another name since 2.0, and without which older ones do not load.
    objective = learner["objective"]
    if objective["name"].startswith("rank:"):
        objective.setdefault("lambda_rank_param", {"num_pairsample": "1", "fix_list_weight": "0"})
    Path(file).write_text(json.dumps(found), encoding="utf-8")


def compare_with_xgboost(
    ranker: Ranker, model: Any, lists: Impressions, features: Sequence[str] | None
) -> None:
    """Raises Error where the ranker gives the test lists other scores than the model does."""
    import xgboost

    booster = model.get_booster() if hasattr(model, "get_booster") else model
    table = Columns(lists.features("test"), "features")
    names = list(features or booster.feature_names or table.names)
    rows = np.stack([table.arrow(name).to_numpy(zero_copy_only=False) for name in names], axis=1)
    matrix = xgboost.DMatrix(rows, feature_names=booster.feature_names)
    expected, found = booster.predict(matrix), ranker.score(lists)
    apart = float(np.abs(expected - found).max())
    allowed = _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if not apart <= allowed:
        raise Error(
            f"ranker '{ranker.path}': found a difference of {apart:.3g} to the scores of the model itself, "
            f"expected at most {allowed:.3g}"
        )
