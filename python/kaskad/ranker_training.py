"""Rankers trained by the programs: trees by `kaskad`, attention by `kaskad-train` (libtorch)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ._kaskad import Error
from ._settings import num_threads
from .dataset import PathLike
from .impressions import Impressions
from .rankers import Ranker, made_ranker
from .serving import flags, pairs, run_program

__all__ = ["calibrate", "train_ranker"]

_BY_KASKAD = ("gbdt", "bm25", "counters")
_NEURAL = ("amortized", "bst", "transact", "din", "dcn_v2", "interact_rank")


def train_ranker(
    lists: Impressions,
    path: PathLike,
    model: str = "gbdt",
    *,
    recipe: PathLike | None = None,
    settings: Mapping[str, Any] | None = None,
    head_weights: Mapping[str, float] | None = None,
    **options: Any,
) -> Ranker:
    """Learns from the train lists, stops by NDCG@10 on the validation lists, and returns what was written.

    Args:
        path: directory for the ranker; of a neural one also for checkpoints and curves.
        model: "gbdt" (XGBoost); "bm25" or "counters" for lists with queries; or a neural kind: "amortized",
            "bst", "transact", "din", "dcn_v2", "interact_rank", or "neural" for what the recipe says. Those
            are trained by `kaskad-train`, as kaskad.train does it.
        recipe: TOML file of a neural one; None: the model's own.
        settings: of the recipe, over what the file says: {"epochs": 20, "candidate_mask": "list"}; of gbdt
            settings of XGBoost: {"lambda": 2}.
        head_weights: of actions in the final score: {"purchase": 5}.
        options: further options of `kaskad train-ranker` by name, with _ for -. Of gbdt: rounds=200,
            depth=6, objective="rank:pairwise", no_counters=True, score_of=[another ranker]; of neural
            kinds: seed=2, kernel="int8", resume=True.
    """
    if model not in (*_BY_KASKAD, *_NEURAL, "neural"):
        known = ", ".join((*_BY_KASKAD, *_NEURAL, "neural"))
        raise Error(f"model: found '{model}', expected one of {known}")
    neural = model not in _BY_KASKAD
    if recipe is not None and not neural:
        raise Error(f"recipe: found one for '{model}', expected it for a neural kind only")
    arguments = [lists.dataset.directory, lists.directory, "-o", os.fspath(path)]
    arguments += flags(
        {
            "recipe": recipe,
            "model": model if neural and model != "neural" else None,
            "set": pairs(settings),
            "head_weight": pairs(head_weights),
            "threads": None if model in ("bm25", "counters") else num_threads(),
            **options,
        }
    )
    if neural:
        run_program(["ranker", *arguments], "kaskad-train")
    else:
        run_program(["train-ranker", model, *arguments])
    return made_ranker(path, lists.dataset)


def calibrate(
    ranker: Ranker | PathLike, lists: Impressions, path: PathLike, *, method: str = "isotonic"
) -> Ranker:
    """The same ranker with probabilities beside its scores, fitted on the validation lists; they are what
    `rank(..., probabilities=True)` gives, and evaluate_rankers says how far they can be believed.

    Args:
        path: directory of the bundle with them.
        method: "isotonic", any rising curve, or "platt", a logistic one, for few data.
    """
    arguments = flags({"method": method, "threads": num_threads()})
    run_program(
        ["calibrate", os.fspath(ranker), lists.dataset.directory, lists.directory, *arguments]
        + ["-o", os.fspath(path)]
    )
    return made_ranker(path, lists.dataset)
