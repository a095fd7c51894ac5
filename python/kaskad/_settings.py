"""Settings of the process: threads and progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Union

from . import _kaskad

#: True: a bar of tqdm where it is installed. False or None: silence. A function is called with
#: (stage, done, total, note); total is 0 where it is not known.
Progress = Union[bool, None, Callable[[str, int, int, str], Any]]

_threads = 0
_progress: Progress = False


def set_num_threads(threads: int) -> None:
    """How many threads the engine uses; 0: as many as this process has CPUs."""
    global _threads
    if threads < 0:
        raise ValueError(f"threads: found {threads}, expected 0 or more")
    _threads = int(threads)


def num_threads() -> int:
    """How many threads the engine uses: what was set, KASKAD_NUM_THREADS, or the CPUs there are."""
    return _threads or int(os.environ.get("KASKAD_NUM_THREADS") or 0) or _kaskad.default_threads()


def set_progress(progress: Progress) -> None:
    """What calls without a `progress` of their own show; see Progress."""
    global _progress
    _progress = progress


class Shown:
    """A listener for the engine, for the time of a `with`."""

    def __init__(self, progress: Progress = None):
        self._given = _progress if progress is None else progress
        self._bar: Any = None

    def __enter__(self) -> Callable[[str, int, int, str], Any] | None:
        if callable(self._given):
            return self._given
        return self._draw if self._given else None

    def _draw(self, stage: str, done: int, total: int, note: str) -> None:
        from tqdm.auto import tqdm

        if self._bar is not None and self._bar.desc != f"{stage}: ":
            self.close()
        if self._bar is None:
            self._bar = tqdm(desc=stage, total=total or None, unit_scale=True, leave=False)
        self._bar.total = total or None
        self._bar.n = done
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def __exit__(self, *_: object) -> None:
        self.close()
