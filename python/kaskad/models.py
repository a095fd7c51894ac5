"""The kinds of models that are fitted here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from . import _kaskad
from ._ids import Ids
from ._kaskad import Error
from ._settings import num_threads
from .dataset import Dataset
from .model import Model, answer_frame

__all__ = [
    "BM25Search",
    "Blend",
    "Content",
    "Cooccurrence",
    "EASE",
    "Popularity",
    "bm25",
    "cosine",
    "jaccard",
    "rp3beta",
    "tfidf",
]

_model = dataclasses.dataclass(repr=False, eq=False)
_by_keyword = dataclasses.dataclass(repr=False, eq=False, kw_only=True)


@_model
class Popularity(Model):
    """What most people took: the baseline that every model is held against.

    Args:
        window_days: only the last days of what is learned; 0: all. Needs a clock.
        window_share: only the last share of each history; 0: all.
    """

    window_days: float = 0
    window_share: float = 0

    def _fit(self, dataset: Dataset, phase: Any, shown: Any) -> _kaskad.Model:
        return _kaskad.fit_popularity(dataset._engine, phase, self.window_days, self.window_share)


@_by_keyword
class _Matrices(Model):
    """Matrices of items with items: one, or a blend."""

    memory: int = 4 << 30

    def _parts(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _fit(self, dataset: Dataset, phase: Any, shown: Any) -> _kaskad.Model:
        blend = json.dumps({"parts": self._parts()})
        return _kaskad.fit_cooc(dataset._engine, phase, blend, self.memory, num_threads(), shown)


@_by_keyword
class _OneMatrix(_Matrices):
    """One matrix, and how a history asks it."""

    position: str = "power"
    decay: float = 1
    history_tau: float = 0
    last: int = 0
    skip: int = 0
    combine: str = "sum"

    def _matrix(self) -> dict[str, Any]:
        raise NotImplementedError

    def _parts(self) -> list[dict[str, Any]]:
        history = {
            "position": self.position,
            "decay": self.decay,
            "age_tau": self.history_tau,
            "last": self.last,
            "skip": self.skip,
            "combine": self.combine,
        }
        return [{"variant": {"matrix": self._matrix(), "history": history}, "weight": 1}]


@_model
class Cooccurrence(_OneMatrix):
    """What follows what, or stands beside it, in people's histories: one matrix of items with items.

    With the defaults: what comes within the next 20 events, by 1 / distance, row by row as shares; asked
    with the whole history, the newest event most. kaskad.grid finds better ones.

    Args:
        reverse: 0: only what came later, 1: both directions alike, between: share of the other.
        window: events between the two at most; 0: any.
        gap: weight by the distance: "none", "inverse", "inverse_root", "exponential", "around".
        gap_scale, gap_centre: in events, of "exponential" and "around".
        time_window: days between the two at most; 0: any. Needs a clock.
        gap_tau, age_tau: days by which a pair fades with the time between the two, and with its age;
            0: not at all. Need a clock.
        user: weight of a user with n events: "one", "inverse", "inverse_log", "idf", "walk".
        event_weight: count the weights of events.
        max_history: newest events of a history that count; 0: all.
        normalise: "raw", "row", "cosine", "jaccard", "dice", "lift", "pmi", "tf_idf", "bm25".
        source_power, alpha: of "row" and "tf_idf"; of "cosine" (0.5 is the usual one).
        target_power: popularity correction of what is recommended; 0: none, 1: full.
        shrinkage: counts below it weigh less.
        top_k: best of each row that are kept; 0: all.
        content: how much of content similarity is added; needs item features.
        position: weight of the k-th newest event of a history: "uniform", "geometric", "power".
        decay: base of "geometric", exponent of "power".
        history_tau: days by which events of the history fade; 0: not. Needs a clock.
        last, skip: newest events of the history used, and of these left out; 0: all, none.
        combine: "sum", "product" or "max" over the history.
        memory: bytes for counts.
    """

    reverse: float = 0
    window: int = 20
    gap: str = "inverse"
    gap_scale: float = 5
    gap_centre: float = 1
    time_window: float = 0
    gap_tau: float = 0
    age_tau: float = 0
    user: str = "one"
    event_weight: bool = False
    max_history: int = 0
    normalise: str = "row"
    source_power: float = 1
    alpha: float = 0.5
    target_power: float = 0.25
    shrinkage: float = 0
    top_k: int = 0
    content: float = 0

    def _matrix(self) -> dict[str, Any]:
        weighting = (
            "reverse",
            "window",
            "gap",
            "gap_scale",
            "gap_centre",
            "time_window",
            "gap_tau",
            "age_tau",
            "user",
            "event_weight",
            "max_history",
        )
        normalisation = ("source_power", "alpha", "target_power", "shrinkage", "top_k")
        return {
            "kind": "cooccurrence",
            "content": self.content,
            "weighting": {name: getattr(self, name) for name in weighting},
            "normalisation": {
                "kind": self.normalise,
                **{name: getattr(self, name) for name in normalisation},
            },
        }


@_model
class EASE(_OneMatrix):
    """The linear model that best rebuilds every history from itself (Steck 2019, arXiv 1905.03375).

    Args:
        regularisation: ridge, in units of co-occurrences.
        max_items: most popular items covered; memory is 8 bytes times its square.
        top_k: strongest weights of a row that are kept; 0: all.
        position, decay, history_tau, last, skip, combine: of the history, as in Cooccurrence.
    """

    regularisation: float = 300
    max_items: int = 4000
    top_k: int = 0
    position: str = dataclasses.field(default="uniform", kw_only=True)

    def _matrix(self) -> dict[str, Any]:
        return {
            "kind": "ease",
            "ease": {
                "lambda": self.regularisation,
                "max_items": self.max_items,
                "top_k": self.top_k,
            },
        }


@_model
class Content(_OneMatrix):
    """Items like those of the history by their features alone: for a catalogue of new items.

    Args:
        position, decay, history_tau, last, skip, combine: of the history, as in Cooccurrence.
    """

    def _matrix(self) -> dict[str, Any]:
        return {"kind": "content"}


@_model
class Blend(_Matrices):
    """A geometric mean of matrices, fitted together: score = sum of weight * log(1 + share / floor).

    Args:
        models: Cooccurrence, EASE and Content models; they need not be fitted.
        weights: one each, of any sign; None: 1. kaskad.grid fits them.
        config: instead, what the engine names a blend: the config of a bundle, `Grid.winner_config`.
    """

    models: Sequence[Any] = ()
    weights: Sequence[float] | None = None
    config: dict[str, Any] | None = None

    def _parts(self) -> list[dict[str, Any]]:
        if self.config is not None:
            return self.config["parts"]
        weights = [1.0] * len(self.models) if self.weights is None else list(self.weights)
        if len(weights) != len(self.models) or not len(self.models):
            raise Error(
                f"Blend: found {len(self.models)} models and {len(weights)} weights, expected one "
                "each and at least one"
            )
        return [
            {"variant": part["variant"], "weight": float(weight) * part["weight"]}
            for model, weight in zip(self.models, weights)
            for part in model._parts()
        ]


@_model
class BM25Search(Model):
    """Items by the words of a query over text features: what a search finds before anything is known of
    the user.

    Args:
        columns: item features whose words count.
    """

    columns: Sequence[str] = ("title",)

    def _fit(self, dataset: Dataset, phase: Any, shown: Any) -> _kaskad.Model:
        return _kaskad.fit_bm25(dataset._engine, list(self.columns))

    def search(self, queries: Any, k: int = 10) -> Any:
        """The best items of texts: a frame query, item_id, score, rank."""
        texts = [str(query) for query in queries]
        nothing = np.zeros(0, np.uint32)
        found, scores = self._fitted().retrieve_histories(
            np.zeros(len(texts) + 1, np.int64),
            nothing,
            None,
            k,
            False,
            None,
            None,
            0,
            texts,
            num_threads(),
            None,
        )
        assert self._dataset is not None
        numbers = np.arange(len(texts), dtype=np.uint32)
        return answer_frame(
            self._dataset._frame,
            "query",
            Ids(pa.array(texts, pa.string())),
            numbers,
            self._item_ids(),
            found,
            scores,
        )


def _symmetric(K: int, normalise: str, **others: Any) -> Cooccurrence:
    params: dict[str, Any] = {
        "reverse": 1,
        "window": 0,
        "gap": "none",
        "normalise": normalise,
        "top_k": K,
        "target_power": 0,
        "position": "uniform",
    }
    return Cooccurrence(**{**params, **others})


def cosine(K: int = 20, **others: Any) -> Cooccurrence:
    """Cosine of items over users, the best K of each: implicit's CosineRecommender on 0/1 values."""
    return _symmetric(K, "cosine", **others)


def tfidf(K: int = 20, **others: Any) -> Cooccurrence:
    """Cosine where users with many items count less: implicit's TFIDFRecommender on 0/1 values."""
    return _symmetric(K, "cosine", **{"user": "idf", **others})


def bm25(K: int = 20, **others: Any) -> Cooccurrence:
    """Counts under BM25's saturation of popular items."""
    return _symmetric(K, "bm25", **others)


def jaccard(K: int = 20, **others: Any) -> Cooccurrence:
    """Users of both over users of either."""
    return _symmetric(K, "jaccard", **others)


def rp3beta(K: int = 100, beta: float = 0.6, **others: Any) -> Cooccurrence:
    """Walks item -> user -> item, popular ends held down by their count to the beta (Paudel 2017)."""
    return _symmetric(K, "cosine", **{"user": "walk", "alpha": 1, "target_power": beta, **others})
