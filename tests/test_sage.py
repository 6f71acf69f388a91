"""SAGE against closed forms, scikit-learn losses, and its own standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import jupyter_explain as jx

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3)) * [1.0, 0.5, 2.0]
SLOPES = np.array([2.0, -1.0, 0.0])


def linear(rows):
    return rows @ SLOPES


def shares(repeats):
    """Unknown columns cost their covariance, and a bit more since the mean over m rows is rough: 1 + 1/m."""
    return SLOPES * (np.cov(X.T, ddof=0) @ SLOPES) * (1 + 1 / repeats)


def test_a_linear_model_without_labels():
    e = jx.explain(linear, X, "sage", samples=400_000, repeats=8)
    assert np.all(np.abs(e.values - shares(8)) <= 3 * e.stderr + 1e-12)
    assert e.values[2] == 0


def test_standard_errors_cover():
    hits = []
    for seed in range(40):
        e = jx.explain(linear, X, "sage", samples=2000, repeats=4, seed=seed)
        hits.append(np.abs(e.values - shares(4))[:2] <= 1.96 * e.stderr[:2])
    assert 0.88 <= np.mean(hits) <= 1


def test_few_draws_are_said():
    few, many = (jx.explain(linear, X, "sage", samples=n, repeats=4) for n in (200, 4000))
    assert any(f"Only {few.draws} draws" in note for note in few.notes)
    assert many.draws >= 40
    assert not any("draws" in note for note in many.notes)


def test_values_sum_to_the_drop_of_the_loss():
    data = load_iris()
    model = LogisticRegression(max_iter=500).fit(data.data, data.target)
    e = jx.explain(model, data.data, "sage", labels=data.target, samples=150_000)
    best = log_loss(data.target, model.predict_proba(data.data))
    nothing = log_loss(data.target, np.tile(model.predict_proba(data.data).mean(0), (150, 1)))
    assert e.values.sum() == pytest.approx(nothing - best, abs=4 * e.stderr.sum())
    assert e.measure == "drop of log_loss"


def test_outcomes_may_be_texts():
    data = load_iris()
    words = data.target_names[data.target]
    model = LogisticRegression(max_iter=500).fit(data.data, words)
    numbers = LogisticRegression(max_iter=500).fit(data.data, data.target)
    e = jx.explain(model, data.data, "sage", labels=words, samples=8000)
    other = jx.explain(numbers, data.data, "sage", labels=data.target, samples=8000)
    np.testing.assert_allclose(e.values, other.values, rtol=1e-6)


def test_losses_by_name_and_by_function():
    truth = linear(X) + 1
    by_name = jx.explain(linear, X, "sage", labels=truth, scorer="absolute_error", samples=5000)
    own = jx.explain(linear, X, "sage", labels=truth, scorer=lambda y, p: np.abs(y - p[:, 0]), samples=5000)
    np.testing.assert_array_equal(by_name.values, own.values)
    scorer = jx.explain(linear, X, "sage", labels=truth, scorer="neg_mean_absolute_error", samples=5000)
    np.testing.assert_array_equal(scorer.values, own.values)


def test_accuracy_is_shared_out():
    """All columns known, the model is always right; none known, it says what is most frequent."""
    truth = X[:, 0] + X[:, 1] > 0.3
    model = lambda r: np.column_stack([r[:, 0] + r[:, 1] <= 0.3, r[:, 0] + r[:, 1] > 0.3]).astype(float)  # noqa: E731
    e = jx.explain(model, X, "sage", labels=truth, scorer="accuracy", repeats=128, samples=200_000)
    frequent = max(truth.mean(), 1 - truth.mean())
    assert e.values.sum() == pytest.approx(1 - frequent, abs=4 * e.error + 0.02)
    assert e.values[2] == 0


@pytest.mark.parametrize(
    ("scorer", "said"),
    [
        ("log_loss", "'squared_error', 'absolute_error'"),
        (lambda y, p: np.ones(3), "must return"),
        ("hinge", "got 'hinge'"),
        (lambda e, x, y: 1.0, r"callable \(outcomes, predictions\)"),
    ],
)
def test_a_wrong_loss_is_refused(scorer, said):
    with pytest.raises(ValueError, match=said):
        jx.explain(linear, X, "sage", labels=linear(X), scorer=scorer, samples=5000)


def test_a_loss_needs_outcomes():
    with pytest.raises(ValueError, match="needs labels="):
        jx.explain(linear, X, "sage", scorer="squared_error", samples=5000)


def test_groups_become_known_together():
    e = jx.explain(linear, X, "sage", groups=[0, 0, 1], samples=5000)
    assert e.names == ("x0 + x1", "x2")


def test_the_log_loss_wants_probabilities():
    rows = np.random.default_rng(0).normal(size=(80, 2))
    labels = np.where(rows[:, 0] > 0, "b", "a")
    model = LogisticRegression().fit(rows, labels)
    ask = {"labels": labels, "samples": 1500}
    plain = jx.explain(model, rows, "sage", **ask)
    np.testing.assert_allclose(jx.explain(model, rows, "sage", link="logit", **ask).values, plain.values, atol=1e-9)
    with pytest.raises(ValueError, match=r"SAGE: outputs must be probabilities .*; got margin from -.* to "):
        jx.explain(model, rows, "sage", link="margin", **ask)
    assert jx.explain(model, rows, "sage", link="margin", scorer="accuracy", **ask).values[0] > 0.2
