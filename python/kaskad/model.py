"""What all models have in common: fitting, asking in two ways, keeping.

model.fit(dataset).recommend(users=None, k=10)            # a frame of user_id, item_id, score, rank
model.fit(user_items_csr).recommend(3, user_items[3], N=10)   # (ids, scores) of one or more rows
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np

from . import _kaskad
from ._frames import default_kind, make_frame
from ._histories import histories_of
from ._id_types import IDS_FILE, types_of
from ._ids import Ids
from ._kaskad import Error
from ._settings import Progress, Shown, num_threads
from .dataset import Dataset, PathLike, _is_sparse
from .splits import Split, phase_of


@dataclasses.dataclass(repr=False, eq=False)
class Model:
    """What all models have in common. A fitted one may be asked from several threads."""

    _engine: Any = dataclasses.field(default=None, init=False)
    _dataset: Dataset | None = dataclasses.field(default=None, init=False)
    _phase: Any = dataclasses.field(default=None, init=False)
    _split_hash: str = dataclasses.field(default="", init=False)
    #: Seconds that fit() took.
    fit_seconds: float = dataclasses.field(default=0.0, init=False)

    # -- parameters ---------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What the model was made with, by name."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.init
        }

    def set_params(self, **params: Any) -> Model:
        """Changes parameters; fit() must follow."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise Error(
                    f"{type(self).__name__} has no parameter '{name}', expected one of "
                    f"{', '.join(known)}"
                )
            setattr(self, name, value)
        self._engine = None
        return self

    def __repr__(self) -> str:
        usual = type(self)().get_params()
        said = ", ".join(
            f"{name}={value!r}" for name, value in self.get_params().items() if value != usual[name]
        )
        return f"{type(self).__name__}({said})"

    # -- fitting ------------------------------------------------------------------------------------

    def fit(
        self,
        dataset: Any,
        *,
        split: Split | None = None,
        phase: str = "test",
        progress: Progress = None,
    ) -> Model:
        """Learns from a Dataset or a scipy matrix (users, items).

        Args:
            split: only what this split lets be learned before `phase` is asked; without it, everything.
            phase: "test", "validation", "validation-2", ...
            progress: see kaskad.set_progress.
        """
        if _is_sparse(dataset):
            dataset = Dataset.from_csr(dataset)
        if not isinstance(dataset, Dataset):
            raise Error(
                f"fit: found {type(dataset).__name__}, expected a Dataset or a scipy matrix"
            )
        if split is not None and split.dataset is not dataset:
            split.check(dataset)
        began = time.perf_counter()
        learned = _kaskad.whole_log(dataset._engine) if split is None else phase_of(split, phase)
        with Shown(progress) as shown:
            self._engine = self._fit(dataset, learned, shown)
        self._dataset, self._phase = dataset, learned
        self._split_hash = "" if split is None else split.hash
        self.fit_seconds = time.perf_counter() - began
        return self

    def _fit(self, dataset: Dataset, phase: Any, shown: Any) -> _kaskad.Model:
        raise NotImplementedError

    def _fitted(self) -> _kaskad.Model:
        if self._engine is None:
            raise Error(f"{type(self).__name__} is not fitted yet; call fit() first")
        return self._engine

    # -- asking -------------------------------------------------------------------------------------

    def recommend(
        self,
        users: Any = None,
        dataset: Any = None,
        k: int = 10,
        filter_viewed: bool = True,
        items_to_recommend: Any = None,
        *,
        userid: Any = None,
        user_items: Any = None,
        N: int | None = None,
        filter_already_liked_items: bool | None = None,
        filter_items: Any = None,
        items: Any = None,
        progress: Progress = None,
    ) -> Any:
        """The best items of users.

        Args:
            users: ids; None: all of the dataset.
            dataset: whose histories are asked with; None: those that the model was fitted on, as far
                as it learned from them. A scipy matrix (users, items), or its rows of `users`, is asked
                in the way of `implicit`, with N, filter_already_liked_items, filter_items and items.
            k: length of the lists.
            filter_viewed: leave out the items of the user's history.
            items_to_recommend: ids; only these. None: all.

        Returns:
            A frame user_id, item_id, score, rank (1 is best), by user in the order asked; shorter lists
            where nothing is left. Scores of 0 are of items that popularity filled up with. For a
            matrix: (ids, scores), each (N) for one user or (users, N), ids -1 behind the end.
        """
        if user_items is not None or _is_sparse(dataset):
            matrix = dataset if user_items is None else user_items
            asked = users if userid is None else userid
            liked = (
                filter_viewed if filter_already_liked_items is None else filter_already_liked_items
            )
            only = items_to_recommend if items is None else items
            return self._recommend_rows(
                asked, matrix, k if N is None else N, liked, filter_items, only
            )
        users = userid if users is None else users
        with Shown(progress) as shown:
            return self._recommend_frame(
                users, dataset, k if N is None else N, filter_viewed, items_to_recommend, shown
            )

    def _recommend_frame(
        self,
        users: Any,
        dataset: Dataset | None,
        k: int,
        filter_viewed: bool,
        items_to_recommend: Any,
        shown: Any,
    ) -> Any:
        self._fitted()
        source = dataset or self._dataset
        if source is None:
            raise Error("recommend: the model holds no dataset, give one")
        numbers = source._users.numbers(users, "users")
        if source is self._dataset or source.hash == self._dataset_hash():
            ends = self._phase.fit_end if dataset is None else None
            allow = self._numbers_of(items_to_recommend, "items_to_recommend")
            found, scores = self._fitted().retrieve_users(
                source._engine,
                numbers,
                ends,
                k,
                filter_viewed,
                allow,
                self._now(),
                num_threads(),
                shown,
            )
        else:
            found, scores = self._ask_foreign(
                source, numbers, k, filter_viewed, items_to_recommend, shown
            )
        return answer_frame(
            source._frame, "user_id", source._users, numbers, self._item_ids(), found, scores
        )

    def _ask_foreign(
        self,
        source: Dataset,
        numbers: np.ndarray,
        k: int,
        filter_viewed: bool,
        items_to_recommend: Any,
        shown: Any,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of another dataset: items meet by their ids, those that the model lacks are left out."""
        asked = histories_of(source, numbers, None, self._item_ids())
        return self._fitted().retrieve_histories(
            asked.offsets,
            asked.items,
            asked.times if source.has_clock else None,
            k,
            filter_viewed,
            self._numbers_of(items_to_recommend, "items_to_recommend"),
            None,
            int(source._engine.time().max()) if source.has_clock else 0,
            [],
            num_threads(),
            shown,
        )

    def _recommend_rows(
        self, users: Any, matrix: Any, n: int, filter_liked: bool, filter_items: Any, items: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        if users is None:
            raise Error("recommend: found no users, expected a number or numbers of rows")
        single = np.isscalar(users)
        numbers = np.atleast_1d(np.asarray(users))
        matrix = matrix.tocsr()
        if matrix.shape[1] != self._fitted().num_items:
            raise Error(
                f"recommend: found a matrix of {matrix.shape[1]} items, expected "
                f"{self._fitted().num_items}, as it was fitted on"
            )
        if matrix.shape[0] != len(numbers):
            raise Error(
                f"recommend: found {matrix.shape[0]} rows for {len(numbers)} users, expected a row "
                "for each: user_items[users]"
            )
        allow = None if items is None else np.asarray(items, np.uint32)
        exclude = None if filter_items is None else np.asarray(filter_items, np.uint32)
        found, scores = self._fitted().retrieve_histories(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.uint32),
            None,
            n,
            filter_liked,
            allow,
            exclude,
            0,
            [],
            num_threads(),
            None,
        )
        return _by_number(found, scores, single)

    def recommend_to_items(
        self,
        target_items: Any,
        dataset: Dataset | None = None,
        k: int = 10,
        filter_itself: bool = True,
        items_to_recommend: Any = None,
        *,
        progress: Progress = None,
    ) -> Any:
        """The items most like each of `target_items`: a frame target_item_id, item_id, score, rank.

        Lists are empty for models without such a notion. `dataset` may be given for the sake of those
        who know it from elsewhere; ids are those of the model. An item is never among its own.
        """
        if not filter_itself:
            raise Error(
                "recommend_to_items: an item is never listed as like itself, expected "
                "filter_itself=True"
            )
        ids = self._item_ids()
        numbers = ids.numbers(target_items, "target_items")
        allow = self._numbers_of(items_to_recommend, "items_to_recommend")
        wanted = k if allow is None else self._fitted().num_items
        with Shown(progress) as shown:
            found, scores = self._fitted().similar(numbers, wanted, num_threads(), shown)
        if allow is not None:
            found, scores = _only(found, scores, allow, k)
        of = dataset or self._dataset
        return answer_frame(
            of._frame if of else default_kind(), "target_item_id", ids, numbers, ids, found, scores
        )

    def similar_items(self, itemid: Any, N: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and scores of the items most like an item's number, (N), or like several, (items, N);
        -1 behind the end. The item itself is not among them."""
        single = np.isscalar(itemid)
        found, scores = self._fitted().similar(
            np.atleast_1d(np.asarray(itemid, np.uint32)), N, num_threads(), None
        )
        return _by_number(found, scores, single)

    # -- keeping ------------------------------------------------------------------------------------

    def save(self, path: PathLike, *, title_feature: str = "") -> None:
        """Writes a bundle: what kaskad.load, kaskad.serve and `kaskad serve --bundle` read, with
        checksums, golden requests and the histories that the model learned from."""
        engine = self._fitted()
        if self._dataset is None:
            raise Error("save: the model holds no dataset")
        files = {IDS_FILE: types_of(self._dataset)}
        engine.save(
            str(path), self._dataset._engine, self._phase, self._split_hash, files, title_feature
        )

    # -- ids ----------------------------------------------------------------------------------------

    def _item_ids(self) -> Ids:
        self._fitted()
        assert self._dataset is not None
        return self._dataset._items

    def _numbers_of(self, items: Any, what: str) -> np.ndarray | None:
        return None if items is None else self._item_ids().numbers(items, what)

    def _dataset_hash(self) -> str:
        return self._dataset.hash if self._dataset else ""

    def _now(self) -> int:
        return self._phase.horizon


def answer_frame(
    kind: str,
    key: str,
    keys: Ids,
    numbers: np.ndarray,
    items: Ids,
    found: np.ndarray,
    scores: np.ndarray,
) -> Any:
    """Rows (n, k) of answers as a frame; places without an item are left out."""
    k = found.shape[1]
    there = (found != _kaskad.NO_ITEM).ravel()
    ranks = np.tile(np.arange(1, k + 1, dtype=np.int64), len(found))
    of_row = np.repeat(numbers, k)
    flat, values = found.ravel(), scores.ravel()
    if not there.all():
        ranks, of_row, flat, values = ranks[there], of_row[there], flat[there], values[there]
    return make_frame(
        kind, {key: keys.take(of_row), "item_id": items.take(flat), "score": values, "rank": ranks}
    )


def _by_number(
    found: np.ndarray, scores: np.ndarray, single: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Answers in the way of `implicit`: -1 behind the end, the row alone where one was asked for."""
    ids = found.astype(np.int64)
    ids[found == _kaskad.NO_ITEM] = -1
    return (ids[0], scores[0]) if single else (ids, scores)


def _only(
    found: np.ndarray,
    scores: np.ndarray,
    allow: np.ndarray,
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The first k of each row that are allowed."""
    kept = np.full((len(found), k), _kaskad.NO_ITEM, np.uint32)
    values = np.zeros((len(found), k), np.float32)
    good = np.isin(found, allow)
    for row in range(len(found)):
        places = np.flatnonzero(good[row])[:k]
        kept[row, : len(places)] = found[row, places]
        values[row, : len(places)] = scores[row, places]
    return kept, values
