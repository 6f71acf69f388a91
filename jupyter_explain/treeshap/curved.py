"""Tree SHAP on a curve of the trees' sum: the probability of a boosted classifier.

Against one background row, the values of a row are those on the margin, scaled by the slope of the curve between the
two: so they add up to the change of the probability (Lundberg et al. 2020). Averaged over the background, that is the
sum with weighted background rows. The slopes of many rows are a smooth function of two numbers, so a matrix of low
rank: a few weightings stand for all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import asinh, ceil, pi

import numpy as np
from numpy.polynomial.chebyshev import chebpts1, chebvander

from ..models.trees import Array, Ints, TreeEnsemble
from .plan import plan_of, scores
from .sums import Sum, planned

SPAN = 100.0  # margins that are interpolated together lie in a stretch of this length
CLOSE = 1e-4  # the slope between margins that are closer is the curve's own
ROWS = 2**14  # rows whose polynomials are held at a time
LOST = 1e-12  # share of the slopes that interpolation and rank leave out


def curved(
    trees: TreeEnsemble, codes: Array, players: Ints, background: Array, check: Callable[[], None], seed: int = 0
) -> Iterator[Sum]:
    """Values of every row that add up to the change of the logistic function of the sum; arguments as of `sums`."""
    plan = plan_of(trees, players, background, check, seed, len(codes))
    margins, others = scores(trees, codes, check), plan.outputs
    base = float(logistic(others).mean())
    if len(codes) == 1:
        for found in planned(plan.weighted(slopes(margins, others)[0] / len(others)), codes, check):
            yield replace(found, base=base)
        return
    values = np.zeros((len(codes), int(players.max()) + 1))
    for share, weight, mine in weightings(margins, others):
        *_, found = planned(plan.weighted(weight / len(others)), codes[mine], check)
        values[mine] += share[:, None] * found.values
    yield Sum(values, base, None, len(trees.roots), len(plan.parts))


def logistic(margin: Array) -> Array:
    """Probability of a margin."""
    return 0.5 * (1 + np.tanh(0.5 * margin))


def slopes(margins: Array, others: Array) -> Array:
    """(n, m): slope of the logistic function between each two margins."""
    step = margins[:, None] - others
    close = np.abs(step) < CLOSE
    middle = logistic(0.5 * (margins[:, None] + others))
    rise = logistic(margins)[:, None] - logistic(others)
    return np.where(close, middle * (1 - middle), rise / np.where(close, 1.0, step))


def weightings(margins: Array, others: Array) -> Iterator[tuple[Array, Array, Ints]]:
    """Weightings (m,), and the rows that each stands for in part, with their shares of it.

    The margins of a model that diverged lie far apart; each stretch of them has its own weightings.
    """
    _, stretch = np.unique(np.floor((margins - margins.min()) / SPAN), return_inverse=True)
    order = np.argsort(stretch, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(stretch[order])) + 1):
        shares, weights = few_weightings(margins[rows], others)
        for share, weight in zip(shares.T, weights, strict=True):
            mine = np.flatnonzero(share)
            yield share[mine], weight, rows[mine]


def few_weightings(margins: Array, others: Array) -> tuple[Array, Array]:
    """Shares (n, r) and weights (r, m) whose product is the slopes: of few rows themselves.

    Along a row's margin, the slopes are interpolated between Chebyshev points, as many as the logistic function's
    poles (at ±iπ) ask for. A background row's slopes are kept in proportion to what they multiply: its distance.
    """
    far = np.maximum(1, np.abs(others - margins[0]))
    middle, half = 0.5 * (margins.max() + margins.min()), max(0.5 * np.ptp(margins), CLOSE)
    degree = ceil(-np.log(LOST) / asinh(pi / half))
    points = chebpts1(degree + 1)
    sizes = np.full(degree + 1, 2 / (degree + 1))
    sizes[0] /= 2
    curves = sizes[:, None] * (chebvander(points, degree).T @ (far * slopes(middle + half * points, others)))
    left, size, weights = np.linalg.svd(curves, full_matrices=False)
    rank = int((size > LOST * size[0]).sum())
    if len(margins) <= rank:
        return np.eye(len(margins)), slopes(margins, others)
    terms = left[:, :rank] * size[:rank]
    parts = np.array_split((margins - middle) / half, 1 + len(margins) // ROWS)
    return np.concatenate([chebvander(part, degree) @ terms for part in parts]), weights[:rank] / far
