"""The pair weightings of the engine (kaskad/cooc/weighting.h) as Spark expressions.

M[i, j] = sum over users and pairs (i before j) of
  gap decay * exp(-days between / gap_tau) * exp(-age of j / age_tau) * user * weight(i) * weight(j)
and M[j, i] gets `reverse` times that.
"""

import json
import math
from dataclasses import asdict, dataclass, fields

from pyspark.sql import Column
from pyspark.sql import functions as F


@dataclass(frozen=True)
class PairWeighting:
    """One field for each of the engine's, with its default."""

    reverse: float = 0.0
    window: int = 0
    gap: str = "none"
    gap_scale: float = 5.0
    gap_centre: float = 1.0
    time_window: float = 0.0
    gap_tau: float = 0.0
    age_tau: float = 0.0
    user: str = "one"
    event_weight: bool = False
    max_history: int = 0

    @staticmethod
    def of(table: dict) -> "PairWeighting":
        known = {field.name: field for field in fields(PairWeighting)}
        for key, value in table.items():
            if key not in known:
                raise ValueError(f"pair weighting: found the key '{key}', expected one of {list(known)}")
        weighting = PairWeighting(**table)
        if weighting.gap not in ("none", "inverse", "inverse_root", "exponential", "around"):
            raise ValueError(f"pair weighting: found gap '{weighting.gap}'")
        if weighting.user not in ("one", "inverse", "inverse_log", "idf", "walk"):
            raise ValueError(f"pair weighting: found user '{weighting.user}'")
        return weighting

    def to_json(self) -> dict:
        return asdict(self)

    @property
    def needs_clock(self) -> bool:
        return self.time_window > 0 or self.gap_tau > 0 or self.age_tau > 0

    @property
    def is_whole(self) -> bool:
        """Whether each pair counts 0 or 1, so that the sums are whole numbers, and exact."""
        return (self.gap == "none" and self.user == "one" and not self.event_weight
                and self.gap_tau == 0 and self.age_tau == 0 and self.reverse in (0.0, 1.0))

    @property
    def reach(self) -> float:
        """Positions between the events of a pair at most."""
        return min(self.window or math.inf, self.max_history - 1 if self.max_history else math.inf)

    def kept(self, n: Column) -> Column:
        """Events of a history of n that count."""
        return F.least(n, F.lit(self.max_history)) if self.max_history else n

    def user_weight(self, n: Column, items: int) -> Column:
        n = self.kept(n).cast("double")
        if self.user == "one":
            return F.lit(1.0)
        if self.user in ("inverse", "walk"):
            return F.lit(1.0) / n
        if self.user == "inverse_log":
            return F.lit(1.0) / F.log(1 + n)
        idf = F.greatest(F.lit(0.0), F.log(F.lit(float(items))) - F.log1p(n))
        return idf * idf

    def gap_weight(self, gap: Column) -> Column:
        gap = gap.cast("double")
        if self.gap == "none":
            return F.lit(1.0)
        if self.gap == "inverse":
            return F.lit(1.0) / gap
        if self.gap == "inverse_root":
            return F.lit(1.0) / F.sqrt(gap)
        if self.gap == "exponential":
            return F.exp(-(gap - 1) / self.gap_scale)
        return F.exp(-F.abs(gap - self.gap_centre) / self.gap_scale)

    def counts(self, n: Column, place: Column, gap: Column, a: Column, b: Column) -> Column:
        """Whether the pair of event a, at `place` of a history of n, and event b after it counts."""
        holds = F.lit(True)
        if self.window:
            holds = holds & (gap <= self.window)
        if self.max_history:
            holds = holds & (place >= n - self.max_history)
        if self.time_window > 0:  # in float, as the engine compares
            holds = holds & ((b["day"] - a["day"]).cast("float") <= F.lit(self.time_window).cast("float"))
        return holds

    def weight(self, n: Column, gap: Column, a: Column, b: Column, items: int) -> Column:
        """What a pair that counts is worth, seen forwards."""
        weight = self.gap_weight(gap) * self.user_weight(n, items)
        exponent = F.lit(0.0)
        if self.gap_tau > 0:
            exponent = exponent + (b["day"] - a["day"]) / self.gap_tau
        if self.age_tau > 0:
            exponent = exponent - b["day"] / self.age_tau
        if self.gap_tau > 0 or self.age_tau > 0:
            weight = weight * F.exp(-exponent)
        return weight * a["weight"] * b["weight"] if self.event_weight else weight

    def occurrence(self, n: Column, place: Column, event: Column, items: int) -> Column:
        """What an event adds to the occurrences of its item."""
        weight = F.lit(1.0) if self.user == "walk" else self.user_weight(n, items)
        if self.age_tau > 0:
            weight = weight * F.exp(event["day"] / self.age_tau)
        if self.event_weight:
            weight = weight * event["weight"] * event["weight"]
        if self.max_history:
            weight = F.when(place >= n - self.max_history, weight).otherwise(0.0)
        return weight


def read_blend(text: str) -> tuple[dict, list[PairWeighting]]:
    """The blend of a bundle's manifest.json, or one by itself; and what its parts count by, each once."""
    root = json.loads(text)
    blend = root.get("config", root)
    blend = blend.get("blend", blend)
    weightings: list[PairWeighting] = []
    for part in blend["parts"]:
        matrix = part["variant"].get("matrix", {})
        kind = matrix.get("kind", "cooccurrence")
        if kind == "ease":
            raise ValueError("a part of the blend is EASE, which is made of events and not of pairs; "
                             "leave it out")
        if kind != "cooccurrence":
            continue
        weighting = PairWeighting.of(matrix.get("weighting", {}))
        if weighting not in weightings:
            weightings.append(weighting)
    if not weightings:
        raise ValueError("no part of the blend counts pairs")
    return blend, weightings
