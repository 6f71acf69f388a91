"""Distributions of columns: counts that add up, bins, percentiles, groups, bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from zoo import ZOO, people

import jupyter_explain as jx
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.methods.feature_distributions import borders
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message


def first(r):
    return np.nan_to_num(np.asarray(r)[:, 0].astype(float))


def test_every_row_is_counted_once():
    frame = people(200).drop(columns="y")
    e = jx.explain(ZOO["pipeline"]().model, frame, "feature_distributions")
    for i, counts in enumerate(e.counts):
        assert counts.sum() + e.missing[i].sum() == 200
        np.testing.assert_array_equal(counts.sum(1) + e.missing[i], e.sizes)
    assert e.missing[list(e.names).index("income")].sum() == frame.income.isna().sum()
    assert e.by == "predicted class"
    assert not any("Target" in n for n in e.notes)


def test_groups_are_the_predicted_classes():
    x = np.random.default_rng(0).normal(size=(300, 2))
    model = LogisticRegression().fit(x, x[:, 0] > 0)
    e = jx.explain(model, x, "feature_distributions", bins=10)
    said = model.predict(x)
    np.testing.assert_array_equal(e.sizes, [(~said).sum(), said.sum()])
    below = np.histogram(x[~said, 0], e.x[0])[0]
    np.testing.assert_array_equal(e.counts[0][0], below)
    assert e.apart[0] > 0.9 > e.apart[1]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.tile(["b", "a"], 30), ("a", "b")),
        (np.tile([1, 2, 3], 20), ("1", "2", "3")),
        (np.arange(60.0), ("label ≤ 29.5", "label > 29.5")),
    ],
)
def test_groups_are_the_labels(labels, names):
    x = np.random.default_rng(0).normal(size=(60, 2))
    e = jx.explain(first, x, "feature_distributions", by="labels", labels=labels)
    assert e.groups == names
    assert e.sizes.sum() == 60


def test_many_classes_are_put_together():
    labels = np.array([f"c{k:02d}" for k in np.arange(60) % 12])
    e = jx.explain(
        first, np.random.default_rng(0).normal(size=(60, 2)), "feature_distributions", by="labels", labels=labels
    )
    assert len(e.groups) == 6
    assert e.groups[-1] == "others"


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=500),
        np.random.default_rng(0).standard_cauchy(500),
        np.repeat([0.0, 5.0], [490, 10]),
        np.full(10, 3.0),
        np.arange(10_000.0),
        np.r_[np.zeros(100), 1e12],
        np.array([1e-300, 2e-300]),
        np.random.default_rng(0).normal(size=50) * 1e300,
    ],
)
def test_bins_cover_the_values(values):
    ends = borders(values, 0)
    assert 1 <= len(ends) - 1 <= 41
    assert (np.diff(ends) > 0).all()
    middle = np.median(values)
    assert ends[0] <= middle <= ends[-1]


def test_few_whole_numbers_have_a_bin_each():
    np.testing.assert_array_equal(borders(np.array([1.0, 2, 2, 5]), 0), np.arange(1, 7) - 0.5)


def test_one_outlier_does_not_hide_all_others():
    x = np.random.default_rng(0).normal(size=(500, 2))
    x[0, 0] = 1e6
    e = jx.explain(first, x, "feature_distributions", by="nothing")
    assert np.ptp(e.x[0]) < 20
    assert e.cut[0] >= 1
    assert e.counts[0].sum() == 500
    assert e.groups == ("rows",)


def test_the_row_and_its_percentile():
    x = pd.DataFrame({"n": np.arange(100.0), "k": ["u"] * 90 + ["v"] * 10, "gap": [np.nan] * 5 + [1.0] * 95})
    model = lambda f: np.asarray(f["n"])  # noqa: E731
    e = list(begin(model, x.iloc[[97]], "feature_distributions", Ask(data=x), {}).answers())[-1]
    assert e.here[0] == (97.0, 0.975)
    assert e.here[1] == ("v", pytest.approx(0.1))
    assert "n = 97 (percentile 98)" in str(e)
    other = list(begin(model, x.iloc[[2]], "feature_distributions", Ask(data=x), {}).answers())[-1]
    assert np.isnan(other.here[2][1])
    assert "missing" in str(other)
    json.dumps(answer_message(other, None, False, False)[0], allow_nan=False)


def test_bad_input():
    x = np.random.default_rng(0).normal(size=(50, 2))
    with pytest.raises(ValueError, match="needs labels="):
        jx.explain(first, x, "feature_distributions", by="labels")
    with pytest.raises(ValueError, match="50 rows"):
        jx.explain(first, x, "feature_distributions", by="labels", labels=[1, 2, 3])
    with pytest.raises(ValueError, match="x0, x1"):
        jx.explain(first, x, "feature_distributions", features="nope")
    with pytest.raises(ValueError, match="0 to 100"):
        jx.explain(first, x, "feature_distributions", bins=-1)


def test_only_counts_travel_of_a_million_rows():
    x = np.random.default_rng(0).normal(size=(10**6, 2))
    e = jx.explain(first, x, "feature_distributions")
    assert "50000 of 1000000 rows" in e.notes[0]
    assert e.error_kind == "stderr"
    _, arrays = answer_message(e, None, False, False)
    assert sum(a.nbytes for a in arrays) < 4000


def test_picture_table_and_page_with_odd_names():
    x = pd.DataFrame({"<i>": [1.0, 2, 3, 4], "名": ["a", "b", "a", "b"], "none": [np.nan] * 4})
    e = jx.explain(lambda f: np.asarray(f["<i>"]), x, "feature_distributions")
    assert png(e).startswith(b"\x89PNG")
    assert "<i>" not in e.to_html()
    assert e.to_frame()[list(e.groups)].to_numpy().sum() == 12
