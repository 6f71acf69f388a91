"""Decision boundary: lines that are known, full rows behind every point, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from zoo import ZOO, people

import jupyter_explain as jx
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.wire import answer_message


def rows(n=300, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def ask(model, x, row, **settings):
    return list(begin(model, x[row : row + 1], "decision_boundary", Ask(data=x), settings).answers())


@pytest.fixture(scope="module")
def linear():
    x = rows()
    return LogisticRegression().fit(x, x[:, 0] - 2 * x[:, 1] + 0.5 * x[:, 2] > 0), x


def test_the_boundary_of_a_linear_classifier_is_its_line(linear):
    model, x = linear
    first, last = ask(model, x, 7, features=[0, 1])
    w, b, own = model.coef_[0], model.intercept_[0], x[7]
    rest = b + own[2:] @ w[2:]
    for e, close in ((first, 0.05), (last, 0.004)):  # straight between grid points, the sigmoid is not
        ends = e.border.reshape(-1, 2)
        np.testing.assert_allclose(ends @ w[:2] + rest, 0, atol=close * np.abs(w[:2]).sum())
    assert (first.error_kind, last.error_kind, last.error) == ("bound", "exact", 0.0)
    assert first.error > 0
    assert last.here == pytest.approx((own[0], own[1], model.predict_proba(own[None])[0, int(last.target == "True")]))


def test_values_are_those_of_the_full_rows(linear):
    model, x = linear
    e = ask(model, x, 3, features=["x1", "x3"], grid=8)[-1]
    full = np.repeat(x[3:4], 64, axis=0)
    full[:, 3], full[:, 1] = (a.ravel() for a in np.meshgrid(e.y, e.x, indexing="ij"))
    np.testing.assert_allclose(e.z.ravel(), model.predict_proba(full)[:, e.target_index], atol=1e-12)


def test_a_projection_maps_every_point_back_to_a_row(linear):
    model, x = linear
    e = ask(model, x, 3, plane="projection", grid=7)[-1]
    mean, sd = x.mean(0), x.std(0)
    values, vectors = np.linalg.eigh(np.corrcoef(x.T))
    turn = vectors[:, ::-1][:, :2]
    turn = turn * np.where(turn.sum(0) < 0, -1, 1)
    own = (x[3] - mean) / sd
    np.testing.assert_allclose(e.here[:2], own @ turn, atol=1e-9)
    across, up = np.meshgrid(e.x, e.y)
    away = np.stack([across.ravel(), up.ravel()], 1) - own @ turn
    full = (own + away @ turn.T) * sd + mean
    np.testing.assert_allclose(e.z.ravel(), model.predict_proba(full)[:, e.target_index], atol=1e-10)
    assert any(f"{100 * values[-2:].sum() / 4:.0f} %" in n for n in e.notes)


def test_several_classes_are_one_against_the_others():
    x = rows()
    model = LogisticRegression().fit(x, np.digitize(x[:, 0], [-0.5, 0.5]))
    e = jx.explain(model, x, "decision_boundary", features=[0, 1], target=1)
    assert e.classes == ("not 1", "1")
    assert e.centre is None
    assert len(np.unique(np.sign(e.border[:, 0]))) == 2  # a line on either side of the middle class


def test_an_output_that_is_no_class_has_a_threshold():
    x = rows()
    f = lambda r: r[:, 0] + r[:, 1]  # noqa: E731
    e = jx.explain(f, x, "decision_boundary", features=[0, 1], threshold="0.5")
    np.testing.assert_allclose(e.border.reshape(-1, 2).sum(1), 0.5, atol=1e-9)
    usual = jx.explain(f, x, "decision_boundary", features=[0, 1])
    assert usual.centre == pytest.approx(f(x).mean())
    assert any("mean output over the data" in n for n in usual.notes)
    with pytest.raises(ValueError, match="threshold must be a number"):
        jx.explain(f, x, "decision_boundary", features=[0, 1], threshold="high")


@pytest.mark.parametrize("pair", [["city", "grade"], ["age", "city"], ["member", "income"], ["income", "note"]])
def test_categories_flags_gaps_and_text(pair):
    frame = people(120).drop(columns="y")
    e = jx.explain(ZOO["pipeline"]().model, frame, "decision_boundary", features=pair, grid=6)
    assert np.isfinite(e.z).all()
    assert e.z.shape == (len(e.y), len(e.x))
    answer_message(e, None, False, False)


def test_window_zooms_about_the_row(linear):
    model, x = linear
    wide, close = (ask(model, x, 5, features=[0, 1], window=w)[-1] for w in (1.0, 0.1))
    assert np.ptp(close.x) == pytest.approx(0.1 * np.ptp(wide.x))
    assert close.x[0] < x[5, 0] < close.x[-1]


def test_without_a_row_a_typical_one_is_made_and_said(linear):
    model, x = linear
    e = jx.explain(model, x, "decision_boundary")
    assert any("No row was chosen" in n for n in e.notes)
    assert e.here[0] in x


@pytest.mark.parametrize("features", [["x0"], ["x0", "x0"], "nope, x1", ["x0", "x1", "x2"]])
def test_features_that_are_no_pair(linear, features):
    model, x = linear
    with pytest.raises(ValueError, match="Decision boundary: .*column"):
        jx.explain(model, x, "decision_boundary", features=features)


def test_a_projection_needs_two_columns_of_numbers():
    frame = pd.DataFrame({"a": np.arange(20.0), "b": 1.0, "c": ["u", "v"] * 10})
    with pytest.raises(ValueError, match="two columns of numbers that vary"):
        jx.explain(lambda f: np.asarray(f["a"]), frame, "decision_boundary", plane="projection")


def test_no_row_of_the_data_travels(linear):
    model, x = linear
    e = ask(model, x, 0, features=[0, 1])[-1]
    sent = np.concatenate([np.ravel(a) for a in answer_message(e, None, False, False)[1]])
    assert not np.isin(x[1:, 2:].astype("f4"), sent).any()
    assert not np.isin(x[1:, :2].astype("f4"), sent).any()
