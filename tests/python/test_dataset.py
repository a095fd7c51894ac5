import datetime
import pathlib
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

import kaskad


def rows_of(dataset):
    """What the dataset holds as (user, item, weight, milliseconds or order), sorted."""
    frame = dataset.frame()
    columns = [
        np.asarray(frame[name]).tolist()
        if not isinstance(frame, pa.Table)
        else frame[name].to_pylist()
        for name in ("user_id", "item_id", "weight")
    ]
    return sorted(zip(*columns))


def test_histories_stand_by_user_in_the_order_of_time():
    frame = pd.DataFrame(
        {
            "user_id": ["b", "a", "b"],
            "item_id": [1, 2, 3],
            "datetime": pd.to_datetime(["2024-01-03", "2024-01-02", "2024-01-01"]),
        }
    )
    dataset = kaskad.Dataset.construct(frame)
    assert (dataset.num_users, dataset.num_items, dataset.num_events) == (2, 3, 3)
    assert dataset.has_clock
    out = dataset.frame()
    assert out["user_id"].tolist() == ["b", "b", "a"]
    assert out["item_id"].tolist() == [3, 1, 2]
    assert out["datetime"].tolist() == sorted(frame["datetime"])[:1] + [
        pd.Timestamp("2024-01-03"),
        pd.Timestamp("2024-01-02"),
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda frame: frame,
        lambda frame: pl.from_pandas(frame),
        lambda frame: pa.Table.from_pandas(frame),
        lambda frame: pa.Table.from_pandas(frame).to_batches()[0],
        lambda frame: {name: frame[name].to_numpy() for name in frame},
        lambda frame: frame.astype({"user_id": "category"}),
        lambda frame: pl.from_pandas(frame).with_columns(pl.col("user_id").cast(pl.Categorical)),
    ],
    ids=["pandas", "polars", "table", "batch", "numpy", "categorical", "polars categorical"],
)
def test_every_frame_gives_the_same_dataset(make, cycle, dataset):
    same = kaskad.Dataset.construct(make(cycle))
    assert same.hash == dataset.hash
    assert rows_of(same) == rows_of(dataset)


@pytest.mark.parametrize("frame_type", [pd.DataFrame, pl.DataFrame, pa.table])
def test_answers_come_in_the_library_that_was_asked_with(frame_type):
    columns = {"user_id": [1, 1, 2], "item_id": ["x", "y", "x"]}
    dataset = kaskad.Dataset.construct(frame_type(columns))
    answer = kaskad.Popularity().fit(dataset).recommend(k=2)
    assert type(answer) is type(frame_type(columns))
    found = {
        name: list(answer[name].to_pylist() if isinstance(answer, pa.Table) else answer[name])
        for name in ("user_id", "item_id", "rank")
    }
    assert found == {"user_id": [2], "item_id": ["y"], "rank": [1]}


@pytest.mark.parametrize(
    "ids",
    [
        [7, 8, 9],
        ["é", "", "z"],
        [uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)],
        [("a", 1), ("a", 2), ("b", 1)],
        [1, "1", 2.5],
        [datetime.date(2024, 1, day) for day in (1, 2, 3)],
        [True, False, True],
        [frozenset({1}), frozenset({2}), frozenset()],
    ],
    ids=["int", "text", "uuid", "tuple", "mixed", "date", "bool", "frozenset"],
)
def test_ids_come_out_as_they_went_in(ids):
    column = pd.Series(ids, dtype=object)
    dataset = kaskad.Dataset.construct(
        pd.DataFrame({"user_id": ["u", "v", "w"], "item_id": column})
    )
    assert dataset.frame()["item_id"].tolist() == ids
    distinct = list(dict.fromkeys(ids))
    assert dataset.num_items == len(distinct)
    model = kaskad.Popularity().fit(dataset)
    only = model.recommend(users=["u"], k=5, filter_viewed=False, items_to_recommend=[distinct[1]])
    assert only["item_id"].tolist() == [distinct[1]]


def test_integer_types_are_kept(tmp_path):
    frame = pa.table(
        {"user_id": pa.array([5, 6], pa.uint8()), "item_id": pa.array([1, 2], pa.int32())}
    )
    kaskad.Dataset.construct(frame, path=tmp_path / "data")
    again = kaskad.Dataset.open(tmp_path / "data")
    assert again.user_ids.type == pa.uint8() and again.item_ids.type == pa.int32()
    assert again.user_ids.to_pylist() == [5, 6]


