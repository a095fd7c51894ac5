"""RecTools, as its documentation calls it: calc_metrics on tables."""

import pandas as pd
from rectools import Columns
from rectools.metrics import (MAP, MRR, NDCG, AvgRecPopularity, CatalogCoverage, HitRate,
                              MeanInvUserFreq, Precision, Recall, calc_metrics)

METRICS = {"hit_rate": HitRate, "recall": Recall, "precision": Precision, "ndcg": NDCG, "map": MAP,
           "mrr": MRR, "popularity": AvgRecPopularity, "novelty": MeanInvUserFreq,
           "coverage": CatalogCoverage}


def measure(lists, ks):
    def table(rows):
        frame = pd.DataFrame(rows, columns=[Columns.User, Columns.Item, Columns.Datetime])
        frame[Columns.Weight] = 1
        return frame

    metrics = {f"{name}@{k}": metric(k=k) for name, metric in METRICS.items() for k in ks}
    recommended = pd.DataFrame(lists.recommended,
                               columns=[Columns.User, Columns.Item, Columns.Rank])
    train, test = table(lists.train), table(lists.test)
    catalog = pd.concat([train, test])[Columns.Item].unique()
    return calc_metrics(metrics, recommended, test, train, catalog)
