"""The same lists measured by kaskad in the profile of a library, and by the library itself."""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lists as random_lists
import rival_implicit
import rival_recbole
import rival_rectools

RIVALS = {"rectools": rival_rectools, "recbole": rival_recbole, "implicit": rival_implicit}
KS = (1, 5, 10)
TOLERANCE = 1e-9


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def run_kaskad(program, folder, profile, names):
    command = [program, "eval", f"{folder}/data", "--recommendations", f"{folder}/recs.csv",
               "--split", random_lists.SPLIT, "--profile", profile, "--metrics", ",".join(names),
               "--no-baselines", "--no-segments", "--no-record", "--json"]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    metrics = json.loads(out.stdout)["metrics"]
    return {name: metrics[name]["value"] for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    program = f"{arguments.build}/kaskad"
    given = random_lists.make(seed=arguments.seed, k=max(KS))
    worst = 0.0
    print("| metric | " + " | ".join(f"kaskad as {name} | {name}" for name in RIVALS) + " |")
    print("|---" * (1 + 2 * len(RIVALS)) + "|")
    theirs = {name: rival.measure(given, KS) for name, rival in RIVALS.items()}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "log.csv"), ("user_id", "item_id", "timestamp"),
              given.train + given.test)
        write(Path(folder, "recs.csv"), ("user_id", "item_id", "rank"), given.recommended)
        subprocess.run([program, "ingest", f"{folder}/log.csv", "-o", f"{folder}/data"],
                       check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ours = {name: run_kaskad(program, folder, name, list(theirs[name])) for name in RIVALS}
    for metric in theirs["rectools"] | theirs["recbole"] | theirs["implicit"]:
        cells = []
        for name in RIVALS:
            if metric not in theirs[name]:
                cells += ["", ""]
                continue
            mine, other = ours[name][metric], float(theirs[name][metric])
            worst = max(worst, abs(mine - other) / max(1, abs(other)))
            cells += [f"{mine:.6f}", f"{other:.6f}"]
        print(f"| {metric} | " + " | ".join(cells) + " |")
    print(f"\nLargest difference: {worst:.1e}")
    if worst > TOLERANCE:
        sys.exit(f"the profiles differ by more than {TOLERANCE}")


if __name__ == "__main__":
    main()
