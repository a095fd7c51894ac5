#!/usr/bin/env python3
"""Counting on Spark gives what counting here gives: counting_test.py KASKAD.

Both read a generated log and, where it lies beside the checkout, MovieLens 100K. Whole counts must
be the same to the bit, everything else to 1e-6. Ends with 77 where there is no Java or no Spark.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "spark"), str(ROOT / ".deps" / "spark")]
KASKAD = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None


def skip(why: str) -> None:
    print(f"skipped: {why}")
    sys.exit(77)


if shutil.which("java") is None:
    skip("there is no java; scripts/install_packages.sh --spark installs it")
try:
    import pyspark  # noqa: F401
except ImportError:
    skip("there is no PySpark; scripts/fetch_spark.sh fetches it")
os.environ["PYSPARK_SUBMIT_ARGS"] = (
    "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false "
    "--driver-java-options -XX:TieredStopAtLevel=1 "  # compiling for speed takes longer than all else
    "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 "
    "--conf spark.ui.showConsoleProgress=false --conf spark.log.level=ERROR pyspark-shell")
os.environ["PYSPARK_PYTHON"] = sys.executable

import artefacts  # noqa: E402
import count_counters  # noqa: E402
import count_pairs  # noqa: E402
import logs_of_tests  # noqa: E402
from logs import LogError  # noqa: E402

SEGMENTS = ["query:item", "user:item", "query:user:item", "item", "query_token:item",
            "user:query_token:genre", "country:item", "languages:query_token:brand", "user_country:genre",
            "brand"]
RAW = {"kind": "raw"}
# Weighting, normalisation, and whether the numbers are whole.
PARTS = [
    ({"reverse": 1.0, "max_history": 30}, RAW, True),
    ({"window": 5}, RAW, True),
    ({"window": 8, "time_window": 1.0}, RAW, True),
    ({"reverse": 0.6, "window": 20, "gap": "inverse"}, {"kind": "row", "target_power": 0.25}, False),
    ({"max_history": 25, "user": "inverse_log", "age_tau": 40.0}, {"kind": "cosine"}, False),
    ({"event_weight": True, "window": 10, "gap": "exponential", "gap_tau": 7.0}, {"kind": "cosine"},
     False),
    ({"reverse": 1.0, "user": "walk", "max_history": 25},
     {"kind": "cosine", "alpha": 1.0, "target_power": 0.4}, False),
    ({"reverse": 1.0, "user": "idf", "max_history": 25}, {"kind": "tf_idf"}, False),
]


def kaskad(*arguments) -> str:
    done = subprocess.run([KASKAD, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kaskad {arguments[0]}: {done.stderr}")
    return done.stdout


def toml(value) -> str:
    """JSON is TOML but for its tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


