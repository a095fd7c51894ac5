"""Candidates as people have them -> lists as a ranker is asked them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ._frames import Columns, times_like
from ._ids import Ids, arrow_column, is_null, need_column, objects_of, refuse_unknown
from ._kaskad import Error

#: Columns that tell lists apart, the surest first.
_KEYS = ("request_id", "user_id")
_MOMENTS = ("datetime", "timestamp", "order")


def is_frame(value: Any) -> bool:
    return isinstance(value, dict) or hasattr(value, "columns") or hasattr(value, "column_names")


class CandidateLists:
    """The rows of a frame by lists, in the order in which lists and candidates come."""

    def __init__(self, candidates: Any, single: bool):
        if not is_frame(candidates):
            need_column(candidates, "candidates")
        frame = candidates if is_frame(candidates) else {"item_id": candidates}
        self.columns = Columns(frame, "candidates")
        self.columns.need("item_id", {})
        count = len(self.columns["item_id"])
        self.key = None if single else next((k for k in _KEYS if k in self.columns.names), None)
        if self.key is None and not single:
            raise Error(
                f"candidates: found the columns {', '.join(map(str, self.columns.names))}, expected "
                "'request_id' or 'user_id' among them, or one list with user= or history="
            )
        codes = np.zeros(count, np.uint32)
        self.keys: Ids | None = None
        if self.key is not None:
            codes, self.keys = Ids.encode(self.columns[self.key], self.key)
        lists = 1 if self.keys is None else len(self.keys)
        self.rows = np.argsort(codes, kind="stable")  # (candidates) rows of the frame
        self.lists = codes[self.rows].astype(np.int64)  # (candidates) the list of each
        self.offsets = np.searchsorted(self.lists, np.arange(lists + 1)).astype(np.int64)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __contains__(self, name: str) -> bool:
        return name in self.columns.names

    def numbers(self, name: str, known: Ids, unknown_too: bool = False) -> np.ndarray:
        """(candidates) int64; NOT_FOUND where there is no id, or, `unknown_too`, one that is not known."""
        column = self.columns[name]
        found = known.find(column)
        if not unknown_too:
            refuse_unknown(found, column, f"candidates, column '{name}'", allowed=is_null(column))
        return found[self.rows]

    def values(self, name: str, dtype: Any) -> np.ndarray | None:
        """(candidates) numbers, NaN (0 of whole numbers) where there is none; None without the column."""
        if name not in self:
            return None
        array = self.columns.arrow(name)
        empty = np.nan if np.dtype(dtype).kind == "f" else 0
        try:
            numbers = array.cast(pa.float64()).fill_null(empty).to_numpy(zero_copy_only=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
            raise Error(f"candidates, column '{name}': {fault}") from None
        return numbers[self.rows].astype(dtype)

    def moments(self, has_clock: bool) -> np.ndarray | None:
        """(lists) int64 times of the requests, as the log has them; None without such a column."""
        name = next((one for one in _MOMENTS if one in self), None)
        if name is None:
            return None
        times = times_like(has_clock, self.columns.arrow(name), f"candidates, column '{name}'")
        return self.of_lists(times[self.rows], name)

    def queries(self) -> list[str] | None:
        """(lists) texts; None without the column."""
        if "query" not in self:
            return None
        texts = (
            self.columns.arrow("query").cast(pa.large_string()).fill_null("").dictionary_encode()
        )
        numbers = self.of_lists(texts.indices.to_numpy(zero_copy_only=False)[self.rows], "query")
        return texts.dictionary.take(pa.array(numbers)).to_pylist()

    def ids(self, order: np.ndarray) -> Any:
        """The item ids of some candidates, as they were given."""
        rows, column = self.rows[order], self.columns["item_id"]
        array = arrow_column(column)
        return objects_of(list(column))[rows] if array is None else array.take(pa.array(rows))

    def answer(self, columns: dict[str, np.ndarray], k: int | None) -> dict[str, Any]:
        """Columns (candidates) by list, the highest score first; equal ones keep their order."""
        order = np.lexsort((-columns["score"], self.lists))
        ranks = np.arange(len(order), dtype=np.int64) - self.offsets[self.lists[order]] + 1
        if k is not None:
            order, ranks = order[ranks <= k], ranks[ranks <= k]
        found: dict[str, Any] = {}
        if self.key is not None and self.keys is not None:
            found[self.key] = self.keys.take(self.lists[order])
        found |= {"item_id": self.ids(order), "score": columns["score"][order], "rank": ranks}
        return found | {n: values[order] for n, values in columns.items() if n != "score"}

    def of_lists(self, values: np.ndarray, name: str) -> np.ndarray:
        """(candidates) -> (lists): what all candidates of a list have to agree in."""
        firsts = values[self.offsets[:-1]]
        wrong = np.flatnonzero(values != firsts[self.lists])
        if len(wrong):
            assert self.keys is not None
            number = np.array([self.lists[wrong[0]]])
            raise Error(
                f"candidates, row {self.rows[wrong[0]]}: found another {name} than in the first row "
                f"of {self.key} {list(self.keys.take(number))[0]}, expected one a list"
            )
        return firsts
