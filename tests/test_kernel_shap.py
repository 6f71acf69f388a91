"""Pairs without repetition, values that differ from row to row, and what both are worth."""

from __future__ import annotations

import numpy as np
import pytest
from zoo import table

import jupyter_explain as jx
from jupyter_explain.algebra import inverse
from jupyter_explain.shapley.regressions import Sums, signed
from jupyter_explain.shapley.schemes import Anew, Once

RNG = np.random.default_rng(0)


def smaller(masks):
    return np.minimum(masks.sum(1), masks.shape[1] - masks.sum(1))


@pytest.mark.parametrize("players", [2, 3, 4, 7, 8])
def test_no_pair_twice(players):
    """Row after row gets every coalition or its complement exactly once, whatever the rounds."""
    scheme, found = Once(np.random.default_rng(1), 3, players), []
    for n in (1, 4, 9, 50, 2000):
        masks, refs = scheme.draw(np.sort(RNG.integers(0, 3, n)))
        found += [(ref, *min(tuple(m), tuple(~m))) for ref, m in zip(refs, masks, strict=True)]
    assert len(found) == len(set(found)) == 3 * (2 ** (players - 1) - 1)


def test_sizes_in_their_share():
    """With eight players sizes 1, 2, 3 get two pairs for each of the middle one; size 1 has eight, then it is done."""
    scheme = Once(np.random.default_rng(1), 1, 8)
    masks, _ = scheme.draw(np.zeros(28, np.intp))
    assert np.abs(np.bincount(smaller(masks))[1:] - [8, 8, 8, 4]).max() <= 1
    masks, _ = scheme.draw(np.zeros(99, np.intp))
    assert np.bincount(smaller(masks))[1:].sum() == 127 - 28


@pytest.mark.parametrize("scheme", [Anew, Once])
def test_weights_make_the_kernel(scheme):
    """The weighted shares of the sizes are those of the Shapley kernel."""
    n, d = 120, 8
    drawn = scheme(np.random.default_rng(2), 1, d)
    masks, refs = drawn.draw(np.zeros(n, np.intp))
    drawn.add(masks, refs, np.zeros((n, 2)))
    share = np.bincount(smaller(masks), drawn.roots(masks, refs) ** 2)[1:]
    size = np.arange(1, 5)
    want = np.where(size < 4, 2, 1) / (size * (d - size))
    np.testing.assert_allclose(share / share.sum(), want / want.sum(), rtol=1e-12 if scheme is Once else 0.35)


def test_all_pairs_give_the_exact_values():
    """The regression over all pairs, none left, is the Shapley value against each row: nothing is held back."""
    game = lambda r: np.tanh(r[:, 0] * r[:, 1]) + r[:, 2] * r[:, 3] * r[:, 4] + np.abs(r).max(1)  # noqa: E731
    x, rows = table(1, 6, 1)[0], table(5, 6, 2)
    exact = jx.explain(game, x, "exact_shap", baseline=rows).values
    late = [a for a in jx.stream(game, x, "kernel_shap", baseline=rows, samples=10_000) if a.error_kind == "stderr"]
    assert np.abs(late[-1].values - exact).max() <= 5 * late[-1].error
    assert late[-1].evals > 100


def test_a_linear_model_is_known_from_few_pairs():
    """Values against a row are linear in the distance from it: rows differ, and yet there is no noise."""
    weights = np.linspace(-2, 2, 20)
    x, rows = table(1, 20, 1)[0], table(50, 20, 2)
    found = jx.explain(lambda r: r @ weights, x, "kernel_shap", baseline=rows, samples=400)
    want = weights * (x - rows.mean(0))
    assert found.error_kind == "stderr"
    assert np.abs(found.values - want).max() < 0.05 * np.abs(want).max()
    assert (np.abs(found.values - want) <= 4 * found.stderr + 1e-9).all()


def test_differences_between_rows_are_no_noise():
    """With few evaluations the error is that of permutation_shap, not several times as much."""
    weights = RNG.normal(size=(3, 16)) / 3
    game = lambda r: np.tanh(r @ weights[0]) * 2 + np.maximum(r @ weights[1], 0) + (r @ weights[2]) ** 2 / 4  # noqa: E731
    x, rows = table(1, 16, 3)[0], table(60, 16, 4)
    exact = jx.explain(game, x, "permutation_shap", baseline=rows, samples=300_000).values

    def error(method):
        found = [jx.explain(game, x, method, baseline=rows, samples=900, seed=s).values for s in range(8)]
        return np.sqrt(np.mean([(f - exact) ** 2 for f in found]))

    assert error("kernel_shap") <= 1.3 * error("permutation_shap")


def test_sums_along_traits_are_those_of_all_pairs():
    """One regression with coefficients by trait, from sums by row, equals the regression over the pairs themselves."""
    masks, refs = RNG.random((200, 4)) < 0.5, RNG.integers(0, 6, 200)
    odd, traits = RNG.normal(size=(200, 2)), RNG.normal(size=(3, 6, 4))
    signs = signed(masks, np.ones(200))
    sums = Sums(6, 4)
    sums.add(signs, odd, refs)
    columns = np.concatenate([signs * t[refs] for t in traits], axis=1)
    both = sums.along(traits)
    np.testing.assert_allclose(both.gram[0], columns.T @ columns, atol=1e-12)
    np.testing.assert_allclose(both.moment[0], columns.T @ odd, atol=1e-12)
    phi = RNG.normal(size=(6, 4))
    rest = odd[:, 0] - (signs * phi[refs]).sum(1)
    left = sums.beyond(phi)
    np.testing.assert_allclose(left.square[:, 0], np.bincount(refs, rest**2), atol=1e-12)
    np.testing.assert_allclose(left.moment[2, :, 0], rest[refs == 2] @ signs[refs == 2], atol=1e-12)


@pytest.mark.parametrize("size", [1, 48, 49, 90, 97, 200])
def test_inverse_by_halves(size):
    root = RNG.normal(size=(size, size + 5))
    matrix = root @ root.T + np.eye(size)
    np.testing.assert_allclose(inverse(matrix) @ matrix, np.eye(size), atol=1e-9)
