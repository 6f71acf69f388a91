"""Correlations of columns: scipy and pandas as oracles, coverage of the intervals, bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import jupyter_explain as jx
from jupyter_explain.dataset.association import correlation_ratio, cramer, leaf_order, pearson, spearman
from jupyter_explain.explanation import Matrix
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message


def first(r):
    return np.asarray(r)[:, 0].astype(float)


def mixed(n=200, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n)})
    frame["b"] = frame.a + rng.normal(size=n)
    frame["kind"] = np.where(frame.a > 0, "up", "down")
    frame["colour"] = pd.Categorical(rng.choice(["red", "green", "blue"], n))
    frame["flag"] = frame.a + frame.b > 0
    frame.loc[::7, "b"] = np.nan
    return frame


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_numbers_are_as_in_pandas(kind):
    x = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 5)).round(1), columns=list("abcde"))
    x.iloc[::6, 2] = np.nan
    e = jx.explain(lambda r: np.nan_to_num(first(r)), x, "feature_correlations", kind=kind)
    np.testing.assert_allclose(e.values, x.corr(kind), atol=1e-12)
    assert e.counts[0, 2] == x.c.notna().sum()
    assert (e.error, e.error_kind) == (0.0, "exact")


def test_ties_are_as_in_scipy():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 4, 60).astype(float), rng.integers(0, 3, 60).astype(float)
    assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y)[0], abs=1e-12)


def test_the_correlation_ratio_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 4, 90)
    y = groups * 0.5 + rng.normal(size=90)
    f = stats.f_oneway(*[y[groups == k] for k in range(4)]).statistic
    share = 3 * (f - 1) / (3 * f + 86)  # ε² from F
    assert correlation_ratio(groups, y).value == pytest.approx(np.sqrt(share), abs=1e-12)
    assert correlation_ratio(groups, groups * 2.0).value == pytest.approx(1)


def test_cramers_v_is_bergsmas():
    rng = np.random.default_rng(3)
    a = rng.integers(0, 3, 120)
    b = np.where(rng.random(120) < 0.5, a, rng.integers(0, 4, 120))
    table = pd.crosstab(a, b).to_numpy()
    phi = stats.chi2_contingency(table, correction=False).statistic / 120
    r, k = table.shape
    most = min(r - (r - 1) ** 2 / 119, k - (k - 1) ** 2 / 119) - 1
    assert cramer(a, b).value == pytest.approx(np.sqrt((phi - (r - 1) * (k - 1) / 119) / most), abs=1e-12)
    assert cramer(a, a).value == pytest.approx(1)


def normal(r, n):
    def draw(rng):
        x, y = rng.normal(size=(2, n))
        return x, r * x + np.sqrt(1 - r**2) * y

    return draw


def groups(spread, k, n):
    means = spread * np.linspace(-1, 1, k)

    def draw(rng):
        codes = rng.integers(k, size=n)
        return codes, means[codes] + rng.normal(size=n)

    return draw, np.sqrt(means.var() / (means.var() + 1))


def crossed(share, k, n):
    joint = np.full((k, k), (1 - share) / k**2) + np.eye(k) * share / k
    return lambda rng: np.divmod(rng.choice(k * k, size=n, p=joint.ravel()), k), share


CALIBRATED = [
    *[(pearson, normal(r, 60), r) for r in (0.0, 0.5, 0.9)],
    *[(spearman, normal(r, 60), 6 / np.pi * np.arcsin(r / 2)) for r in (0.0, 0.5, 0.9)],
    *[(correlation_ratio, *groups(*g)) for g in ((0.0, 3, 80), (0.6, 3, 80), (1.2, 5, 150))],
    *[(cramer, *crossed(*c)) for c in ((0.0, 3, 80), (0.5, 3, 120), (0.4, 4, 200))],
]


@pytest.mark.parametrize(("measure", "draw", "true"), CALIBRATED)
def test_intervals_are_calibrated(measure, draw, true):
    found = [measure(*draw(np.random.default_rng(seed))) for seed in range(200)]
    covered = np.mean([m.low <= true + 1e-12 and true - 1e-12 <= m.high for m in found])
    assert 0.91 <= covered <= 1
    if true:
        spread = np.std([m.value for m in found])
        assert 0.75 < np.mean([m.stderr for m in found]) / spread < 1.45


def test_mixed_types_and_the_measure_of_each_cell():
    e = jx.explain(lambda r: first(r[["a"]]), mixed(), "feature_correlations")
    assert isinstance(e, Matrix)
    assert e.square
    named = np.array(e.measures)[e.which]
    assert named[0].tolist() == ["Pearson's r", "Pearson's r", "corrected η", "corrected η", "corrected η"]
    assert named[2, 3] == "corrected Cramér's V"
    assert 0.7 < e.values[0, 2] < 0.9
    assert e.low[0, 3] == 0
    assert np.diag(e.values).tolist() == [1] * 5
    assert any("missing values" in n for n in e.notes)
    text = str(e)
    assert "a × kind" in text
    assert "Target" not in text


def test_what_cannot_be_measured_is_no_number():
    frame = mixed(50)
    frame["same"], frame["own"], frame["gone"] = 1.0, [f"row {i}" for i in range(50)], np.nan
    e = jx.explain(lambda r: first(r[["a"]]), frame, "feature_correlations")
    assert np.isnan(e.values[5]).all()
    assert np.isnan(e.values[6, :6]).all()
    assert np.isnan(e.values[7]).all()
    assert e.counts[7].tolist() == [0] * 8
    assert any("same" in n and "nothing to measure" in n for n in e.notes)
    assert any("category of its own" in n for n in e.notes)
    assert png(e).startswith(b"\x89PNG")
    json.dumps(answer_message(e, None, False, False)[0], allow_nan=False)
    assert "—" not in str(e).split("\n")[3]
    assert "of 10 pairs" in str(e)  # of the five columns that can be measured
    still = jx.explain(lambda r: r[:, 0], np.ones((30, 3)), "feature_correlations")
    assert "There is nothing to measure in any pair." in str(still)


def test_one_row_and_two_rows():
    for n in (1, 2):
        x = np.arange(3.0 * n).reshape(n, 3)
        if n == 1:
            with pytest.raises(ValueError, match="a dataset"):
                jx.explain(first, x, "feature_correlations")
        else:
            assert np.isnan(jx.explain(first, x, "feature_correlations").values[0, 1])


def test_columns_that_go_together_stand_together():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(300, 2))
    x = np.stack([base[:, 0], base[:, 1], base[:, 0], base[:, 1]], 1) + 0.3 * rng.normal(size=(300, 4))
    e = jx.explain(first, x, "feature_correlations", order="clustered")
    assert {frozenset(e.rows[:2]), frozenset(e.rows[2:])} == {frozenset({"x0", "x2"}), frozenset({"x1", "x3"})}
    assert sorted(leaf_order(np.eye(5)).tolist()) == [0, 1, 2, 3, 4]


def test_a_million_rows_are_sampled_and_it_is_said():
    x = np.random.default_rng(0).normal(size=(10**6, 4))
    e = jx.explain(first, x, "feature_correlations")
    assert "100000 of 1000000 rows" in e.notes[0]
    assert e.error_kind == "stderr"
    assert 0.001 < e.error < 0.01


def test_many_columns_travel_as_the_strongest():
    names = tuple(f"c{i}" for i in range(300))
    values = np.zeros((300, 300))
    values[10, 200] = values[200, 10] = 0.9
    e = Matrix(rows=names, columns=names, values=values, stderr=values, error=0.0, error_kind="exact")
    layout, arrays = answer_message(e, None, False, False)
    assert {"c10", "c200"} <= set(layout["layout"]["rows"])
    assert sum(a.nbytes for a in arrays) < 200_000


def test_of_very_many_columns_those_are_shown_that_the_model_uses():
    data = np.random.default_rng(0).normal(size=(50, 300))
    e = jx.explain(lambda rows: rows[:, 290] - rows[:, 299], data, "feature_correlations")
    assert len(e.rows) == 200
    assert {"x290", "x299"} <= set(e.rows)
    assert any("200 of 300" in n for n in e.notes)
    with pytest.raises(ValueError, match="features may name at most 200 columns; got 201 columns"):
        jx.explain(first, data, "feature_correlations", features=list(range(201)))


def test_a_matrix_that_is_not_square():
    e = Matrix(rows=("a",), columns=("b", "c"), values=np.array([[0.5, -2.0]]), error=0.0, error_kind="exact")
    assert not e.square
    assert e.pairs.tolist() == [[0, 1], [0, 0]]
    assert "a × c (-2)" in str(e)
    assert e.to_frame().value.tolist() == [0.5, -2.0]
    assert png(e).startswith(b"\x89PNG")
