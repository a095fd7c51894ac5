"""Makes a Markdown table of what run.sh prints, line by line: run.sh BUNDLE | table.py"""
import json
import sys

print("| server | threads | connections | requests/s | p50 ms | p99 ms | errors |")
print("|---|---|---|---|---|---|---|")
equal = None
for line in sys.stdin:
    row = json.loads(line)
    if "server" not in row:  # from compare.py
        equal = row
        continue
    print(f"| {row['server']} | {row['threads']} | {row['connections']} "
          f"| {row['requests_per_second']:,} | {row['p50_ms']:.2f} | {row['p99_ms']:.2f} "
          f"| {row['errors']} |", flush=True)
if equal:
    print(f"\nEqual lists of both servers: {equal['equal']} of {equal['lists']}.")
