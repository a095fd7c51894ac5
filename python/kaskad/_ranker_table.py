"""kaskad.evaluate_rankers: rankers on the same stored lists, paired list by list."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._findings import Findings
from ._frames import frame_of_lists
from ._grid import Grid
from ._kaskad import Error
from ._settings import num_threads
from .dataset import PathLike
from .impressions import Impressions
from .model import Model
from .rankers import Ranker
from .serving import bundle_of, flags, run_program

__all__ = ["RankerTable", "evaluate_rankers"]


class RankerTable(Findings):
    """What rankers did on the same lists. In a notebook it shows its page.

    Attributes:
        verdict: who is in front, and from whom it cannot be told apart.
        details: as `kaskad eval-ranker --json` prints it.
        report: the page with plots, one self-contained HTML text.
    """

    @property
    def definitions(self) -> dict[str, str]:
        """What each metric is, in words."""
        return self.details["rankers"][0]["definitions"]

    def frame(self) -> Any:
        """Best first: name, ndcg@10 with its interval, the paired difference to the best with its interval,
        may_equal_best, the other metrics, seconds for all lists."""
        metric = self.details["metric"]
        rows = [_row(one, metric) for one in self.details["rankers"]]
        rows.sort(key=lambda row: -row[metric])
        return frame_of_lists(self._frame, {name: [row[name] for row in rows] for name in rows[0]})


def evaluate_rankers(
    lists: Impressions,
    rankers: Mapping[str, Any] | Sequence[Any],
    *,
    part: str = "test",
    heads: Sequence[str] = (),
    corpus: int = 0,
    resamples: int = 1000,
    seed: int = 1,
) -> RankerTable:
    """NDCG@10, MRR, hits and AUC on stored lists, with 95% intervals, beside retrieval order and popularity.

    Args:
        rankers: by name, or in a list: Rankers or their directories; models and Grids, whose own scores
            put the lists in order. A retriever that has learned the answers is refused.
        part: "test" or "validation".
        heads: whose labels are relevant; empty: those of any.
        corpus: so many lists for which each also orders the whole catalogue; `details["corpus"]` has recall.
    """
    named = _by_name(rankers)
    with tempfile.TemporaryDirectory(prefix="kaskad-rankers-") as folder:
        asked: dict[str, list[str]] = {"ranker": [], "retriever": []}
        for number, (name, one) in enumerate(named.items()):
            if isinstance(one, (Model, Grid)):
                where = bundle_of(one, os.path.join(folder, str(number)))
                asked["retriever"].append(f"{name}={where}")
            else:
                asked["ranker"].append(f"{name}={os.fspath(one)}")
        report = os.path.join(folder, "report.html")
        options = {
            **asked,
            "report": report,
            "part": part,
            "heads": ",".join(heads) or None,
            "corpus": corpus or None,
            "resamples": resamples,
            "seed": seed,
            "threads": num_threads(),
            "no_record": True,
        }
        details = run_program(
            ["eval-ranker", lists.dataset.directory, lists.directory, *flags(options)]
        )
        return RankerTable(details, Path(report).read_text(), lists.dataset._frame)


def _by_name(rankers: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    if isinstance(rankers, Mapping):
        named = dict(rankers)
    else:
        named = {_name(one): one for one in rankers}
        if len(named) < len(rankers):
            raise Error("evaluate_rankers: two have one name, give them as a dict of names")
    for name in named:
        if "=" in name:
            raise Error(f"evaluate_rankers: found the name '{name}', expected one without '='")
    return named


def _name(one: Ranker | Model | Grid | PathLike) -> str:
    """As its folder is called, where it has one that says something."""
    if isinstance(one, (Model, Grid)):
        return "grid" if isinstance(one, Grid) else type(one).__name__
    path = Path(os.fspath(one))
    return path.parent.name if path.name == "bundle" else path.name


def _row(one: dict[str, Any], metric: str) -> dict[str, Any]:
    value, gap = one["metrics"][metric], one["to_best"]
    others = {name: found["value"] for name, found in one["metrics"].items() if name != metric}
    return {
        "name": one["ranker"],
        metric: value["value"],
        "low": value["low"],
        "high": value["high"],
        "difference": gap["value"],
        "difference_low": gap["low"],
        "difference_high": gap["high"],
        "may_equal_best": one["may_equal_best"],
        **others,
        "seconds": one["seconds"],
    }
