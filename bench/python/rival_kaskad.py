"""kaskad's own package: frame in, frame out. It lies in KASKAD_PACKAGE."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, os.environ["KASKAD_PACKAGE"])

import kaskad  # noqa: E402
from protocol import rival  # noqa: E402

import log  # noqa: E402

options = log.arguments()
frame = log.load(options.log)
kaskad.set_num_threads(options.threads)
with rival.Stopwatch() as watch:
    dataset = kaskad.Dataset.construct(frame)
    model = kaskad.cosine(K=options.neighbours).fit(dataset)
    lists = model.recommend(k=options.k)
watch.report(rows=len(lists))
log.save(options.save, lists)
