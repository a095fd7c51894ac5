"""Frames of features -> the engine's columns over dense numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import _kaskad
from ._frames import Columns
from ._ids import NOT_FOUND, Ids, texts_of
from ._kaskad import Error


def gather(
    frame: Any,
    key: str,
    ids: Ids,
    given: dict[str, str],
    keep_unknown: bool,
) -> tuple[_kaskad.FeatureColumns, Ids]:
    """The features of `ids`: with keep_unknown, of ids that only the frame has, too.

    A frame is wide, with a column `key` and one a feature, or long, with the columns id (or `key`),
    feature and value. Texts, booleans and lists of them are categories; numbers are numbers; lists of
    floats of one length are a vector.
    """
    out = _kaskad.FeatureColumns()
    if frame is None:
        return out, ids
    columns = Columns(frame, f"{key.removesuffix('_id')}_features")
    is_long = {"feature", "value"} <= set(columns.names)
    name = "id" if is_long and "id" in columns.names else columns.need(key, given)
    if keep_unknown:
        numbers, ids = ids.extended(columns[name], columns.what)
        found = numbers.astype(np.int64)
    else:
        found = ids.find(columns[name])
        unknown = int((found == NOT_FOUND).sum())
        if unknown:
            warnings.warn(
                f"{columns.what}: {unknown} rows are of ids without an interaction and were "
                "left out",
                stacklevel=4,
            )
    if is_long:
        _add_long(out, columns, found, len(ids))
        return out, ids
    row_of = _rows(found, len(ids), columns, name)
    for feature in columns.names:
        if feature != name:
            _add(out, columns, feature, row_of)
    return out, ids


def _rows(found: np.ndarray, ids: int, columns: Columns, name: str) -> pa.Array:
    """The row of each id (ids), null where it has none."""
    rows = np.full(ids, -1, np.int64)
    known = np.flatnonzero(found != NOT_FOUND)
    rows[found[known]] = known
    again = known[rows[found[known]] != known]
    if len(again):
        raise Error(
            f"{columns.what}, row {int(again[0])}: '{columns.arrow(name)[int(again[0])]}' again, "
            "expected every id once"
        )
    return pa.array(rows, mask=rows < 0)


def _add(out: _kaskad.FeatureColumns, columns: Columns, feature: str, row_of: pa.Array) -> None:
    array = columns.arrow(feature)
    if not isinstance(feature, str):
        raise Error(f"{columns.what}: found the column {feature!r}, expected texts as names")
    kind = array.type
    values = array.take(row_of)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        out.add_dense(feature, 1, _floats(values))
    elif _is_list(kind) and pa.types.is_floating(kind.value_type):
        dimension, flat = _vectors(values, f"{columns.what}, column '{feature}'")
        out.add_dense(feature, dimension, flat)
    elif _is_list(kind):
        _add_categories(
            out,
            feature,
            pc.list_flatten(values),
            pc.list_value_length(values).fill_null(0).to_numpy().astype(np.uint64),
        )
    elif pa.types.is_temporal(kind):
        raise Error(
            f"{columns.what}, column '{feature}': found {kind}, expected numbers or texts; "
            "make days or years of it"
        )
    else:
        valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
        _add_categories(out, feature, values.drop_null(), valid.astype(np.uint64))


def _add_long(out: _kaskad.FeatureColumns, columns: Columns, found: np.ndarray, ids: int) -> None:
    features = columns.arrow("feature").cast(pa.large_string()).dictionary_encode()
    values = columns.arrow("value").cast(pa.large_string())
    of_row = features.indices.to_numpy()
    for code, feature in enumerate(features.dictionary.to_pylist()):
        rows = np.flatnonzero((of_row == code) & (found != NOT_FOUND))
        rows = rows[np.argsort(found[rows], kind="stable")]
        lengths = np.bincount(found[rows], minlength=ids).astype(np.uint64)
        _add_categories(out, feature, values.take(pa.array(rows)), lengths)


def _add_categories(
    out: _kaskad.FeatureColumns, feature: str, values: pa.Array, lengths: np.ndarray
) -> None:
    """`values` of all ids one behind the other; id i has lengths[i] of them."""
    encoded = values.cast(pa.large_string()).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if encoded.null_count:
        raise Error(f"feature '{feature}': a list holds nothing in one of its places")
    offsets = np.concatenate([np.zeros(1, np.uint64), np.cumsum(lengths, dtype=np.uint64)])
    out.add_categorical(
        feature, texts_of(encoded.dictionary), offsets, encoded.indices.to_numpy().astype(np.uint32)
    )


def _floats(values: pa.Array) -> np.ndarray:
    return np.ascontiguousarray(
        values.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float32
    )


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _vectors(values: pa.Array, what: str) -> tuple[int, np.ndarray]:
    """Lists of one length as (ids * length) numbers, NaN where there is no list."""
    if pa.types.is_fixed_size_list(values.type):
        values = values.cast(pa.list_(values.type.value_type))
    lengths = pc.list_value_length(values)
    known = lengths.drop_null().to_numpy()
    if len(known) == 0 or (known != known[0]).any() or known[0] == 0:
        raise Error(
            f"{what}: found lists of {sorted(set(known.tolist()))[:3]} numbers, expected vectors of "
            "one length"
        )
    out = np.full((len(values), int(known[0])), np.nan, np.float32)
    valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
    out[valid] = _floats(pc.list_flatten(values)).reshape(-1, out.shape[1])
    return out.shape[1], out.reshape(-1)
