"""kaskad: logs in, an honest answer out, and the winner served without Python.

import kaskad
dataset = kaskad.Dataset.construct(frame)          # user_id, item_id, weight, datetime
grid = kaskad.grid(dataset)                        # hundreds of matrices; shows its report
grid.winner.recommend(k=10)                        # a frame user_id, item_id, score, rank
"""

from . import metrics, splits
from ._compare import Comparison, compare
from ._grid import Grid, grid
from ._kaskad import VERSION as __version__
from ._kaskad import Error
from ._ranker_table import RankerTable, evaluate_rankers
from ._settings import Progress, num_threads, set_num_threads, set_progress
from .bundle import BundleModel, load
from .client import Client
from .dataset import Dataset
from .export import bundle_from_onnx, export_torch
from .impressions import Impressions, make_impressions
from .metrics import Evaluation, evaluate
from .model import Model
from .models import (
    EASE,
    Blend,
    BM25Search,
    Content,
    Cooccurrence,
    Popularity,
    bm25,
    cosine,
    jaccard,
    rp3beta,
    tfidf,
)
from .ranker_import import ranker_from_onnx, ranker_from_xgboost
from .ranker_training import calibrate, train_ranker
from .rankers import Ranker, load_ranker
from .serving import Server, program, serve
from .splits import Split
from .training import ensemble, train

__all__ = [
    "BM25Search",
    "Blend",
    "BundleModel",
    "Client",
    "Comparison",
    "Content",
    "Cooccurrence",
    "Dataset",
    "EASE",
    "Error",
    "Evaluation",
    "Grid",
    "Impressions",
    "Model",
    "Popularity",
    "Progress",
    "Ranker",
    "RankerTable",
    "Server",
    "Split",
    "__version__",
    "bm25",
    "bundle_from_onnx",
    "calibrate",
    "compare",
    "cosine",
    "ensemble",
    "evaluate",
    "evaluate_rankers",
    "export_torch",
    "grid",
    "jaccard",
    "load",
    "load_ranker",
    "make_impressions",
    "metrics",
    "num_threads",
    "program",
    "ranker_from_onnx",
    "ranker_from_xgboost",
    "rp3beta",
    "serve",
    "set_num_threads",
    "set_progress",
    "splits",
    "tfidf",
    "train",
    "train_ranker",
]
