"""Conditional permutation importance: what a column says beyond the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier

import jupyter_explain as jx
from jupyter_explain.dataset.strata import Conditions, shuffled_within
from jupyter_explain.inquiry import Ask, begin

SLOPES = np.array([1.0, 2.0, 1.0, 0.0])
MSE = "neg_mean_squared_error"


def linear(rows):
    return np.asarray(rows, float) @ SLOPES


def dataset(rho, n=2000, seed=0):
    """Four Gaussian columns; the first two are correlated."""
    rows = np.random.default_rng(seed).normal(size=(n, 4))
    rows[:, 1] = rho * rows[:, 0] + np.sqrt(1 - rho**2) * rows[:, 1]
    return rows


def importance(rows, kind="conditional", model=linear, **options):
    return jx.explain(
        model, rows, "permutation_importance", labels=linear(rows), scorer=MSE, kind=kind, repeats=5, **options
    )


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99])
def test_gaussian_columns_have_a_closed_form(rho):
    """Shuffling x1 given x2 costs 2 b² Var(x1 | x2) = 2 b² (1 - ρ²); shuffled over all rows it costs 2 b²."""
    rows = dataset(rho)
    left = np.array([1 - rho**2, 1 - rho**2, 1, 1])
    e = importance(rows)
    np.testing.assert_allclose(e.values, 2 * SLOPES**2 * left, rtol=0.08, atol=0.03)
    assert e.values[3] == 0
    np.testing.assert_allclose(importance(rows, "marginal").values, 2 * SLOPES**2, rtol=0.15)


def test_of_duplicate_columns_neither_says_anything_beyond_the_other():
    e = importance(dataset(1.0))
    assert (e.values[:2] < 0.02).all()
    assert e.values[2] == pytest.approx(2, rel=0.15)
    assert any("leave less than 10% of the variance to shuffle of: x0, x1" in n for n in e.notes)
    together = importance(dataset(1.0), groups=[["x0", "x1"]])
    assert together.names == ("x0 + x1", "x2", "x3")
    assert together.values[0] == pytest.approx(18, rel=0.15)


def test_columns_of_noise_do_not_take_importance_away():
    """A tree that followed its own rows' noise would leave half of the variance, and half of the importance."""
    rows = np.random.default_rng(1).normal(size=(400, 12))
    e = jx.explain(lambda r: r[:, 0], rows, "permutation_importance", labels=rows[:, 0], scorer=MSE, kind="conditional")
    assert e.values[0] == pytest.approx(2, rel=0.15)


def test_standard_errors_are_calibrated():
    """The 95 % interval holds the mean over all shuffles within the strata, which is known in closed form."""
    inside = []
    for seed in range(40):
        rows = dataset(0.8, 200, seed)
        ask = Ask(labels=linear(rows), seed=seed)
        inquiry = begin(linear, rows, "permutation_importance", ask, {"kind": "conditional", "scorer": MSE})
        *_, answer = inquiry.answers(6000)
        conditions = Conditions(inquiry.question, rows)
        for j in (0, 1, 2):
            labels = conditions.strata(np.array([j])).labels
            many = np.flatnonzero(np.bincount(labels) > 1)
            spread = [np.var(rows[labels == k, j], ddof=1) * (labels == k).sum() for k in many]
            exact = 2 * SLOPES[j] ** 2 * np.sum(spread) / len(rows)
            inside.append(answer.low[j] <= exact <= answer.high[j])
    assert 0.88 <= np.mean(inside) <= 1


def test_shuffles_stay_within_strata_and_move_every_row():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 9, 200)
    labels[17] = 99
    seen = np.zeros((200, 200))
    for _ in range(2000):
        which = shuffled_within(rng, labels)
        assert (labels[which] == labels).all()
        seen[np.arange(200), which] += 1
    assert sorted(which) == list(range(200))
    assert which[17] == 17
    stays = np.delete(np.diag(seen), 17)
    assert not stays.any()
    mates = np.flatnonzero((labels == labels[0]) & (np.arange(200) != 0))
    np.testing.assert_allclose(seen[0, mates], 2000 / len(mates), rtol=0.4)  # all others are equally likely


