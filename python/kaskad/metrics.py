"""Figures of recommendations, of models and of anybody's lists, by the definitions of whom you like."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

from . import _kaskad
from ._frames import Columns, default_kind, make_frame
from ._ids import NOT_FOUND
from ._kaskad import Error
from ._settings import Progress, Shown, num_threads
from .dataset import Dataset
from .model import Model
from .splits import Split, phase_of

__all__ = ["Evaluation", "calculate", "evaluate"]


class Evaluation:
    """Metrics with 95% intervals, and the value of each user, for pairing."""

    def __init__(self, engine: _kaskad.Evaluation, name: str, fit_seconds: float = -1):
        self._engine = engine
        self.name = name
        self._fit_seconds = fit_seconds
        #: All that is known, as `kaskad eval --json` prints it.
        self.details: dict[str, Any] = json.loads(engine.json())

    @property
    def metrics(self) -> dict[str, float]:
        """Values by name."""
        return {name: found["value"] for name, found in self._entries()}

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """By name, where 95 of 100 resamples of the users lie."""
        return {
            name: (found["low"], found["high"]) for name, found in self._entries() if "low" in found
        }

    @property
    def definitions(self) -> dict[str, str]:
        """What each metric is, in one sentence."""
        return self.details["definitions"]

    @property
    def unknown_items(self) -> int:
        """Rows of a list whose item the dataset lacks; they hold their place as misses."""
        return self._engine.unknown_items

    @property
    def cases_without_list(self) -> int:
        """Questions to which a list says nothing; they are misses."""
        return self._engine.cases_without_list

    def values(self, metric: str) -> np.ndarray:
        """One metric of each case (cases), in the order of case_user."""
        return self._engine.column(metric)

    @property
    def case_user(self) -> np.ndarray:
        """The number of each case's user (cases)."""
        return self._engine.case_user

    def frame(self) -> Any:
        """metric, value, low, high."""
        rows = list(self._entries())
        nan = float("nan")
        return make_frame(
            default_kind(),
            {
                "metric": np.array([name for name, _ in rows], dtype=str).astype(object)
                if default_kind() != "pyarrow"
                else [name for name, _ in rows],
                **{
                    key: np.array([found.get(key, nan) for _, found in rows])
                    for key in ("value", "low", "high")
                },
            },
        )

    def _entries(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self.details["metrics"].items())

    def __repr__(self) -> str:
        return (
            f"Evaluation({self.name}: "
            + ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items())
            + ")"
        )


def evaluate(
    what: Any,
    split: Split,
    *,
    phase: str = "test",
    metrics: Any = None,
    profile: str = "kaskad",
    ties: str = "",
    filter_viewed: bool = True,
    name: str | None = None,
    resamples: int = 1000,
    seed: int = 1,
    progress: Progress = None,
) -> Evaluation:
    """A model, or anybody's lists, put to the questions of a split.

    Args:
        what: a fitted model of this package, or a frame user_id, item_id and rank (1 is best) or score.
        split: its dataset and phase give the questions. A model must not have learned the answers: fit
            it with the same split.
        metrics: names such as "ndcg@10", a list or a text with commas; None: all at 10.
        profile: whose definitions: "kaskad", "rectools", "recbole", "implicit".
        ties: the rank of items of equal score: "middle", "against" or "listed"; empty: as the profile's
            library sees it.
        filter_viewed: items of the history are neither recommended nor asked for.
        resamples, seed: of the bootstrap over users.
    """
    measuring = _measuring(metrics, profile, ties, filter_viewed, resamples, seed)
    asked = phase_of(split, phase)
    if isinstance(what, Model):
        _refuse_answers(what, split, phase)
        with Shown(progress) as shown:
            found = _kaskad.evaluate_model(
                what._fitted(), split.dataset._engine, split._engine, asked, measuring, shown
            )
        return Evaluation(found, name or type(what).__name__, what.fit_seconds or -1)
    return _evaluate_lists(what, split.dataset, split._engine, asked, measuring, name or "lists")


