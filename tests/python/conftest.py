"""Logs whose answers are known."""

import numpy as np
import pandas as pd
import pytest

import kaskad


@pytest.fixture(scope="session")
def cycle():
    """60 users who walk a ring of 12 items, from different places, 8 steps each: after item i comes
    item i + 1. Times are seconds of one day."""
    rows = []
    for user in range(60):
        for step in range(8):
            rows.append(
                (
                    f"user {user}",
                    100 + (user + step) % 12,
                    1.0,
                    pd.Timestamp("2024-01-01") + pd.Timedelta(seconds=60 * step + user),
                )
            )
    return pd.DataFrame(rows, columns=["user_id", "item_id", "weight", "datetime"])


@pytest.fixture(scope="session")
def dataset(cycle):
    return kaskad.Dataset.construct(cycle)


@pytest.fixture(scope="session")
def taste():
    """300 users of two tastes over 40 items, in no particular order."""
    rng = np.random.default_rng(1)
    rows = [
        (user, int(item))
        for user in range(300)
        for item in rng.choice(20, size=8, replace=False) + 20 * (user % 2)
    ]
    return pd.DataFrame(rows, columns=["user_id", "item_id"])
