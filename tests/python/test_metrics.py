import math

import pandas as pd
import polars as pl
import pytest

import kaskad

LISTS = pd.DataFrame(
    {
        "user_id": [1, 1, 1, 2, 2, 3],
        "item_id": ["a", "b", "c", "b", "d", "a"],
        "rank": [1, 2, 3, 1, 2, 1],
    }
)
TEST = pd.DataFrame({"user_id": [1, 2, 2, 3], "item_id": ["b", "d", "e", "x"]})


def test_metrics_by_hand():
    found = kaskad.metrics.calculate(
        LISTS, TEST, metrics="ndcg@3,recall@3,hit_rate@3,mrr@3,precision@3"
    )
    ideal = 1 + 1 / math.log2(3)
    assert found["ndcg@3"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(3) / ideal + 0) / 3)
    assert found["recall@3"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["hit_rate@3"] == pytest.approx(2 / 3)
    assert found["mrr@3"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert found["precision@3"] == pytest.approx((1 / 3 + 1 / 3 + 0) / 3)


def test_scores_and_ranks_say_the_same():
    scored = LISTS.assign(score=-LISTS["rank"]).drop(columns="rank").sample(frac=1, random_state=1)
    assert kaskad.metrics.calculate(scored, TEST) == kaskad.metrics.calculate(LISTS, TEST)
    assert kaskad.metrics.calculate(pl.from_pandas(LISTS), pl.from_pandas(TEST)) == (
        kaskad.metrics.calculate(LISTS, TEST)
    )


def test_who_has_no_list_is_a_miss():
    found = kaskad.metrics.calculate(LISTS[LISTS["user_id"] != 1], TEST, metrics=["hit_rate@3"])
    assert found["hit_rate@3"] == pytest.approx(1 / 3)


def test_a_split_asks_for_what_it_holds_back(dataset):
    cut = kaskad.splits.split(dataset, "leave-last-n:2")
    assert cut.phases == ["test", "validation"]
    assert len(cut.asked()) == 2 * 60 and len(cut.learned()) == 6 * 60
    assert len(cut.learned("validation")) == 4 * 60
    roles = cut.frame()["phase"].value_counts().to_dict()
    assert roles == {"train": 240, "validation": 120, "test": 120}
    assert kaskad.splits.leave_last_n(dataset, 2).hash == cut.hash
    with pytest.raises(kaskad.Error, match="expected one of test, validation"):
        cut.asked("tset")


def test_time_is_cut_for_all(dataset):
    cut = kaskad.splits.global_time(dataset, test=0.25, windows=1)
    assert cut.asked()["datetime"].min() >= pd.Timestamp(cut.cuts["test"]["cut"]).tz_localize(None)
    assert cut.learned()["datetime"].max() < cut.asked()["datetime"].min()


def test_a_model_and_its_lists_have_the_same_figures(dataset):
    cut = kaskad.splits.leave_one_out(dataset)
    model = kaskad.Cooccurrence(window=1).fit(dataset, split=cut)
    own = kaskad.evaluate(model, cut)
    lists = kaskad.evaluate(model.recommend(k=10), cut)
    assert own.metrics["hit_rate@10"] == lists.metrics["hit_rate@10"] == 1
    assert own.metrics["ndcg@10"] == pytest.approx(lists.metrics["ndcg@10"])
    assert len(own.values("ndcg@10")) == 60
    low, high = own.intervals["ndcg@10"]
    assert low <= own.metrics["ndcg@10"] <= high
    assert "log2" in own.definitions["ndcg@10"]


def test_answers_that_were_learned_are_refused(dataset, tmp_path):
    cut = kaskad.splits.leave_one_out(dataset)
    knows = kaskad.Cooccurrence().fit(dataset)
    with pytest.raises(kaskad.Error, match="has learned answers"):
        kaskad.evaluate(knows, cut)
    knows.save(tmp_path / "bundle")
    with (
        pytest.warns(UserWarning, match="fitted for another split"),
        pytest.raises(kaskad.Error, match="learned"),
    ):
        kaskad.evaluate(kaskad.load(tmp_path / "bundle"), cut)


def test_anybody_is_compared_on_one_split(dataset):
    cut = kaskad.splits.leave_one_out(dataset)
    good = kaskad.Cooccurrence(window=1).fit(dataset, split=cut)
    lists = kaskad.Popularity().fit(dataset, split=cut).recommend(k=10)
    table = kaskad.compare({"next": good, "theirs": lists}, cut)
    frame = table.frame()
    assert frame["name"].tolist()[0] == "next"
    assert set(frame["name"]) == {"next", "theirs", "popularity"}
    worse = frame.set_index("name").loc["theirs"]
    assert worse["difference_high"] < 0 and not worse["may_equal_best"]
    assert "next" in table.verdict
    assert "<html" in table.report and "<iframe" in table._repr_html_()
    with pytest.raises(kaskad.Error, match="two contestants have one name"):
        kaskad.compare([good, good], cut)
