"""Random histories, targets and lists, where hits are neither rare nor certain."""

from dataclasses import dataclass

import numpy as np

DAY = 86_400
LOG_BEGIN = 1_577_836_800  # 2020-01-01
TEST_BEGIN = LOG_BEGIN + 100 * DAY  # what is taken from then on is asked
SPLIT = "global-time:2020-04-10,windows=1"


@dataclass
class Lists:
    train: list  # (user, item, time)
    test: list   # (user, item, time)
    recommended: list  # (user, item, rank); only for users with a test event


def make(users=600, items=250, k=10, seed=1):
    random = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, items + 1) ** 0.7
    popularity /= popularity.sum()
    train, test, recommended = [], [], []
    for user in range(users):
        taken = random.choice(items, 60, replace=False, p=popularity)
        history = taken[:random.integers(5, 30)]
        for item in history:
            train.append((user, int(item), int(random.integers(LOG_BEGIN, TEST_BEGIN))))
        targets = taken[30:30 + random.integers(0, 25)]
        for item in targets:
            test.append((user, int(item), int(TEST_BEGIN + random.integers(0, 10 * DAY))))
        if len(targets) == 0:
            continue
        unseen = np.setdiff1d(np.arange(items), history)
        liking = popularity[unseen] * np.where(np.isin(unseen, targets), 3, 1)
        listed = random.choice(unseen, k, replace=False, p=liking / liking.sum())
        recommended += [(user, int(item), rank + 1) for rank, item in enumerate(listed)]
    return Lists(train, test, recommended)
