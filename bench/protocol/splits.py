"""Splits: every kind cuts each user's history at positions in time order."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp


@dataclass
class Phase:
    """One fit and the questions put to it."""

    log: object
    name: str
    fit_end: np.ndarray  # (users): the first fit_end[u] events may be learned from
    users: np.ndarray  # (cases): whose questions
    target_end: np.ndarray  # (cases): the answer is events [fit_end[user], target_end)
    horizon: int  # no learned event is later; ages count from here

    def learned(self):
        """(users, positions from the newest, items, times) of the events to learn from."""
        offsets, lengths = self.log.offsets, self.fit_end
        users = np.repeat(np.arange(self.log.num_users), lengths)
        within = np.arange(len(users)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        at = offsets[users] + within
        newest = lengths[users] - 1 - within
        return users, newest, self.log.items[at], self.log.times[at]

    def matrix(self, weight=None):
        """(users, items) float32 of what is learned; weight(position from the newest) or 1."""
        users, newest, items, _ = self.learned()
        values = np.ones(len(users), np.float32) if weight is None else weight(newest)
        shape = (self.log.num_users, self.log.num_items)
        return sp.csr_matrix((values.astype(np.float32), (users, items)), shape=shape)

    def targets(self, case):
        start = self.log.offsets[self.users[case]]
        return self.log.items[start + self.fit_end[self.users[case]]:start + self.target_end[case]]


def _phase(log, name, fit_end, target_end, horizon):
    users = np.flatnonzero((fit_end > 0) & (target_end > fit_end))
    return Phase(log, name, fit_end, users, target_end[users], horizon)


def leave_one_out(log):
    """([validation], test): the last event of a user is test, the one before it validation."""
    lengths = np.diff(log.offsets)
    latest = log.times.max()
    validation = _phase(log, "validation", np.maximum(lengths - 2, 0), lengths - 1, latest)
    test = _phase(log, "test", lengths - 1, lengths, latest)
    return [validation], test


def global_time(log, share=0.1, windows=3):
    """(validations, test): events at or after the time at 1 - share of the sorted times are test;
    the validation windows before it hold as many events each, the latest first."""
    assert log.clock, f"{log.name} has no clock"
    times = np.sort(log.times)
    cuts = [times[round(len(times) * (1 - share))]]
    first_test = np.searchsorted(times, cuts[0])
    for window in range(windows):
        cuts.append(times[first_test - (window + 1) * (len(times) - first_test)])
    users = np.repeat(np.arange(log.num_users), np.diff(log.offsets))

    def before(time):
        return np.bincount(users[log.times < time], minlength=log.num_users)

    validations = [_phase(log, f"validation-{w + 1}", before(cuts[w + 1]), before(cuts[w]),
                          cuts[w + 1]) for w in range(windows)]
    return validations, _phase(log, "test", before(cuts[0]), np.diff(log.offsets), cuts[0])


SPLITS = {"leave-one-out": leave_one_out, "global-time": global_time}
