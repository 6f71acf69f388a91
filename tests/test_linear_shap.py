"""Linear SHAP against its closed form, the definition by enumeration, and shap."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, PolynomialFeatures, PowerTransformer, StandardScaler

import jupyter_explain as jx

X, Y = load_diabetes(return_X_y=True)
FIVE = X[:, :5]


def test_interventional_is_coefficient_times_distance():
    model = LinearRegression().fit(X, Y)
    e = jx.explain(model, X[0], "linear_shap", baseline=X[50:90])
    np.testing.assert_allclose(e.values, model.coef_ * (X[0] - X[50:90].mean(0)), atol=1e-10)
    assert e.base == pytest.approx(model.predict(X[50:90]).mean())
    assert abs(e.gap) < 1e-9
    assert e.error_kind == "exact"


def test_conditional_is_its_definition():
    model = LinearRegression().fit(FIVE, Y)
    mean, cov = FIVE.mean(0), np.cov(FIVE, rowvar=False)

    def value(known):
        known = list(known)
        guess = mean.copy()
        if known:
            guess = mean + cov[:, known] @ np.linalg.solve(cov[np.ix_(known, known)], FIVE[0, known] - mean[known])
        return float(guess @ model.coef_)

    want = np.zeros(5)
    for i in range(5):
        for size in range(5):
            for s in combinations(sorted(set(range(5)) - {i}), size):
                want[i] += factorial(size) * factorial(4 - size) / 120 * (value({*s, i}) - value(s))
    e = jx.explain(model, FIVE[0], "linear_shap", baseline=FIVE, perturbation="conditional")
    np.testing.assert_allclose(e.values, want, atol=1e-9)
    assert abs(e.gap) < 1e-9


def test_independent_columns_make_both_equal():
    rows = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)], float)
    model = LinearRegression().fit(rows, rows @ [1.0, -2.0, 3.0] + 1)
    both = [
        jx.explain(model, [1.0, 2.0, 3.0], "linear_shap", baseline=rows, perturbation=p).values
        for p in ("interventional", "conditional")
    ]
    np.testing.assert_allclose(both, [[1, -4, 9]] * 2, atol=1e-12)


def test_a_copy_the_model_ignores_gets_credit_only_by_condition():
    rows = np.random.default_rng(0).normal(size=(50, 1))
    rows = np.column_stack([rows, rows])
    model = Ridge(alpha=0).fit(rows, rows[:, 0])
    model.coef_ = np.array([2.0, 0.0])
    model.intercept_ = 0.0
    plain = jx.explain(model, rows[0], "linear_shap", baseline=rows).values
    told = jx.explain(model, rows[0], "linear_shap", baseline=rows, perturbation="conditional").values
    assert plain[1] == 0
    assert told[0] == pytest.approx(told[1])


def test_pipeline_of_scalers():
    data, labels = load_breast_cancer(return_X_y=True)
    model = make_pipeline(PowerTransformer(), StandardScaler(), LogisticRegression()).fit(data, labels)
    e = jx.explain(model, data[:20], "linear_shap", baseline=data[100:150], link="margin")
    exact = model[:-1].transform(data[:20]) - model[:-1].transform(data[100:150]).mean(0)
    sign = np.where(model.predict(data[:20]) == 1, 1, -1)[:, None]
    np.testing.assert_allclose(e.values, sign * exact * model[-1].coef_, atol=1e-9)
    assert np.abs(e.gap).max() < 1e-9
    sampled = jx.explain(model, data[0], "permutation_shap", baseline=data[100], link="margin", samples=300)
    one = jx.explain(model, data[0], "linear_shap", baseline=data[100], link="margin")
    np.testing.assert_allclose(one.values, sampled.values, atol=1e-8)


def test_classes_and_columns_of_a_frame_in_any_order():
    data, labels = load_wine(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(data, labels)
    e = jx.explain(model, data.iloc[[0]], "linear_shap", baseline=data, link="margin", target=2)
    turned = data[data.columns[::-1]]
    other = jx.explain(model, turned.iloc[[0]], "linear_shap", baseline=data, link="margin", target=2)
    np.testing.assert_allclose(other.values[0], e.values[0][::-1], atol=1e-12)
    assert e.output == pytest.approx(model.decision_function(data.iloc[[0]])[0, 2])


def test_groups():
    model = LinearRegression().fit(FIVE, Y)
    groups = np.array([0, 0, 1, 2, 2])
    one = jx.explain(model, FIVE[0], "linear_shap", baseline=FIVE).values
    e = jx.explain(model, FIVE[0], "linear_shap", baseline=FIVE, groups=groups)
    np.testing.assert_allclose(np.bincount(groups, e.values), np.bincount(groups, one), atol=1e-10)


def test_refusals():
    data, labels = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=5000).fit(data, labels)
    with pytest.raises(
        ValueError, match=r"Linear SHAP:? needs a linear model.*link='margin'\); got LogisticRegression"
    ):
        jx.explain(model, data[0], "linear_shap", link="probability")
    assert jx.explain(model, data[0], "linear_shap", baseline=data).unit == "margin"
    with pytest.raises(ValueError, match=r"at most 12 players .*; got 30 players"):
        jx.explain(model, data[0], "linear_shap", baseline=data, link="margin", perturbation="conditional")
    with pytest.raises(ValueError, match=r"many baseline rows.*; got 1 row"):
        jx.explain(LinearRegression().fit(X, Y), X[0], "linear_shap", baseline=X[1], perturbation="conditional")

    class Squared(LinearRegression):
        def predict(self, rows):
            return super().predict(rows) ** 2

    with pytest.raises(ValueError, match=r"must be linear in its columns"):
        jx.explain(Squared().fit(X, Y), X[0], "linear_shap", baseline=X[1])
    curved = make_pipeline(PolynomialFeatures(2), LinearRegression()).fit(FIVE, Y)
    with pytest.raises(ValueError, match="needs a linear model"):
        jx.explain(curved, FIVE[0], "linear_shap", baseline=FIVE)
    with pytest.raises((ValueError, TypeError)):
        jx.explain(LinearRegression(), FIVE[0], "linear_shap", baseline=FIVE)


def test_missing_values_behind_an_imputer():
    from sklearn.impute import SimpleImputer

    rows = pd.DataFrame(FIVE, columns=list("abcde"))
    rows.loc[::7, "b"] = np.nan
    model = make_pipeline(SimpleImputer(), StandardScaler(), Ridge()).fit(rows, Y)
    e = jx.explain(model, rows.iloc[[0]], "linear_shap", baseline=rows)
    assert abs(e.gap) < 1e-9
    assert np.isfinite(e.values).all()


@pytest.mark.parametrize("kind", ["interventional", "conditional"])
def test_agrees_with_shap(kind):
    shap = pytest.importorskip("shap")
    model = LinearRegression().fit(FIVE, Y)
    masker = shap.maskers.Independent(FIVE, 1000) if kind == "interventional" else shap.maskers.Impute(FIVE)
    np.random.seed(0)  # noqa: NPY002 (shap samples conditional answers with the global state)
    own = shap.LinearExplainer(model, masker).shap_values(FIVE[:4])
    e = jx.explain(model, FIVE[:4], "linear_shap", baseline=FIVE, perturbation=kind)
    np.testing.assert_allclose(e.values, own, atol=1e-8 if kind == "interventional" else 2.0)


def test_a_raw_column_behind_encoders_is_one_player():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {"pay": rng.normal(50, 9, 120), "town": rng.choice(["A", "B", "C"], 120), "age": rng.random(120)}
    )
    rows["unused"] = rng.random(120)
    steps = [("n", StandardScaler(), ["pay"]), ("t", OneHotEncoder(), ["town"]), ("k", KBinsDiscretizer(4), ["age"])]
    model = make_pipeline(ColumnTransformer(steps), LogisticRegression())
    model.fit(rows, rows["pay"] + 5 * (rows["town"] == "A") > 52)
    shuffled = rows[["age", "town", "unused", "pay"]]
    for x in (rows.iloc[[7]], shuffled.iloc[[7]], rows.iloc[:3]):
        e = jx.explain(model, x, "linear_shap", baseline=rows, link="margin", target=1)
        exact = jx.explain(model, x, "exact_shap", baseline=rows, link="margin", target=1)
        assert np.allclose(e.values, exact.values, atol=1e-10)
    conditional = jx.explain(
        model, rows.iloc[[7]], "linear_shap", baseline=rows, link="margin", target=1, perturbation="conditional"
    )
    assert abs(conditional.gap) < 1e-10


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (PoissonRegressor(), "linear_shap"),
        (TweedieRegressor(power=1.5), "linear_shap"),
        (make_pipeline(StandardScaler(), GammaRegressor()), "linear_shap"),
        (HistGradientBoostingRegressor(loss="poisson", max_iter=5), "tree_shap"),
    ],
)
def test_counts_are_explained_on_the_margin(model, method):
    rows = np.random.default_rng(0).normal(size=(200, 3))
    model.fit(rows, np.round(np.exp(rows[:, 0] + 1)) + 1)
    with pytest.raises(ValueError, match="link='margin'"):
        jx.explain(model, rows[0], method, baseline=rows[5:15], link="identity")
    with pytest.raises(ValueError, match="link must be 'identity' or 'margin' for a model that predicts values"):
        jx.explain(model, rows[0], method, link="probability")
    e = jx.explain(model, rows[0], method, baseline=rows[5:15])
    plain = jx.explain(lambda r: np.log(model.predict(r)), rows[0], "exact_shap", baseline=rows[5:15])
    np.testing.assert_allclose(e.values, plain.values, atol=1e-9)
    assert e.unit == "margin"
