"""kaskad.compare: anybody's models on one split, paired user by user."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import _kaskad
from ._findings import Findings
from ._frames import frame_of_lists
from ._grid import Grid
from ._kaskad import Error
from ._settings import Progress, num_threads
from .metrics import Evaluation, evaluate
from .model import Model
from .models import Popularity
from .splits import Split

__all__ = ["Comparison", "compare"]


class Comparison(Findings):
    """Who is best, by how much, and what may be said of it. In a notebook it shows its page.

    Attributes:
        verdict: sentences for a reader who sees nothing else.
        details: as `kaskad compare --json` prints it.
        report: the page with plots, one self-contained HTML text.
    """

    def frame(self) -> Any:
        """Best first: name, the metric with its interval, the paired difference to the best with its
        interval, may_equal_best, fit_seconds."""
        metric = self.details["metric"]
        columns: dict[str, list[Any]] = {
            name: []
            for name in (
                "name",
                metric,
                "low",
                "high",
                "difference",
                "difference_low",
                "difference_high",
                "may_equal_best",
                "fit_seconds",
            )
        }
        for run in self.details["runs"]:
            value, gap = run["metrics"][metric], run["difference_to_best"]
            row = [
                run["name"],
                value["value"],
                value["low"],
                value["high"],
                gap["value"],
                gap["low"],
                gap["high"],
                run["may_equal_best"],
                run.get("fit_seconds"),
            ]
            for name, cell in zip(columns, row):
                columns[name].append(cell)
        return frame_of_lists(self._frame, columns)


def compare(
    contestants: Sequence[Any] | Mapping[str, Any],
    split: Split,
    *,
    metric: str = "ndcg@10",
    phase: str = "test",
    filter_viewed: bool = True,
    baselines: bool = True,
    resamples: int = 1000,
    seed: int = 1,
    progress: Progress = None,
) -> Comparison:
    """Puts all of them to the same questions, and pairs each with the best, user by user.

    Args:
        contestants: by name, or in a list: models fitted with this split, a Grid of it, Evaluations of it,
            or recommendations made by anything else: frames user_id, item_id and rank or score.
        metric: what decides.
        baselines: popularity stands in the table, too.
    """
    named = (
        dict(contestants)
        if isinstance(contestants, Mapping)
        else {_name(one, number): one for number, one in enumerate(contestants)}
    )
    if len(named) < len(contestants):
        raise Error("compare: two contestants have one name, give them as a dict of names")
    if baselines and not any(isinstance(one, Popularity) for one in named.values()):
        named.setdefault("popularity", Popularity().fit(split.dataset, split=split, phase=phase))
    if not named:
        raise Error("compare: found nobody, expected models, recommendations or evaluations")
    results = [
        _result(
            one,
            name,
            split,
            phase=phase,
            filter_viewed=filter_viewed,
            resamples=resamples,
            seed=seed,
            progress=progress,
        )
        for name, one in named.items()
    ]
    text, page = _kaskad.compare(
        list(named),
        [result._engine for result in results],
        [result._fit_seconds for result in results],
        metric,
        resamples,
        seed,
        num_threads(),
    )
    return Comparison(json.loads(text), page, split.dataset._frame)


def _name(one: Any, number: int) -> str:
    if isinstance(one, Evaluation):
        return one.name
    if isinstance(one, Grid):
        return "grid"
    return type(one).__name__ if isinstance(one, Model) else f"lists {number + 1}"


def _result(one: Any, name: str, split: Split, **how: Any) -> Evaluation:
    if isinstance(one, Evaluation):
        return one
    if isinstance(one, Grid):
        if one.split.hash != split.hash:
            raise Error(
                f"compare: the grid is of the split {one.split.text}, expected {split.text}"
            )
        one = one.winner
    return evaluate(one, split, name=name, **how)
