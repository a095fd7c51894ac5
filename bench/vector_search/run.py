"""The k items of largest inner product: kaskad's kinds of index beside faiss, usearch and hnswlib.

    python bench/vector_search/run.py --build build/release [--sizes 10000 200000 1000000]

One thread. Seconds are CPU seconds, the fewest of the rounds for each query, so that a busy machine
counts little. "MB" is what the build added to the process, and the items themselves where an index
refers to them. "limit" is the exact scan's share over what the machine allows: seconds / max(bytes
read / bandwidth, operations / rate of multiply-adds), both measured in the same process.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol import rival  # noqa: E402
from vector_search import data, truth  # noqa: E402

HERE = Path(__file__).resolve().parent
REFER_TO_ITEMS = ("kaskad exact", "kaskad int8", "kaskad hnsw", "usearch exact")


def programs(options, folder):
    """{name: command}; the scans first."""
    def command(program, kind, *more):
        return [*program, "--items", f"{folder}/items.npy", "--queries", f"{folder}/queries.npy",
                "--kind", kind, "--ks", *options.ks, "--rounds", options.rounds, *more]

    ours = [Path(options.build).resolve() / "kaskad_vector_search"]
    graph = ("--links", options.links, "--build-width", options.build_width,
             "--widths", *options.widths)
    found = {f"kaskad {kind}": command(ours, kind) for kind in ("exact", "int8")}
    for name, kind in (("faiss", "flat"), ("faiss", "sq8"), ("usearch", "exact")):
        found[f"{name} {kind}"] = command([sys.executable, HERE / f"rival_{name}.py"], kind)
    found["kaskad hnsw"] = command(ours, "hnsw", *graph)
    for name in ("faiss", "hnswlib", "usearch"):
        for kind in options.graphs:
            found[f"{name} {kind}"] = command([sys.executable, HERE / f"rival_{name}.py"], kind,
                                              *graph)
    return {name: line for name, line in found.items()
            if not options.only or any(part in name for part in options.only)}


def limit_of(report, limits, items, batch):
    """Seconds over the bound. In a batch a block of items is read once for 256 queries."""
    reading = items.nbytes / limits["read"] / (256 if batch else 1)
    computing = 2 * items.size / limits["flops"]
    return report["batch" if batch else "mean"] / max(reading, computing)


def rows(name, reports, items, queries, least, save):
    limits = next((report for report in reports if "flops" in report), None)
    mb_more = items.nbytes / 2**20 if name in REFER_TO_ITEMS else 0
    for report in reports:
        if "k" not in report:
            continue
        ids = np.load(f"{save}.{report['k']}.{report['width']}.npy")
        recall = truth.recall(items, queries, ids, least[report["k"]])
        bounds = "-"
        if limits:
            bounds = " / ".join(f"{limit_of(report, limits, items, batch):.2f}"
                                for batch in (False, True))
        yield (f"| {name} | {report['k']} | {report['width'] or '-'} | {recall:.4f} | "
               f"{1 / report['mean']:,.0f} | {1 / report['batch']:,.0f} | "
               f"{report['p50'] * 1e6:,.0f} | {report['p99'] * 1e6:,.0f} | "
               f"{report['build_seconds']:.1f} | {report['index_mb'] + mb_more:,.0f} | {bounds} |")
    if limits:
        print(f"  {name}: reads {limits['read'] / 1e9:.1f} GB/s, multiply-adds "
              f"{limits['flops'] / 1e9:.0f} Gflop/s", file=sys.stderr)


def measure(options, size, folder):
    data.write(folder, size, options.queries)
    items, queries = np.load(f"{folder}/items.npy"), np.load(f"{folder}/queries.npy")
    least = truth.thresholds(items, queries, options.ks)
    print(f"\n**{size:,} items**\n\n| program | k | width | recall | queries/s | in batches | "
          "p50 us | p99 us | build s | MB | limit alone / batch |\n|" + "---|" * 11, flush=True)
    for name, command in programs(options, folder).items():
        save = f"{folder}/ids"
        reports = rival.run_lines([*command, "--save", save], 1)
        for row in rows(name, reports, items, queries, least, save):
            print(row, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 200_000, 1_000_000])
    parser.add_argument("--ks", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--links", type=int, default=16, help="of all graphs")
    parser.add_argument("--build-width", type=int, default=100)
    parser.add_argument("--widths", type=int, nargs="+", default=[100, 200, 400])
    parser.add_argument("--graphs", nargs="+", default=["hnsw-ip", "hnsw-lifted"],
                        help="forms of the rivals' graphs")
    parser.add_argument("--only", nargs="+", help="parts of the programs' names")
    options = parser.parse_args()
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(options, size, folder)


if __name__ == "__main__":
    main()
