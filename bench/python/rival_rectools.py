"""RecTools: its dataset, its wrapper of implicit's model, recommend for all users."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender  # noqa: E402
from protocol import rival  # noqa: E402
from rectools.dataset import Dataset  # noqa: E402
from rectools.models import ImplicitItemKNNWrapperModel  # noqa: E402

import log  # noqa: E402

options = log.arguments()
frame = log.load(options.log)
# It asks for times, which this model does not read.
frame = frame.assign(datetime=pd.Timestamp("2024-01-01"))
with rival.Stopwatch() as watch:
    dataset = Dataset.construct(frame)
    knn = CosineRecommender(K=options.neighbours + 1, num_threads=options.threads)
    model = ImplicitItemKNNWrapperModel(knn).fit(dataset)
    lists = model.recommend(frame["user_id"].unique(), dataset, k=options.k, filter_viewed=True)
watch.report(rows=len(lists))
log.save(options.save, lists)
