#!/usr/bin/env python3
"""Checks the wheel that `make wheel` left in a folder: laid out as pip does it, without a network, beside
the packages of .deps, it ranks, serves and trains. Called by ctest; ends with 77 without a wheel.

    scripts/check_wheel.py dist
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTHON = "/usr/bin/python3"
#: What every Linux of that glibc has, as PEP 600 lets a wheel believe.
SYSTEM = re.compile(r"^(ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|z|util|resolv))\.so")

WORK = """
import sys
import numpy as np
import kaskad

rows = [(u, (u + 3 * step) % 20, 1_700_000_000 + 3600 * (u + step)) for u in range(80) for step in range(8)]
users, items, times = zip(*rows)
dataset = kaskad.Dataset.construct({"user_id": users, "item_id": items, "timestamp": times})
lists = kaskad.make_impressions(dataset, "lists", candidates=10)
trees = kaskad.train_ranker(lists, "trees", rounds=5)
again = kaskad.load_ranker("trees", dataset)
assert np.array_equal(again.score(lists), trees.score(lists))
with kaskad.serve(kaskad.Popularity().fit(dataset), threads=1) as server:
    assert len(server.client.recommend("1", k=3).items) == 3
"""
TRAIN = """
model = kaskad.train(dataset, "sasrec", model="sasrec", settings={"epochs": 1, "dimension": 8}, threads=1)
assert len(model.recommend(users=[1], k=3)) == 3
ranker = kaskad.train_ranker(lists, "amortized", model="amortized", settings={"epochs": 1})
assert len(ranker.score(lists)) == len(trees.score(lists))
"""
REFUSED = """
try:
    kaskad.train(dataset, "refused", model="sasrec")
except kaskad.Error as error:
    print(error)
"""


def main(folder):
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    wheels = sorted(pathlib.Path(folder).glob(f"kaskad-*-{version}-*.whl"))
    if not wheels:
        print(f"there is no wheel for {version} in {folder}; make wheel builds it", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory(prefix="kaskad-wheel-") as work:
        check(wheels[-1], pathlib.Path(work))
    return 0


def check(wheel, work):
    site = work / "site"
    lay_out(wheel, site)
    trains = (site / "kaskad/bin/kaskad-train").exists()
    if not trains:
        check_libraries(site)
        run(WORK, site, work)
    else:
        version = run("import kaskad; print(kaskad._kaskad.TORCH_VERSION)", site, work).strip()
        said = run(WORK + REFUSED, site, work)
        expect("found no torch" in said and f"expected torch {version}" in said, said)
        lay_out_torch(site, "1.0.0")
        said = run(WORK + REFUSED, site, work)
        expect(f"found torch 1.0.0, expected {version}" in said, said)
        lay_out_torch(site, version)
        check_libraries(site)
        run(WORK + TRAIN, site, work)
    size = sum(file.stat().st_size for file in site.glob("kaskad*/**/*") if file.is_file())
    print(
        f"{wheel.name}: {wheel.stat().st_size / 1e6:.0f} MB, {size / 1e6:.0f} MB unpacked; imported, ranked, "
        f"served{' and trained' if trains else ''} with its own libraries"
    )


def lay_out(wheel, site):
    """What pip would have installed: the wheel, and beside it those that it depends on."""
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*pip, "--root-user-action=ignore", "--no-deps", "--target", site, wheel], check=True)
    for found in (ROOT / ".deps/python").iterdir():
        if found.name.partition("-")[0].removesuffix(".libs") in ("numpy", "pyarrow", "onnxruntime"):
            (site / found.name).symlink_to(found)


def lay_out_torch(site, version):
    for old in site.glob("torch-*.dist-info/METADATA"):
        old.unlink()
        old.parent.rmdir()
    about = site / f"torch-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
    if not (site / "torch").exists():
        (site / "torch").symlink_to(ROOT / ".deps/torch")


def check_libraries(site):
    """All that is loaded lies in the wheel, in those beside it, or in every Linux: nothing is found in the
    checkout or among Debian's libraries."""
    for file in [*site.glob("kaskad/_kaskad*.so"), *site.glob("kaskad/bin/*"), *site.glob("kaskad.libs/*")]:
        said = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
        for line in said.splitlines():
            name, _, where = line.strip().partition(" => ")
            if not where or SYSTEM.match(pathlib.Path(name).name):
                continue
            found = pathlib.Path(os.path.normpath(where.split(" (")[0]))
            expect(site in found.parents, f"{file.name} loads {line.strip()}, expected it in {site}")


def run(code, site, work):
    """With `site` for site-packages, without Debian's (-S), in an environment that says nothing of kaskad."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        done = subprocess.run(
            [PYTHON, "-S", "-c", code],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": folder, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            check=False,
        )
    expect(done.returncode == 0, done.stderr)
    return done.stdout


def expect(true, said):
    if not true:
        sys.exit(f"check_wheel: {said}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "dist")))
