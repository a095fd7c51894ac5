"""What the documents show runs: docs/python.md, README.md, the notebook; the reference is as generated."""

import functools
import json
import pathlib
import re
import subprocess
import sys

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


def test_the_reference_is_that_of_the_docstrings():
    made = subprocess.run(
        [sys.executable, ROOT / "scripts/python_reference.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert made == (ROOT / "docs/python-reference.md").read_text(), (
        "scripts/python_reference.py > docs/python-reference.md makes it anew"
    )


def run_notebook(name):
    """Cell by cell; what it leaves."""
    notebook = json.loads((ROOT / f"examples/python/{name}.ipynb").read_text())
    names = {}
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{name}, cell {number}", "exec"), names)
    return names


def test_the_notebook_of_a_new_log_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KASKAD_BUDGET", "1")
    names = run_notebook("two_hours_with_a_new_log")
    assert names["table"].verdict


def test_the_notebook_of_a_pytorch_ranker_runs(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.chdir(tmp_path)
    names = run_notebook("pytorch_ranker_in_production")
    assert names["attention"].kind == "onnx" and len(names["pages"]) == 100
    assert names["apart"] <= 1e-4  # of the served scores to PyTorch's
    assert not names["server"].running
    table = names["table"].frame().set_index("name")
    assert {"attention", "trees", "popularity"} <= set(table.index)
    # It has learned something: its interval lies above that of what looks at nobody.
    assert table.loc["attention", "low"] > table.loc["popularity", "high"]