def test_categories_gaps_and_frames():
    rng = np.random.default_rng(3)
    town = rng.choice(["Oslo", "Rome", "Kyiv"], 600)
    frame = pd.DataFrame({"town": town, "copy": np.char.lower(town), "age": rng.normal(40, 9, 600)})
    frame.loc[rng.random(600) < 0.2, "age"] = np.nan
    model = lambda f: (f["town"] == "Oslo") * 2.0 + f["age"].isna() * 1.0  # noqa: E731
    options = {"labels": model(frame), "scorer": MSE, "repeats": 4}
    found = {
        k: jx.explain(model, frame, "permutation_importance", kind=k, **options) for k in ("marginal", "conditional")
    }
    assert found["marginal"].values[0] > 1
    assert found["conditional"].values[0] < 0.01
    assert found["conditional"].values[2] == pytest.approx(found["marginal"].values[2], rel=0.2)
    change = jx.explain(model, frame, "permutation_importance", kind="conditional", repeats=3)
    assert change.values[0] < 0.01 < change.values[2]


def test_same_seed_same_answer_and_a_single_column():
    rows = dataset(0.9, 200)
    np.testing.assert_array_equal(importance(rows, seed=4).values, importance(rows, seed=4).values)
    one = jx.explain(lambda r: r[:, 0], rows[:, :1], "permutation_importance", kind="conditional", repeats=3)
    assert any("There is no other column" in n for n in one.notes)
    with pytest.raises(ValueError, match=r"kind must be one of 'marginal'"):
        importance(rows, "causal")


@pytest.mark.parametrize(("scorer", "says"), [("roc_auc", "multi_class"), ("f1", "average='binary'")])
def test_a_scorer_for_other_outcomes_is_refused_with_the_way_out(scorer, says):
    data, labels = load_wine(return_X_y=True)
    model = DecisionTreeClassifier(max_depth=2).fit(data, labels)
    want = rf"scorer must be one for this model and these outcomes, such as .*roc_auc_ovr; got '{scorer}', .*{says}"
    with pytest.raises(ValueError, match=want):
        jx.explain(model, data, "permutation_importance", labels=labels, scorer=scorer)


def test_an_error_of_the_model_is_not_the_scorers(monkeypatch):
    data, labels = load_wine(return_X_y=True)
    model = DecisionTreeClassifier(max_depth=2).fit(data, labels)

    def broken(rows):
        raise ValueError("no more predictions")

    jx.explain(model, data, "permutation_importance", labels=labels, scorer="accuracy", repeats=2)
    monkeypatch.setattr(model, "predict", broken)
    with pytest.raises(ValueError, match="^no more predictions"):
        jx.explain(model, data, "permutation_importance", labels=labels, scorer="accuracy", repeats=2)


@pytest.mark.parametrize("kind", ["marginal", "conditional"])
def test_a_scorer_that_fails_is_named(kind):
    rows = dataset(0.5, 100)

    def profit(estimator, some, truth):
        raise ZeroDivisionError("no sales")

    with pytest.raises(ZeroDivisionError, match="no sales") as caught:
        jx.explain(linear, rows, "permutation_importance", labels=linear(rows), scorer=profit, kind=kind)
    assert any("Permutation importance asked the scorer 'profit'" in n for n in caught.value.__notes__)
    late = iter([0.5, 0.4])

    def fickle(estimator, some, truth):
        return next(late, float("nan"))

    with pytest.raises(ValueError, match=r"the scorer 'fickle' must return one finite number; got nan"):
        jx.explain(linear, rows, "permutation_importance", labels=linear(rows), scorer=fickle, kind=kind)
