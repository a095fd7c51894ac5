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
    for key in ("requests_per_second", "p50_ms", "p99_ms"):
        if key in row:
            row[key] = statistics.median(one[key] for one in rounds)
    return row


grouped = {}
for row in rows:
    grouped.setdefault((row["server"], load(row)), []).append(row)
rows = [median_of(rounds) for rounds in grouped.values()]
ours = {load(row): row for row in rows if row["server"] == "kaskad"}
print("| load | server | requests/s | p50 ms | p99 ms | kaskad's requests/s | its p50 | its p99 | errors |")
print("|---|---|---|---|---|---|---|---|---|")
for row in sorted(rows, key=lambda row: list(ours).index(load(row))):
    base, rate = ours[load(row)], row.get("requests_per_second")
    more = f"{base['requests_per_second'] / rate:.2f}x" if rate else ""
    print(f"| {load(row)} | {row['server']} | {f'{rate:,.0f}' if rate else ''} | {row['p50_ms']:.2f} "
          f"| {row['p99_ms']:.2f} | {more} | {base['p50_ms'] / row['p50_ms']:.2f}x "
          f"| {base['p99_ms'] / row['p99_ms']:.2f}x | {row['errors']} |")
print(f"\nLargest difference of a score between the servers: {largest:.1g}.")
