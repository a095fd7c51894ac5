import pandas as pd
import pytest

import kaskad


@pytest.fixture(scope="module")
def grid(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    return kaskad.grid(dataset, budget=0.5, resamples=100, whole_log=True, path=folder / "grid")


def test_the_winner_knows_the_ring(grid, dataset):
    assert grid.test["hit_rate@10"] == 1
    frame = grid.frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame["ndcg@10"].iloc[0] == frame["ndcg@10"].max()
    assert {"name", "low", "high"} <= set(frame.columns)
    assert "popularity" in set(frame["name"])
    assert {"topic", "verdict", "advice"} <= set(grid.advice[0])
    assert "model" in grid.recipe


def test_a_notebook_shows_the_report(grid):
    assert grid._repr_html_().startswith("<iframe srcdoc=")
    assert "<svg" in grid.report
    assert "ndcg@10" in repr(grid)


def test_winner_and_production_are_models(grid, dataset):
    figures = kaskad.evaluate(grid.winner, grid.split)
    assert figures.metrics["ndcg@10"] == pytest.approx(grid.test["ndcg@10"], abs=1e-6)
    assert len(grid.production.recommend(k=1)) == 60
    again = kaskad.Blend(config=grid.winner_config).fit(dataset, split=grid.split)
    pd.testing.assert_frame_equal(again.recommend(k=3), grid.winner.recommend(k=3), rtol=1e-4)


def test_a_grid_stands_in_a_comparison(grid):
    table = kaskad.compare([grid], grid.split)
    assert table.frame()["name"].tolist()[0] == "grid"


def test_progress_is_told_and_runs_become_an_ensemble(grid, dataset, tmp_path):
    told = []
    other = kaskad.grid(
        dataset,
        budget=0.3,
        resamples=100,
        blend=False,
        path=tmp_path / "other",
        progress=lambda stage, done, total, note: told.append(stage),
    )
    assert told
    both = kaskad.ensemble(dataset, [grid, other], tmp_path / "both")
    assert both.kind == "ensemble"
    assert kaskad.evaluate(both, grid.split).metrics["hit_rate@10"] == 1
