"""Rankers: candidates in the order in which a user wants them, by the code that serves."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import numpy as np

from . import _kaskad
from ._frames import default_kind, make_frame
from ._id_types import keep_types, kept_types
from ._ids import Ids, need_same_items, same_texts
from ._kaskad import Error
from ._rank_lists import CandidateLists, is_frame
from ._rank_requests import engine_lists, given_history, stored_histories
from ._settings import Progress, Shown, num_threads
from .dataset import Dataset, PathLike
from .impressions import Impressions, named_columns
from .splits import Split

__all__ = ["Ranker", "load_ranker"]


class Ranker:
    """A ranker of any kind, read from its bundle; may be asked from several threads. Made by
    kaskad.train_ranker, kaskad.ranker_from_onnx and kaskad.load_ranker.

    Attributes:
        path: directory of the bundle.
    """

    def __init__(self, path: str, dataset: Dataset | None = None):
        self._engine = _kaskad.load_ranker(path)
        self.path: str = self._engine.directory
        types = kept_types(self.path)
        self._items = Ids.of_texts(self._engine.item_names(), types.get("item_id"))
        self._users = Ids.of_texts(self._engine.user_names(), types.get("user_id"))
        self._dataset, self._frame = dataset, types.get("frame")
        if dataset is not None:
            need_same_items(self._items, dataset._items, path)
            self._items = dataset._items

    @property
    def kind(self) -> str:
        """The engine's name of the kind: "gbdt", "amortized", "onnx", ..."""
        return self._engine.kind

    @property
    def manifest(self) -> dict[str, Any]:
        """What the bundle says of itself: config, heads, figures, importance of features, hashes."""
        return json.loads(self._engine.manifest)

    @property
    def heads(self) -> dict[str, float]:
        """The actions that it gives scores of, with their weights in the final score."""
        weights = self._engine.head_weights
        return {name: weights[name] for name in self._engine.head_names}

    @property
    def features(self) -> list[str]:
        """What it computes of a candidate before it scores it; nothing where it looks at ids alone."""
        return self._engine.feature_names

    @property
    def has_probabilities(self) -> bool:
        """Whether kaskad.calibrate gave it probabilities."""
        return self._engine.is_calibrated

    @property
    def item_ids(self) -> Any:
        return self._items.values

    def rank(
        self,
        candidates: Any,
        dataset: Dataset | None = None,
        *,
        user: Any = None,
        history: Any = None,
        times: Any = None,
        now: Any = None,
        query: str | None = None,
        split: Split | None = None,
        phase: str = "test",
        k: int | None = None,
        heads: bool = False,
        probabilities: bool = False,
        features: bool = False,
        unknown_items: str = "raise",
        progress: Progress = None,
    ) -> Any:
        """Lists of candidates in order.

        Args:
            candidates: a frame user_id, item_id and, where known, score and rank, as `recommend` of a
                retriever gives it; a list is what has one user_id, or one request_id where there is such
                a column. Columns datetime, query and those of the list's context (a price) are read, too.
                Of one list: its ids, or such a frame, with `user` or `history`.
            dataset: whose histories are asked with; None: the one that the ranker was made with. Ids are
                its own where its items are those of the ranker.
            user: id, of one list.
            history: ids of the events of one list, oldest first, in place of a user's.
            times: of `history`, as the column datetime of a log has them; without them all happened `now`.
            now: the moment of all requests; events before it are known. None: the column datetime, or
                what `split` says, or the newest event of the dataset, with all events known.
            query: of all requests, in place of a column.
            split: each user as this split asks: with the history before `phase`, at the moment of the
                event that it asks for.
            k: so many of each list; None: all.
            heads: with a column score_NAME for the score of each action.
            probabilities: with a column probability (of several actions probability_NAME).
            features: with a column for each of Ranker.features; categories are codes.
            unknown_items: "raise", or "score" what the ranker has never seen, as a server does.

        Returns:
            A frame request_id or user_id (neither for one list), item_id, score, rank (1 is best), list by
            list in the order of `candidates`.
        """
        if unknown_items not in ("raise", "score"):
            raise Error(f"unknown_items: found {unknown_items!r}, expected 'raise' or 'score'")
        if user is not None and history is not None:
            raise Error("rank: found both user and history, expected one of them")
        if history is not None and split is not None:
            raise Error("rank: found both history and split, expected one of them")
        unknown_too, source = unknown_items == "score", dataset or self._dataset
        items = self._items
        if source is not None and same_texts(items, source._items):
            items = source._items  # the same names, but perhaps of another type
        lists = CandidateLists(candidates, single=user is not None or history is not None)
        if history is not None:
            clock = self._engine.has_clock
            requests = given_history(history, times, now, items, clock, unknown_too)
        elif source is not None:
            requests = stored_histories(lists, user, source, now, split, phase, items, self._users)
        else:
            raise Error("rank: the ranker holds no dataset, expected dataset= or history=")
        asked = engine_lists(
            lists,
            requests,
            items,
            actions=[] if source is None else source._engine.action_names,
            action_names=self._engine.action_names,
            context_names=self._engine.context_names,
            query=query,
            unknown_too=unknown_too,
        )
        with Shown(progress) as shown:
            columns = self._columns(asked, heads, probabilities, features, shown)
        if is_frame(candidates):
            kind = lists.columns.kind
        else:
            kind = (self._frame or default_kind()) if source is None else source._frame
        return make_frame(kind, lists.answer(columns, k))

    def score(self, lists: Impressions, part: str = "test", *, progress: Progress = None) -> Any:
        """(candidates) scores of stored lists, in the order of `lists.frame(part)`; those that
        kaskad.evaluate_rankers measures."""
        data = lists.dataset
        need_same_items(self._items, data._items, self.path, f"'{data.directory}'")
        asked = lists._asked(part, self._engine.context_names, self._engine.action_names)
        with Shown(progress) as shown:
            return self._engine.rank(asked, num_threads(), shown)

    def _columns(
        self, asked: Any, heads: bool, probabilities: bool, features: bool, shown: Any
    ) -> dict[str, np.ndarray]:
        """Columns (candidates) by their names; `score` first."""
        engine, threads, columns = self._engine, num_threads(), {}
        if not heads and not probabilities:
            columns["score"] = engine.rank(asked, threads, shown)
        else:
            columns["score"], by_head = engine.rank_by_head(asked, threads, shown)
            names = engine.head_names
            if heads:
                columns |= named_columns([f"score_{name}" for name in names], by_head)
            if probabilities:
                several = [f"probability_{name}" for name in names]
                called = ["probability"] if len(names) == 1 else several
                columns |= named_columns(called, engine.probabilities(by_head))
        if features:
            columns |= named_columns(self.features, engine.features(asked, threads, shown))
        return columns

    def __fspath__(self) -> str:
        """A ranker stands wherever the path of one does."""
        return self.path

    def save(self, path: PathLike) -> None:
        """A copy of the bundle."""
        shutil.copytree(self.path, path)

    def __repr__(self) -> str:
        return f"Ranker({self.path!r}, kind {self.kind})"


def made_ranker(path: PathLike, dataset: Dataset) -> Ranker:
    """What a program made of lists of the dataset, whose types of ids it keeps from now on."""
    ranker = load_ranker(path, dataset)
    keep_types(ranker.path, dataset)
    return ranker


def load_ranker(path: PathLike, dataset: Dataset | None = None) -> Ranker:
    """A ranker's bundle that kaskad.train_ranker or `kaskad train-ranker` wrote.

    Args:
        dataset: of the same items; its ids are then those of the answers, and its histories those that
            are asked with. Without it ids are of the types that kaskad.train_ranker kept, or texts.

    Raises:
        kaskad.Error: where a file is damaged or the ranker no longer gives its golden lists their scores.
    """
    return Ranker(os.fspath(path), dataset)
