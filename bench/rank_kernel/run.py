"""The candidates of an amortized ranker: the graph in ONNX Runtime against the kernel, in turns on
one thread. Prints a table."""

import argparse
import json
import subprocess


def row(label, line):
    graph, fp32, int8 = (line[form] for form in ("graph", "fp32", "int8"))
    times = [f"{form['min_ms']:.2f} / {form['p50_ms']:.2f}" for form in (graph, fp32, int8)]
    gained = [f"{form['faster_min']:.2f} / {form['faster_p50']:.2f}" for form in (fp32, int8)]
    rates = [f"{form['of_peak'] * line['peak_gflops']:.0f} ({form['of_peak']:.0%})"
             for form in (graph, fp32, int8)]
    cells = [label, *times, *gained, *rates, f"{line['peak_gflops']:.0f}"]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("options", nargs="*", help="of kaskad_rank_kernel, after --")
    arguments = parser.parse_args()
    program = [f"{arguments.build}/kaskad_rank_kernel", *arguments.options]
    print("CPU ms, least / median; times faster than ONNX Runtime; GFLOP/s of what is needed, and "
          "the share of the fp32 peak.\n")
    print("| m | graph ms | fp32 ms | int8 ms | fp32 x | int8 x | graph | fp32 | int8 | peak |")
    print("|" + "---|" * 10)
    lines = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    for line in map(json.loads, lines.splitlines()):
        print(row(str(line["candidates"]), line))


if __name__ == "__main__":
    main()
