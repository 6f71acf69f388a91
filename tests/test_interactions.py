"""Shapley interaction values against the definition, closed forms, and their own standard errors."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.methods.shap_interactions import _paths, _relabelled, interactions_of
from jupyter_explain.shapley.game import shapley_of

RNG = np.random.default_rng(0)
X, ROWS = RNG.normal(size=6), RNG.normal(size=(12, 6))


def model(r):
    return np.tanh(r[:, 0] * r[:, 1]) * 2 + r[:, 2] * r[:, 3] * r[:, 4] + r[:, 0] ** 2 * r[:, 4]


def by_definition(values, d):
    """Half of Grabisch and Roubens' index for pairs (equation by equation, over subsets as Python sets)."""
    code = lambda s: sum(1 << (d - 1 - i) for i in s)  # noqa: E731
    out = np.zeros((d, d))
    for i, j in combinations(range(d), 2):
        others = [k for k in range(d) if k not in (i, j)]
        for size in range(d - 1):
            weight = factorial(size) * factorial(d - size - 2) / factorial(d - 1) / 2
            for s in combinations(others, size):
                second = values[code((*s, i, j))] - values[code((*s, i))] - values[code((*s, j))] + values[code(s)]
                out[i, j] += weight * second
        out[j, i] = out[i, j]
    return out + np.diag(shapley_of(values) - out.sum(1))


@pytest.mark.parametrize("d", [2, 3, 5])
def test_enumeration_is_the_definition(d):
    values = RNG.normal(size=2**d)
    np.testing.assert_allclose(interactions_of(values), by_definition(values, d), atol=1e-12)


@pytest.mark.parametrize("d", [2, 3, 4, 7, 8, 15])
def test_every_pair_is_adjacent_exactly_once(d):
    seen = np.zeros((d, d), int)
    for order, pair in _relabelled(_paths(d), np.random.default_rng(d), d):
        assert sorted(order) == list(range(d))
        for a, b in zip(order[:-1][pair], order[1:][pair], strict=True):
            seen[a, b] += 1
    np.testing.assert_array_equal(seen + seen.T, 1 - np.eye(d, dtype=int))


def exact():
    return jx.explain(model, X, "shap_interactions", baseline=ROWS, samples=100_000)


def test_a_product_interacts_and_a_sum_does_not():
    e = jx.explain(lambda r: r[:, 0] * r[:, 1] + 2 * r[:, 2], np.ones(4), "shap_interactions", baseline="zeros")
    assert e.error_kind == "exact"
    expected = np.diag([0.0, 0, 2, 0])
    expected[0, 1] = expected[1, 0] = 0.5
    np.testing.assert_allclose(e.values, expected, atol=1e-12)


def test_rows_sum_to_shapley_values():
    e, shap = exact(), jx.explain(model, X, "exact_shap", baseline=ROWS)
    np.testing.assert_allclose(e.values.sum(1), shap.values, atol=1e-10)
    np.testing.assert_allclose(e.values, e.values.T)


def test_standard_errors_cover():
    truth, hits = exact().values, []
    for seed in range(40):
        e = jx.explain(model, X, "shap_interactions", baseline=ROWS, samples=400, seed=seed)
        assert e.error_kind == "stderr"
        known = e.stderr > 0
        hits.append((np.abs(e.values - truth) <= 1.96 * e.stderr)[known].mean())
    assert 0.88 <= np.mean(hits) <= 1


def test_every_sampled_answer_sums_to_the_output():
    base = model(ROWS).mean()
    for e in jx.stream(model, X, "shap_interactions", baseline=ROWS, samples=500):
        assert e.values.sum() == pytest.approx(model(X[None])[0] - base)


def test_groups_are_players():
    e = jx.explain(model, X, "shap_interactions", baseline=ROWS, groups=[0, 0, 1, 1, 1, 2])
    assert e.values.shape == (3, 3)
    assert e.rows == ("x0 + x1", "x2 + x3 + x4", "x5")


def test_too_many_columns_are_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"takes at most 200 columns.*groups=; got 201 columns"):
        jx.explain(lambda r: r.sum(1), np.ones(201), "shap_interactions", baseline="zeros")
