import concurrent.futures
import pathlib

import numpy as np
import pandas as pd
import pytest
from onnx_file import less_of_a_feature, score_of_items

import kaskad

ITEMS = 30


@pytest.fixture(scope="module")
def walk():
    """120 users who walk a ring of 30 items in steps of 3 to 5, ten steps each, an hour a step. A third of
    the items are dear."""
    rng = np.random.default_rng(3)
    rows = [
        (f"user {user}", 500 + (user + 3 * step + int(rng.integers(3))) % ITEMS, user + step)
        for user in range(120)
        for step in range(10)
    ]
    log = pd.DataFrame(rows, columns=["user_id", "item_id", "hour"])
    log["datetime"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(log.pop("hour"), unit="h")
    items = pd.DataFrame({"item_id": range(500, 500 + ITEMS)})
    items["price"] = [["dear", "cheap", "cheap"][item % 3] for item in items["item_id"]]
    return kaskad.Dataset.construct(log, item_features=items)


@pytest.fixture(scope="module")
def lists(walk, tmp_path_factory):
    return kaskad.make_impressions(walk, tmp_path_factory.mktemp("made") / "lists", candidates=12)


@pytest.fixture(scope="module")
def trees(lists, tmp_path_factory):
    return kaskad.train_ranker(lists, tmp_path_factory.mktemp("trees") / "trees", rounds=20)


@pytest.fixture(scope="module")
def dearest(lists, tmp_path_factory):
    """The higher the id of an item, the better, whoever asks: the answers are known."""
    folder = tmp_path_factory.mktemp("dearest")
    ids = np.array(lists.dataset.item_ids.to_pylist(), np.float32)
    (folder / "items.onnx").write_bytes(score_of_items(np.concatenate([[0], ids]).astype("f4")))
    return kaskad.ranker_from_onnx(
        folder / "items.onnx",
        lists,
        folder / "ranker",
        mapping={"inputs": {"candidates": {"source": "candidate.items"}}},
    )


# -- lists --------------------------------------------------------------------------------------------


def test_lists_say_what_was_taken(lists, walk):
    frame = lists.frame("test")
    assert list(frame) == ["request_id", "user_id", "datetime", "item_id", "score", "rank", "next"]
    assert lists.heads == ["next"] and lists.split == "leave-one-out" and lists.contexts == []
    assert lists.counts["test"]["lists"] == 120 == frame["request_id"].nunique()
    assert (frame.groupby("request_id").size() == 12).all()
    last = walk.frame().groupby("user_id").tail(1).set_index("user_id")
    taken = frame[frame["next"] == 1].set_index("user_id")
    assert (taken["item_id"] == last.loc[taken.index, "item_id"]).all()
    assert (taken["datetime"] == last.loc[taken.index, "datetime"]).all()


def test_lists_are_opened_again_with_their_dataset_alone(lists, walk, dataset):
    opened = kaskad.Impressions.open(lists.directory, walk)
    pd.testing.assert_frame_equal(opened.frame("train"), lists.frame("train"))
    with pytest.raises(kaskad.Error, match="make the impressions again from this dataset"):
        kaskad.Impressions.open(lists.directory, dataset)
    with pytest.raises(
        kaskad.Error, match="found 'tests', expected one of train, validation, test"
    ):
        lists.frame("tests")


def test_any_model_may_retrieve(walk, tmp_path):
    split = kaskad.splits.leave_one_out(walk)
    model = kaskad.Cooccurrence(window=1).fit(walk, split=split)
    lists = kaskad.make_impressions(
        walk, tmp_path / "lists", split=split, retriever=model, candidates=5, lists_per_user=2
    )
    mine = model.recommend(k=5)  # asked with what it learned, as the lists of the test are
    frame = lists.frame("test")
    pd.testing.assert_frame_equal(
        frame[["user_id", "item_id"]], mine[["user_id", "item_id"]], check_dtype=False
    )


@pytest.mark.parametrize("pad", ["right", "left"])
def test_histories_are_the_newest_events_before_each_list(lists, walk, pad):
    found = lists.histories("test", length=4, pad=pad)
    assert {name: array.shape for name, array in found.items()} == dict.fromkeys(
        ("items", "ages"), (120, 4)
    )
    number = {item: place + 1 for place, item in enumerate(walk.item_ids.to_pylist())}
    asked = lists.frame("test").drop_duplicates("request_id").set_index("request_id")
    for request, user, now in asked[["user_id", "datetime"]].itertuples():
        events = walk.frame().query("user_id == @user and datetime < @now").tail(4)
        expected = np.zeros((2, 4))
        events_at = slice(0, len(events)) if pad == "right" else slice(4 - len(events), 4)
        expected[0, events_at] = [number[item] for item in events["item_id"]]
        expected[1, events_at] = (now - events["datetime"]).dt.total_seconds() / 3600
        assert found["items"][request].tolist() == expected[0].tolist()
        np.testing.assert_allclose(found["ages"][request], expected[1])
    short = lists.histories("train", length=1000, pad=pad)["items"]
    filled = (short > 0).sum(axis=1)
    assert (short > 0)[:, 0 if pad == "right" else -1].all() and filled.max() < 1000
    with pytest.raises(kaskad.Error, match="pad: found 'middle', expected 'right' or 'left'"):
        lists.histories("test", pad="middle")


def test_real_impressions_are_taken_from_a_frame(walk, tmp_path):
    shown = pd.DataFrame(
        {
            "session": np.repeat(range(100), 3),
            "item_id": [500 + (row * 7) % ITEMS for row in range(300)],
            "query": np.repeat([f"words {n % 4}" for n in range(100)], 3),
            "clicked": [row % 3 == 1 for row in range(300)],
        }
    )
    lists = kaskad.make_impressions(
        walk,
        tmp_path / "lists",
        split="hash:0.3",
        impressions=shown,
        columns={"request_id": "session", "action": "clicked"},
        heads=["clicked"],
    )
    frames = [lists.frame(part) for part in ("train", "validation", "test")]
    found = pd.concat(frames)
    assert len(found) == 300 and lists.heads == ["clicked"]
    assert found["user_id"].isna().all()
    assert (found["clicked"] == (found["position"] == 2)).all()
    asked = shown.drop_duplicates("item_id").set_index("item_id")
    assert set(found["item_id"]) == set(asked.index)
    assert set(found["query"]) == {f"words {n}" for n in range(4)}
    searching = kaskad.train_ranker(lists, tmp_path / "bm25", model="bm25")
    assert len(searching.score(lists)) == len(frames[2])
    ranked = searching.rank(frames[2].drop(columns="order"), walk)
    assert ranked["request_id"].is_monotonic_increasing and len(ranked) == len(frames[2])


# -- asking -------------------------------------------------------------------------------------------


def test_candidates_come_back_best_first(dearest):
    frame = pd.DataFrame(
        {
            "user_id": ["user 7", "user 2", "user 7", "user 2", "user 7"],
            "item_id": [503, 529, 517, 500, 511],
        }
    )
    answer = dearest.rank(frame)
    expected = pd.DataFrame(
        {
            "user_id": ["user 7"] * 3 + ["user 2"] * 2,
            "item_id": [517, 511, 503, 529, 500],
            "score": np.array([517, 511, 503, 529, 500], np.float32),
            "rank": [1, 2, 3, 1, 2],
        }
    )
    pd.testing.assert_frame_equal(answer, expected)
    assert dearest.rank(frame, k=1)["item_id"].tolist() == [517, 529]


def test_one_list_is_asked_by_its_ids(dearest, walk):
    answer = dearest.rank([503, 529, 517], user="user 7")
    assert list(answer) == ["item_id", "score", "rank"]
    assert answer["item_id"].tolist() == [529, 517, 503]
    answer = dearest.rank([503, 529], history=[501, 502], now="2024-01-09T00:00:00")
    assert answer["item_id"].tolist() == [529, 503]
    loaded = kaskad.load_ranker(dearest.path)  # without a dataset ids are of the types that it kept
    answer = loaded.rank([503, 529], history=[501], now="2024-01-09T00:00:00")
    assert answer["item_id"].tolist() == [529, 503] and loaded.item_ids.equals(walk.item_ids)
    answer = loaded.rank([503, 529], walk, user="user 7", k=1)
    assert answer["item_id"].tolist() == [529]


def test_what_the_command_line_made_has_texts_for_ids(dearest, walk, tmp_path):
    dearest.save(tmp_path / "copy")
    assert kaskad.load_ranker(tmp_path / "copy").item_ids.equals(walk.item_ids)
    (tmp_path / "copy/python_ids.json").unlink()
    loaded = kaskad.load_ranker(tmp_path / "copy")
    answer = loaded.rank(["503", "529"], history=["501"], now="2024-01-09T00:00:00")
    assert answer["item_id"].tolist() == ["529", "503"]
    answer = loaded.rank([503, 529], walk, user="user 7", k=1)  # with a dataset those of it
    assert answer["item_id"].tolist() == [529]


def test_what_the_ranker_never_saw_is_named_or_scored(dearest):
    with pytest.raises(kaskad.Error, match="'item_id': found 999, which is no id here"):
        dearest.rank([503, 999], user="user 7")
    answer = dearest.rank([999, 503], user="user 7", unknown_items="score")
    assert answer["item_id"].tolist() == [503, 999] and answer["score"].tolist() == [503, 0]
    with pytest.raises(kaskad.Error, match="found 'nobody', which is no id here"):
        dearest.rank(pd.DataFrame({"user_id": ["nobody"], "item_id": [503]}))


def test_a_wrong_question_says_what_is_wrong(dearest, walk):
    frame = pd.DataFrame({"user_id": ["user 1"], "item_id": [503]})
    with pytest.raises(kaskad.Error, match="expected 'request_id' or 'user_id'"):
        dearest.rank([503])
    with pytest.raises(kaskad.Error, match="both user and history"):
        dearest.rank([503], user="user 1", history=[501])
    with pytest.raises(kaskad.Error, match="a history without times, expected `times` or `now`"):
        dearest.rank([503], history=[501])
    with pytest.raises(kaskad.Error, match="found now and split, expected one"):
        dearest.rank(frame, now="2024-01-09", split=kaskad.splits.leave_one_out(walk))
    with pytest.raises(kaskad.Error, match="now: found numbers that only order"):
        dearest.rank(frame, now=7)
    with pytest.raises(kaskad.Error, match="has no probabilities; kaskad.calibrate"):
        dearest.rank(frame, probabilities=True)
    with pytest.raises(kaskad.Error, match="holds no dataset"):
        kaskad.load_ranker(dearest.path).rank(frame)
    torn = pd.DataFrame({"request_id": [1, 1], "user_id": ["user 1", "user 2"], "item_id": 503})
    with pytest.raises(kaskad.Error, match="row 1: found another user_id than in the first row"):
        dearest.rank(torn)


def test_a_frame_of_lists_is_scored_as_the_lists_are(trees, lists):
    """The same three ways: the stored lists, their frame by its moments, each user as the split asks."""
    frame = lists.frame("test").assign(stored=trees.score(lists))
    split = kaskad.splits.leave_one_out(lists.dataset)
    by_moment = trees.rank(frame.drop(columns="next"))
    by_split = trees.rank(frame[["user_id", "item_id", "score", "rank"]], split=split)
    for answer, key in ((by_moment, "request_id"), (by_split, "user_id")):
        both = frame[["request_id", "user_id", "item_id", "stored"]].merge(
            answer, on=[key, "item_id"]
        )
        assert len(both) == len(frame)
        np.testing.assert_allclose(both["score"], both["stored"], rtol=1e-6)


def test_alone_as_together_and_from_any_thread(trees, lists):
    frame = lists.frame("test")
    everybody = trees.rank(frame)
    alone = trees.rank(frame[frame["request_id"] == 5])
    together = everybody[everybody["request_id"] == 5].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: trees.rank(frame), range(4)):
            pd.testing.assert_frame_equal(answer, everybody)
    loaded = kaskad.load_ranker(trees.path, lists.dataset)
    pd.testing.assert_frame_equal(loaded.rank(frame), everybody)


