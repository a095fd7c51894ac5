"""Of which type ids were, kept in a bundle: the engine knows names alone."""

from __future__ import annotations

import json
from pathlib import Path

from .dataset import Dataset

IDS_FILE = "python_ids.json"


def types_of(dataset: Dataset) -> str:
    """What the file says: the types of ids, and whose frames answers are."""
    return json.dumps(
        {
            "user_id": dataset._users.type_name(),
            "item_id": dataset._items.type_name(),
            "frame": dataset._frame,
        }
    )


def keep_types(directory: str, dataset: Dataset) -> None:
    """Adds the file to a bundle that a program wrote."""
    (Path(directory) / IDS_FILE).write_text(types_of(dataset), encoding="utf-8")


def kept_types(directory: str) -> dict[str, str | None]:
    """What the file of a bundle says; nothing where it has none, and ids stay texts."""
    file = Path(directory) / IDS_FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
