"""True outcomes that do not fit the model, and models that stop answering with numbers while they are judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

import jupyter_explain as jx

ROWS = np.random.default_rng(0).normal(size=(60, 3))
OUTPUT = ROWS[:, 0] + ROWS[:, 1]
LINE = LinearRegression().fit(ROWS, OUTPUT)
SORTS = RandomForestClassifier(5, random_state=0).fit(ROWS, np.where(OUTPUT > 0, "good", "bad"))
GAPS = OUTPUT.copy()
GAPS[:3] = np.nan


@pytest.mark.parametrize("method", ["permutation_importance", "sage", "cohorts"])
@pytest.mark.parametrize("labels", [GAPS, pd.array([None, *OUTPUT[1:]], dtype="Float64")])
def test_outcomes_that_are_missing(method, labels):
    with pytest.raises(ValueError, match=r".+: labels must be known for every row; got \d of 60 missing"):
        jx.explain(LINE, ROWS, method, labels=labels)


@pytest.mark.parametrize("method", ["permutation_importance", "sage"])
def test_outcomes_of_another_kind(method):
    with pytest.raises(
        ValueError, match=r".+: labels must be numbers for a model of numbers; got labels such as .*'a'"
    ):
        jx.explain(LINE, ROWS, method, labels=["a"] * 60)
    for strange in (["a"] * 60, np.arange(60) + 2):
        with pytest.raises(ValueError, match=r".+: labels must be outcomes among bad, good; got "):
            jx.explain(SORTS, ROWS, method, labels=strange)


@pytest.mark.parametrize("method", ["permutation_importance", "sage"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_model_that_stops_giving_finite_numbers(method, bad):
    calls = []

    def model(rows):
        calls.append(len(rows))
        return np.full(len(rows), bad) if len(calls) > 2 else rows[:, 0]

    with pytest.raises(ValueError, match=r"model: must return finite numbers; got NaN or infinity for \d+ of \d+ rows"):
        jx.explain(model, ROWS, method, labels=OUTPUT, samples=5000)


def test_goals_of_counterfactuals():
    sure = RandomForestClassifier(5, random_state=0).fit(ROWS, OUTPUT > 0)
    row = ROWS[[int(OUTPUT.argmin())]]
    assert jx.explain(sure, row, "counterfactual", baseline=ROWS, goal=True, samples=500).goal == "True"
    with pytest.raises(ValueError, match=r"goal must be given, like '> 0.8', .*; got no goal and the output 0"):
        jx.explain(lambda r: np.zeros(len(r)), ROWS[0], "counterfactual", baseline=ROWS)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_scorer_may_ask_for_the_logarithm_of_zero():
    def scorer(estimator, rows, truth):
        return float(np.exp(estimator.predict_log_proba(rows))[np.arange(60), (truth == "good").astype(int)].mean())

    def plainly(estimator, rows, truth):
        return float(estimator.predict_proba(rows)[np.arange(60), (truth == "good").astype(int)].mean())

    e = jx.explain(SORTS, ROWS, "permutation_importance", labels=SORTS.predict(ROWS), scorer=scorer, repeats=2)
    plain = jx.explain(SORTS, ROWS, "permutation_importance", labels=SORTS.predict(ROWS), scorer=plainly, repeats=2)
    np.testing.assert_allclose(e.values, plain.values)
    assert e.values.max() > 0.1


def test_missing_values_of_pandas_have_one_name():
    frame = pd.DataFrame({"n": pd.array([None, 1, 2] * 5, dtype="Int64"), "x": np.arange(15.0)})
    frame["day"] = pd.to_datetime(["NaT", "2020-01-01", "2020-01-02"] * 5)
    e = jx.explain(
        lambda f: f["n"].isna().to_numpy(dtype=float) + f["day"].isna(), frame.iloc[[0]], "exact_shap", baseline=frame
    )
    assert "<NA>" not in str(e)
    assert "NaT" not in str(e)
    assert str(e).count("missing") > 2


class Named:
    """A classifier whose classes come in the order, and are of the type, that one likes."""

    def __init__(self, classes):
        self.classes_ = np.array(classes)

    def fit(self, rows, labels):
        return self

    def predict_proba(self, rows):
        scores = np.exp(4 * np.stack([rows[:, 0], -rows[:, 0], rows[:, 1]][: len(self.classes_)], 1))
        return scores / scores.sum(1, keepdims=True)

    def predict(self, rows):
        return self.classes_[self.predict_proba(rows).argmax(1)]


@pytest.mark.parametrize(
    "classes", [["yes", "no"], [-3, 7], [True, False], [1.0, 2.0], [1, 2, 3], [3, 1, 2], ["b", "c", "a"]]
)
@pytest.mark.parametrize("some", [False, True])
def test_outcomes_are_those_of_the_outputs_whatever_their_order_and_number(classes, some):
    rows = np.random.default_rng(0).normal(size=(120, 2))
    model = Named(classes)
    truth = model.predict(rows)
    if some:  # not every class occurs
        rows, truth = rows[truth == truth[0]], truth[truth == truth[0]]
    e = jx.explain(model, rows, "cohorts", by=1, labels=truth, repeats=2)
    np.testing.assert_array_equal(e.scores, 0)
    e = jx.explain(model, rows, "permutation_importance", labels=truth, repeats=2)
    assert e.base == 1
    names = jx.explain(model, rows, "sage", labels=truth, scorer="zero_one_loss", samples=2000)
    assert names.values.min() >= -4 * names.error


@pytest.mark.parametrize("method", ["cohorts", "sage"])
def test_an_outcome_that_is_no_class_is_named(method):
    rows = np.random.default_rng(0).normal(size=(60, 2))
    truth = np.array(["a", "b", "d"])[np.arange(60) % 3]
    with pytest.raises(ValueError, match=r"labels must be outcomes among a, b, c; got a, b, d"):
        jx.explain(Named(["a", "b", "c"]), rows, method, labels=truth)


def test_numbers_are_booleans_and_floats_where_the_model_says_so():
    rows = np.random.default_rng(0).normal(size=(60, 2))
    for classes in ([True, False], [1.0, 0.0], [1, 0]):
        truth = Named(classes).predict(rows)
        for kind in (bool, int, float):
            e = jx.explain(Named(classes), rows, "permutation_importance", labels=truth.astype(kind), repeats=2)
            assert e.base == 1


def test_outputs_without_names_are_outcomes_in_a_stated_order():
    rows = np.random.default_rng(0).normal(size=(60, 2))
    truth = np.where(rows[:, 0] > 0, "yes", "no")
    model = Named(["no", "yes"])
    e = jx.explain(lambda r: 1 - model.predict_proba(r), rows, "sage", labels=truth, samples=500)
    assert "Outputs stand for the outcomes in this order: no, yes." in e.notes
