"""Whether the kaskad-train of a wheel will find libtorch: that of the installed wheel torch, beside it."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from ._kaskad import Error


def need_torch(version: str, site: Path) -> None:
    """Raises Error where no torch of this very version lies in `site`, the folder of the package; C++
    libraries of another one have other symbols. Nothing of torch is imported."""
    advice = "`pip install 'kaskad[train]'` brings it"
    beside = _installed([str(site)])
    if beside is None:
        elsewhere = _installed(None)
        found = "no torch" if elsewhere is None else f"none but in '{elsewhere.locate_file('')}'"
        raise Error(f"kaskad-train: found {found}, expected torch {version} in '{site}'; {advice}")
    if beside.version.partition("+")[0] != version:
        raise Error(
            f"kaskad-train: found torch {beside.version}, expected {version}, with which it is linked; {advice}"
        )
    library = site / "torch" / "lib" / "libtorch_cpu.so"
    if not library.exists():
        raise Error(f"kaskad-train: found no '{library}', expected it of torch {beside.version}")


def _installed(path: list[str] | None) -> metadata.Distribution | None:
    """torch, as pip left it in one of these folders; None: wherever this Python looks."""
    places = {} if path is None else {"path": path}
    return next(iter(metadata.distributions(name="torch", **places)), None)
