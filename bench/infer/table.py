"""Makes a Markdown table, with ratios to kaskad, of what run.sh prints: run.sh | table.py

Medians over the rounds.
"""
import json
import statistics
import sys

rows = [json.loads(line) for line in sys.stdin]
largest = max(row["largest_difference"] for row in rows if "largest_difference" in row)
rows = [row for row in rows if "server" in row]


def load(row):
    return f"{row['per_minute']:,} a minute" if "per_minute" in row else f"{row['connections']} open"


def median_of(rounds):
    row = dict(rounds[0], errors=sum(one["errors"] for one in rounds))
    for one in rounds:
        if "cpu_seconds" in one:
            one["cpu_ms"] = 1000 * one["cpu_seconds"] / max(one["requests"], 1)
    for key in ("requests_per_second", "p50_ms", "p99_ms", "cpu_ms"):
        if key in rounds[0]:
            row[key] = statistics.median(one[key] for one in rounds)
    return row


grouped = {}
for row in rows:
    grouped.setdefault((row["server"], load(row)), []).append(row)
rows = [median_of(rounds) for rounds in grouped.values()]
ours = {load(row): row for row in rows if row["server"] == "kaskad"}
print("| load | server | requests/s | p50 ms | p99 ms | CPU ms a request "
      "| kaskad: requests/s | p50 | p99 | CPU | errors |")
print("|---|---|---|---|---|---|---|---|---|---|---|")
for row in sorted(rows, key=lambda row: list(ours).index(load(row))):
    base, rate = ours[load(row)], row.get("requests_per_second")
    more = f"{base['requests_per_second'] / rate:.2f}x" if rate else ""
    cpu = row.get("cpu_ms")
    cpu_ratio = f"{base['cpu_ms'] / cpu:.2f}x" if cpu else ""
    print(f"| {load(row)} | {row['server']} | {f'{rate:,.0f}' if rate else ''} | {row['p50_ms']:.2f} "
          f"| {row['p99_ms']:.2f} | {f'{cpu:.3f}' if cpu else ''} | {more} "
          f"| {base['p50_ms'] / row['p50_ms']:.2f}x | {base['p99_ms'] / row['p99_ms']:.2f}x "
          f"| {cpu_ratio} | {row['errors']} |")
print(f"\nLargest difference of a score between the servers: {largest:.1g}.")
