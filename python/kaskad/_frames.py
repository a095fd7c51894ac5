"""Frames in and out: pandas, polars and Arrow tables, whatever is installed."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyarrow as pa

from ._kaskad import Error

#: Names that a column may have, the surest first.
COLUMNS = {
    "user_id": ("user_id",),
    "item_id": ("item_id",),
    "weight": ("weight", "rating"),
    "datetime": ("datetime", "timestamp"),
}


def to_arrow(column: Any) -> pa.Array:
    """Any column as one Arrow array without dictionaries or views. Raises what pyarrow raises where
    Arrow has no type for it."""
    if hasattr(column, "to_arrow"):  # polars
        column = column.to_arrow()
    array = (
        column
        if isinstance(column, (pa.Array, pa.ChunkedArray))
        else pa.array(column, from_pandas=True)
    )
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # of no chunk
        array = pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        values = _plain_texts(array.dictionary)
        array = pa.DictionaryArray.from_arrays(array.indices, values).dictionary_decode()
    return _plain_texts(array)


def _plain_texts(array: pa.Array) -> pa.Array:
    return array.cast(pa.large_string()) if pa.types.is_string_view(array.type) else array


def kind_of(frame: Any) -> str:
    """Whose frame it is: "pandas", "polars" or "pyarrow" (all others)."""
    module = type(frame).__module__.partition(".")[0]
    return module if module in ("pandas", "polars") else "pyarrow"


def default_kind() -> str:
    """Of answers to nobody's frame: of the library that is loaded."""
    return next((name for name in ("pandas", "polars") if name in sys.modules), "pyarrow")


def make_frame(kind: str, columns: dict[str, Any]) -> Any:
    """Columns (Arrow or NumPy arrays) as a frame of that library."""
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(
            {
                name: column.to_pandas() if isinstance(column, pa.Array) else column
                for name, column in columns.items()
            }
        )
    if kind == "polars":
        import polars

        return polars.DataFrame(
            {
                name: polars.from_arrow(column)
                if isinstance(column, pa.Array)
                else polars.Series(list(column), dtype=polars.Object)
                if column.dtype == object
                else column
                for name, column in columns.items()
            }
        )
    for name, column in columns.items():
        if isinstance(column, np.ndarray) and column.dtype == object:
            raise Error(f"column {name}: Arrow holds no such objects; install pandas or polars")
    return pa.table(columns)


def frame_of_lists(kind: str, columns: dict[str, list[Any]]) -> Any:
    """Columns of Python values, None where there is none, as a frame of that library."""
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(columns)
    if kind == "polars":
        import polars

        return polars.DataFrame(columns, strict=False)
    return make_frame(kind, {name: _uniform(values) for name, values in columns.items()})


def _uniform(values: list[Any]) -> list[Any]:
    """What Arrow takes: texts where kinds are mixed."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float, bool} or len(kinds) <= 1:
        return values
    return [None if value is None else str(value) for value in values]


class Columns:
    """The columns of any frame, by name."""

    def __init__(self, frame: Any, what: str):
        self.what = what
        self.kind = kind_of(frame)
        if self.kind == "pyarrow" and not isinstance(frame, dict):
            frame = _table(frame, what)
        self._frame = frame
        self.names = list(
            frame.keys()
            if isinstance(frame, dict)
            else frame.column_names
            if isinstance(frame, pa.Table)
            else frame.columns
        )

    def __getitem__(self, name: str) -> Any:
        if isinstance(self._frame, pa.Table):
            return self._frame.column(name)
        return self._frame[name]

    def find(self, usual: str, given: dict[str, str]) -> str | None:
        """The name of the column that is `usual` elsewhere; one that was named must be there."""
        names = (given[usual],) if usual in given else COLUMNS.get(usual, (usual,))
        found = next((name for name in names if name in self.names), None)
        if found is None and usual in given:
            raise Error(
                f"{self.what}: found the columns {', '.join(map(str, self.names))}, expected "
                f"'{given[usual]}' among them"
            )
        return found

    def need(self, usual: str, given: dict[str, str]) -> str:
        found = self.find(usual, given)
        if found is None:
            raise Error(
                f"{self.what}: found the columns {', '.join(map(str, self.names))}, expected "
                f"'{usual}' among them; columns={{'{usual}': ...}} names another"
            )
        return found

    def arrow(self, name: str) -> pa.Array:
        """One column as one Arrow array. Raises Error where Arrow has no type for it."""
        try:
            return to_arrow(self[name])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as fault:
            raise Error(f"{self.what}, column '{name}': {fault}") from None


def _table(frame: Any, what: str) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    try:
        if isinstance(frame, pa.RecordBatch):
            return pa.Table.from_batches([frame])
        return pa.table(frame)
    except (TypeError, ValueError) as fault:
        raise Error(
            f"{what}: found {type(frame).__name__}, expected a frame of pandas, polars or "
            f"Arrow, or columns by name ({fault})"
        ) from None


def times_of(array: pa.Array, what: str) -> tuple[np.ndarray, bool]:
    """Milliseconds since 1970 UTC (n) int64, or order numbers; whether they are of a clock."""
    if array.null_count:
        raise Error(f"{what}: {array.null_count} rows hold no time")
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            array = array.cast(pa.large_string()).cast(pa.timestamp("ms"))
        except pa.ArrowInvalid as fault:
            raise Error(f"{what}: {fault}") from None
    elif pa.types.is_date(kind):
        array = array.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(array.type):
        unit = pa.timestamp("ms", array.type.tz)
        return array.cast(unit, safe=False).cast(pa.int64()).to_numpy(zero_copy_only=False), True
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise Error(f"{what}: found {kind}, expected times or numbers")
    return _times_of_numbers(array.to_numpy(zero_copy_only=False), what)


def times_like(has_clock: bool, column: Any, what: str) -> np.ndarray:
    """Times (n) int64 of the kind that a log has: of a clock, or order numbers."""
    times, clock = times_of(to_arrow(column), what)
    if clock != has_clock:
        kinds = {True: "times of a clock", False: "numbers that only order"}
        raise Error(f"{what}: found {kinds[clock]}, expected {kinds[has_clock]}, as the log has")
    return times


def _times_of_numbers(numbers: np.ndarray, what: str) -> tuple[np.ndarray, bool]:
    """By their size, as the engine reads files: order, seconds, milli-, micro-, nanoseconds."""
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise Error(f"{what}: a time is no number")
    sizes = np.searchsorted([1e8, 1e11, 1e14, 1e17], np.abs(numbers).astype(np.float64), "right")
    if len(sizes) == 0:
        return numbers.astype(np.int64), False
    if (sizes != sizes[0]).any():
        row = int(np.flatnonzero(sizes != sizes[0])[0])
        raise Error(
            f"{what}: found {numbers[0]} and, in row {row}, {numbers[row]}; mixed units of time "
            "are refused, give them as a datetime column"
        )
    if sizes[0] == 0:
        return numbers.astype(np.int64), False
    if sizes[0] == 1:
        return (numbers * 1000).astype(np.int64), True
    return (numbers // {2: 1, 3: 1000, 4: 1_000_000}[int(sizes[0])]).astype(np.int64), True
