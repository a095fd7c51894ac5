"""The scoring pass of a pre-ranker over 10,000 candidates, on one thread: dot product and
prepared counters in one pass, and a row of counters each, beside the dot product alone and the item's side of the model in ONNX Runtime. Prints a
table."""

import argparse
import json
import os
import subprocess


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("options", nargs="*", help="of kaskad_pre_rank, after --")
    arguments = parser.parse_args()
    program = [f"{arguments.build}/kaskad_pre_rank", *arguments.options]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    lines = subprocess.run(program, check=True, capture_output=True, text=True,
                           env=environment).stdout
    forms = [json.loads(line) for line in lines.splitlines()]
    plain = forms[0]
    print(f"{plain['candidates']:,} candidates of {plain['items']:,} items; CPU ms. The ratio is to "
          "the first row.\n")
    print("| form | FLOPs a candidate | ratio | least ms | p50 ms | p99 ms | ratio of p50 |")
    print("|" + "---|" * 7)
    for form in forms:
        print(f"| {form['form']} | {form['flops']:.0f} | {form['flops'] / plain['flops']:.2f} | "
              f"{form['min_ms']:.3f} | {form['p50_ms']:.3f} | {form['p99_ms']:.3f} | "
              f"{form['p50_ms'] / plain['p50_ms']:.2f} |")


if __name__ == "__main__":
    main()
