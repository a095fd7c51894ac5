"""Logs of interactions, from frames, sparse matrices and files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Union

import numpy as np
import pyarrow as pa

from . import _features, _kaskad
from ._frames import Columns, default_kind, make_frame, times_of
from ._ids import Ids
from ._kaskad import Error
from ._settings import Progress, Shown, num_threads

PathLike = Union[str, "os.PathLike[str]"]

__all__ = ["Dataset"]


class Dataset:
    """Who took what, and when; read-only.

    Made by `construct`, `from_csr` or `open`. It lies in a directory of mapped columns, as `kaskad
    ingest` writes it: a temporary one that goes with the object, or the `path` that was given.

    Attributes:
        user_ids, item_ids: ids by their numbers, as they were given (Arrow or NumPy array).
        num_users, num_items, num_events: how many there are.
        has_clock: whether times are of a clock, or only order events.
        directory: for `kaskad` on the command line.
        hash: of events and ids.
    """

    def __init__(
        self,
        directory: PathLike,
        users: Ids | None = None,
        items: Ids | None = None,
        frame: str | None = None,
    ):
        self._engine = _kaskad.Dataset.open(str(directory))
        types: dict[str, str | None] = {}
        if users is None or items is None:
            source = json.loads((Path(directory) / "manifest.json").read_text()).get("source", {})
            types = source.get("python_ids", {}) if isinstance(source, dict) else {}
        self._users = users or Ids.of_texts(self._engine.user_names(), types.get("user_id"))
        self._items = items or Ids.of_texts(self._engine.item_names(), types.get("item_id"))
        self._frame = frame or default_kind()

    # -- made of ------------------------------------------------------------------------------------

    @classmethod
    def construct(
        cls,
        interactions: Any,
        item_features: Any = None,
        user_features: Any = None,
        *,
        columns: Mapping[str, str] | None = None,
        duplicates: str = "keep",
        cold_items: bool = False,
        path: PathLike | None = None,
        progress: Progress = None,
        **reading: Any,
    ) -> Dataset:
        """Interactions as a dataset.

        Args:
            interactions: a frame of pandas, polars or Arrow (anything with `__arrow_c_stream__`), a
                dict of columns, a scipy matrix (users, items), or a path or list of paths to CSV,
                TSV, JSONL, Parquet, MovieLens or RecBole files. Columns user_id and item_id (any
                hashable type), and, where there are any, weight (or rating) and datetime (or
                timestamp: a datetime type, ISO-8601 text, or seconds, milli-, micro- or nanoseconds
                since 1970 by their size; small numbers only order). Without it the order of the rows
                is the order of events.
            item_features, user_features: frames with item_id (user_id) and a column a feature, or the
                long form id, feature, value; paths where the interactions are paths.
            columns: names where they are others: {"user_id": "uid", "datetime": "ts"}.
            duplicates: of a user and an item: "keep" all, the "first", the "last", or "sum" weights.
            cold_items: items that only item_features have are items, too.
            path: where the dataset is kept; without it, in a temporary directory.
            progress: see kaskad.set_progress.
            reading: of files: format, action_weights, min_weight, min_item_count, min_history, memory.

        Raises:
            kaskad.Error: naming the column and row that cannot be read, and what was expected.
        """
        given = dict(columns or {})
        if _is_path(interactions):
            return cls._ingest(
                interactions,
                item_features,
                user_features,
                given,
                duplicates,
                cold_items,
                path,
                progress,
                reading,
            )
        if reading:
            raise TypeError(f"{', '.join(reading)}: only of files that are read")
        if _is_sparse(interactions):
            return cls.from_csr(interactions, path=path, progress=progress)
        log = Columns(interactions, "interactions")
        users, user_ids = Ids.encode(log[log.need("user_id", given)], "user_id")
        items, item_ids = Ids.encode(log[log.need("item_id", given)], "item_id")
        item_columns, item_ids = _features.gather(
            item_features, "item_id", item_ids, given, cold_items
        )
        user_columns, user_ids = _features.gather(user_features, "user_id", user_ids, given, False)
        times, clock = None, False
        if (name := log.find("datetime", given)) is not None:
            times, clock = times_of(log.arrow(name), f"interactions, column '{name}'")
        weights = None
        if (name := log.find("weight", given)) is not None:
            weights = _weights(log.arrow(name), f"interactions, column '{name}'")
        return cls._write(
            users,
            items,
            times,
            weights,
            clock,
            user_ids,
            item_ids,
            item_columns,
            user_columns,
            duplicates,
            path,
            progress,
            log.kind,
        )

    @classmethod
    def from_csr(
        cls, matrix: Any, *, path: PathLike | None = None, progress: Progress = None
    ) -> Dataset:
        """A scipy matrix (users, items): ids are the numbers of rows and columns, values are weights.

        A row's items stand in the order of its columns, since a matrix has no time. Rows and columns
        without a value are users and items all the same.
        """
        matrix = matrix.tocsr()
        users = np.repeat(np.arange(matrix.shape[0], dtype=np.uint32), np.diff(matrix.indptr))
        items = np.ascontiguousarray(matrix.indices, np.uint32)
        weights = np.ascontiguousarray(matrix.data, np.float32)
        ids = [Ids(pa.array(np.arange(count, dtype=np.int64))) for count in matrix.shape]
        empty = _kaskad.FeatureColumns
        return cls._write(
            users,
            items,
            None,
            weights,
            False,
            ids[0],
            ids[1],
            empty(),
            empty(),
            "keep",
            path,
            progress,
            default_kind(),
        )

    @classmethod
    def open(cls, directory: PathLike) -> Dataset:
        """A directory that `construct(path=...)` or `kaskad ingest` wrote."""
        return cls(directory)

    @classmethod
    def _write(
        cls,
        users: np.ndarray,
        items: np.ndarray,
        times: np.ndarray | None,
        weights: np.ndarray | None,
        clock: bool,
        user_ids: Ids,
        item_ids: Ids,
        item_columns: Any,
        user_columns: Any,
        duplicates: str,
        path: PathLike | None,
        progress: Progress,
        frame: str,
    ) -> Dataset:
        with _Place(path) as place, Shown(progress) as shown:
            source = {
                "python_ids": {"user_id": user_ids.type_name(), "item_id": item_ids.type_name()}
            }
            _kaskad.write_dataset(
                place.directory,
                users,
                items,
                times,
                weights,
                clock,
                user_ids.texts(),
                item_ids.texts(),
                item_columns,
                user_columns,
                json.dumps(source),
                duplicates,
                num_threads(),
                shown,
            )
            return place.give(cls(place.directory, user_ids, item_ids, frame))

    @classmethod
    def _ingest(
        cls,
        paths: Any,
        item_features: Any,
        user_features: Any,
        columns: dict[str, str],
        duplicates: str,
        cold_items: bool,
        path: PathLike | None,
        progress: Progress,
        reading: dict[str, Any],
    ) -> Dataset:
        with _Place(path) as place, Shown(progress) as shown:
            _kaskad.ingest(
                _paths(paths),
                place.directory,
                columns,
                reading.pop("format", ""),
                _paths(item_features),
                _paths(user_features),
                reading.pop("action_weights", {}),
                reading.pop("min_weight", None),
                duplicates,
                reading.pop("min_item_count", 0),
                reading.pop("min_history", 0),
                cold_items,
                reading.pop("memory", 1 << 30),
                num_threads(),
                shown,
            )
            if reading:
                raise TypeError(f"construct() knows no {', '.join(reading)}")
            return place.give(cls(place.directory))

    # -- what is in it ------------------------------------------------------------------------------

    @property
    def user_ids(self) -> pa.Array | np.ndarray:
        return self._users.values

    @property
    def item_ids(self) -> pa.Array | np.ndarray:
        return self._items.values

    @property
    def num_users(self) -> int:
        return self._engine.num_users

    @property
    def num_items(self) -> int:
        return self._engine.num_items

    @property
    def num_events(self) -> int:
        return self._engine.num_events

    @property
    def has_clock(self) -> bool:
        return self._engine.has_clock

    @property
    def directory(self) -> str:
        return self._engine.directory

    @property
    def hash(self) -> str:
        return self._engine.hash

    @property
    def item_features(self) -> list[str]:
        """Names of the features of items."""
        return self._engine.item_feature_names

    @property
    def user_features(self) -> list[str]:
        """Names of the features of users."""
        return self._engine.user_feature_names

    def frame(self, events: np.ndarray | None = None) -> Any:
        """All events, or those whose numbers are given, as a frame of the library that they came in:
        user_id, item_id, weight, datetime (of a clock) or order. By user, oldest first."""
        offsets = self._engine.offsets()
        users = np.repeat(
            np.arange(self.num_users, dtype=np.uint32), np.diff(offsets).astype(np.int64)
        )
        items, times, weights = self._engine.item(), self._engine.time(), self._engine.weight()
        if events is not None:
            users, items, times, weights = (
                users[events],
                items[events],
                times[events],
                weights[events],
            )
        time = pa.array(times).cast(pa.timestamp("ms")) if self.has_clock else times
        return make_frame(
            self._frame,
            {
                "user_id": self._users.take(users),
                "item_id": self._items.take(items),
                "weight": weights,
                "datetime" if self.has_clock else "order": time,
            },
        )

    def to_csr(self) -> Any:
        """Weights as a scipy matrix (users, items) float32; repeats are added up."""
        import scipy.sparse

        columns = (
            self._engine.weight(),
            self._engine.item(),
            self._engine.offsets().astype(np.int64),
        )
        shape = (self.num_users, self.num_items)
        matrix = scipy.sparse.csr_matrix(columns, shape=shape, copy=True)
        matrix.sum_duplicates()
        return matrix

    def __repr__(self) -> str:
        return (
            f"Dataset({self.num_users} users, {self.num_items} items, {self.num_events} events, "
            f"{'clock' if self.has_clock else 'order'})"
        )


class _Place:
    """Where a dataset is written: the user's directory, or a temporary one for its object's life."""

    def __init__(self, path: PathLike | None):
        self._temporary = tempfile.mkdtemp(prefix="kaskad-") if path is None else None
        self.directory = (
            str(path) if self._temporary is None else os.path.join(self._temporary, "dataset")
        )
        self._given = False

    def __enter__(self) -> _Place:
        return self

    def give(self, dataset: Dataset) -> Dataset:
        if self._temporary is not None:
            weakref.finalize(dataset, shutil.rmtree, self._temporary, ignore_errors=True)
        self._given = True
        return dataset

    def __exit__(self, *_: object) -> None:
        if not self._given and self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _weights(array: pa.Array, what: str) -> np.ndarray:
    if array.null_count:
        raise Error(f"{what}: {array.null_count} rows hold no weight")
    try:
        return np.ascontiguousarray(array.cast(pa.float64()).to_numpy(), np.float32)
    except pa.ArrowInvalid as fault:
        raise Error(f"{what}: {fault}") from None


def _is_path(value: Any) -> bool:
    if isinstance(value, (list, tuple)) and value:
        return all(isinstance(one, (str, os.PathLike)) for one in value)
    return isinstance(value, (str, os.PathLike))


def _is_sparse(value: Any) -> bool:
    return type(value).__module__.startswith("scipy.sparse")


def _paths(value: Any) -> list[str]:
    if value is None:
        return []
    if not _is_path(value):
        raise Error(
            f"found features as {type(value).__name__}, expected a path, as the interactions are"
        )
    return [
        str(one)
        for one in (
            value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        )
    ]