def test_several_actions_have_a_score_each(walk, tmp_path):
    """Of what is shown the first is taken: clicked in every other list, bought in the others."""
    shown = pd.DataFrame({"request_id": np.repeat(range(120), 4)})
    shown["item_id"] = [500 + (row * 11) % ITEMS for row in range(480)]
    shown["action"] = [["buy", "click"][row // 4 % 2] if row % 4 == 0 else "" for row in range(480)]
    lists = kaskad.make_impressions(
        walk, tmp_path / "lists", split="hash:0.3", impressions=shown, heads=["click", "buy"]
    )
    ranker = kaskad.train_ranker(
        lists, tmp_path / "ranker", rounds=5, head_weights={"buy": 5}, no_history=True
    )
    assert ranker.heads == {"click": 1, "buy": 5}
    answer = ranker.rank(lists.frame("test").drop(columns="order"), walk, heads=True)
    np.testing.assert_allclose(
        answer["score"], answer["score_click"] + 5 * answer["score_buy"], rtol=1e-5, atol=1e-5
    )


def test_what_came_with_a_list_is_seen(tmp_path):
    """Click-outs in trivago's form: of three hotels the cheapest is taken."""
    rng = np.random.default_rng(5)
    rows = []
    for session in range(300):
        hotels, prices = rng.choice(20, 3, replace=False), rng.integers(50, 200, 3)
        rows.append(
            {
                "user_id": f"u{session % 60}",
                "session_id": f"s{session}",
                "timestamp": 1541000000 + 600 * session,
                "step": 1,
                "action_type": "clickout item",
                "reference": hotels[prices.argmin()],
                "platform": "X",
                "city": "Y",
                "device": "mobile",
                "current_filters": "",
                "impressions": "|".join(map(str, hotels)),
                "prices": "|".join(map(str, prices)),
            }
        )
    log = pd.DataFrame(rows)
    log.to_csv(tmp_path / "sessions.csv", index=False)
    taken = log[["user_id", "timestamp"]].assign(item_id=log["reference"].astype(str))
    hotels = kaskad.Dataset.construct(taken)
    lists = kaskad.make_impressions(
        hotels,
        tmp_path / "lists",
        split="global-time:0.2,windows=1",
        impressions=tmp_path / "sessions.csv",
        form="trivago",
        heads=["next"],
    )
    assert lists.contexts == ["price"]
    ranker = kaskad.train_ranker(lists, tmp_path / "ranker", rounds=20)
    frame = lists.frame("test").assign(stored=ranker.score(lists))
    answer = ranker.rank(frame, hotels, unknown_items="score")
    both = frame.merge(answer, on=["request_id", "item_id"])
    np.testing.assert_allclose(both["score_y"], both["stored"], rtol=1e-5)
    cheapest = frame.loc[frame.groupby("request_id")["price"].idxmin(), "item_id"].tolist()
    first = answer[answer["rank"] == 1]["item_id"].tolist()
    assert np.mean([a == b for a, b in zip(first, cheapest)]) > 0.9


def test_own_histories_are_those_of_users(trees, walk):
    past = walk.frame().query("user_id == 'user 9'")
    mine = trees.rank(
        [503, 517, 529],
        history=past["item_id"].tolist()[::-1],  # in any order where there are times
        times=past["datetime"].tolist()[::-1],
        now=walk.frame()["datetime"].max(),
    )
    pd.testing.assert_frame_equal(mine, trees.rank([503, 517, 529], user="user 9"))


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_frames_come_back_in_their_library(kind, trees, lists):
    frame = lists.frame("test")
    if kind == "polars":
        given = pytest.importorskip("polars").from_pandas(frame)
    else:
        given = pytest.importorskip("pyarrow").Table.from_pandas(frame)
    answer = trees.rank(given)
    assert type(answer) is type(given)
    assert answer["item_id"].to_pylist() if kind == "pyarrow" else answer["item_id"].to_list()
    pd.testing.assert_frame_equal(answer.to_pandas(), trees.rank(frame), check_dtype=False)


def test_features_are_those_that_trees_learn_from(trees, lists):
    features = lists.features("test")
    assert list(features) == trees.features and len(features) == len(lists.frame("test"))
    assert "item_price" in trees.features and "popularity" in trees.features
    frame = lists.frame("test")
    ranked = trees.rank(frame, features=True)
    both = frame[["request_id", "item_id"]].merge(ranked, on=["request_id", "item_id"])
    pd.testing.assert_frame_equal(both[trees.features], features, check_exact=False)


def test_a_server_gives_the_same_scores(trees, walk):
    model = kaskad.Cooccurrence().fit(walk)
    with kaskad.serve(model, ranker=trees, threads=1) as server:
        found = server.client.rank(["503", "517", "529"], "user 9")
    mine = trees.rank([503, 517, 529], user="user 9")
    assert [item["item_id"] for item in found["items"]] == [str(i) for i in mine["item_id"]]
    assert [item["score"] for item in found["items"]] == pytest.approx(mine["score"].tolist())


# -- figures and probabilities ------------------------------------------------------------------------


def test_the_table_measures_what_is_scored(trees, dearest, lists):
    split = kaskad.splits.leave_one_out(lists.dataset)
    matrix = kaskad.Cooccurrence(window=1).fit(lists.dataset, split=split)
    table = kaskad.evaluate_rankers(
        lists, {"trees": trees, "dearest": dearest, "matrix": matrix}, resamples=100
    )
    frame = table.frame().set_index("name")
    assert {"trees", "dearest", "matrix", "retrieval order", "popularity"} <= set(frame.index)
    assert frame["ndcg@10"].is_monotonic_decreasing and frame["difference"].iloc[0] == 0
    assert ((frame["low"] <= frame["ndcg@10"]) & (frame["ndcg@10"] <= frame["high"])).all()
    # One answer a list: 1 / log2(1 + rank) where it is among the first ten.
    ranked = trees.rank(lists.frame("test")).merge(
        lists.frame("test")[["request_id", "item_id", "next"]]
    )
    ranks = ranked.loc[ranked["next"] == 1, "rank"]
    by_hand = (1 / np.log2(1 + ranks[ranks <= 10])).sum() / 120
    assert frame.loc["trees", "ndcg@10"] == pytest.approx(by_hand, abs=1e-6)
    assert table.verdict and "ndcg@10" in table.definitions and "srcdoc" in table._repr_html_()


def test_a_retriever_that_knows_the_answers_is_refused(lists):
    matrix = kaskad.Cooccurrence(window=1).fit(lists.dataset)
    with pytest.raises(kaskad.Error, match="learned"):
        kaskad.evaluate_rankers(lists, {"matrix": matrix})
    with pytest.raises(kaskad.Error, match="without '='"):
        kaskad.evaluate_rankers(lists, {"a=b": matrix})


def test_probabilities_rise_with_scores(trees, lists, tmp_path):
    sure = kaskad.calibrate(trees, lists, tmp_path / "sure", method="platt")
    assert sure.has_probabilities and not trees.has_probabilities
    answer = sure.rank(lists.frame("test"), heads=True, probabilities=True)
    assert answer["probability"].between(0, 1).all()
    assert answer.sort_values("score")["probability"].is_monotonic_increasing
    np.testing.assert_allclose(answer["score_next"], answer["score"], rtol=1e-6)
    assert sure.heads == {"next": 1.0} and sure.kind == "gbdt"
    # Platt: the mean probability is the share of labels where it was fitted.
    chances = sure.rank(lists.frame("validation"), probabilities=True)["probability"]
    assert chances.mean() == pytest.approx(lists.frame("validation")["next"].mean(), abs=0.02)


# -- rankers of one's own -----------------------------------------------------------------------------


class FittedCatBoost:
    """What a fitted CatBoost model is to its caller: names of features, and a file in ONNX."""

    feature_names_ = ["popularity", "retrieval_rank"]

    def save_model(self, path, format):
        assert format == "onnx"
        pathlib.Path(path).write_bytes(less_of_a_feature(1))


def test_a_catboost_model_becomes_a_ranker(lists, tmp_path):
    ranker = kaskad.ranker_from_onnx(FittedCatBoost(), lists, tmp_path / "ranker")
    assert ranker.kind == "onnx"
    stored = lists.frame("test")
    np.testing.assert_array_equal(ranker.score(lists), -stored["rank"].astype(float))
    table = kaskad.evaluate_rankers(lists, [ranker], resamples=100).frame().set_index("name")
    assert table.loc["ranker", "ndcg@10"] == table.loc["retrieval order", "ndcg@10"]


def test_catboost_itself(lists, tmp_path):
    catboost = pytest.importorskip("catboost", reason="catboost is not installed")
    train, labels = lists.features("train"), lists.frame("train")
    for kind in (catboost.CatBoostRanker, catboost.CatBoostClassifier):
        if kind is catboost.CatBoostClassifier:
            pytest.importorskip("onnx", reason="onnx is not installed")
        model = kind(iterations=5, verbose=False, allow_writing_files=False)
        groups = {"group_id": labels["request_id"]} if kind is catboost.CatBoostRanker else {}
        model.fit(train, labels["next"].astype(int), **groups)
        ranker = kaskad.ranker_from_onnx(model, lists, tmp_path / kind.__name__)
        test = lists.features("test")
        expected = model.predict_proba(test)[:, 1] if not groups else model.predict(test)
        np.testing.assert_allclose(ranker.score(lists), expected, rtol=1e-4, atol=1e-5)


def test_xgboost_itself(lists, tmp_path):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    train, labels = lists.features("train"), lists.frame("train")
    matrix = xgboost.DMatrix(train, labels["next"], qid=labels["request_id"])
    for objective in ("rank:ndcg", "binary:logistic"):
        model = xgboost.train({"objective": objective}, matrix, num_boost_round=5)
        ranker = kaskad.ranker_from_xgboost(model, lists, tmp_path / objective[:4])
        expected = model.predict(xgboost.DMatrix(lists.features("test")))
        np.testing.assert_allclose(ranker.score(lists), expected, rtol=1e-4, atol=1e-5)
        model.save_model(tmp_path / "model.json")
        again = kaskad.ranker_from_xgboost(tmp_path / "model.json", lists, tmp_path / "again")
        np.testing.assert_array_equal(again.score(lists), ranker.score(lists))


def test_what_does_not_fit_is_refused_in_the_engines_words(lists, tmp_path):
    graph = tmp_path / "less.onnx"
    graph.write_bytes(less_of_a_feature(0))
    with pytest.raises(kaskad.Error, match="retrieval_rnk.*did you mean 'retrieval_rank'"):
        kaskad.ranker_from_onnx(graph, lists, tmp_path / "a", features=["retrieval_rnk"])
    with pytest.raises(kaskad.Error, match="'candidate.itms'.*did you mean 'candidate.items'"):
        wrong = {"inputs": {"rows": {"source": "candidate.itms"}}}
        kaskad.ranker_from_onnx(graph, lists, tmp_path / "b", mapping=wrong)
    with pytest.raises(kaskad.Error, match="found 'graph' in the dict"):
        kaskad.ranker_from_onnx(graph, lists, tmp_path / "c", mapping={"graph": "less.onnx"})
    with pytest.raises(kaskad.Error, match="found neither a model nor a mapping"):
        kaskad.ranker_from_onnx(None, lists, tmp_path / "d")
    with pytest.raises(kaskad.Error, match="found 'trees', expected one of gbdt"):
        kaskad.train_ranker(lists, tmp_path / "e", model="trees")


def test_a_neural_ranker_is_trained_by_its_program(lists, tmp_path, monkeypatch):
    monkeypatch.setenv("KASKAD_TRAIN_PROGRAM", str(tmp_path / "missing"))
    with pytest.raises(kaskad.Error, match="KASKAD_TRAIN_PROGRAM"):
        kaskad.train_ranker(lists, tmp_path / "run", model="din")
    built = pathlib.Path(kaskad.program()).resolve().with_name("kaskad-train")
    if not built.exists():
        pytest.skip("kaskad-train is not built")
    monkeypatch.setenv("KASKAD_TRAIN_PROGRAM", str(built))
    ranker = kaskad.train_ranker(
        lists, tmp_path / "run", model="din", settings={"epochs": 1, "dimension": 8}, seed=2
    )
    assert ranker.manifest["config"] and ranker.features
    frame = lists.frame("test").assign(stored=ranker.score(lists))
    both = frame.merge(ranker.rank(frame), on=["request_id", "item_id"])
    np.testing.assert_allclose(both["score_y"], both["stored"], rtol=1e-4, atol=1e-5)


def test_errors_name_the_arguments_of_python(walk, lists, trees, tmp_path):
    """And not the flags of the command line that they became."""
    with pytest.raises(
        kaskad.Error,
        match="found the argument 'lists_per_users', .*; did you mean 'lists_per_user'",
    ):
        kaskad.make_impressions(walk, tmp_path / "a", lists_per_users=2)
    with pytest.raises(kaskad.Error, match="^split hash .* needs impressions$"):
        kaskad.make_impressions(walk, tmp_path / "b", split="hash:0.1")
    with pytest.raises(kaskad.Error, match="^score_of needs learn_from = validation"):
        kaskad.train_ranker(lists, tmp_path / "c", score_of=[trees], learn_from="train")
    with pytest.raises(kaskad.Error, match="^found the argument 'tree', expected one of.*threads"):
        kaskad.train_ranker(lists, tmp_path / "d", tree=3)
    log = tmp_path / "log.csv"
    log.write_text("who,what\n1,2\n")
    with pytest.raises(kaskad.Error, match=r"with columns\['user_id'\]"):
        kaskad.Dataset.construct(log)
