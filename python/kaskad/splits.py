"""What may be learned from and what is asked: every split cuts each history in time order."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from . import _kaskad
from ._frames import make_frame
from ._kaskad import Error
from .dataset import Dataset

__all__ = ["Split", "global_time", "leave_last_n", "leave_one_out", "split", "user_holdout"]


class Split:
    """One way of cutting a dataset; the same everywhere in kaskad, known by its hash.

    Attributes:
        dataset: what was cut.
        text: as `kaskad --split` takes it.
        hash: of the dataset's hash, what is learned and what is asked.
        warnings: e.g. that leave-one-out leaks popularity of the future.
        phases: names; "test", then "validation" (and "validation-2", ... where time is cut).
    """

    def __init__(self, dataset: Dataset, text: str):
        self._engine = _kaskad.make_split(dataset._engine, text)
        self.dataset = dataset

    @property
    def text(self) -> str:
        return self._engine.text

    @property
    def hash(self) -> str:
        return self._engine.hash

    @property
    def warnings(self) -> list[str]:
        return self._engine.warnings

    @property
    def phases(self) -> list[str]:
        return [self._engine.test.name, *(phase.name for phase in self._engine.validations)]

    @property
    def cuts(self) -> dict[str, Any]:
        """By phase: the time of the cut, if there is one, and how many cases are asked."""
        return json.loads(self._engine.phases_json())

    def roles(self) -> np.ndarray:
        """What becomes of each event (events), by user and time: "train", "validation", "test", "shown"
        (history that comes with a question but is not learned) or "unused"."""
        codes, names = _kaskad.roles(self.dataset._engine, self._engine)
        return np.array(names, object)[codes]

    def frame(self) -> Any:
        """All events with a column `phase`, for a tool that is to learn and be asked the same."""
        events = self.dataset.frame()
        codes, names = _kaskad.roles(self.dataset._engine, self._engine)
        phase = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array(names)).cast(
            pa.string()
        )
        kind = self.dataset._frame
        if kind == "pyarrow":
            return events.append_column("phase", phase)
        return make_frame(
            kind, {**{name: events[name].to_numpy() for name in events.columns}, "phase": phase}
        )

    def learned(self, phase: str = "test") -> Any:
        """The events that may be learned from before `phase` is asked, as a frame."""
        ends = phase_of(self, phase).fit_end
        return self.dataset.frame(_events(self.dataset, np.zeros_like(ends), ends))

    def asked(self, phase: str = "test") -> Any:
        """The events that `phase` asks for, as a frame."""
        cut = phase_of(self, phase)
        begin, end = (np.zeros(self.dataset.num_users, np.uint32) for _ in range(2))
        begin[cut.case_user], end[cut.case_user] = cut.case_history_end, cut.case_target_end
        return self.dataset.frame(_events(self.dataset, begin, end))

    def check(self, dataset: Dataset) -> None:
        if dataset.hash != self.dataset.hash:
            raise Error(
                f"the split is of the dataset {self.dataset.hash}, found one of hash {dataset.hash}"
            )

    def __repr__(self) -> str:
        return f"Split({self.text!r}, hash {self.hash})"


def split(dataset: Dataset, text: str = "leave-one-out") -> Split:
    """Cuts by a text: "leave-one-out", "leave-last-n:3", "global-time:0.1", "global-time:2000-12-01",
    "global-time:last-7d", "user-holdout:0.1", settings behind commas: "min-history=2", "windows=3",
    "fold-in=0.8", "seed=7"."""
    return Split(dataset, text)


def leave_one_out(dataset: Dataset, min_history: int = 1) -> Split:
    """The last event of each user is test, the one before it validation."""
    return Split(dataset, f"leave-one-out,min-history={min_history}")


def leave_last_n(dataset: Dataset, n: int, min_history: int = 1) -> Split:
    """The last n events of each user are test, the n before them validation."""
    return Split(dataset, f"leave-last-n:{n},min-history={min_history}")


def global_time(dataset: Dataset, test: Any = 0.1, windows: int = 3, min_history: int = 1) -> Split:
    """One moment for all: what comes at or after it is test.

    Args:
        test: share of the events, a date ("2000-12-01"), or "last-7d".
        windows: rolling windows of validation before it.
    """
    return Split(dataset, f"global-time:{test},windows={windows},min-history={min_history}")


def user_holdout(
    dataset: Dataset, users: float = 0.1, fold_in: float = 0.8, seed: int = 1
) -> Split:
    """A share of the users is not learned from at all; the first `fold_in` of their events come with the
    question, the others are asked."""
    return Split(dataset, f"user-holdout:{users},fold-in={fold_in},seed={seed}")


def phase_of(cut: Split, name: str) -> Any:
    """The engine's phase of that name."""
    for phase in [cut._engine.test, *cut._engine.validations]:
        if phase.name == name:
            return phase
    raise Error(f"found the phase '{name}', expected one of {', '.join(cut.phases)}")


def _events(dataset: Dataset, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Numbers of the events [begin[u], end[u]) of every user u."""
    offsets = dataset._engine.offsets().astype(np.int64)
    marks = np.zeros(dataset.num_events + 1, np.int64)
    np.add.at(marks, offsets[:-1] + begin, 1)
    np.add.at(marks, offsets[:-1] + end, -1)
    return np.flatnonzero(np.cumsum(marks[:-1]))
