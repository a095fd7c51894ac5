"""A whole cascade behind HTTP, beside the same models behind a Python service.

    python bench/cascade/run.py --build build/release --work DIRECTORY
        [--seconds 10] [--connections 8] [--rounds 2] [--int8]

Each server runs alone, with two threads or two workers of one. wrk finds the rate that it saturates at
(closed loop); then requests come at half of that, and both at the same rate, evenly and at random (open
loop: latency counts from when a request was due). --int8: a third one beside them, kaskad with the same
ranker in 8 bits, whose lists are others.
"""
import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import build  # noqa: E402
import servers  # noqa: E402
import shape  # noqa: E402

STAGES = ["matrix", "tower", "popular", "filter", "prerank", "rank", "blend"]
CLIENT = ["--connections", 32, "--workers", 2]


def compare(name, kaskad, python, requests, count=200):
    """Of the lists of both: how many are equal, the shared part, the same first ten, the largest
    difference of an item's score."""
    equal, shared, first, difference = 0, 0.0, 0, 0.0
    for body in requests[:count]:
        ours, theirs = (servers.ask(one, body)["items"] for one in (kaskad, python))
        ids, other = ([item["item_id"] for item in one] for one in (ours, theirs))
        equal += ids == other
        first += ids[:10] == other[:10]
        shared += len(set(ids) & set(other)) / max(1, len(ids))
        scores = {item["item_id"]: item["score"] for item in theirs}
        difference = max([difference, *(abs(item["score"] - scores[item["item_id"]])
                                        for item in ours if item["item_id"] in scores)])
    count = min(count, len(requests))
    print(f"{name}: lists of {shape.ANSWER} for {count} users: {equal / count:.1%} equal, "
          f"{first / count:.1%} with the same first ten, {shared / count:.2%} of the items shared; "
          f"largest difference of an item's score {difference:.1g}.\n", flush=True)


def measure(options, start, rates):
    """{load: row} of one server: its saturation, then loads at given rates (a share or a number)."""
    server = start()
    requests = options.work / "requests"
    servers.saturate(server, requests, options.connections, 2)  # warm
    found = {"saturated": servers.saturate(server, requests, options.connections, options.seconds)}
    found["saturated"]["rate"] = found["saturated"]["requests_per_second"]
    spread = ["--spread", "X-Worker"] if server.name == "python" else []
    before = servers.metric_sums(server, "kaskad_stage_seconds") if not spread else {}
    for name, rate in rates(found["saturated"]["rate"]).items():
        arrivals = ["--poisson"] if name.endswith("at random") else []
        found[name] = servers.at_rate(options.build, server, requests, rate, options.seconds,
                                      *CLIENT, *spread, *arrivals)
        if before and name == "half, evenly":
            after = servers.metric_sums(server, "kaskad_stage_seconds")
            found["stages"] = {stage: 1e3 * (after[stage][0] - before[stage][0]) /
                               (after[stage][1] - before[stage][1]) for stage in STAGES}
    found["memory_mb"] = server.memory_mb()
    server.stop()
    return found


def middle(rounds, load, key):
    return statistics.median(one[load][key] for one in rounds)


def print_loads(all_rounds):
    print("| load | server | requests/s | p50 ms | p99 ms | CPU ms a request | errors or 429 |\n"
          "|---|---|---|---|---|---|---|")
    names = [name for name in all_rounds["kaskad"][0] if name not in ("stages", "memory_mb")]
    for load in names:
        for server, rounds in all_rounds.items():
            failed = sum(one[load]["errors"] + one[load].get("refused", 0) for one in rounds)
            print(f"| {load} | {server} | {middle(rounds, load, 'rate'):,.0f} "
                  f"| {middle(rounds, load, 'p50_ms'):.2f} | {middle(rounds, load, 'p99_ms'):.2f} "
                  f"| {middle(rounds, load, 'cpu_ms'):.2f} | {failed} |")
    print()


def print_stages(rounds, python):
    stages = {name: statistics.median(one["stages"][name] for one in rounds) for name in STAGES}
    whole = sum(stages.values())
    print("| stage | ms | share | Python: ms, one request after the other |\n|---|---|---|---|")
    for name, ms in stages.items():
        print(f"| {name} | {ms:.3f} | {ms / whole:.0%} | {python[name]:.3f} |")
    print(f"| all | {whole:.3f} | | {sum(python.values()):.3f} |\n")


def print_aims(all_rounds):
    theirs = all_rounds["python"]
    for name, ours in all_rounds.items():
        if name == "python":
            continue
        rate = middle(ours, "saturated", "rate") / middle(theirs, "saturated", "rate")
        cpu = middle(theirs, "saturated", "cpu_ms") / middle(ours, "saturated", "cpu_ms")
        print(f"- {name}: {rate:.1f} times the Python service's requests/s at saturation (asked: 5), "
              f"{cpu:.1f} times by the CPU time of a request.")
    ours = all_rounds["kaskad"]
    for load in ("half, evenly", "half, at random", "same rate, evenly", "same rate, at random"):
        ratio = middle(ours, load, "p99_ms") / middle(theirs, load, "p99_ms")
        print(f"- p99, {load}: {ratio:.2f} of the Python service's (asked: at most 0.33).")
    print(f"- p99 at half of the saturated rate: {middle(ours, 'half, evenly', 'p99_ms'):.1f} ms evenly, "
          f"{middle(ours, 'half, at random', 'p99_ms'):.1f} ms at random (asked: 25).")
    print(f"- Memory: {ours[-1]['memory_mb']:,.0f} MB, the Python service "
          f"{theirs[-1]['memory_mb']:,.0f} MB.")


def profile_python(options):
    few = options.work / "few-requests"
    few.write_text("\n".join((options.work / "requests").read_text().splitlines()[:200]) + "\n")
    done = subprocess.run([sys.executable, servers.HERE / "python_service.py", few],
                          env={**servers.os.environ, "WORK": str(options.work),
                               "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--int8", action="store_true")
    options = parser.parse_args()
    options.build, options.work = options.build.resolve(), options.work.resolve()
    build.prepare(options.build, options.work)
    starts = {"python": lambda: servers.start_python(options.work, 2),
              "kaskad": lambda: servers.start_kaskad(options.build, options.work, 2)}
    requests = (options.work / "requests").read_bytes().splitlines()
    if options.int8:
        build.make_int8(options.build, options.work)
        starts["kaskad int8"] = lambda: servers.start_kaskad(options.build, options.work, 2,
                                                             cascade="cascade-int8.toml")
    together = {name: start() for name, start in starts.items()}
    for name in list(starts)[1:]:
        compare(name, together[name], together["python"], requests)
    print((options.work / "cascade.log").read_text().strip() + "\n", flush=True)
    for server in together.values():
        server.stop()
    python_stages = profile_python(options)
    all_rounds = {name: [] for name in starts}
    common = []

    def rates(saturated):
        common.append(common[0] if common else saturated / 2)  # half of what the slower one takes
        return {f"{name}, {how}": rate for name, rate in
                (("half", saturated / 2), ("same rate", common[0])) for how in ("evenly", "at random")}

    for turn in range(options.rounds):
        for name, start in starts.items():
            all_rounds[name].append(measure(options, start, rates))
            print(f"  round {turn + 1}/{options.rounds}, {name}: "
                  f"{all_rounds[name][-1]['saturated']['rate']:,.0f} requests/s", file=sys.stderr,
                  flush=True)
    print_loads(all_rounds)
    print_stages(all_rounds["kaskad"], python_stages)
    print_aims(all_rounds)


if __name__ == "__main__":
    main()