def test_a_matrix_keeps_its_rows_and_columns_without_a_value():
    matrix = sp.csr_matrix(
        np.array([[0, 2, 0, 1], [0, 0, 0, 0], [3, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    )
    dataset = kaskad.Dataset.construct(matrix)
    assert (dataset.num_users, dataset.num_items, dataset.num_events) == (4, 4, 3)
    assert (dataset.to_csr() != matrix).nnz == 0


def test_files_and_frames_are_one_log(tmp_path, cycle, dataset):
    cycle.to_csv(tmp_path / "log.csv", index=False)
    cycle.to_parquet(tmp_path / "log.parquet")
    for name in ("log.csv", "log.parquet"):
        from_file = kaskad.Dataset.construct(tmp_path / name)
        assert from_file.hash == dataset.hash
        assert from_file.has_clock


def test_times_are_read_by_their_size():
    def times(values):
        frame = kaskad.Dataset.construct(
            pa.table({"user_id": [1, 1], "item_id": [1, 2], "datetime": values})
        )
        return frame.has_clock, frame._engine.time().tolist()

    assert times([1_700_000_000, 1_700_000_001]) == (True, [1_700_000_000_000, 1_700_000_001_000])
    assert times([1_700_000_000.5, 1_700_000_001.0]) == (
        True,
        [1_700_000_000_500, 1_700_000_001_000],
    )
    assert times([1_700_000_000_000, 1_700_000_000_001]) == (
        True,
        [1_700_000_000_000, 1_700_000_000_001],
    )
    assert times([1_700_000_000_000_000] * 2) == (True, [1_700_000_000_000] * 2)
    assert times(["2024-01-01", "2024-01-01T00:00:01"]) == (
        True,
        [1_704_067_200_000, 1_704_067_201_000],
    )
    assert times([3, 4]) == (False, [3, 4])
    with pytest.raises(kaskad.Error, match="mixed units"):
        times([1_700_000_000, 5])


def test_rows_without_a_time_keep_their_order():
    dataset = kaskad.Dataset.construct({"user_id": [1, 2, 1], "item_id": [9, 8, 7]})
    assert not dataset.has_clock
    assert dataset.frame()["order"].to_pylist() == [0, 2, 1]


def test_repeats_are_treated_by_policy():
    columns = {"user_id": [1, 1, 1], "item_id": [5, 6, 5], "weight": [1.0, 2.0, 4.0]}

    def left(policy):
        frame = kaskad.Dataset.construct(columns, duplicates=policy).frame()
        return list(zip(frame["item_id"].to_pylist(), frame["weight"].to_pylist()))

    assert left("keep") == [(5, 1), (6, 2), (5, 4)]
    assert left("first") == [(5, 1), (6, 2)]
    assert left("last") == [(6, 2), (5, 4)]
    assert left("sum") == [(6, 2), (5, 5)]


def test_features_meet_their_items():
    items = pd.DataFrame(
        {
            "item_id": [3, 1, 2],
            "title": ["c", "a", None],
            "price": [3.0, 1.0, np.nan],
            "genres": [["x", "y"], [], ["x"]],
            "content": [[1.0, 2.0], [3.0, 4.0], None],
        }
    )
    log = {"user_id": [1, 1, 1], "item_id": [1, 2, 3]}
    dataset = kaskad.Dataset.construct(log, item_features=items)
    assert dataset.item_features == ["title", "genres", "price", "content"]
    search = kaskad.BM25Search(columns=["title"]).fit(dataset)
    assert search.search(["c", "nothing"], k=3)["item_id"].to_pylist() == [3]
    content = kaskad.Content().fit(dataset)
    # Only items 1 and 3 have a vector, 2 and 3 share a genre: 3 is like both.
    assert set(content.recommend_to_items([3])["item_id"].to_pylist()) == {1, 2}


def test_long_features_are_categories():
    long = pd.DataFrame({"id": [1, 2, 2], "feature": ["genre"] * 3, "value": ["x", "x", "y"]})
    dataset = kaskad.Dataset.construct({"user_id": [1, 1], "item_id": [1, 2]}, item_features=long)
    assert dataset.item_features == ["genre"]


def test_items_of_features_alone_are_cold_items_or_left_out():
    log, items = {"user_id": [1], "item_id": [1]}, {"item_id": [1, 2], "title": ["a", "b"]}
    with pytest.warns(UserWarning, match="1 rows are of ids without an interaction"):
        assert kaskad.Dataset.construct(log, item_features=items).num_items == 1
    cold = kaskad.Dataset.construct(log, item_features=items, cold_items=True)
    assert cold.item_ids.to_pylist() == [1, 2]


@pytest.mark.parametrize(
    "frame, text",
    [
        ({"user": [1], "item_id": [1]}, "found the columns user, item_id, expected 'user_id'"),
        ({"user_id": [1, None], "item_id": [1, 2]}, "user_id, row 1: found nothing"),
        (
            {"user_id": [1], "item_id": [1], "weight": [float("nan")]},
            "column .weight.: 1 rows hold no weight",
        ),
        ({"user_id": [1], "item_id": [1], "datetime": ["yesterday"]}, "yesterday"),
        ({"user_id": [], "item_id": []}, "no events"),
    ],
)
def test_what_is_wrong_is_named(frame, text):
    with pytest.raises(kaskad.Error, match=text):
        kaskad.Dataset.construct(frame)


def test_columns_may_have_other_names():
    dataset = kaskad.Dataset.construct(
        {"uid": [1], "sku": ["a"]}, columns={"user_id": "uid", "item_id": "sku"}
    )
    assert dataset.item_ids.to_pylist() == ["a"]
    with pytest.raises(kaskad.Error, match="expected 'id' among them"):
        kaskad.Dataset.construct({"uid": [1]}, columns={"user_id": "id"})


def test_a_temporary_dataset_goes_with_its_object(cycle):
    dataset = kaskad.Dataset.construct(cycle)
    folder = pathlib.Path(dataset.directory)
    column = dataset._engine.item()
    assert (folder / "manifest.json").exists()
    del dataset
    assert not folder.exists()
    assert column.max() == 11  # what is mapped stays
