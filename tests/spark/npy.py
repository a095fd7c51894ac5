"""NumPy's files without NumPy, which the machines of CI lack."""

import array
import ast
import struct

_CODES = {"<f4": "f", "<f8": "d", "<u2": "H", "<u4": "I", "<i4": "i", "<u8": "Q", "<i8": "q", "|u1": "B"}


def load(path) -> list:
    """The values in one row, whatever the shape."""
    with open(path, "rb") as file:
        assert file.read(8) == b"\x93NUMPY\x01\x00", path
        header = ast.literal_eval(file.read(struct.unpack("<H", file.read(2))[0]).decode())
        values = array.array(_CODES[header["descr"]])
        values.frombytes(file.read())
    return values.tolist()


def names(directory, name: str) -> list[str]:
    """An id map of the engine: NAME.offsets and NAME.bytes."""
    raw = (directory / f"{name}.offsets").read_bytes()
    offsets = struct.unpack(f"<{len(raw) // 8}Q", raw)
    text = (directory / f"{name}.bytes").read_bytes()
    return [text[a:b].decode() for a, b in zip(offsets, offsets[1:])]
