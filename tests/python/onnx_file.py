"""Small ONNX files, written byte by byte."""

import numpy as np


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """An integer, or bytes and texts with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value_info(name, kind, dims):
    shape = b"".join(
        field(1, field(1, dim) if isinstance(dim, int) else field(2, dim)) for dim in dims
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def tensor(name, array):
    kind = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}[array.dtype]
    dims = b"".join(field(1, length) for length in array.shape)
    return dims + field(2, kind) + field(8, name) + field(9, array.tobytes())


def node(kind, inputs, output, attributes=b""):
    named = b"".join(field(1, name) for name in inputs)
    return named + field(2, output) + field(4, kind) + attributes


def integer(name, value):
    return field(5, field(1, name) + field(3, value) + field(20, 2))


def sum_of_vectors(vectors):
    """`vectors` (items + 1, dimension): row 0 is padding's. history -> user, as bytes."""
    return model(
        field(1, node("Gather", ["vectors", "history"], "places", integer("axis", 0)))
        + field(1, node("ReduceSum", ["places", "axes"], "user", integer("keepdims", 0)))
        + field(2, "sum")
        + field(5, tensor("vectors", vectors))
        + field(5, tensor("axes", np.array([1], np.int64)))
        + field(11, value_info("history", 7, ["batch", "length"]))
        + field(12, value_info("user", 1, ["batch", vectors.shape[1]]))
    )


def score_of_items(scores):
    """`scores` (items + 1) float32: what each item gets, whoever asks; [0] of an unknown one.
    candidates (n) -> scores (n), as bytes."""
    return model(
        field(1, node("Gather", ["table", "candidates"], "scores", integer("axis", 0)))
        + field(2, "table")
        + field(5, tensor("table", scores))
        + field(11, value_info("candidates", 7, ["n"]))
        + field(12, value_info("scores", 1, ["n"]))
    )


def less_of_a_feature(column):
    """rows (n, features) -> -rows[:, column], 0 where it is not known (n, 1), as bytes."""
    return model(
        field(1, node("Gather", ["rows", "column"], "values", integer("axis", 1)))
        + field(1, node("IsNaN", ["values"], "unknown"))
        + field(1, node("Where", ["unknown", "zero", "values"], "known"))
        + field(1, node("Neg", ["known"], "scores"))
        + field(2, "less")
        + field(5, tensor("column", np.array([column], np.int64)))
        + field(5, tensor("zero", np.array([0], np.float32)))
        + field(11, value_info("rows", 1, ["n", "features"]))
        + field(12, value_info("scores", 1, ["n", 1]))
    )


def model(graph):
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))
