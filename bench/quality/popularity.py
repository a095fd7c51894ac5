"""What sells: of all time, of the last days, or (without a clock) of users' last events. Recent
counts that are equal, mostly zeros, are ordered by the popularity of all time."""

import numpy as np


def variants(phase):
    yield {}


def fit(phase, params):
    return _same_for_all(_counts(phase.learned()[2], phase))


class recent:
    """Of the last days; without a clock, of the last events of each user."""

    @staticmethod
    def variants(phase):
        if phase.log.clock:
            yield from ({"days": n} for n in (1, 7, 30, 90))
        else:
            yield from ({"last": n} for n in (1, 2, 3, 5, 10, 20, 50))

    @staticmethod
    def fit(phase, params):
        _, newest, items, times = phase.learned()
        if "days" in params:
            keep = times > phase.horizon - params["days"] * 86400
        else:
            keep = newest < params["last"]
        everything = _counts(items, phase)
        return _same_for_all(_counts(items[keep], phase) + everything / (1 + everything.max()))


class last_7_days(recent):
    """The usual form of it, whatever the validation says; nothing to run without a clock."""

    @staticmethod
    def variants(phase):
        if phase.log.clock:
            yield {"days": 7}


def _counts(items, phase):
    return np.bincount(items, minlength=phase.log.num_items)


def _same_for_all(counts):
    return lambda users: np.tile(counts.astype(np.float32), (len(users), 1))
