"""Two groups side by side: closed forms, how rows are split, calibration, bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from zoo import ZOO, people

import jupyter_explain as jx
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message


def rows(n=400, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    frame["sex"] = rng.choice(["f", "m"], n, p=[0.6, 0.4])
    return frame


def model(f):
    """Uses a for women and b for men."""
    return np.where(f["sex"] == "f", 2 * np.asarray(f["a"], float), np.asarray(f["b"], float))


def test_each_group_has_its_own_importance():
    e = jx.explain(model, rows(), "cohorts", repeats=30)
    assert e.groups == ("sex = f", "sex = m")
    np.testing.assert_array_equal(e.sizes, [(rows().sex == s).sum() for s in "fm"])
    # The mean distance of two independent standard normal numbers is 2/√π.
    assert e.values[0, 0] == pytest.approx(4 / np.sqrt(np.pi), abs=3 * e.stderr[0, 0])
    assert e.values[1, 1] == pytest.approx(2 / np.sqrt(np.pi), abs=3 * e.stderr[1, 1])
    assert e.values[0, 1] == e.values[1, 0] == 0
    difference, stderr = e.difference
    assert abs(difference[0]) > 3 * stderr[0]
    assert "a (more in A)" in str(e)


def test_errors_of_predictions_by_group():
    x = rows()
    truth = model(x) + np.where(x.sex == "f", 0.1, 1.0) * np.random.default_rng(1).normal(size=len(x))
    e = jx.explain(model, x, "cohorts", labels=truth, repeats=4)
    wrong = (model(x) - truth) ** 2
    np.testing.assert_allclose(e.scores, [wrong[x.sex == s].mean() for s in "fm"])
    assert e.score == "mean squared error"
    assert e.scores[1] - e.scores[0] > 3 * np.hypot(*e.score_stderr)


def test_wrong_classes_by_group():
    x = np.random.default_rng(0).normal(size=(300, 2))
    y = np.where(x[:, 1] > 0, "yes", "no")
    y[(x[:, 0] > 0) & (np.arange(300) % 2 == 0)] = "no"
    fitted = LogisticRegression().fit(x, y)
    e = jx.explain(fitted, x, "cohorts", by=0, split_at=0, labels=y, repeats=3)
    wrong = fitted.predict(x) != y
    np.testing.assert_allclose(e.scores, [wrong[x[:, 0] <= 0].mean(), wrong[x[:, 0] > 0].mean()])
    assert e.score == "share of wrong classes"


def test_intervals_of_the_values_are_calibrated():
    covered = []
    for seed in range(40):
        e = jx.explain(model, rows(120, seed), "cohorts", by="sex", split_at="f", repeats=10)
        covered.append(abs(e.values[0, 0] - 4 / np.sqrt(np.pi)) < 1.96 * e.stderr[0, 0])
    assert 0.85 <= np.mean(covered) <= 1


def test_attributions_of_a_linear_model_are_exact():
    x = np.random.default_rng(0).normal(size=(200, 3))
    fitted = LinearRegression().fit(x, x @ [1.0, -2.0, 0.0])
    e = jx.explain(fitted, x, "cohorts", by="x2", of="attribution", rows=500)
    assert "linear_shap" in e.measure
    for k, some in enumerate((x[x[:, 2] <= np.median(x[:, 2])], x[x[:, 2] > np.median(x[:, 2])])):
        reference = e.values[k] - np.abs((some - x.mean(0)) * fitted.coef_).mean(0)
        assert np.abs(reference).max() < 0.25  # against 100 rows, not all
    assert (e.error, e.error_kind) == (0.0, "exact")


def test_attributions_of_any_model_count_their_cost():
    frame = people(60).drop(columns="y")
    e = jx.explain(ZOO["pipeline"]().model, frame, "cohorts", by="city", of="attribution", rows=5, seconds=60)
    assert "permutation_shap" in e.measure
    assert e.evals > 500
    assert np.isfinite(e.values).all()


@pytest.mark.parametrize(
    ("settings", "groups"),
    [
        ({"by": "a"}, ("a ≤", "a >")),
        ({"by": "a", "split_at": 1.0}, ("a ≤ 1", "a > 1")),
        ({"by": "a", "split_at": "1"}, ("a ≤ 1", "a > 1")),
        ({"by": "sex", "split_at": "m"}, ("sex = m", "sex = f")),
        ({"by": 2}, ("sex = f", "sex = m")),
        ({}, ("sex = f", "sex = m")),
    ],
)
def test_ways_to_split(settings, groups):
    e = jx.explain(model, rows(), "cohorts", repeats=2, **settings)
    assert all(name.startswith(start) for name, start in zip(e.groups, groups, strict=True))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"by": "nope"}, "a, b, sex"),
        ({"by": ["a", "b"]}, "by must be one column"),
        ({"by": "sex", "split_at": "x"}, "category of 'sex'"),
        ({"by": "a", "split_at": "x"}, "must be a number"),
        ({"by": "a", "split_at": 100.0}, "two or more rows"),
        ({"of": "attribution", "rows": 1}, "5 to 2000"),
    ],
)
def test_splits_that_do_not_work(settings, words):
    with pytest.raises(ValueError, match=words):
        jx.explain(model, rows(), "cohorts", **settings)


def test_labels_that_do_not_fit():
    with pytest.raises(ValueError, match="400 rows"):
        jx.explain(model, rows(), "cohorts", labels=[1, 2])
    with pytest.raises(ValueError, match="labels must be numbers"):
        jx.explain(model, rows(), "cohorts", labels=np.array(["a"] * 400))


def test_small_groups_are_flagged():
    x = rows(60)
    x["sex"] = ["f"] * 50 + ["m"] * 10
    e = jx.explain(model, x, "cohorts", repeats=2)
    assert e.small == ("sex = m",)
    assert any("Only 10 rows" in n for n in e.notes)
    assert "(few)" in str(e)


def test_same_seed_same_answers_and_more_shuffles_less_noise():
    one, two = (list(jx.stream(model, rows(), "cohorts", repeats=12, seed=4)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert one[-1].error < one[0].error


def test_picture_table_page_and_message():
    x = rows(80).rename(columns={"a": "<b>"})
    e = jx.explain(lambda f: model(f.rename(columns={"<b>": "a"})), x, "cohorts", repeats=2)
    assert png(e).startswith(b"\x89PNG")
    assert "<b>" not in e.to_html().replace("<body>", "")
    assert "difference" in e.to_frame().columns
    layout, arrays = answer_message(e, None, False, False)
    json.dumps(layout, allow_nan=False)
    assert [a.shape for a in arrays] == [(2, 3), (2, 3)]


def test_dates_are_not_split_by_themselves():
    x = rows().drop(columns="sex")
    x["day"] = pd.date_range("2020-01-01", periods=len(x))
    e = jx.explain(lambda f: f["day"].dt.day.to_numpy() + 0.1 * f["a"].to_numpy(), x, "cohorts", repeats=2)
    assert e.groups[0].startswith(("a ≤", "b ≤"))


def test_a_column_to_split_by_that_is_none_is_named():
    rows = np.random.default_rng(0).normal(size=(40, 3))
    with pytest.raises(ValueError, match="Cohorts: by must be columns of x.*got 'income'"):
        jx.explain(lambda r: r[:, 0], rows, "cohorts", by="income")
