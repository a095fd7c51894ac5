"""Events of users as arrays, in the numbers of a model that may be of another dataset."""

from __future__ import annotations

import dataclasses

import numpy as np

from ._ids import NOT_FOUND, Ids, same_texts
from .dataset import Dataset


@dataclasses.dataclass
class Histories:
    """Row q has the events [offsets[q], offsets[q + 1]), oldest first."""

    offsets: np.ndarray  # (rows + 1) int64
    items: np.ndarray  # (events) uint32, numbers of the model
    times: np.ndarray  # (events) int64
    actions: np.ndarray | None  # (events) uint8, codes of the dataset; None: the log has none


def histories_of(
    dataset: Dataset, users: np.ndarray, ends: np.ndarray | None, items: Ids
) -> Histories:
    """The first ends[q] events of users[q], all of them for None. Items meet the model's by their ids;
    events of those that it lacks are left out."""
    engine = dataset._engine
    offsets = engine.offsets().astype(np.int64)
    lengths = np.diff(offsets)[users] if ends is None else ends.astype(np.int64)
    rows = np.repeat(np.arange(len(users)), lengths)  # (events asked with): whose they are
    begins = offsets_of(lengths)[:-1]
    events = offsets[users][rows] + np.arange(len(rows)) - begins[rows]
    numbers = engine.item()[events].astype(np.int64)
    if not same_texts(items, dataset._items):
        numbers = items.find(dataset.item_ids)[numbers]
    known = numbers != NOT_FOUND
    actions = engine.action()
    return Histories(
        offsets_of(np.bincount(rows[known], minlength=len(users))),
        numbers[known].astype(np.uint32),
        engine.time()[events][known],
        actions[events][known] if len(actions) else None,
    )


def ends_before(dataset: Dataset, users: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """How many events of users[q] lie before moments[q]: (users) int64."""
    offsets, times = dataset._engine.offsets().astype(np.int64), dataset._engine.time()
    return np.fromiter(
        (
            np.searchsorted(times[offsets[user] : offsets[user + 1]], moment)
            for user, moment in zip(users, moments)
        ),
        np.int64,
        len(users),
    )


def newest_places(offsets: np.ndarray, length: int, pad: str) -> tuple[np.ndarray, np.ndarray]:
    """The newest `length` events of each row, by their numbers, and where each lies in a padded table
    (rows, length) seen flat: (events taken) int64 both."""
    counts = np.minimum(np.diff(offsets), length)
    rows = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(rows)) - offsets_of(counts)[rows]  # from the oldest one taken
    begins = offsets[1:] - counts
    first = 0 if pad == "right" else length - counts[rows]
    return begins[rows] + place, rows * length + first + place


def offsets_of(lengths: np.ndarray) -> np.ndarray:
    """(rows) -> (rows + 1) int64: where each begins."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
