"""The one-player-at-a-time estimator against enumeration, and its standard errors."""

from __future__ import annotations

import numpy as np

import jupyter_explain as jx

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20, 6))


def game(rows):
    return rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) + 2 * rows[:, 3] - rows[:, 4] * (rows[:, 0] > 0)


def test_converges_with_calibrated_errors():
    exact = jx.explain(game, ROWS[0], "exact_shap", baseline=ROWS).values
    inside = []
    for seed in range(40):
        e = jx.explain(game, ROWS[0], "sampling_shap", baseline=ROWS, samples=1500, seed=seed)
        inside.append(np.abs(e.values - exact)[:5] <= 1.96 * e.stderr[:5])
    assert 0.88 <= np.mean(inside) <= 1
    late = jx.explain(game, ROWS[0], "sampling_shap", baseline=ROWS, samples=100_000)
    np.testing.assert_allclose(late.values, exact, atol=5 * late.error)
    assert late.error < 0.03


def test_dummy_and_additive_players():
    """A player that does nothing is exactly zero; without interactions the error comes from the rows alone."""
    e = jx.explain(lambda r: 3 * r[:, 0], ROWS[0], "sampling_shap", baseline=ROWS[1], samples=100)
    np.testing.assert_allclose(e.values, [3 * (ROWS[0, 0] - ROWS[1, 0]), 0, 0, 0, 0, 0], atol=1e-12)
    assert e.error < 1e-12
    assert not e.complete


def test_varying_players_get_more_draws():
    from jupyter_explain.methods.sampling_shap import _Tally

    tally = _Tally(3)
    tally.add(np.repeat(np.arange(3), 8), np.tile([-1.0, 1], 12) * np.repeat([1, 3, 0], 8))
    draws = np.bincount(tally.allot(600), minlength=3)
    assert draws.sum() == 600
    assert draws[1] > draws[0] > draws[2] > 0
