"""A model of one's own becomes a checked bundle: PyTorch -> ONNX -> what kaskad evaluates and serves."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._kaskad import Error
from .bundle import BundleModel, load
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
    return load(path, dataset)


def export_torch(
    model: Any,
    example: Any,
    path: PathLike,
    *,
    input_names: Sequence[str] = ("history",),
    output_names: Sequence[str] = ("user",),
    dynamic_shapes: Any = None,
    tolerance: float = 1e-4,
) -> str:
    """A torch module as an ONNX file whose answers were compared with the module's own.

    Args:
        model: a torch.nn.Module; it is put into eval().
        example: its arguments, a tensor or a tuple of them, of batch size 2 or more.
        path: the file.
        dynamic_shapes: as of torch.export; None: the first dimension of each input is "batch", the second
            "length".
        tolerance: largest difference allowed between the file's output and the module's.

    Returns:
        The path. Raises Error where torch is missing or the answers differ.
    """
    try:
        import torch
    except ImportError:
        raise Error("export_torch needs torch; `pip install torch onnx onnxscript`") from None
    arguments = example if isinstance(example, tuple) else (example,)
    model = model.eval()
    if dynamic_shapes is None:
        names = ("batch", "length")
        dims = {name: torch.export.Dim(name) for name in names}
        dynamic_shapes = tuple(
            {axis: dims[names[axis]] for axis in range(min(argument.dim(), 2))}
            for argument in arguments
        )
    torch.onnx.export(
        model,
        arguments,
        os.fspath(path),
        input_names=list(input_names),
        output_names=list(output_names),
        dynamic_shapes=dynamic_shapes,
        dynamo=True,
        external_data=False,
    )
    with torch.no_grad():
        expected = model(*arguments)
    _compare(os.fspath(path), input_names, arguments, expected, tolerance)
    return os.fspath(path)


def _compare(
    path: str, names: Sequence[str], arguments: Sequence[Any], expected: Any, tolerance: float
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(
        None, {name: argument.detach().cpu().numpy() for name, argument in zip(names, arguments)}
    )
    outputs = expected if isinstance(expected, (tuple, list)) else (expected,)
    for number, (one, other) in enumerate(zip(found, outputs)):
        apart = float(np.abs(one - other.detach().cpu().numpy()).max()) if one.size else 0.0
        if not apart <= tolerance:
            raise Error(
                f"'{path}', output {number}: found a difference of {apart:.3g} to the module's, "
                f"expected at most {tolerance:.3g}"
            )
