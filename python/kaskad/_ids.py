"""Ids of any hashable type <-> the engine's dense numbers and its names."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ._frames import to_arrow
from ._kaskad import Error

Texts = tuple[np.ndarray, np.ndarray]
NOT_FOUND = -1


def texts_of(array: pa.Array) -> Texts:
    """Arrow strings as offsets (n + 1) int64 into bytes, uint8; without a copy where they are so."""
    array = pa.concat_arrays([array.cast(pa.large_string())])  # without an offset of its own
    _, offsets, data = array.buffers()
    begins = np.frombuffer(offsets, np.int64, len(array) + 1)
    return begins, np.frombuffer(data or b"", np.uint8)


def array_of(texts: Texts) -> pa.Array:
    """The reverse: the engine's memory seen as an Arrow array."""
    offsets, data = texts
    if len(offsets) < 2:
        return pa.array([], pa.large_string())
    return pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data)
    )


class Ids:
    """Ids by their numbers. Immutable; what goes in as an int64 column comes out as one."""

    def __init__(self, values: pa.Array | list[Hashable]):
        self._values = values
        self._index: dict[Hashable, int] | None = None

    @classmethod
    def of_texts(cls, texts: Texts, type_name: str | None = None) -> Ids:
        """Of names that the engine keeps; `type_name` as type_name() gave it."""
        array = array_of(texts)
        if type_name and type_name not in ("string", "large_string"):
            array = array.cast(pa.type_for_alias(type_name))
        return cls(array)

    @classmethod
    def encode(cls, column: Any, name: str) -> tuple[np.ndarray, Ids]:
        """Numbers (rows) uint32 in the order of first appearance, and their ids."""
        array = arrow_column(column)
        if array is None:
            return cls._encode_objects(column, name)
        if array.null_count:
            row = pc.index(pc.is_null(array), True).as_py()
            raise Error(f"{name}, row {row}: found nothing, expected an id")
        encoded = array.dictionary_encode()
        return encoded.indices.to_numpy().astype(np.uint32), cls(encoded.dictionary)

    @classmethod
    def _encode_objects(cls, column: Iterable[Hashable], name: str) -> tuple[np.ndarray, Ids]:
        index: dict[Hashable, int] = {}
        numbers = np.empty(len(column), np.uint32)  # type: ignore[arg-type]
        for row, value in enumerate(column):
            if value is None or value != value:
                raise Error(f"{name}, row {row}: found {value!r}, expected an id")
            try:
                numbers[row] = index.setdefault(value, len(index))
            except TypeError:
                raise Error(
                    f"{name}, row {row}: found {value!r}, expected something hashable"
                ) from None
        return numbers, cls(list(index))

    def __len__(self) -> int:
        return len(self._values)

    @property
    def values(self) -> pa.Array | np.ndarray:
        """All ids in the order of their numbers: an Arrow array, or one of Python objects."""
        return self._values if isinstance(self._values, pa.Array) else objects_of(self._values)

    def extended(self, column: Any, name: str) -> tuple[np.ndarray, Ids]:
        """Numbers of `column`, and these ids with those behind them that were not among them."""
        found = self.find(column)
        if not (found == NOT_FOUND).any():
            return found.astype(np.uint32), self
        fresh = np.flatnonzero(found == NOT_FOUND)
        array = arrow_column(column)
        if isinstance(self._values, pa.Array) and array is not None:
            numbers, ids = Ids.encode(array.take(pa.array(fresh)), name)
            fresh_values = ids._values.cast(self._values.type)  # type: ignore[union-attr]
            joined = Ids(pa.concat_arrays([self._values, fresh_values]))
        else:
            values = list(column) if array is None else array.to_pylist()
            numbers, ids = Ids._encode_objects([values[i] for i in fresh], name)
            joined = Ids(self._objects_list() + ids._values)
        found[fresh] = len(self) + numbers.astype(np.int64)
        return found.astype(np.uint32), joined

    def find(self, column: Any) -> np.ndarray:
        """Numbers (n) int64; NOT_FOUND where there is no such id."""
        if isinstance(self._values, pa.Array) and len(column) > 16:
            array = arrow_column(column)
            if array is not None:
                found = self._find_array(array)
                if found is not None:
                    return found
        if self._index is None:
            self._index = {value: number for number, value in enumerate(self._objects_list())}
        values = column.to_pylist() if isinstance(column, (pa.Array, pa.ChunkedArray)) else column
        return np.fromiter(
            (self._index.get(_plain(value), NOT_FOUND) for value in values), np.int64, len(values)
        )

    def _find_array(self, array: pa.Array) -> np.ndarray | None:
        """None where Arrow would compare otherwise than Python does."""
        values = self.values
        if not isinstance(values, pa.Array) or not _alike(array.type, values.type):
            return None
        try:
            array = array.cast(values.type)
        except pa.ArrowInvalid:  # a number that does not fit
            return None
        found = pc.index_in(array, value_set=values)
        return found.fill_null(NOT_FOUND).to_numpy().astype(np.int64)

    def numbers(self, column: Any, what: str) -> np.ndarray:
        """Numbers (n) uint32, of all ids for None. Raises Error naming the first id that there is not."""
        if column is None:
            return np.arange(len(self), dtype=np.uint32)
        need_column(column, what)
        found = self.find(column)
        refuse_unknown(found, column, what)
        return found.astype(np.uint32)

    def take(self, numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array | np.ndarray:
        """The ids of numbers (n); nothing where `missing` (n) is true."""
        if isinstance(self._values, pa.Array):
            return self._values.take(pa.array(numbers, mask=missing))
        if missing is None:
            return objects_of(self._values)[numbers]
        found = np.full(len(numbers), None, object)
        found[~missing] = objects_of(self._values)[numbers[~missing]]
        return found

    def names(self, column: Any) -> pa.Array:
        """What the engine calls each of `column`; an id that is not among these by its str()."""
        found, names = self.find(column), array_of(self.texts())
        places = pa.array(np.maximum(found, 0), mask=found == NOT_FOUND)
        values = column.to_pylist() if isinstance(column, (pa.Array, pa.ChunkedArray)) else column
        others = pa.array([None if v is None or v != v else str(v) for v in values], names.type)
        return pc.coalesce(names.take(places), others)

    def texts(self) -> Texts:
        """The names under which the engine, its bundles and a server know them; all distinct."""
        if isinstance(self._values, pa.Array):
            return texts_of(self._values)
        names = [str(value) for value in self._values]
        if len(set(names)) < len(names):
            names = [f"{type(value).__name__}:{value!r}" for value in self._values]
        if len(set(names)) < len(names):
            raise Error(
                "ids: some differ, but not in what they print; give them as texts or numbers"
            )
        return texts_of(pa.array(names, pa.large_string()))

    def type_name(self) -> str | None:
        """What turns the names into the ids again; None where they stay texts."""
        if not isinstance(self._values, pa.Array):
            return None
        kind = self._values.type
        plain = (
            pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
        )
        return str(kind) if plain else None

    def _objects_list(self) -> list[Hashable]:
        return self._values.to_pylist() if isinstance(self._values, pa.Array) else self._values


def same_texts(one: Ids, other: Ids) -> bool:
    """Whether the engine knows both by the same names in the same order."""
    if len(one) != len(other):
        return False
    return all(np.array_equal(a, b) for a, b in zip(one.texts(), other.texts()))


def need_same_items(one: Ids, other: Ids, path: str, whose: str = "the dataset") -> None:
    """Raises Error where the model of `path` numbers other items, or otherwise."""
    if not same_texts(one, other):
        raise Error(f"'{path}' knows other items than {whose}, or in another order")


def need_column(column: Any, what: str) -> None:
    """Raises Error where one id was given in place of some."""
    if isinstance(column, (str, bytes)) or not hasattr(column, "__len__"):
        raise Error(f"{what}: found {column!r}, expected a list or a column of ids")


def refuse_unknown(
    found: np.ndarray, column: Any, what: str, allowed: np.ndarray | None = None
) -> None:
    """Raises Error naming the first of `column` that was not found and is not `allowed` (n) to be so."""
    missing = np.flatnonzero((found == NOT_FOUND) & (True if allowed is None else ~allowed))
    if len(missing):
        value = _at(column, int(missing[0]))
        raise Error(
            f"{what}: found {value!r}, which is no id here"
            + (f", as {len(missing)} of {len(found)}" if len(missing) > 1 else "")
        )


def is_null(column: Any) -> np.ndarray:
    """(n) whether there is nothing in its place."""
    array = arrow_column(column)
    if array is None:
        return np.fromiter((v is None or v != v for v in column), bool, len(column))
    return pc.is_null(array).to_numpy(zero_copy_only=False)


def arrow_column(column: Any) -> pa.Array | None:
    """A column as one Arrow array of plain values; None where only Python can hold them."""
    try:
        array = to_arrow(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return None
    kind = array.type
    plain = (
        pa.types.is_integer(kind)
        or _is_text(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_temporal(kind)
    )
    return array if plain else None


def objects_of(values: Sequence[Hashable]) -> np.ndarray:
    """One object an id: np.array() would make a second dimension of tuples."""
    out = np.empty(len(values), object)
    for number, value in enumerate(values):
        out[number] = value
    return out


def _alike(one: pa.DataType, other: pa.DataType) -> bool:
    for kind in (pa.types.is_integer, _is_text):
        if kind(one) and kind(other):
            return True
    return one == other


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _at(column: Any, row: int) -> Any:
    if hasattr(column, "iloc"):
        column = column.iloc
    value = column[row]
    return value.as_py() if isinstance(value, pa.Scalar) else _plain(value)
