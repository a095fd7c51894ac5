"""A ranker of one's own becomes a checked bundle: ONNX files, CatBoost models, XGBoost models."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._kaskad import Error
from ._settings import num_threads
from ._xgboost_file import compare_with_xgboost, xgboost_file
from .dataset import PathLike
from .impressions import Impressions
from .rankers import Ranker, made_ranker
from .serving import flags, run_program

__all__ = ["ranker_from_onnx", "ranker_from_xgboost"]


def ranker_from_onnx(
    model: Any,
    lists: Impressions,
    path: PathLike,
    *,
    features: Sequence[str] | None = None,
    mapping: Mapping[str, Any] | PathLike | None = None,
    score_of: Sequence[Ranker | PathLike] = (),
) -> Ranker:
    """An ONNX file that scores candidates, or a fitted CatBoost model, as a ranker: checked against the
    mapping, measured on the validation lists, with golden lists that every load repeats.

    Args:
        model: the file; or a CatBoost model, which is saved as ONNX for it (of a classifier this needs the
            package onnx); None where `mapping` is a file, which names its graph.
        path: directory of the bundle.
        features: of a model over rows of ranking features, as trees are: their names in its order. None:
            those that a CatBoost model was fitted with by name, or all of `lists.features()`.
        mapping: what each input and output means, for a model of any inputs: a dict {"style": "lists",
            "history": {"length": 30}, "inputs": {"events": {"source": "history.items"}, ...}, "heads":
            [...]} with the keys of docs/onnx.md but `graph`, or the path of such a TOML file.
        score_of: rankers whose scores are ranking features, too.
    """
    with tempfile.TemporaryDirectory(prefix="kaskad-ranker-") as folder:
        if hasattr(model, "save_model"):
            features = features or _named_features(model)
            model = _save_catboost(model, os.path.join(folder, "catboost.onnx"))
        options: dict[str, Any] = {"score_of": list(score_of), "threads": num_threads()}
        if mapping is None:
            if model is None:
                raise Error("ranker_from_onnx: found neither a model nor a mapping")
            options |= {"graph": os.fspath(model), "features": ",".join(features or ()) or None}
        elif features is not None:
            raise Error("found both features and a mapping, expected the columns in the mapping")
        elif isinstance(mapping, Mapping):
            options["mapping"] = _write_mapping(mapping, os.fspath(model), folder)
        elif model is not None:
            raise Error(
                f"found a model beside the mapping '{os.fspath(mapping)}', expected None: it names its graph"
            )
        else:
            options["mapping"] = os.fspath(mapping)
        run_program(
            ["train-ranker", "onnx", lists.dataset.directory, lists.directory, *flags(options)]
            + ["-o", os.fspath(path)]
        )
    return made_ranker(path, lists.dataset)


def ranker_from_xgboost(
    model: Any, lists: Impressions, path: PathLike, *, features: Sequence[str] | None = None
) -> Ranker:
    """Trees of XGBoost over `lists.features()` as a ranker. The scores of a fitted model are compared with
    those that it gives itself.

    Args:
        model: a Booster, an XGBRanker or its like, or a .json file, of any version; or a .ubj file,
            of XGBoost before 2.0 where it is a ranker's.
        features: names of its features in its order; None: as the model has them, or all.
    """
    with tempfile.TemporaryDirectory(prefix="kaskad-ranker-") as folder:
        options = {
            "model": xgboost_file(model, folder),
            "model_features": ",".join(features or ()) or None,
            "threads": num_threads(),
        }
        run_program(
            ["train-ranker", "gbdt", lists.dataset.directory, lists.directory, *flags(options)]
            + ["-o", os.fspath(path)]
        )
    ranker = made_ranker(path, lists.dataset)
    if hasattr(model, "save_model"):
        compare_with_xgboost(ranker, model, lists, features)
    return ranker


def _named_features(model: Any) -> list[str] | None:
    """The names of the columns that CatBoost was fitted with; it calls those of an array by their numbers."""
    names = [str(name) for name in getattr(model, "feature_names_", None) or []]
    return None if names == [str(place) for place in range(len(names))] else names


def _save_catboost(model: Any, file: str) -> str:
    library = type(model).__module__.partition(".")[0]
    if library in ("xgboost", "lightgbm"):
        raise Error(
            f"ranker_from_onnx: found {type(model).__name__} of {library}, expected a file or a CatBoost "
            "model; ranker_from_xgboost takes those of XGBoost, onnxmltools writes files of LightGBM's"
        )
    model.save_model(file, format="onnx")
    if hasattr(model, "predict_proba"):
        _drop_zipmap(file)
    return file


def _drop_zipmap(file: str) -> None:
    """A classifier gives its probabilities as a map a row, and no option of CatBoost leaves that out: the
    tensor behind that node becomes the output in its place."""
    try:
        import onnx
    except ImportError:
        raise Error(
            "a CatBoost classifier needs onnx to become a ranker; `pip install onnx`"
        ) from None
    model = onnx.load(file)
    graph = model.graph
    node = next((one for one in graph.node if one.op_type == "ZipMap"), None)
    if node is None:
        return
    shape = [None, 2]
    tensor = onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, shape)
    kept = [output for output in graph.output if output.name not in node.output]
    del graph.output[:]
    graph.output.extend([*kept, tensor])
    graph.node.remove(node)
    onnx.save(model, file)


def _write_mapping(mapping: Mapping[str, Any], graph: str, folder: str) -> str:
    """The dict as the TOML file that the engine reads, beside its graph."""
    if "graph" in mapping:
        raise Error("mapping: found 'graph' in the dict, expected the file as the model")
    beside = Path(folder) / Path(graph).name
    if not beside.exists():
        beside.symlink_to(Path(graph).absolute())
    said = {"graph": beside.name, **mapping}
    if "counters" in said:
        said["counters"] = os.path.abspath(said["counters"])
    if "tokens" in said.get("query", {}):
        said["query"] = {**said["query"], "tokens": os.path.abspath(said["query"]["tokens"])}
    text = "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in said.items())
    file = Path(folder) / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def _toml(value: Any) -> str:
    """Texts are written alike in JSON and TOML; tables stand in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return json.dumps(value, ensure_ascii=False)
