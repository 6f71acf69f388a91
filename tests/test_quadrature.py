"""The adaptive path integral: closed forms, and that its error is never below what the answer misses."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.quadrature import Quadrature

PRECISION = 1e-15


def rounds(g, f, samples=1000):
    """Every answer on the way: evaluations so far, values, errors."""
    rule, n = Quadrature(f(0.0), f(1.0), PRECISION), 0
    while n < samples and not rule.settled:
        t = rule.nodes
        n += len(t)
        rule.add(np.stack([g(each) for each in t]), np.array([f(each) for each in t]))
        yield n, rule.value, rule.error


def test_a_smooth_path_takes_the_first_fifteen_gradients():
    ((n, value, error),) = rounds(lambda t: np.array([np.cos(t), np.exp(t)]), lambda t: np.sin(t) + np.exp(t))
    np.testing.assert_allclose(value, [np.sin(1), np.e - 1], rtol=1e-14)
    assert n == 15
    assert error.max() < 1e-14


def test_one_kink_is_exact_and_then_searched_until_it_is_known_to_be():
    seen = list(rounds(lambda t: np.array([1.0, 3.0 * (t > 0.3)]), lambda t: t + 3 * max(0.0, t - 0.3)))
    for _, value, _ in seen:
        np.testing.assert_allclose(value, [1.0, 2.1], rtol=1e-14)
    errors = [error.max() for *_, error in seen]
    assert errors[0] > 0.1
    assert errors[-1] < 1e-13
    assert seen[-1][0] < 100


@pytest.mark.parametrize("width", [1e-3, 1e-5, 1e-7])
def test_a_step_that_no_sample_met_is_error_until_it_is_found(width):
    """The first gradients say that nothing happens here; the output says that it rose by 4."""

    def step(t):
        return 1 / (1 + np.exp(-np.clip((t - 1 / 3) / width, -700, 700)))

    def g(t):
        return np.array([np.cos(t), 4 * step(t) * (1 - step(t)) / width, -1.0])

    exact = np.array([np.sin(1), 4.0, -1.0])
    seen = list(rounds(g, lambda t: np.sin(t) + 4 * step(t) - t))
    for _, value, error in seen:
        assert error.max() >= np.abs(value - exact).max() / 2
    assert np.abs(seen[0][1] - exact).max() > 3.9
    assert np.abs(seen[-1][1] - exact).max() < seen[-1][2].max() < 5e-3


def test_a_gradient_that_is_not_the_outputs_leaves_its_gap_as_error():
    """Half of t² is hidden from the gradient: what all components may miss adds up to the gap, however many samples."""
    for _, value, error in rounds(lambda t: np.array([t, 1.0]), lambda t: t * t + t):
        assert error.sum() >= 0.99 * (2 - value.sum()) > 0.4


def test_a_network_with_a_detached_part_says_so_and_ends():
    import torch

    class Half(torch.nn.Module):
        def forward(self, x):
            return (x * x.detach() + x).sum(1, keepdim=True)

    e = jx.explain(Half(), np.array([1.0, 2.0]), "integrated_gradients", baseline=np.zeros(2))
    np.testing.assert_allclose(e.values, [1.5, 4.0], rtol=1e-4)
    assert e.gap == pytest.approx(2.5, rel=1e-4)
    assert e.error >= 2.5 * 4.0 / 5.5 * 0.99
    assert e.evals < 500
    assert any("hidden from the gradient" in note for note in e.notes)


def test_an_output_noisier_than_its_numbers_still_settles_down():
    """A network in double precision may have a part in single: its noise is no change that the gradients missed."""

    def f(t):
        return float(np.float32(9 + np.abs(t - 0.3) + np.sin(5 * t)))

    def g(t):
        return np.array([float(np.sign(t - 0.3)), 5 * np.cos(5 * t)])

    seen = list(rounds(g, f, samples=20_000))
    exact = np.array([0.4, np.sin(5)])
    for _, value, error in seen:
        assert (np.abs(value - exact) <= error + 1e-12).all()
    assert seen[-1][2].max() < 1e-5
