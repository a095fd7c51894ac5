"""What bundles and stores hold, by name, so that two can be compared whose ids differ."""

import json
from pathlib import Path

import npy

_NO_KEY = 0xFFFFFFFF


def matrix(bundle: Path, part: int) -> dict[tuple[str, str], float]:
    items = npy.names(bundle, "items")
    begin = npy.load(bundle / f"matrix-{part}.row_begin.npy")
    columns = npy.load(bundle / f"matrix-{part}.columns.npy")
    values = npy.load(bundle / f"matrix-{part}.values.npy")
    return {(items[row], items[columns[c]]): values[c]
            for row in range(len(begin) - 1) for c in range(begin[row], begin[row + 1])}


def cells(store: Path, segment: int, events: int, decays: int):
    """({(left, right, age): counts}, {(left, right): decayed sums}); no right: the total."""
    manifest = json.loads((store / "manifest.json").read_text())
    numbers = {field["name"]: number for number, field in enumerate(manifest["fields"])}

    def names_of(name: str) -> list[str]:
        ids = {"query": "queries", "user": "users", "item": "items"}
        return npy.names(store, ids.get(name) or f"field_{numbers[name]}")

    owners = {field["name"]: field["owner"] for field in manifest["fields"]}
    fields = manifest["spec"]["segments"][segment]
    left = [names_of(name) for name in fields if owners[name] != "item"]
    right_names = next(names_of(name) for name in fields if owners[name] == "item")

    def column(name: str) -> list:
        return npy.load(store / f"state_{segment}_{name}.npy")

    keys, row_begin, right, slice_begin = map(column, ("left", "row_begin", "right", "slice_begin"))
    age, counts, decayed = map(column, ("age", "counts", "decayed"))
    by_day, faded, width = {}, {}, len(left)
    for row in range(len(row_begin) - 1):
        key = tuple(names[keys[row * width + f]] for f, names in enumerate(left))
        for cell in range(row_begin[row], row_begin[row + 1]):
            item = None if right[cell] == _NO_KEY else right_names[right[cell]]
            faded[key, item] = decayed[cell * events * decays:(cell + 1) * events * decays]
            for s in range(slice_begin[cell], slice_begin[cell + 1]):
                by_day[key, item, age[s]] = tuple(counts[s * events:(s + 1) * events])
    return by_day, faded
