"""What the stages of a job took, from Spark's event log (spark.eventLog.enabled=true).

    python3 spark/stage_figures.py LOG          a table, one line a stage that moved or made anything
"""

import json
import sys
from collections import defaultdict
from statistics import median

COLUMNS = ("stage", "tasks", "cpu s", "run s", "records in", "records out", "MB read", "MB written",
           "MB spilled", "peak MB", "largest/median task", "what")


def stages_of(lines) -> list[dict]:
    names, tasks = {}, defaultdict(list)
    for line in lines:
        event = json.loads(line)
        if event["Event"] == "SparkListenerStageSubmitted":
            info = event["Stage Info"]
            names[info["Stage ID"]] = info["Stage Name"]
        elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            tasks[event["Stage ID"]].append(event["Task Metrics"])
    stages = []
    for stage, metrics in sorted(tasks.items()):
        read = [m["Shuffle Read Metrics"] for m in metrics]
        written = [m["Shuffle Write Metrics"] for m in metrics]
        records_in = [r["Total Records Read"] + m["Input Metrics"]["Records Read"]
                      for r, m in zip(read, metrics)]
        stages.append({
            "stage": stage, "tasks": len(metrics), "what": names.get(stage, ""),
            "cpu s": sum(m["Executor CPU Time"] for m in metrics) / 1e9,
            "run s": sum(m["Executor Run Time"] for m in metrics) / 1e3,
            "records in": sum(records_in),
            "records out": sum(w["Shuffle Records Written"] for w in written),
            "MB read": sum(r["Remote Bytes Read"] + r["Local Bytes Read"] for r in read) / 1e6,
            "MB written": sum(w["Shuffle Bytes Written"] for w in written) / 1e6,
            "MB spilled": sum(m["Memory Bytes Spilled"] for m in metrics) / 1e6,
            "peak MB": max(m.get("Peak Execution Memory", 0) for m in metrics) / 1e6,
            "largest/median task": max(records_in) / max(1, median(records_in)),
        })
    return stages


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        stages = stages_of(file)
    rows = [list(COLUMNS)] + [
        [f"{s[c]:.1f}" if isinstance(s[c], float) else str(s[c]) for c in COLUMNS] for s in stages]
    widths = [max(len(row[c]) for row in rows) for c in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


if __name__ == "__main__":
    main()
