"""Requests, events and swaps of all models together for ten minutes: memory, descriptors and latency,
half a minute by half a minute, of the cascade of bench/cascade.

    python bench/soak/run.py --build build/release --work DIRECTORY [--minutes 10] [--rate 50]
"""
import argparse
import json
import os
import shutil
import sys
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cascade"))

import build  # noqa: E402
import servers  # noqa: E402

PERIOD = 30  # seconds
HEADERS = {"Authorization": "Bearer soak", "Content-Type": "application/json"}


class Repeated(threading.Thread):
    """Calls something every so many seconds until it is told to stop."""

    def __init__(self, seconds, call):
        super().__init__()
        self.seconds, self.call, self.stopping, self.count = seconds, call, threading.Event(), 0

    def run(self):
        while not self.stopping.wait(self.seconds):
            self.call(self.count)
            self.count += 1

    def stop(self):
        self.stopping.set()
        self.join()


def post(server, path, body):
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), HEADERS)
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    options = parser.parse_args()
    options.build, options.work = options.build.resolve(), options.work.resolve()
    build.prepare(options.build, options.work)
    state = options.work / "soak-state"
    shutil.rmtree(state, ignore_errors=True)
    os.environ["KASKAD_WRITE_TOKEN"] = "soak"
    server = servers.start_kaskad(options.build, options.work, 2, "--events", state)

    def event(number):
        post(server, "/v1/events", {"events": [
            {"user_id": f"u{(number * 20 + i) % 20_000}", "item_id": f"i{(number * 31 + i) % 200_000}",
             "event_id": f"{number}-{i}"} for i in range(20)]})

    def swap(number):
        post(server, "/v1/admin/rollback" if number % 3 == 2 else "/v1/admin/reload", {})

    memory = []  # a reload holds two versions for a while, so the least of a period is what stays
    beside = [Repeated(0.1, event), Repeated(10, swap),
              Repeated(0.5, lambda _: memory.append(server.memory_mb()))]
    for one in beside:
        one.start()
    print("| s | memory MB, least and most | descriptors | answered | refused | other | p50 ms | p99 ms | events | swaps |\n"
          "|---|---|---|---|---|---|---|---|---|---|", flush=True)
    began = time.time()
    while time.time() - began < 60 * options.minutes:
        load = servers.at_rate(options.build, server, options.work / "requests", options.rate, PERIOD,
                               "--poisson")
        least, most = min(memory), max(memory)
        memory.clear()
        print(f"| {time.time() - began:.0f} | {least:,.0f}, {most:,.0f} "
              f"| {len(os.listdir(f'/proc/{server.process.pid}/fd'))} | {load['accepted']:,} "
              f"| {load['refused']} | {load['errors']} | {load['p50_ms']:.1f} | {load['p99_ms']:.1f} "
              f"| {20 * beside[0].count:,} | {beside[1].count} |", flush=True)
    for one in beside:
        one.stop()
    server.stop()


if __name__ == "__main__":
    main()
