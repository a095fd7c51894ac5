"""Five times as many requests as the cascade of bench/cascade can answer, by an open loop: what becomes
of those that are taken, of the others, of the memory, and how soon all is well again.

    python bench/overload/run.py --build build/release --work DIRECTORY [--seconds 25]
        [--times 5] [--max-wait 0.01]
"""
import argparse
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cascade"))

import build  # noqa: E402
import servers  # noqa: E402

# As many as a server takes by default, less some: a connection more would be turned away.
CONNECTIONS = ["--connections", 512]


def watch(server, stop, found):
    while not stop.is_set():
        found.append(server.memory_mb())
        time.sleep(0.5)


def row(name, load):
    return (f"| {name} | {load['rate']:,.0f} | {load['accepted']:,} | {load['p50_ms']:.1f} "
            f"| {load['p99_ms']:.1f} | {load['refused']:,} | {load['refused_p50_ms']:.2f} "
            f"| {load['refused_p99_ms']:.1f} | {load['errors']} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=25)
    parser.add_argument("--times", type=float, default=5)
    parser.add_argument("--max-wait", default="0.01")
    options = parser.parse_args()
    options.build, options.work = options.build.resolve(), options.work.resolve()
    build.prepare(options.build, options.work)
    server = servers.start_kaskad(options.build, options.work, 2, "--max-wait", options.max_wait)
    requests = options.work / "requests"

    def load(rate, seconds, *more):
        return servers.at_rate(options.build, server, requests, rate, seconds, "--poisson", *more)

    servers.saturate(server, requests, 2, 2)  # warm
    saturated = servers.saturate(server, requests, 2, 5)["requests_per_second"]
    calm = load(saturated / 2, 10)
    before, memory, stop = server.memory_mb(), [], threading.Event()
    watcher = threading.Thread(target=watch, args=(server, stop, memory))
    watcher.start()
    storm = load(options.times * saturated, options.seconds, *CONNECTIONS)
    stop.set()
    watcher.join()
    after = load(saturated / 2, 5)
    server.stop()

    print(f"Two threads, --max-wait {options.max_wait}; saturated at {saturated:,.0f} requests/s (wrk, two "
          "connections). Requests come at random, the latency of those with status 200 counts from "
          "when they were due.\n")
    print("| load | requests/s | accepted | p50 ms | p99 ms | refused (429) | p50 ms | p99 ms "
          "| other |\n|---|---|---|---|---|---|---|---|---|")
    print(row("half, before", calm))
    print(row(f"{options.times:g} times", storm))
    print(row("half, from the moment after", after))
    second = after["each_second"]
    print("\nAfter it, second by second: p99 " +
          ", ".join(f"{one['p99_ms']:.1f}" for one in second) + " ms; refused " +
          ", ".join(str(one["refused"]) for one in second) + ".")
    third = len(memory) // 3
    print(f"Memory: {before:.0f} MB before, {max(memory[:third]):.0f}, "
          f"{max(memory[third:2 * third]):.0f}, {max(memory[2 * third:]):.0f} MB in the thirds of it.")
    print(f"Accepted during it: {storm['accepted'] / options.seconds:,.0f} requests/s, "
          f"{storm['accepted'] / options.seconds / saturated:.0%} of the saturated rate; "
          f"p99 {storm['p99_ms'] / calm['p99_ms']:.2f} of that at half of it.")


if __name__ == "__main__":
    main()
