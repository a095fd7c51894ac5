import concurrent.futures

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import kaskad

ONE_MATRIX = [
    kaskad.Cooccurrence(),
    kaskad.EASE(regularisation=10),
    kaskad.cosine(),
    kaskad.tfidf(),
    kaskad.bm25(),
    kaskad.jaccard(),
    kaskad.rp3beta(),
]
ALL = [
    kaskad.Popularity(),
    *ONE_MATRIX,
    kaskad.Blend(models=[kaskad.Cooccurrence(), kaskad.EASE()], weights=[2, 1]),
]


def test_what_comes_next_is_recommended(dataset, cycle):
    answer = kaskad.Cooccurrence(window=1).fit(dataset).recommend(k=1, filter_viewed=False)
    last = cycle.groupby("user_id")["item_id"].last()
    expected = {user: 100 + (item - 100 + 1) % 12 for user, item in last.items()}
    assert dict(zip(answer["user_id"], answer["item_id"])) == expected
    assert set(answer["rank"]) == {1} and list(answer.columns) == [
        "user_id",
        "item_id",
        "score",
        "rank",
    ]


@pytest.mark.parametrize("model", ALL, ids=lambda model: repr(model)[:60])
def test_every_model(model, dataset, tmp_path):
    """One battery: alone as together, seen items, allowed items, threads, saved and loaded."""
    model = type(model)(**model.get_params()).fit(dataset)
    everybody = model.recommend(k=4)
    assert everybody.groupby("user_id").size().max() <= 4
    assert (everybody.groupby("user_id")["score"].diff().dropna() <= 1e-6).all()
    viewed = dataset.frame().merge(everybody, on=["user_id", "item_id"])
    assert viewed.empty

    some = ["user 5", "user 1"]
    alone = model.recommend(users=some, k=4)
    assert alone["user_id"].drop_duplicates().tolist() == some
    together = everybody[everybody["user_id"] == "user 5"]
    pd.testing.assert_frame_equal(
        alone[alone["user_id"] == "user 5"].reset_index(drop=True), together.reset_index(drop=True)
    )

    allowed = model.recommend(k=4, items_to_recommend=[100, 101])
    assert set(allowed["item_id"]) <= {100, 101}

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: model.recommend(k=4), range(8)):
            pd.testing.assert_frame_equal(answer, everybody)

    model.save(tmp_path / "bundle")
    loaded = kaskad.load(tmp_path / "bundle")
    assert loaded.item_ids.to_pylist() == dataset.item_ids.to_pylist()
    pd.testing.assert_frame_equal(loaded.recommend(k=4), everybody, rtol=1e-4)
    pd.testing.assert_frame_equal(loaded.recommend(dataset=dataset, k=4), everybody, rtol=1e-4)


def test_params_are_got_and_set(dataset):
    model = kaskad.Cooccurrence(window=3, decay=2)
    assert model.get_params()["window"] == 3
    assert repr(model) == "Cooccurrence(decay=2, window=3)"
    model.set_params(window=5)
    assert model.window == 5
    with pytest.raises(kaskad.Error, match="has no parameter 'widow'"):
        model.set_params(widow=5)
    with pytest.raises(kaskad.Error, match="not fitted"):
        model.recommend()
    with pytest.raises(kaskad.Error, match="'gap': found \"far\", expected one of"):
        kaskad.Cooccurrence(gap="far").fit(dataset)


def test_another_dataset_meets_the_model_by_ids(dataset):
    model = kaskad.Cooccurrence(window=1).fit(dataset)
    other = kaskad.Dataset.construct({"user_id": [7, 7, 8, 9], "item_id": [103, 104, 999, 111]})
    answer = model.recommend(dataset=other, k=1)
    # User 8 has nothing that the model knows: popularity, with score 0.
    assert answer["user_id"].to_pylist() == [7, 8, 9]
    assert [
        item
        for user, item in zip(answer["user_id"].to_pylist(), answer["item_id"].to_pylist())
        if user != 8
    ] == [105, 100]
    assert answer["score"].to_pylist()[1] == 0


def test_items_like_items(dataset):
    model = kaskad.Cooccurrence(window=1).fit(dataset)
    answer = model.recommend_to_items([103, 111], k=1)
    assert answer["target_item_id"].tolist() == [103, 111]
    assert answer["item_id"].tolist() == [104, 100]
    only = model.recommend_to_items([103], k=1, items_to_recommend=[110])
    assert only["item_id"].tolist() in ([], [110])
    ids, scores = model.similar_items(3, N=2)
    assert ids.shape == scores.shape == (2,)


def test_the_matrix_style(taste):
    matrix = sp.csr_matrix(
        (np.ones(len(taste)), (taste["user_id"], taste["item_id"])), shape=(300, 40)
    )
    model = kaskad.cosine(K=40).fit(matrix)
    ids, scores = model.recommend(3, matrix[3], N=12)
    assert ids.shape == (12,) and (np.diff(scores) <= 0).all()
    assert set(ids) == set(range(20, 40)) - set(matrix[3].indices)  # the taste of odd users
    many, _ = model.recommend([3, 4], matrix[[3, 4]], N=25)
    assert many.shape == (2, 25)
    np.testing.assert_array_equal(many[0][:12], ids)
    kept, _ = model.recommend(userid=3, user_items=matrix[3], N=5, filter_already_liked_items=False)
    assert set(kept) <= set(range(20, 40))
    some, _ = model.recommend(3, matrix[3], N=3, items=[1, 2, 25])
    assert set(some) <= {1, 2, 25, -1}
    left, _ = model.recommend(3, matrix[3], N=12, filter_items=[int(ids[0])])
    assert ids[0] not in left
    # Cosine as it is defined: users of both over the root of the product of users of each.
    both = (matrix.T @ matrix).toarray()
    root = np.sqrt(np.outer(both.diagonal(), both.diagonal()))
    cosines = both / root
    np.fill_diagonal(cosines, 0)
    expected = cosines[matrix[3].indices].sum(axis=0)
    np.testing.assert_allclose(scores, expected[ids], rtol=1e-5)
    with pytest.raises(kaskad.Error, match="expected a row for each"):
        model.recommend([3, 4], matrix[3])


def test_a_model_learns_only_what_its_split_lets_it(dataset):
    cut = kaskad.splits.leave_one_out(dataset)
    model = kaskad.Cooccurrence(window=1).fit(dataset, split=cut)
    # Asked with what it learned: the answer is the last event, which was left out.
    answer = model.recommend(k=1)
    last = dataset.frame().groupby("user_id").tail(1).set_index("user_id")["item_id"]
    assert (answer.set_index("user_id")["item_id"] == last).all()


def test_unknown_ids_are_named(dataset):
    model = kaskad.Popularity().fit(dataset)
    with pytest.raises(kaskad.Error, match="users: found 'nobody', which is no id here"):
        model.recommend(users=["user 1", "nobody"])
    with pytest.raises(kaskad.Error, match="items_to_recommend: found 7"):
        model.recommend(items_to_recommend=[7])
    with pytest.raises(kaskad.Error, match="expected a list"):
        model.recommend(users="user 1")


def test_a_damaged_bundle_is_refused(dataset, tmp_path):
    kaskad.Cooccurrence().fit(dataset).save(tmp_path / "bundle")
    values = next(
        path for path in sorted((tmp_path / "bundle").rglob("*.npy")) if path.stat().st_size > 200
    )
    data = bytearray(values.read_bytes())
    data[-3] ^= 0x55
    values.write_bytes(bytes(data))
    with pytest.raises(kaskad.Error, match=values.name):
        kaskad.load(tmp_path / "bundle")
