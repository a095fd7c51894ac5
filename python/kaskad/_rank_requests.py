"""Whose history a ranker is asked with, and when: what Ranker.rank was told -> the engine's lists."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from . import _kaskad
from ._frames import times_like
from ._histories import Histories, ends_before, histories_of, offsets_of
from ._ids import NOT_FOUND, Ids, need_column, refuse_unknown, same_texts
from ._kaskad import Error
from ._rank_lists import CandidateLists
from .dataset import Dataset
from .splits import Split, phase_of

_NO_ACTION = 255  # the code of an action that a ranker does not know


@dataclasses.dataclass
class Requests:
    """Who asks, with which events, when; in the ranker's numbers."""

    histories: Histories
    users: np.ndarray  # (lists) uint32, NO_USER for somebody whom the ranker does not know
    now: np.ndarray  # (lists) int64


def given_history(
    history: Any, times: Any, now: Any, items: Ids, has_clock: bool, unknown_too: bool
) -> Requests:
    """One list's own events. They all happened at `now` where there are no times."""
    need_column(history, "history")
    numbers = items.find(history)
    if not unknown_too:
        refuse_unknown(numbers, history, "history")
    moment = None if now is None else moment_of(now, has_clock)
    if times is None:
        if moment is None and has_clock:
            raise Error("rank: found a history without times, expected `times` or `now`")
        stamps = np.full(len(numbers), moment or 0, np.int64)
        known = numbers != NOT_FOUND
    else:
        stamps = times_like(has_clock, times, "times")
        if len(stamps) != len(numbers):
            raise Error(f"times: found {len(stamps)}, expected {len(numbers)}, one an event")
        known = (numbers != NOT_FOUND) & (stamps < moment if moment is not None else True)
    order = np.flatnonzero(known)[np.argsort(stamps[known], kind="stable")]
    if moment is None:
        moment = int(stamps.max()) if len(stamps) else 0
    return Requests(
        Histories(
            offsets_of(np.array([len(order)])),
            numbers[order].astype(np.uint32),
            stamps[order],
            None,
        ),
        np.array([_kaskad.NO_USER], np.uint32),
        np.array([moment], np.int64),
    )


def stored_histories(
    lists: CandidateLists,
    user: Any,
    dataset: Dataset,
    now: Any,
    split: Split | None,
    phase: str,
    items: Ids,
    users: Ids,
) -> Requests:
    """Events of the dataset's users; a list whose user_id is empty is nobody's."""
    if user is not None:
        numbers = dataset._users.numbers([user], "user").astype(np.int64)
    else:
        lists.columns.need("user_id", {})
        numbers = lists.of_lists(lists.numbers("user_id", dataset._users), "user_id")
    nobody = numbers == NOT_FOUND
    somebody = np.where(nobody, 0, numbers)
    ends, moments = _known_until(lists, dataset, somebody, now, split, phase)
    histories = histories_of(dataset, somebody, np.where(nobody, 0, ends), items)
    if not same_texts(users, dataset._users):
        numbers = users.find(dataset._users.take(somebody.astype(np.uint32)))
    known = ~nobody & (numbers != NOT_FOUND)
    return Requests(histories, np.where(known, numbers, _kaskad.NO_USER).astype(np.uint32), moments)


def _known_until(
    lists: CandidateLists,
    dataset: Dataset,
    users: np.ndarray,
    now: Any,
    split: Split | None,
    phase: str,
) -> tuple[np.ndarray, np.ndarray]:
    """How many events of each list's user are known, and the moment: (lists) each."""
    moments = lists.moments(dataset.has_clock)
    given = {"now": now, "split": split, "a column of times": moments}
    found = [name for name, value in given.items() if value is not None]
    if len(found) > 1:
        raise Error(f"rank: found {' and '.join(found)}, expected one of them")
    if split is not None:
        split.check(dataset)
        return _asked_by(split, phase, dataset, users)
    if now is not None:
        moments = np.full(len(users), moment_of(now, dataset.has_clock), np.int64)
    if moments is not None:
        return ends_before(dataset, users, moments), moments
    lengths = np.diff(dataset._engine.offsets().astype(np.int64))
    newest = _kaskad.whole_log(dataset._engine).horizon
    return lengths[users], np.full(len(users), newest, np.int64)


def _asked_by(
    split: Split, phase: str, dataset: Dataset, users: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The history before the case of each user and the time of the event that it asks for. Who is not
    asked is put in order with what was learned, at the end of it."""
    cut = phase_of(split, phase)
    ends = cut.fit_end.astype(np.int64)
    ends[cut.case_user] = cut.case_history_end
    moments = np.full(dataset.num_users, cut.horizon, np.int64)
    first = dataset._engine.offsets().astype(np.int64)[cut.case_user] + cut.case_history_end
    moments[cut.case_user] = dataset._engine.time()[first]
    return ends[users], moments[users]


def engine_lists(
    lists: CandidateLists,
    requests: Requests,
    items: Ids,
    *,
    actions: list[str],
    action_names: list[str],
    context_names: list[str],
    query: str | None,
    unknown_too: bool,
) -> Any:
    """As the engine takes them. `actions` are the dataset's names, the others those of the ranker."""
    numbers = lists.numbers("item_id", items, unknown_too)
    queries = lists.queries() if query is None else [query] * len(lists)
    histories = requests.histories
    return _kaskad.RankLists(
        offsets=lists.offsets,
        candidates=np.where(numbers == NOT_FOUND, _kaskad.NO_ITEM, numbers).astype(np.uint32),
        begins=histories.offsets,
        history=histories.items,
        times=histories.times,
        actions=action_codes(histories.actions, actions, action_names),
        users=requests.users,
        now=requests.now,
        scores=lists.values("score", np.float32),
        ranks=lists.values("rank", np.uint32),
        context=_context(lists, context_names),
        queries=queries,
    )


def action_codes(
    codes: np.ndarray | None, names: list[str], wanted: list[str]
) -> np.ndarray | None:
    """The dataset's codes of actions as the ranker's; None where one of them knows no actions."""
    if codes is None or not wanted:
        return None
    table = np.full(256, _NO_ACTION, np.uint8)
    for code, name in enumerate(names):
        if name in wanted:
            table[code] = wanted.index(name)
    return table[codes]


def _context(lists: CandidateLists, names: list[str]) -> np.ndarray | None:
    """(candidates, names) flat; NaN in columns that are not there, None where there is none at all."""
    if not any(name in lists for name in names):
        return None
    columns = [lists.values(name, np.float32) for name in names]
    empty = np.full(len(lists.rows), np.nan, np.float32)
    return np.stack([empty if one is None else one for one in columns], axis=1).ravel()


def moment_of(now: Any, has_clock: bool) -> int:
    return int(times_like(has_clock, [now], "now")[0])
