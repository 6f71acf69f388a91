"""Partial dependence read off trees is that of asking the model, to rounding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor

import jupyter_explain as jx
from jupyter_explain.dataset import dependence, tree_dependence
from jupyter_explain.methods import partial_dependence

N = 1200


def rows(gaps=False):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 5))
    x[:, 4] = x[:, 4].round()
    y = x[:, 0] * x[:, 1] + np.sin(x[:, 2]) + x[:, 4] + 0.1 * rng.normal(size=N)
    if gaps:
        x[rng.random((N, 5)) < 0.15] = np.nan
    return x, y


def lightgbm():
    return pytest.importorskip("lightgbm").LGBMRegressor(n_estimators=15, n_jobs=1, verbose=-1)


def xgboost():
    return pytest.importorskip("xgboost").XGBRegressor(n_estimators=15, n_jobs=1)


MODELS = {
    "forest": lambda: RandomForestRegressor(12, max_depth=7, random_state=0),
    "classes": lambda: RandomForestClassifier(12, max_depth=7, random_state=0),
    "extra": lambda: ExtraTreesClassifier(8, max_depth=9, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=20, random_state=0),
    "histogram": lambda: HistGradientBoostingRegressor(max_iter=20, random_state=0),
    "tree": lambda: DecisionTreeRegressor(max_depth=6, random_state=0),
    "lightgbm": lightgbm,
    "xgboost": xgboost,
}
TAKES_GAPS = {"histogram", "lightgbm", "xgboost", "forest"}


def both_ways(monkeypatch, model, x, **settings):
    """(read off the trees, asked row by row)."""
    read = jx.explain(model, x, "partial_dependence", kind="average", seconds=60, **settings)
    for place in (partial_dependence, dependence):
        monkeypatch.setattr(place, "trees_of", lambda q: None)
    return read, jx.explain(model, x, "partial_dependence", kind="average", seconds=60, **settings)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("gaps", [False, True])
def test_the_average_is_that_of_asking(monkeypatch, name, gaps):
    if gaps and name not in TAKES_GAPS:
        return
    x, y = rows(gaps)
    model = MODELS[name]().fit(x, y > 0 if name in ("classes", "extra") else y)
    read, asked = both_ways(monkeypatch, model, x, features=[0, 4], grid=9)
    scale = max(np.ptp(y) for y in asked.y)
    for one, two in zip(read.y, asked.y, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=(1e-5 if name == "xgboost" else 1e-11) * scale)
    assert (read.error, read.error_kind) == (0.0, "exact")
    assert read.evals < asked.evals / 3
    assert any("read off the trees" in n for n in read.notes)


def test_two_columns_and_the_errors(monkeypatch):
    x, y = rows()
    model = RandomForestRegressor(10, max_depth=6, random_state=0).fit(x, y)
    read, asked = both_ways(monkeypatch, model, x, features=[(0, 1)], grid=7)
    np.testing.assert_allclose(read.z, asked.z, atol=1e-12)
    np.testing.assert_allclose(read.stderr, asked.stderr, rtol=0.3)


def test_bands_and_centred_curves(monkeypatch):
    x, y = rows()
    model = RandomForestRegressor(10, max_depth=6, random_state=0).fit(x, y)
    read, asked = both_ways(monkeypatch, model, x, features=[0], centred=True, grid=8)
    np.testing.assert_allclose(read.y[0], asked.y[0], atol=1e-12)
    np.testing.assert_allclose(np.ptp(read.band[0], axis=0), np.ptp(asked.band[0], axis=0), rtol=0.3, atol=1e-12)


def test_frames_with_categories_and_columns_in_another_order(monkeypatch):
    x, y = rows()
    frame = pd.DataFrame(x, columns=list("abcde"))
    frame["e"] = pd.Categorical(frame.e.astype(int).astype(str))
    model = HistGradientBoostingRegressor(max_iter=15, categorical_features=["e"], random_state=0).fit(frame, y)
    read, asked = both_ways(monkeypatch, model, frame, features=["a", "e"], grid=6)
    for one, two in zip(read.y, asked.y, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-11)


def test_what_is_no_sum_of_trees_is_asked():
    x, y = rows()
    model = GradientBoostingRegressor(n_estimators=5, random_state=0).fit(x, y)
    squared = jx.explain(model, x, "partial_dependence", kind="average", features=[0], target=lambda o: o[:, 0] ** 2)
    assert not any("read off" in n for n in squared.notes)
    lines = jx.explain(model, x, "partial_dependence", features=[0])
    assert not any("read off" in n for n in lines.notes)
    few = jx.explain(model, x[: tree_dependence.LEAST - 1], "partial_dependence", kind="average", features=[0])
    assert not any("read off" in n for n in few.notes)
