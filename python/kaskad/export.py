"""A model of one's own becomes a checked bundle: PyTorch -> ONNX -> what kaskad evaluates and serves."""

from __future__ import annotations

import inspect
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._kaskad import Error
from .bundle import BundleModel, made_bundle
from .dataset import Dataset, PathLike
from .serving import run_program
from .splits import Split

__all__ = ["bundle_from_onnx", "export_torch"]


def bundle_from_onnx(
    onnx: PathLike,
    items: Any,
    dataset: Dataset,
    path: PathLike,
    *,
    inputs: Mapping[str, Any] | None = None,
    output: str = "user",
    split: Split | str = "leave-one-out",
    architecture: str = "",
    index: str = "auto",
) -> BundleModel:
    """An ONNX file that turns a history into a vector, and vectors of items, as a bundle.

    The engine checks shapes and types, that padding does not change an answer, and builds an index that it
    measures; the bundle carries golden requests that a server verifies. score = <user, item>.

    Args:
        onnx: its input int64 (batch, length) holds item + 1, the newest last, 0 to the left of them; its
            output is float (batch, dimension).
        items: (num_items, dimension) float32, in the order of dataset.item_ids.
        path: directory of the bundle.
        inputs: names and forms of the inputs: {"tokens": "history", "gaps": "", "max_history": 200,
            "begin_token": False, "fixed_length": False, "drop_unlearned": False}, of which these are the
            defaults.
        output: name of the output.
        split: of what it was trained on: the bundle stores histories up to its test.
        index: "exact", "int8", "hnsw" or "auto".
    """
    vectors = np.ascontiguousarray(items, np.float32)
    if vectors.ndim != 2 or len(vectors) != dataset.num_items:
        raise Error(
            f"items: found the shape {vectors.shape}, expected ({dataset.num_items}, dimension)"
        )
    config = {
        "architecture": architecture,
        "dimension": vectors.shape[1],
        "output": output,
        "index": index,
        "inputs": dict(inputs or {}),
    }
    with tempfile.TemporaryDirectory(prefix="kaskad-bundle-") as folder:
        np.save(os.path.join(folder, "items.npy"), vectors)
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        run_program(
            [
                "bundle",
                "--onnx",
                os.fspath(onnx),
                "--items",
                f"{folder}/items.npy",
                "--config",
                f"{folder}/config.json",
                "--dataset",
                dataset.directory,
                "--split",
                split if isinstance(split, str) else split.text,
                "-o",
                os.fspath(path),
            ]
        )
    return made_bundle(path, dataset)


def export_torch(
    model: Any,
    example: Any,
    path: PathLike,
    *,
    input_names: Sequence[str] = ("history",),
    output_names: Sequence[str] = ("user",),
    dynamic_shapes: Sequence[Mapping[int, str]] | None = None,
    tolerance: float = 1e-4,
) -> str:
    """A torch module as an ONNX file whose answers were compared with the module's own.

    Args:
        model: a torch.nn.Module; it is put into eval().
        example: its arguments, a tensor or a tuple of them; dimensions that stay free are 2 or more.
        path: the file.
        dynamic_shapes: for each input the dimensions that stay free, by names, where one name is one
            length: ({}, {1: "candidates"}) keeps an input as the example has it. None: the first dimension
            of each input is "batch", the second "length".
        tolerance: largest difference allowed between the file's output and the module's.

    Returns:
        The path. Raises Error where torch is missing or the answers differ.
    """
    try:
        import torch
    except ImportError:
        raise Error("export_torch needs torch; `pip install torch onnx onnxscript`") from None
    arguments = example if isinstance(example, tuple) else (example,)
    free = _free_dimensions(arguments, input_names, dynamic_shapes)
    model = model.eval()
    torch.onnx.export(
        model,
        arguments,
        os.fspath(path),
        input_names=list(input_names),
        output_names=list(output_names),
        **_exporter(torch, input_names, free),
    )
    with torch.no_grad():
        expected = model(*arguments)
    _compare(os.fspath(path), input_names, arguments, expected, tolerance)
    return os.fspath(path)


def _free_dimensions(
    arguments: Sequence[Any],
    input_names: Sequence[str],
    given: Sequence[Mapping[int, str]] | None,
) -> list[dict[int, str]]:
    """For each argument the names of its dimensions that are not those of the example."""
    if given is None:
        names = ("batch", "length")
        given = [{axis: names[axis] for axis in range(min(one.dim(), 2))} for one in arguments]
    for what, found in (("input_names", input_names), ("dynamic_shapes", given)):
        if len(found) != len(arguments):
            raise Error(f"{what}: found {len(found)}, expected {len(arguments)}, one an input")
    return [dict(one) for one in given]


def _exporter(torch: Any, names: Sequence[str], free: list[dict[int, str]]) -> dict[str, Any]:
    """The arguments of torch.onnx.export that say what is free. It takes the module apart by
    torch.export where torch is of 2.5 or later, and traces it where it is older."""
    if "dynamic_shapes" not in inspect.signature(torch.onnx.export).parameters:
        return {"dynamic_axes": dict(zip(names, free))}
    dims = {name: torch.export.Dim(name) for one in free for name in one.values()}
    shapes = tuple({axis: dims[name] for axis, name in one.items()} for one in free)
    return {"dynamic_shapes": shapes, "dynamo": True, "external_data": False}


def _compare(
    path: str, names: Sequence[str], arguments: Sequence[Any], expected: Any, tolerance: float
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(
        None, {name: _array_of(argument) for name, argument in zip(names, arguments)}
    )
    outputs = expected if isinstance(expected, (tuple, list)) else (expected,)
    for number, (one, other) in enumerate(zip(found, outputs)):
        apart = float(np.abs(one - _array_of(other)).max()) if one.size else 0.0
        if not apart <= tolerance:
            raise Error(
                f"'{path}', output {number}: found a difference of {apart:.3g} to the module's, "
                f"expected at most {tolerance:.3g}"
            )


def _array_of(tensor: Any) -> np.ndarray:
    """Tensor.numpy() is missing where torch was compiled for another NumPy; DLPack knows no such thing,
    but no truth values either."""
    plain = tensor.detach().cpu().contiguous()
    if str(plain.dtype) == "torch.bool":
        return np.from_dlpack(plain.char()).astype(bool)
    return np.from_dlpack(plain)
