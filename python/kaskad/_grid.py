"""kaskad.grid: hundreds of co-occurrence matrices, the winner, and what the log rewards."""

from __future__ import annotations

import html
import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from . import _kaskad
from ._frames import frame_of_lists
from ._settings import Progress, Shown, num_threads
from .bundle import BundleModel, load
from .dataset import Dataset, PathLike
from .splits import Split
from .splits import split as make_split

__all__ = ["Grid", "grid"]


class Grid:
    """What a search found. In a notebook it shows its report.

    Attributes:
        directory: what `kaskad grid -o` leaves: winner/, grid.json, report.html, recipe.toml, test/.
        split: on which the winner was chosen (validation) and measured (test, once).
        details: grid.json.
    """

    def __init__(self, directory: str, split: Split, details: dict[str, Any]):
        self.directory, self.split, self.details = directory, split, details

    def frame(self) -> Any:
        """Variants, best first: rank, name, ndcg@10 and hit_rate@10 on validation, with the difference to
        the winner and its interval, and a column for each knob; then the baselines."""
        rows = []
        for entry in self.details["leaderboard"]:
            gap = entry.get("difference_to_winner") or {}
            rows.append(
                {
                    "rank": entry["rank"],
                    "name": entry["name"],
                    **entry["validation"],
                    "difference": gap.get("value"),
                    "low": gap.get("low"),
                    "high": gap.get("high"),
                    **entry["knobs"],
                }
            )
        for entry in self.details["baselines"]:
            rows.append({"name": entry["name"], **entry["validation"]})
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: [row.get(name) for row in rows] for name in names}
        return frame_of_lists(self.split.dataset._frame, columns)

    @property
    def winner(self) -> BundleModel:
        """The winner, fitted on what may be learned before the test."""
        return load(Path(self.directory) / "winner", self.split.dataset)

    @property
    def production(self) -> BundleModel:
        """The winner fitted on everything; of a search with whole_log."""
        return load(Path(self.directory) / "production", self.split.dataset)

    @property
    def winner_config(self) -> dict[str, Any]:
        """The winner as kaskad.Blend(config=...) fits it again."""
        return self.details["winner"]["config"]

    @property
    def test(self) -> dict[str, float]:
        """The winner's metrics on the test."""
        return self.details["winner"]["test"]

    @property
    def advice(self) -> list[dict[str, Any]]:
        """What the log rewards: topic, verdict, advice, evidence."""
        return self.details["advice"]

    @property
    def recipe(self) -> str:
        """A starting recipe for kaskad.train, as TOML with the reasons as comments."""
        return (Path(self.directory) / "recipe.toml").read_text()

    @property
    def report(self) -> str:
        """The page with plots, one self-contained HTML text."""
        return (Path(self.directory) / "report.html").read_text()

    def _repr_html_(self) -> str:
        return framed(self.report)

    def __repr__(self) -> str:
        name = self.details["winner"]["name"].partition(":")[0]
        return (
            f"Grid({self.details['variants']} variants; winner: {name}; ndcg@10 on test "
            f"{self.test['ndcg@10']:.4f})"
        )


def framed(page: str) -> str:
    """A page in a frame of its own, so that its styles stay there."""
    return f'<iframe srcdoc="{html.escape(page)}" style="width:100%;height:70vh;border:0"></iframe>'


def grid(
    dataset: Dataset,
    split: Split | str = "leave-one-out",
    *,
    budget: float = 0,
    space: str = "",
    refinements: int | None = None,
    max_cases: int = 20_000,
    blend: bool = True,
    whole_log: bool = False,
    memory: int = 4 << 30,
    resamples: int = 1000,
    seed: int = 1,
    path: PathLike | None = None,
    progress: Progress = None,
) -> Grid:
    """Tries hundreds of co-occurrence matrices in minutes, names the winner, and says what the log rewards.

    Args:
        split: a Split or its text; choices are made on its validation, the test is looked at once.
        budget: seconds of random search instead of the whole space; 0: the whole space.
        space: path of a TOML file with [[product]] tables; empty: the built-in space.
        refinements: rounds of single-knob steps from the best; None: 3, or 0 with a space of one's own.
        max_cases: validation cases that variants are compared on; 0: all.
        blend: also try a blend of the best, with fitted weights.
        whole_log: also leave a model fitted on everything, Grid.production.
        path: a directory that stays, in which a stopped search goes on; None: a temporary one.
        progress: see kaskad.set_progress.
    """
    cut = make_split(dataset, split) if isinstance(split, str) else split
    cut.check(dataset)
    if refinements is None:
        refinements = 0 if space and not budget else 3
    temporary = tempfile.mkdtemp(prefix="kaskad-grid-") if path is None else None
    directory = str(path) if temporary is None else os.path.join(temporary, "grid")
    try:
        with Shown(progress) as shown:
            text = _kaskad.grid(
                dataset._engine,
                cut._engine,
                directory,
                space,
                budget,
                refinements,
                max_cases,
                blend,
                whole_log,
                memory,
                resamples,
                seed,
                num_threads(),
                shown,
            )
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    found = Grid(directory, cut, json.loads(text))
    if temporary is not None:
        weakref.finalize(found, shutil.rmtree, temporary, ignore_errors=True)
    return found
