"""What a training of two processes costs with a large catalogue, with the whole table of items in each
and with its rows spread over them (shard_items): milliseconds a step, peak memory of each process up
to the moment at which all is learned, and of process 0 up to its end, the export included. The log is
made here: users take items that nobody took before and popular ones in turns, so that every item
occurs.

    python bench/shard_items/run.py --build build/release --work DIRECTORY [--items 1000000]
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

EVENTS = 400  # of each user


def write_log(path, items):
    draw = random.Random(1)
    with open(path, "w") as log:
        log.write("user_id,item_id,timestamp\n")
        for new in range(items):
            user, pair = divmod(new, EVENTS // 2)
            for event, item in enumerate((new, int(items * draw.random() ** 3)), 2 * pair):
                log.write(f"u{user},i{item},{1_700_000_000 + event * 60}\n")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def peak_mb(process):
    try:
        with open(f"/proc/{process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1024
    except FileNotFoundError:
        pass
    return 0.0  # it has ended


def train(program, dataset, output, shards, options):
    """Curve and peaks [MB] of a training of two processes; they end with an error, or both well."""
    command = [str(program), str(dataset), "--model", "sasrec", "-o", str(output), "--resamples",
               "100", "--runs", str(output)]
    for setting in (f"shard_items={'true' if shards else 'false'}", "loss=sampled_softmax",
                    f"dimension={options.dimension}", "max_history=50", "num_negatives=256",
                    f"epochs={options.epochs}", "max_validation_users=64", "threads=1",
                    "device=cpu"):
        command += ["--set", setting]
    port = str(free_port())
    processes = []
    for rank in range(2):
        environment = dict(os.environ, MASTER_ADDR="127.0.0.1", MASTER_PORT=port, RANK=str(rank),
                           WORLD_SIZE="2", GLOO_SOCKET_IFNAME="lo", OMP_WAIT_POLICY="passive")
        with open(f"{output}.{rank}.log", "w") as log:
            processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
    learned, peaks = None, [0.0, 0.0]
    while any(process.poll() is None for process in processes):
        peaks = [max(old, peak_mb(process)) for old, process in zip(peaks, processes)]
        if learned is None and processes[1].poll() is not None:
            learned = list(peaks)  # process 1 ends when process 0 begins to export
        time.sleep(0.05)
    if any(process.returncode for process in processes):
        raise SystemExit(f"{' '.join(command)}: a process ended with an error, see {output}.*.log")
    with open(output / "curve.jsonl") as lines:
        return [json.loads(line) for line in lines], learned, peaks[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--work", required=True)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    build, work = Path(options.build).resolve(), Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    dataset = work / f"data-{options.items}"
    if not dataset.exists():
        write_log(work / "log.csv", options.items)
        subprocess.run([build / "kaskad", "ingest", work / "log.csv", "-o", dataset], check=True,
                       stdout=subprocess.DEVNULL)
        (work / "log.csv").unlink()
    print("| table of items | ms a step | loss, last epoch | MB, process 0 and 1, all learned "
          "| MB, process 0 at its end |\n|---|---|---|---|---|")
    for name, shards in (("whole in both", False), ("rows spread", True)):
        output = work / f"run-{int(shards)}"
        shutil.rmtree(output, ignore_errors=True)
        curve, learned, at_end = train(build / "kaskad-train", dataset, output, shards, options)
        last = curve[-1]
        steps = last["step"] - curve[-2]["step"] if len(curve) > 1 else last["step"]
        print(f"| {name} | {1000 * last['seconds'] / steps:.0f} | {last['loss']:.4f} "
              f"| {learned[0]:.0f}, {learned[1]:.0f} | {at_end:.0f} |", flush=True)


if __name__ == "__main__":
    main()