class Counting(unittest.TestCase):
    def setUp(self):
        self.work = Path(tempfile.mkdtemp(prefix="kaskad-spark-"))
        self.addCleanup(shutil.rmtree, self.work)

    def local_matrix(self, dataset: Path, weighting: dict, normalisation: dict) -> dict:
        """One variant, counted here over the whole log."""
        space, run = self.work / "space.toml", self.work / "run"
        space.write_text(f"[[product]]\nweighting = [{toml(weighting)}]\n"
                         f"normalisation = [{toml(normalisation)}]\nhistory = [{{ position = \"uniform\" }}]\n")
        shutil.rmtree(run, ignore_errors=True)
        kaskad("grid", dataset, "--space", space, "--no-blend", "--whole-log", "--max-cases", 100,
               "--resamples", 100, "-o", run, "--runs", self.work / "runs")
        return artefacts.matrix(run / "production", 0)

    def imported_bundle(self, dataset: Path, parts, logs, *options) -> Path:
        """The same on Spark, all variants in one run."""
        blend = self.work / "blend.json"
        blend.write_text(json.dumps({"parts": [
            {"weight": 1, "variant": {"matrix": {"kind": "cooccurrence", "weighting": weighting,
                                                 "normalisation": normalisation}}}
            for weighting, normalisation, _ in parts]}))
        counted = self.work / f"counted-{len(list(self.work.iterdir()))}"
        count_pairs.run(count_pairs.arguments(
            [*map(str, logs), "--blend", str(blend), "-o", str(counted), "--shuffle-partitions", "2",
             *options]))
        bundle = Path(f"{counted}-bundle")
        kaskad("import", counted, "--dataset", dataset, "-o", bundle)
        return bundle

    def assert_same(self, ours: dict, theirs: dict, whole: bool, name: str):
        self.assertGreater(len(ours), 100, name)
        self.assertEqual(ours.keys(), theirs.keys(), name)
        if whole:
            self.assertEqual(ours, theirs, name)
            return
        worst = max(abs(ours[pair] - theirs[pair]) / max(1.0, abs(ours[pair])) for pair in ours)
        print(f"{name}: {len(ours)} pairs, largest difference {worst:.1e}", flush=True)
        self.assertLess(worst, 1e-6, name)

    def compare(self, dataset: Path, parts, logs, *options):
        bundle = self.imported_bundle(dataset, parts, logs, *options)
        for number, (weighting, normalisation, whole) in enumerate(parts):
            local = self.local_matrix(dataset, weighting, normalisation)
            self.assert_same(local, artefacts.matrix(bundle, number), whole, str(weighting))

    def generated(self) -> tuple[Path, list[Path]]:
        logs = [self.work / "a.csv", self.work / "b.csv"]
        logs_of_tests.events(*logs)
        kaskad("ingest", *logs, "-o", self.work / "data")
        return self.work / "data", logs

    def test_pairs_of_a_generated_log(self):
        dataset, logs = self.generated()
        self.compare(dataset, PARTS, logs)

    def test_strongest_pairs_are_kept(self):
        dataset, logs = self.generated()
        every = self.local_matrix(dataset, {"window": 5}, RAW)
        bundle = self.imported_bundle(dataset, [({"window": 5}, RAW, True)], logs, "--max-columns", "7")
        kept = artefacts.matrix(bundle, 0)
        events = {}
        for path in logs:
            for row in path.read_text().splitlines()[1:]:
                item = row.split(",")[1]
                events[item] = events.get(item, 0) + 1
        strength = {pair: count / (1 + events[pair[1]]) ** 0.5 for pair, count in every.items()}
        for source in {pair[0] for pair in every}:
            targets = [pair for pair in every if pair[0] == source]
            best = sorted((strength[pair] for pair in targets), reverse=True)[:7]
            found = sorted((strength[pair] for pair in kept if pair[0] == source), reverse=True)
            self.assertEqual(len(found), len(best))
            for a, b in zip(found, best):
                self.assertAlmostEqual(a, b, places=9)
        self.assertTrue(all(every[pair] == count for pair, count in kept.items()))

    def test_faults_of_a_log_are_named(self):
        blend = self.work / "blend.json"
        blend.write_text(json.dumps({"parts": [{"variant": {}}]}))

        def fault(text: str) -> str:
            # A file of its own each time: Spark remembers what it read of one.
            log = self.work / f"log-{len(text)}.csv"
            log.write_text(text)
            with self.assertRaises(LogError) as caught:
                count_pairs.run(count_pairs.arguments(
                    [str(log), "--blend", str(blend), "-o", str(self.work / "out")]))
            return str(caught.exception)

        self.assertIn("expected a user column", fault("who,what\nu,i\n"))
        self.assertIn("empty cell", fault("user_id,item_id,timestamp\nu,i,1600000000\nu,,1600000001\n"))
        self.assertIn("say which with --time",
                      fault("user_id,item_id,timestamp\nu,i,1600000000\nu,j,1600000000000\n"))

    def test_pairs_of_movielens(self):
        shared = Path(os.environ.get("KASKAD_SHARED_DATA", ROOT.parent / "shared" / "data"))
        log = shared / "ml-100k" / "ml-100k.inter"
        if not log.exists():
            self.skipTest(f"{log} is not there")
        kaskad("ingest", log, "-o", self.work / "data")
        parts = [({"window": 20}, RAW, True), ({"reverse": 1.0, "max_history": 50}, RAW, True),
                 ({"reverse": 0.6, "window": 20, "gap": "inverse"}, {"kind": "row"}, False)]
        self.compare(self.work / "data", parts, [log], "--format", "csv", "--delimiter", "\t")

    def test_counters_of_generated_impressions(self):
        _, logs = self.generated()
        shown, items, users = (self.work / f"{name}.csv" for name in ("shown", "items", "users"))
        logs_of_tests.impressions(shown)
        logs_of_tests.features(items, users)
        dataset = self.work / "with-features"
        kaskad("ingest", *logs, "--item-features", items, "--user-features", users, "-o", dataset)
        kaskad("make-impressions", dataset, "--impressions", shown, "--heads", "click,buy", "--split",
               "hash:0.1", "--known-items", "catalogue", "-o", self.work / "lists")
        asked = ["--segments", ",".join(SEGMENTS), "--windows", "3,7,0", "--decays", "5"]
        kaskad("count", self.work / "lists", *asked, "-o", self.work / "local")
        count_counters.run(count_counters.arguments(
            [str(shown), *asked, "--heads", "click,buy", "--item-features", str(items),
             "--user-features", str(users), "-o", str(self.work / "cells"), "--shuffle-partitions", "2"]))
        kaskad("import", self.work / "cells", "--dataset", dataset, "-o", self.work / "imported")
        for number, segment in enumerate(SEGMENTS):
            counts, faded = artefacts.cells(self.work / "local", number, events=3, decays=1)
            theirs, their_faded = artefacts.cells(self.work / "imported", number, 3, 1)
            self.assertGreater(len(counts), 20, segment)
            self.assertEqual(counts, theirs, segment)
            self.assertEqual(faded.keys(), their_faded.keys())
            for cell, sums in faded.items():
                for a, b in zip(sums, their_faded[cell]):
                    self.assertAlmostEqual(a, b, delta=1e-9 * max(1.0, a))

    def test_faults_of_segments_are_named(self):
        shown, items, users = (self.work / f"{name}.csv" for name in ("shown", "items", "users"))
        logs_of_tests.impressions(shown, requests=5)
        logs_of_tests.features(items, users)
        again = self.work / "again.csv"
        again.write_text("id,brand\ni1,acme\ni1,acme\n")

        def fault(segments: str, table: Path) -> str:
            with self.assertRaises(Exception) as caught:
                count_counters.run(count_counters.arguments(
                    [str(shown), "--segments", segments, "--item-features", str(table),
                     "-o", str(self.work / "out"), "--shuffle-partitions", "2"]))
            return str(caught.exception)

        self.assertIn("found the field 'colour', expected one of query", fault("colour:item", items))
        self.assertIn("found 2 fields of items in 'brand:item'", fault("brand:item", items))
        self.assertIn("found 'i1' again, expected every id once", fault("query:brand", again))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
