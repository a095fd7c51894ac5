"""kaskad's grid on the same log and split, and the peers' lists paired with its winner's, user by
user, by `kaskad compare`."""

import json
import subprocess
from pathlib import Path

from protocol.logs import DATA, FILES

FEATURES = {"ml-1m-half": "ml-1m/movies.dat",
            "s3rec-beauty": "s3rec-beauty/Beauty_item2attributes.json"}
SPLITS = {"global-time": "global-time:0.1"}  # others have one name in both programs


class Grid:
    """Work in `folder`/LOG, kept there: a grid that was finished is not run again."""

    PEER = "peer's "  # tells their popularity from the one that the grid measures itself

    def __init__(self, kaskad, folder, log, split):
        self.kaskad, self.split = kaskad, SPLITS.get(split, split)
        self.dataset, self.run = Path(folder) / log / "dataset", Path(folder) / log / split
        if not self.dataset.exists():
            self.dataset.parent.mkdir(parents=True, exist_ok=True)
            features = ["--item-features", DATA / FEATURES[log]] if log in FEATURES else []
            self._call("ingest", DATA / FILES[log], *features, "-o", self.dataset)
        self.result = json.loads(
            self._call("grid", self.dataset, "--split", self.split, "-o", self.run, "--json"))

    def lists_file(self, method):
        return self.run.parent / f"{method.replace(' ', '_').replace(',', '')}.csv"

    def pair(self, methods):
        """{method or "kaskad": its row of `kaskad compare`, by NDCG@10}, the peers by their lists."""
        lists = [f"{self.PEER}{method}={self.lists_file(method)}" for method in methods]
        told = json.loads(self._call("compare", f"kaskad={self.run}", "--dataset", self.dataset,
                                     "--split", self.split, "--lists", *lists, "--no-timing",
                                     "--report", "", "--json"))
        return {run["name"].removeprefix(self.PEER): run for run in told["runs"]
                if run["name"] == "kaskad" or run["name"].startswith(self.PEER)}

    def _call(self, *arguments):
        return subprocess.run([self.kaskad, *map(str, arguments)], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
