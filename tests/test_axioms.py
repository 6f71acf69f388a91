"""What makes a value a Shapley value, on random games: efficiency, symmetry, dummy, linearity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jupyter_explain as jx

FEW, MANY = 4, 10  # players of a game that is enumerated, and of one that is sampled
SAMPLES = 300
numbers = st.integers(0, 2**32 - 1)
random_games = settings(max_examples=12, deadline=None, derandomize=True, database=None)


def games(seed, d, count=1):
    """Random outputs (count, 2^d) of all coalitions, on quite different scales."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 2**d)) * 10.0 ** rng.integers(-3, 4)


def members(d):
    return np.arange(2**d)[:, None] >> np.arange(d) & 1


def ask(values, method="exact_shap", **options):
    """The answer about the game: x is everybody, the baseline nobody."""
    d = int(np.log2(len(values)))
    model = lambda rows: values[np.asarray(rows @ (1 << np.arange(d)), int)]  # noqa: E731
    return jx.explain(model, np.ones(d), method, baseline=np.zeros(d), **options)


def near(difference, values, stderr=0.0):
    return (np.abs(difference) <= 1e-9 * np.abs(values).max() + 5 * np.asarray(stderr)).all()


@given(numbers)
@random_games
def test_exact_values(seed):
    first, second = games(seed, FEW, 2)
    a, b = ask(first), ask(second)
    assert a.error_kind == "exact"
    assert near(a.values.sum() - (first[-1] - first[0]), first)
    mixed = 2.0 * first - 3.0 * second
    assert near(ask(mixed).values - (2 * a.values - 3 * b.values), mixed)
    swapped = first[members(FEW)[:, [1, 0, 2, 3]] @ (1 << np.arange(FEW))]
    even = ask(first + swapped).values
    assert near(even[0] - even[1], first)
    idle = first[np.arange(2**FEW) & ~4]
    assert near(ask(idle).values[2], first)


@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap"])
@given(seed=numbers)
@random_games
def test_sampled_values(method, seed):
    """The sum holds always; the rest within the stated errors."""
    first, second = games(seed, MANY, 2)
    size = members(MANY).sum(1)
    first, second = first + size**2 * np.ptp(first), second - size * np.ptp(second)
    a, b, both = (ask(v, method, samples=SAMPLES, seed=seed % 1000) for v in (first, second, first + second))
    assert {e.error_kind for e in (a, b, both)} == {"stderr"}
    assert near(a.values.sum() - (first[-1] - first[0]), first)
    assert near(both.values - a.values - b.values, first, a.stderr + b.stderr + both.stderr)
    swapped = first[members(MANY)[:, [1, 0, *range(2, MANY)]] @ (1 << np.arange(MANY))]
    even = ask(first + swapped, method, samples=SAMPLES)
    assert near(even.values[0] - even.values[1], first, even.stderr[0] + even.stderr[1])
    idle = ask(first[np.arange(2**MANY) & ~4], method, samples=SAMPLES)
    assert near(idle.values[2], first, idle.stderr[2])


@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap"])
def test_enumeration_takes_over_row_by_row(method):
    """From a third of the way on the error falls to nothing, and no row of the model is asked twice."""
    rng = np.random.default_rng(3)
    rows, x, weights = rng.normal(size=(6, 8)), rng.normal(size=8), rng.normal(size=(8, 3))
    asked = []

    def model(r):
        asked.extend(map(bytes, np.ascontiguousarray(r)))
        return np.tanh(r @ weights).prod(1) + np.sin(r @ weights).sum(1)

    exact = jx.explain(model, x, "exact_shap", baseline=rows, samples=10**5).values
    asked.clear()
    found = list(jx.stream(model, x, method, baseline=rows, samples=10**5))
    assert found[-1].error_kind == "exact"
    assert np.allclose(found[-1].values, exact, atol=1e-12)
    assert found[-1].evals <= 6 * 2**8 + 1
    assert len(asked) == len(set(asked)) == found[-1].evals
    last = [e for e in found if e.error_kind == "stderr"][-4:]
    assert [e.error for e in last] == sorted((e.error for e in last), reverse=True)


@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap", "sampling_shap"])
def test_a_background_of_a_million_rows(method):
    """Some rows stand for all, which the answer says; the budget is kept."""
    rng = np.random.default_rng(0)
    rows, x = rng.normal(size=(1_000_000, 3)), np.ones(3)
    found = jx.explain(lambda r: r @ np.array([1.0, 2.0, 3.0]) + r.prod(1), x, method, baseline=rows, samples=20_000)
    assert any("10,000 of the 1,000,000 baseline rows" in n for n in found.notes)
    assert found.error_kind == "stderr"
    assert found.evals <= 20_000
    np.testing.assert_allclose(found.values, np.array([1, 2, 3]) + 1 / 3, atol=0.15)


@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap"])
def test_duplicate_and_constant_columns(method):
    """Copies of a column share alike; a column that never differs has nothing, exactly."""
    rng = np.random.default_rng(1)
    rows, x = rng.normal(size=(12, 16)), np.ones(16)
    rows[:, 5], rows[:, 7] = rows[:, 4], 1.0
    found = jx.explain(lambda r: np.tanh(r.sum(1) / 4) * r[:, 0], x, method, baseline=rows, samples=6000)
    assert found.values[7] == 0
    assert abs(found.values[4] - found.values[5]) <= 5 * (found.stderr[4] + found.stderr[5])
    assert abs(found.gap) < 1e-9
