"""Asks a server so many times a minute, whether it has answered or not (an open loop over a few
connections), and prints a line of JSON. Latency counts from the moment that a request was due.

    python at_rate.py NAME URL REQUESTS --per-minute 1000 --seconds 30
"""
import argparse
import http.client
import json
import queue
import threading
import time
import urllib.parse

CONNECTIONS = 8


def ask(due, address, path, bodies, taken, faults):
    client = http.client.HTTPConnection(address)
    while (item := due.get()) is not None:
        number, moment = item
        time.sleep(max(0.0, moment - time.perf_counter()))
        client.request("POST", path, bodies[number % len(bodies)],
                       {"Content-Type": "application/json"})
        response = client.getresponse()
        response.read()
        taken.append(time.perf_counter() - moment)
        if response.status != 200:
            faults.append(response.status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("url")
    parser.add_argument("requests")
    parser.add_argument("--per-minute", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    args = parser.parse_args()
    bodies = open(args.requests, "rb").read().splitlines()
    url = urllib.parse.urlparse(args.url)
    due, taken, faults = queue.Queue(), [], []
    threads = [threading.Thread(target=ask, args=(due, url.netloc, url.path, bodies, taken, faults))
               for _ in range(CONNECTIONS)]
    start = time.perf_counter() + 0.5
    for number in range(int(args.seconds * args.per_minute / 60)):
        due.put((number, start + number * 60 / args.per_minute))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.sort()
    at = lambda share: round(taken[min(len(taken) - 1, int(share * len(taken)))] * 1000, 3)
    print(json.dumps({"server": args.name, "per_minute": args.per_minute, "requests": len(taken),
                      "p50_ms": at(0.5), "p99_ms": at(0.99), "errors": len(faults)}))


if __name__ == "__main__":
    main()
