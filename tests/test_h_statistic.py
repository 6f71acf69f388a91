"""H-statistic: closed forms, brute force, its interval, bad input."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx


def rows(n=200, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_columns_that_are_added_up_do_not_interact():
    f = lambda r: np.sin(r[:, 0]) + r[:, 1] ** 3 - r[:, 2] * 2  # noqa: E731
    e = jx.explain(f, rows(), "h_statistic", rows=40)
    np.testing.assert_allclose(e.values, 0, atol=1e-12)


def brute_force(f, x):
    """Friedman and Popescu's H² of columns 0 and 1, and of 0 with all others, on all rows."""

    def dependence(columns):
        out = []
        for row in x:
            moved = x.copy()
            moved[:, columns] = row[columns]
            out.append(f(moved).mean())
        return np.array(out) - np.mean(out)

    one, two, both = dependence([0]), dependence([1]), dependence([0, 1])
    others, output = dependence([1, 2, 3]), f(x) - f(x).mean()
    return ((both - one - two) ** 2).sum() / (both**2).sum(), ((output - one - others) ** 2).sum() / (output**2).sum()


def test_h_is_brute_force_on_all_rows():
    x = rows(50)
    f = lambda r: r[:, 0] * r[:, 1] + r[:, 0] + np.cos(r[:, 2] * r[:, 3])  # noqa: E731
    e = jx.explain(f, x, "h_statistic", rows=50)
    pair, total = brute_force(f, x)
    assert e.values[0, 1] == pytest.approx(pair, abs=1e-12)
    assert e.values[1, 0] == pytest.approx(pair, abs=1e-12)
    assert e.values[0, 0] == pytest.approx(total, abs=1e-12)
    assert (e.error, e.error_kind) == (0.0, "exact")


def test_share_of_a_product():
    """x0 + x1 + c·x0·x1 of independent standard normal columns: H² = c² / (2 + c²)."""
    f = lambda r: r[:, 0] + r[:, 1] + 0.8 * r[:, 0] * r[:, 1]  # noqa: E731
    e = jx.explain(f, rows(400), "h_statistic", features=[0, 1], rows=400, seconds=60)
    assert e.values[0, 1] == pytest.approx(0.64 / 2.64, abs=2 * e.stderr[0, 1])


def test_size_in_units_of_the_output():
    f = lambda r: 3 * r[:, 0] * r[:, 1] + 10 * r[:, 2]  # noqa: E731
    e = jx.explain(f, rows(150), "h_statistic", rows=150, scale="output", features=[0, 1, 2], seconds=60)
    assert 2 < e.values[0, 1] < 4.5
    assert e.values[0, 2] < 1e-10


def test_intervals_hold_over_samples():
    f = lambda r: r[:, 0] + r[:, 1] + 0.8 * r[:, 0] * r[:, 1]  # noqa: E731
    covered = []
    for seed in range(40):
        e = jx.explain(f, rows(60, 3, seed), "h_statistic", features=[0, 1], rows=60)
        covered.append(e.low[0, 1] <= 0.64 / 2.64 <= e.high[0, 1])
    assert np.mean(covered) >= 0.85


def test_a_stream_takes_more_rows_and_is_the_same_again():
    f = lambda r: r[:, 0] * r[:, 1]  # noqa: E731
    x = rows(300, 3)
    found = list(jx.stream(f, x, "h_statistic", rows=40, seed=3))
    again = list(jx.stream(f, x, "h_statistic", rows=40, seed=3))
    assert len(found) > 2
    for one, two in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.values, two.values)
    assert found[-1].error < found[0].error
    assert found[-1].evals == again[-1].evals


def test_cost_is_as_announced():
    e = jx.explain(lambda r: r[:, 0], rows(100, 3), "h_statistic", rows=20)
    assert e.evals == 1 + (3 + 3 + 3) * 20**2


def test_a_column_that_is_not_used_and_a_constant():
    x = rows(80)
    x[:, 3] = 1
    e = jx.explain(lambda r: r[:, 0] * r[:, 1], x, "h_statistic", rows=30)
    np.testing.assert_array_equal(e.values[3], 0)
    np.testing.assert_allclose(e.values[2], 0, atol=1e-12)
    constant = jx.explain(lambda r: np.ones(len(r)), x, "h_statistic", rows=10)
    np.testing.assert_array_equal(constant.values, 0)


def test_bad_input():
    f = lambda r: r[:, 0]  # noqa: E731
    with pytest.raises(ValueError, match="two or more columns"):
        jx.explain(f, rows(), "h_statistic", features=["x0"])
    with pytest.raises(ValueError, match="three or more rows"):
        jx.explain(f, rows(2), "h_statistic")
    with pytest.raises(ValueError, match="MB"):
        jx.explain(lambda r: r[:, 0], rows(1000, 30), "h_statistic", features=range(30), rows=1000)


def test_words_say_what_the_diagonal_is():
    e = jx.explain(lambda r: r[:, 0] * r[:, 1], rows(60, 3), "h_statistic", rows=30)
    assert "x0 × x1" in str(e)
    assert e.diagonal
    assert not e.signed