def calculate(
    recommendations: Any,
    interactions: Any,
    previous: Any = None,
    *,
    metrics: Any = None,
    profile: str = "kaskad",
    resamples: int = 1000,
    seed: int = 1,
) -> dict[str, float]:
    """Metrics of lists without a split: `interactions` are what should have been recommended.

    Args:
        recommendations: a frame user_id, item_id and rank or score.
        interactions: a frame user_id, item_id: the test.
        previous: a frame user_id, item_id of what was learned, for coverage, novelty and popularity. All
            items of both frames are the catalogue.
        metrics, profile: as in evaluate().

    Returns:
        Values by name, over the users of `interactions`; who has no list counts as a miss.
    """
    test, before = Columns(interactions, "interactions"), None
    users, items = list(_column(test, "user_id")), list(_column(test, "item_id"))
    learned = 0
    if previous is not None:
        before = Columns(previous, "previous")
        earlier = list(_column(before, "user_id"))
        learned = len(earlier)
        users, items = earlier + users, list(_column(before, "item_id")) + items
    dataset = Dataset.construct({"user_id": users, "item_id": items})
    counts = (
        np.bincount(dataset._users.find(users[:learned]), minlength=dataset.num_users)
        if learned
        else (np.zeros(dataset.num_users))
    )
    phase = _kaskad.phase_after(dataset._engine, counts.astype(np.uint32))
    measuring = _measuring(metrics, profile, "", False, resamples, seed)
    found = _evaluate_lists(
        recommendations, dataset, _kaskad.split_of_phase(phase), phase, measuring, "lists"
    )
    return found.metrics


def _column(columns: Columns, name: str) -> Any:
    column = columns[columns.need(name, {})]
    return column.to_pylist() if hasattr(column, "to_pylist") else column


def _measuring(
    metrics: Any, profile: str, ties: str, filter_viewed: bool, resamples: int, seed: int
) -> _kaskad.Measuring:
    text = "" if metrics is None else metrics if isinstance(metrics, str) else ",".join(metrics)
    return _kaskad.Measuring(text, profile, ties, filter_viewed, resamples, seed, num_threads())


def _refuse_answers(model: Model, split: Split, phase: str) -> None:
    if model._dataset is None:
        warned, refusal = _kaskad.check_bundle(
            model._fitted(), split.dataset._engine, split._engine, phase_of(split, phase)
        )
        for text in warned:
            warnings.warn(text, stacklevel=3)
        if refusal:
            raise Error(refusal)
        return
    split.check(model._dataset)
    learned, asked = model._phase.fit_end, phase_of(split, phase)
    if (learned[asked.case_user] > asked.case_history_end).any():
        raise Error(
            f"the model has learned answers of the phase '{phase}'; fit it with split= and the same "
            "phase"
        )


def _evaluate_lists(
    frame: Any, dataset: Dataset, split: Any, phase: Any, measuring: Any, name: str
) -> Evaluation:
    columns = Columns(frame, name)
    users = dataset._users.find(columns[columns.need("user_id", {})])
    items = dataset._items.find(columns[columns.need("item_id", {})])
    order = next((column for column in ("rank", "score") if column in columns.names), None)
    if order is None:
        raise Error(
            f"{name}: found the columns {', '.join(columns.names)}, expected 'rank' or 'score'"
        )
    keys = np.asarray(columns.arrow(order).to_numpy(zero_copy_only=False), np.float32)
    if order == "score":
        keys = -keys
    known = users != NOT_FOUND
    items = np.where(items == NOT_FOUND, _kaskad.NO_ITEM, items)
    found = _kaskad.evaluate_lists(
        name,
        users[known].astype(np.uint32),
        items[known].astype(np.uint32),
        np.ascontiguousarray(keys[known]),
        dataset._engine,
        split,
        phase,
        measuring,
    )
    return Evaluation(found, name)
