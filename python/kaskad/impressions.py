"""Lists that rankers learn from and are measured on: what was or would have been shown, what was taken."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from . import _kaskad
from ._frames import Columns, make_frame, times_of
from ._grid import Grid
from ._histories import histories_of, newest_places
from ._kaskad import Error
from ._rank_requests import action_codes
from ._settings import Progress, Shown, num_threads
from .dataset import Dataset, PathLike, _is_path, _paths
from .model import Model
from .serving import bundle_of, flags, run_program
from .splits import Split

__all__ = ["Impressions", "make_impressions"]

_HOUR_MS = 3_600_000
_PARTS = ("train", "validation", "test")
#: Of real impressions: columns of the log, by the names that they have in a frame.
_LOG_COLUMNS = ("request_id", "user_id", "item_id", "datetime", "query", "position", "action")


class Impressions:
    """Stored lists of the three parts "train", "validation" and "test". Made by kaskad.make_impressions, or
    opened from a directory that `kaskad make-impressions` wrote.

    Attributes:
        dataset: whose users and items they are of.
        directory: for `kaskad` on the command line.
    """

    def __init__(self, directory: PathLike, dataset: Dataset):
        self.directory, self.dataset = os.fspath(directory), dataset
        self._parts = {
            part: _kaskad.Impressions.open(os.path.join(self.directory, part)) for part in _PARTS
        }
        for lists in self._parts.values():
            lists.check(dataset._engine)

    @classmethod
    def open(cls, directory: PathLike, dataset: Dataset) -> Impressions:
        """Lists of this dataset."""
        return cls(directory, dataset)

    @property
    def split(self) -> str:
        """The text of the split that they follow."""
        return self._parts["test"].split

    @property
    def heads(self) -> list[str]:
        """The actions that are labelled; "next" is whatever the user did next."""
        return self._parts["test"].heads

    @property
    def contexts(self) -> list[str]:
        """What came with each candidate, as a price."""
        return self._parts["test"].contexts

    @property
    def counts(self) -> dict[str, dict[str, Any]]:
        """By part: lists, candidates, and how many answers the retriever found."""
        return {
            part: {
                "lists": len(lists),
                "candidates": lists.num_candidates,
                **json.loads(lists.source_json).get("counts", {}),
            }
            for part, lists in self._parts.items()
        }

    def frame(self, part: str = "test") -> Any:
        """Candidates, a row each: request_id (a number of the list), user_id, datetime (order of a log
        without a clock), item_id, the retriever's score and rank, a column of labels for each head, and
        position, query and contexts where there are any. Nothing stands in place of an item that was not
        known then, or of nobody."""
        lists, data = self._part(part), self.dataset
        of = np.repeat(np.arange(len(lists)), np.diff(lists.offsets()))
        users, items, times = lists.user()[of], lists.item(), lists.time()[of]
        if lists.has_clock:
            moments = {"datetime": pa.array(times, pa.timestamp("ms"))}
        else:
            moments = {"order": times}
        columns: dict[str, Any] = {
            "request_id": of,
            "user_id": data._users.take(users, users == _kaskad.NO_USER),
            **moments,
            "item_id": data._items.take(items, items == _kaskad.NO_ITEM),
            "score": lists.score(),
            "rank": lists.rank(),
        }
        if len(positions := lists.position()):
            columns["position"] = positions
        if lists.has_queries:
            columns["query"] = pa.array(lists.queries(), pa.large_string()).take(pa.array(of))
        columns |= named_columns(lists.heads, lists.label())
        columns |= named_columns(lists.contexts, lists.context())
        return make_frame(data._frame, columns)

    def features(self, part: str = "train", *, progress: Progress = None) -> Any:
        """What the engine computes of each candidate, a row each as in `frame(part)`: to train trees
        elsewhere, and give them to kaskad.ranker_from_onnx. Categories are codes, NaN is not known."""
        with Shown(progress) as shown:
            rows, names = self._part(part).features(self.dataset._engine, num_threads(), shown)
        return make_frame(self.dataset._frame, named_columns(names, rows))

    def histories(
        self, part: str = "train", *, length: int = 50, pad: str = "right"
    ) -> dict[str, np.ndarray]:
        """The newest events before each list: what the engine fills the sources history.items and, of a log
        with a clock, history.ages with `missing = 0`. For a model of one's own.

        Args:
            length: so many events at most.
            pad: where the places without an event lie, "right" or "left" of the events.

        Returns:
            "items" (lists, length) int64, item + 1 by the place of the item in dataset.item_ids, 0 where
            there is no event; "ages" (lists, length) float32, hours before the list, 0 likewise.
        """
        if pad not in ("right", "left"):
            raise Error(f"pad: found {pad!r}, expected 'right' or 'left'")
        lists, data = self._part(part), self.dataset
        users = lists.user()
        somebody = np.where(users == _kaskad.NO_USER, 0, users)
        found = histories_of(data, somebody, lists.history_end(), data._items)
        taken, places = newest_places(found.offsets, length, pad)
        columns = {"items": found.items[taken].astype(np.int64) + 1}
        if lists.has_clock:
            ages = lists.time()[places // length] - found.times[taken]
            columns["ages"] = (ages / _HOUR_MS).astype(np.float32)
        filled = {}
        for name, values in columns.items():
            filled[name] = np.zeros(len(lists) * length, values.dtype)
            filled[name][places] = values
        return {name: values.reshape(-1, length) for name, values in filled.items()}

    def _part(self, name: str) -> Any:
        if name not in self._parts:
            raise Error(f"part: found '{name}', expected one of {', '.join(_PARTS)}")
        return self._parts[name]

    def _asked(self, part: str, context_names: list[str], action_names: list[str]) -> Any:
        """The lists as a ranker is asked them, by eval-ranker as well."""
        lists, data = self._part(part), self.dataset
        users = lists.user()
        somebody = np.where(users == _kaskad.NO_USER, 0, users)
        asked = histories_of(data, somebody, lists.history_end(), data._items)
        wanted = [name for name in context_names if name in lists.contexts]
        if wanted != context_names:
            raise Error(
                f"'{self.directory}': found the contexts {lists.contexts}, expected {context_names}, "
                "as the ranker learned"
            )
        contexts = named_columns(lists.contexts, lists.context())
        return _kaskad.RankLists(
            offsets=lists.offsets(),
            candidates=lists.item(),
            begins=asked.offsets,
            history=asked.items,
            times=asked.times,
            actions=action_codes(asked.actions, data._engine.action_names, action_names),
            users=users,
            now=lists.time(),
            scores=lists.score(),
            ranks=lists.rank(),
            context=np.stack([contexts[n] for n in wanted], axis=1).ravel() if wanted else None,
            queries=lists.queries() if lists.has_queries else None,
        )

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(lists)} {part}" for part, lists in self._parts.items())
        return f"Impressions({sizes}; {self.split})"


def make_impressions(
    dataset: Dataset,
    path: PathLike,
    *,
    split: Split | str = "leave-one-out",
    retriever: Model | Grid | PathLike = "directed",
    candidates: int = 200,
    heads: Sequence[str] = ("next",),
    impressions: Any = None,
    columns: dict[str, str] | None = None,
    **options: Any,
) -> Impressions:
    """Lists for rankers: of a retriever, or, of real impressions, as they were shown.

    Args:
        path: directory for the lists.
        split: what may be learned from and what is asked; for real impressions one at one time, or
            "hash:0.1" of the requests.
        retriever: whose candidates rankers put in order: "directed" (a matrix), "popularity",
            "popularity-window:7d", a model, a Grid, or a bundle. Matrices and popularity are fitted anew for
            each part; a model that has learned the answers is refused.
        candidates: so many for each request.
        heads: actions to label; "next" is whatever the user did next.
        impressions: a log of what was shown, a row an item: a frame request_id, item_id and, where known,
            user_id, datetime, query, position, action (empty: left alone); or a path or paths of files.
        columns: of such a frame, names where they are others: {"request_id": "session"}.
        options: further options of `kaskad make-impressions` by name, with _ for -: hard=0,
            add_positives=True, lists_per_user=20, known_items="catalogue".
    """
    with tempfile.TemporaryDirectory(prefix="kaskad-lists-") as folder:
        if impressions is None:
            of = {"retriever": bundle_of(retriever, folder), "candidates": candidates}
        elif _is_path(impressions):
            of = {"impressions": _paths(impressions)}
        else:
            of = _write_log(impressions, dataset, columns or {}, folder)
        of |= {"split": split if isinstance(split, str) else split.text, "heads": ",".join(heads)}
        arguments = flags({**of, "threads": num_threads(), **options})
        run_program(["make-impressions", dataset.directory, *arguments, "-o", os.fspath(path)])
    return Impressions(path, dataset)


def named_columns(names: list[str], values: np.ndarray) -> dict[str, np.ndarray]:
    """(rows, names), flat or not, as columns."""
    if not names:
        return {}
    table = values.reshape(-1, len(names))
    return {name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(names)}


def _write_log(frame: Any, dataset: Dataset, given: dict[str, str], folder: str) -> dict[str, Any]:
    """The frame as a file of the engine's long form, with the names that the dataset has for ids; returns
    the options that read it."""
    import pyarrow.parquet

    log = Columns(frame, "impressions")
    for name in ("request_id", "item_id"):
        log.need(name, given)
    found = {name: log.find(name, given) for name in _LOG_COLUMNS}
    there = {name: column for name, column in found.items() if column is not None}
    file = os.path.join(folder, "impressions.parquet")
    table = {}
    for name, column in there.items():
        if name in ("user_id", "item_id"):
            ids = dataset._users if name == "user_id" else dataset._items
            table[name] = ids.names(log[column])
        elif name == "datetime":
            times, clock = times_of(log.arrow(column), f"impressions, column '{column}'")
            table["timestamp"] = pa.array(times, pa.timestamp("ms") if clock else pa.int64())
        elif name == "position":
            table[name] = log.arrow(column)
        else:  # true and false are of the action that the column is called
            called = column if name == "action" else name
            table[called] = log.arrow(column).cast(pa.large_string())
    pyarrow.parquet.write_table(pa.table(table), file)
    return {"impressions": file, "action_column": there.get("action")}
