"""What was measured, with its page: the base of Comparison and RankerTable."""

from __future__ import annotations

from typing import Any

from ._grid import framed


class Findings:
    """In a notebook it shows its page.

    Attributes:
        verdict: sentences for a reader who sees nothing else.
        details: what the program prints as JSON.
        report: the page with plots, one self-contained HTML text.
    """

    def __init__(self, details: dict[str, Any], report: str, frame_kind: str):
        self.details, self.report, self._frame = details, report, frame_kind

    @property
    def verdict(self) -> str:
        return self.details["verdict"]

    def _repr_html_(self) -> str:
        return framed(self.report)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.verdict})"
