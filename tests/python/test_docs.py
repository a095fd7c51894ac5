"""The session of docs/python.md and the lines of README.md, as they stand there."""

import functools
import pathlib
import re

import pytest

import kaskad

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(name):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text(), re.M | re.S)


@pytest.mark.parametrize("name", ["docs/python.md", "README.md"])
def test_what_the_documents_show_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name == "README.md":  # where the whole space is tried, which takes a while
        monkeypatch.setattr(
            kaskad, "grid", functools.partial(kaskad.grid, budget=0.5, resamples=100)
        )
    (tmp_path / "ratings.csv").write_text(
        "user_id,item_id,timestamp\n"
        + "".join(
            f"{user},{(user + step) % 15},{1700000000 + 100 * step + user}\n"
            for user in range(50)
            for step in range(6)
        )
    )
    found = blocks(name)
    assert found
    names = {}
    for block in found:
        exec(compile(block, name, "exec"), names)
