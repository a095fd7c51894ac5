"""Makes the cascade of this bench, once: a generated log, the models (one thread, an epoch each: how good
they are is not asked here, how large they are is), cascade.toml, and the requests of stored users."""
import json
import shutil
import subprocess
import sys
import time

import shape

SPACE = """[[product]]
weighting = [{window = 20, gap = "inverse"}]
normalisation = [{kind = "row", target_power = 0.25}]
history = [{position = "power"}]
"""
SMALL = ["dimension=64", "epochs=1", "max_history=100"]


def call(*command):
    print("  " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def sets(*values):
    return [part for value in values for part in ("--set", value)]


def make_log(build, work):
    log = work / "log.csv"
    call(build / "kaskad_generate_log", "-o", log, "--interactions", shape.EVENTS, "--users",
         shape.USERS, "--items", shape.ITEMS, "--activity", 0.4, "--genres", shape.GENRES)
    with open(work / "items.csv", "w") as items:
        items.write("item_id,genre\n")
        for number in range(shape.ITEMS):
            items.write(f"i{number},g{shape.genre_of(f'i{number}')}\n")
    call(build / "kaskad", "ingest", log, "--item-features", work / "items.csv", "--cold-items",
         "-o", work / "data")
    log.unlink()


def make_retrievers(kaskad, work):
    space = work / "space.toml"
    space.write_text(SPACE)
    call(kaskad, "grid", work / "data", "--space", space, "--no-blend", "--split", "user-holdout:0.01",
         "--max-cases", 200, "--whole-log", "--threads", 1, "-o", work / "matrix")
    call(kaskad, "popularity", work / "data", "-o", work / "popular")
    call(kaskad, "train", work / "data", "--model", "two_tower", *sets(*SMALL, "threads=1"),
         "-o", work / "tower")
    call(kaskad, "export", "--onnx", work / "tower/bundle", "-o", work / "tower-files")
    config = json.load(open(work / "tower/bundle/manifest.json"))["config"]
    config["index"] = "int8"  # what "auto" takes here: a graph finds half of these 900
    (work / "tower.json").write_text(json.dumps(config))
    call(kaskad, "bundle", "--onnx", work / "tower-files/user.onnx", "--items",
         work / "tower-files/items.npy", "--config", work / "tower.json", "--dataset",
         work / "data", "-o", work / "tower-bundle")


def make_rankers(kaskad, work):
    call(kaskad, "make-impressions", work / "data", "--split", "user-holdout:0.01", "--retriever",
         "popularity", "--lists-per-user", 1, "--add-positives", "--hard", 20, "--easy", 5,
         "--threads", 1, "-o", work / "lists")
    call(kaskad, "train-ranker", "neural", work / "data", work / "lists", "--model",
         "interact_rank", *sets(*SMALL, "counters=[]", "crossing=none", "threads=1"),
         "-o", work / "prerank")
    train_ranker(kaskad, work, work / "rank")


def train_ranker(kaskad, work, run, *options):
    call(kaskad, "train-ranker", "neural", work / "data", work / "lists", "--model", "amortized",
         *sets(*SMALL, "blocks=2", "heads=2", "ranking_features=false", "head_cross_layers=0",
               "threads=1"),
         "-o", run, *options)


def make_int8(build, work):
    """The same ranker with its candidates in 8 bits, in a cascade of its own."""
    run = work / "rank-int8"
    if not run.exists():
        shutil.copytree(work / "rank", run)
        train_ranker(build / "kaskad", work, run, "--resume", "--kernel", "int8")
    (work / "cascade-int8.toml").write_text(shape.cascade_toml("rank-int8"))


def make_requests(work):
    """Users in an order of which neither server keeps anything: each comes once in many thousands."""
    with open(work / "requests", "w") as requests:
        for number in range(shape.USERS):
            user = number * 7919 % shape.USERS
            requests.write(json.dumps({"user_id": f"u{user}", "k": shape.ANSWER}) + "\n")


def prepare(build, work):
    work.mkdir(parents=True, exist_ok=True)
    (work / "cascade.toml").write_text(shape.cascade_toml())
    if (work / "requests").exists():
        return
    began = time.time()
    for made, make in ((work / "data", lambda: make_log(build, work)),
                       (work / "tower-bundle", lambda: make_retrievers(build / "kaskad", work)),
                       (work / "rank/bundle", lambda: make_rankers(build / "kaskad", work))):
        if not made.exists():
            make()
    make_requests(work)
    print(f"  made in {time.time() - began:.0f} s", file=sys.stderr, flush=True)
