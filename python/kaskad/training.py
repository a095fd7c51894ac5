"""Neural training, by the program `kaskad-train` (libtorch), and ensembles of what was trained."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ._grid import Grid
from ._kaskad import Error
from .bundle import BundleModel, made_bundle
from .dataset import Dataset, PathLike
from .serving import flags, pairs, run_program
from .splits import Split

__all__ = ["ensemble", "train"]


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

    `kaskad-train` does it, which links libtorch: a wheel has it, and finds libtorch in the wheel torch that
    `pip install 'kaskad[train]'` puts beside; or build it (`make`), and put it on the PATH, or name it in
    KASKAD_TRAIN_PROGRAM.

    Args:
        path: directory for the bundle, checkpoints and curves.
        model: "sasrec", "bert4rec" or "two_tower", over what the recipe says.
        recipe: TOML file, as `Grid.recipe` has it; None: the model's own.
        settings: of the recipe, over what the file says: {"epochs": 20, "dropout": 0.2}.
        resume: go on from the last checkpoint in `path`.
        device: "cpu", "cuda"; empty: what there is.
    """
    options = {
        "model": model or None,
        "set": pairs(settings),
        "resume": resume,
        "device": device or None,
        "split": split if isinstance(split, str) else split.text,
        "threads": threads,
        "runs": os.path.join(os.fspath(path), "runs"),
    }
    given = [] if recipe is None else [os.fspath(recipe)]
    arguments = [dataset.directory, *given, *flags(options), "-o", os.fspath(path)]
    run_program(arguments, "kaskad-train")
    bundle = os.path.join(os.fspath(path), "bundle")
    if not os.path.isdir(bundle):
        raise Error(f"the training left no bundle in '{os.fspath(path)}'")
    return made_bundle(bundle, dataset)


def ensemble(
    dataset: Dataset,
    runs: Sequence[Grid | BundleModel | PathLike],
    path: PathLike,
    *,
    split: Split | str = "leave-one-out",
    threads: int = 0,
) -> BundleModel:
    """One model of several runs, matrices and neural ones alike, by `kaskad ensemble`: weights fitted on
    validation, the gain over the best member cross-fitted and paired, the test looked at once.

    Args:
        runs: Grids, models that kaskad.train returned, or folders of `kaskad grid` and `kaskad train`; all
            of this dataset and split.
        path: directory for the bundle and its figures; what is known of them is in ensemble.json there.
    """
    folders = []
    for run in runs:
        if isinstance(run, Grid):
            folders.append(run.directory)
        elif isinstance(run, BundleModel):
            folders.append(os.path.dirname(os.path.abspath(run.path)))
        else:
            folders.append(os.fspath(run))
    text = split if isinstance(split, str) else split.text
    run_program(
        ["ensemble", dataset.directory, *folders, "--split", text, "--threads", str(threads)]
        + ["-o", os.fspath(path)]
    )
    return made_bundle(os.path.join(os.fspath(path), "bundle"), dataset)
