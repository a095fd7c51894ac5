"""What `pip install kaskad[train]` promises: the torch that kaskad-train is linked with, or an error that says so."""

import pathlib
import re

import pytest

import kaskad
from kaskad import serving
from kaskad._torch import need_torch

ROOT = pathlib.Path(__file__).resolve().parents[2]


def site_with(folder, version):
    """As pip leaves torch in site-packages, as far as it is looked at."""
    about = folder / f"torch-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
    (folder / "torch/lib").mkdir(parents=True)
    (folder / "torch/lib/libtorch_cpu.so").touch()
    return folder


def test_the_torch_that_it_is_linked_with_is_taken(tmp_path):
    need_torch("2.15.0", site_with(tmp_path / "plain", "2.15.0"))
    need_torch("2.15.0", site_with(tmp_path / "local", "2.15.0+cpu"))


def test_another_torch_is_refused_with_both_versions(tmp_path):
    expected = r"found torch 2.14.1, expected 2.15.0.*pip install 'kaskad\[train\]'"
    with pytest.raises(kaskad.Error, match=expected):
        need_torch("2.15.0", site_with(tmp_path, "2.14.1"))


def test_a_missing_torch_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(kaskad.Error, match=r"found no torch, expected torch 2.15.0 in .*train\]"):
        need_torch("2.15.0", tmp_path)
    elsewhere = site_with(tmp_path / "elsewhere", "2.15.0")
    monkeypatch.setattr("sys.path", [str(elsewhere)])
    with pytest.raises(kaskad.Error, match=f"found none but in '{elsewhere}"):
        need_torch("2.15.0", tmp_path)


def test_a_torch_without_its_library_is_refused(tmp_path):
    (site_with(tmp_path, "2.15.0") / "torch/lib/libtorch_cpu.so").unlink()
    with pytest.raises(kaskad.Error, match="libtorch_cpu.so', expected it of torch 2.15.0"):
        need_torch("2.15.0", tmp_path)


def test_only_the_program_of_the_package_asks_for_torch(tmp_path, monkeypatch):
    """One that is named, or found on the PATH, was linked where it was built."""
    shipped, named = tmp_path / "kaskad/bin/kaskad-train", tmp_path / "kaskad-train"
    for file in (shipped, named):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o755)
    monkeypatch.setattr(serving, "__file__", str(tmp_path / "kaskad/serving.py"))
    monkeypatch.setattr(serving, "TORCH_VERSION", "2.15.0")
    monkeypatch.setenv("KASKAD_TRAIN_PROGRAM", str(named))
    assert kaskad.program("kaskad-train") == str(named)
    monkeypatch.delenv("KASKAD_TRAIN_PROGRAM")
    with pytest.raises(kaskad.Error, match="expected torch 2.15.0"):
        kaskad.program("kaskad-train")
    site_with(tmp_path, "2.15.0")
    assert kaskad.program("kaskad-train") == str(shipped)


def test_pip_installs_what_is_linked():
    """The pins of pyproject.toml are those that the libraries are fetched by."""
    wanted = dict(re.findall(r'"(\w+)==([\d.]+)"', (ROOT / "pyproject.toml").read_text()))
    for name in ("wheels.txt", "wheels-train.txt"):
        pinned = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "scripts" / name).read_text(), re.M))
        for package in {"pyarrow", "onnxruntime", "torch"} & pinned.keys():
            assert wanted[package] == pinned[package], package
    linked = kaskad._kaskad.TORCH_VERSION
    assert linked in ("", wanted["torch"])
