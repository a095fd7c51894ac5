"""Neural training: the program `kaskad-train` (libtorch), started from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ._kaskad import Error
from .bundle import BundleModel, load
from .dataset import Dataset, PathLike
from .serving import run_program
from .splits import Split

__all__ = ["train"]


def train(
    dataset: Dataset,
    path: PathLike,
    *,
    model: str = "",
    recipe: PathLike | None = None,
    settings: Mapping[str, Any] | None = None,
    split: Split | str = "leave-one-out",
    resume: bool = False,
    threads: int = 0,
    device: str = "",
) -> BundleModel:
    """Trains a neural retriever and returns what was exported, as ONNX; no torch is loaded here.

    `kaskad-train` does it, which links libtorch: build it (`make`), and put it beside `kaskad`, on the
    PATH, or name it in KASKAD_TRAIN_PROGRAM. Wheels do not carry it.

    Args:
        path: directory for the bundle, checkpoints and curves.
        model: "sasrec", "bert4rec" or "two_tower", over what the recipe says.
        recipe: TOML file, as `Grid.recipe` has it; None: the model's own.
        settings: of the recipe, over what the file says: {"epochs": 20, "dropout": 0.2}.
        resume: go on from the last checkpoint in `path`.
        device: "cpu", "cuda"; empty: what there is.
    """
    arguments = [dataset.directory]
    if recipe is not None:
        arguments.append(os.fspath(recipe))
    if model:
        arguments += ["--model", model]
    for name, value in (settings or {}).items():
        arguments += ["--set", f"{name}={_text(value)}"]
    if resume:
        arguments.append("--resume")
    if device:
        arguments += ["--device", device]
    arguments += [
        "--split",
        split if isinstance(split, str) else split.text,
        "--threads",
        str(threads),
        "--runs",
        os.path.join(os.fspath(path), "runs"),
        "-o",
        os.fspath(path),
    ]
    run_program(arguments, "kaskad-train")
    bundle = os.path.join(os.fspath(path), "bundle")
    if not os.path.isdir(bundle):
        raise Error(f"the training left no bundle in '{os.fspath(path)}'")
    return load(bundle, dataset)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
