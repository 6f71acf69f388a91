"""Shapley values from random orders of the players."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley import Dealer, Game, exact_answers, small_sample, unsettled
from ..stats import Mean

Array = NDArray[np.float64]
ESTIMATED = 8  # draws from which the control variate's slopes are estimated


@method(
    "Permutation SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Castro et al. 2009 doi:10.1016/j.cor.2008.04.004", "Mitchell et al. 2022 arXiv:2104.12199"),
)
def permutation_shap(q: Question) -> Stream:
    """Mean contribution of each player as players enter in random order, in place of a random baseline row.

    One draw is one order and one baseline row, walked forwards and backwards; every baseline row is used equally
    often. The standard error covers both the orders and the rows. Ends exactly, by enumeration, once that costs no
    more than what has been spent.
    """
    game = Game(q)
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    q.claim(3.0 * game.size**2, f"the walk of {game.size} players", "join columns or pixels with groups=")
    rng = q.rng("permutation_shap")
    dealer = Dealer(game, rng)
    ref = dealer.deal(1)
    order = _orders(rng, 1, game.size)
    first = _walk(game, order, ref)
    best = unsettled(game, first[0], float(game.base(ref)[0]))
    q.upcoming = game.size - 1 + game.references - 1  # the way back, and the outputs of the other baseline rows
    yield best
    for best in _refine(game, rng, dealer, _Estimate(game, order, ref, first)):
        yield best
    yield from exact_answers(game, best)


def _refine(game: Game, rng: np.random.Generator, dealer: Dealer, estimate: _Estimate) -> Iterator[Attribution]:
    """Draw until the enumeration would have been cheaper."""
    spent = 0
    cost = 2 * (game.size - 1)
    for size in game.q.rounds(cost):
        n = size if estimate.draws else size - 1
        if not estimate.draws:
            estimate.settle_first()
        if n:
            refs, orders = dealer.deal(n), _orders(rng, n, game.size)
            both = _walk(game, np.concatenate([orders, game.size - 1 - orders]), np.concatenate([refs, refs]))
            estimate.add((both[:n] + both[n:]) / 2, refs)
        answer, spent = estimate.answer(), spent + cost * size
        if spent > game.enumeration():
            game.q.upcoming = game.exact_cost
        yield answer
        if spent > game.enumeration():
            return


def _orders(rng: np.random.Generator, n: int, d: int) -> NDArray[np.intp]:
    """Ranks (n, d): the place at which each player enters."""
    return rng.random((n, d)).argsort(1).argsort(1)


def _walk(game: Game, ranks: NDArray[np.intp], refs: NDArray[np.intp]) -> Array:
    """Contributions (n, d) of the players entering by rank; empty and full coalitions are known already."""
    n, d = ranks.shape
    masks = ranks[:, None, :] < np.arange(1, d)[None, :, None]
    inside = game.value(masks.reshape(-1, d), np.repeat(refs, d - 1)).reshape(n, d - 1)
    full = np.full((n, 1), game.q.output)
    path = np.concatenate([game.base(refs)[:, None], inside, full], axis=1)
    return np.take_along_axis(np.diff(path, axis=1), ranks, axis=1)


@dataclass
class _Estimate:
    """Mean over draws, corrected for the baseline rows not yet used as often as others.

    Every draw's values sum to `output - f(row)`. The known mean of f over all rows makes f(row) a control variate:
    subtracting `slope · (mean over draws - mean over rows)` removes most of the variance between rows, and because
    the slopes sum to -1 it restores completeness exactly.
    """

    game: Game
    order: NDArray[np.intp]
    ref: NDArray[np.intp]
    forward: Array
    draws: int = 0
    moments: Mean = field(init=False)
    _cross: Array = field(init=False)

    def __post_init__(self) -> None:
        self.moments = Mean(self.game.size + 1)
        self._cross = np.zeros(self.game.size)

    def settle_first(self) -> None:
        """The first draw's second half: the same order backwards."""
        backward = _walk(self.game, self.game.size - 1 - self.order, self.ref)
        self.add((self.forward + backward) / 2, self.ref)

    def add(self, phi: Array, refs: NDArray[np.intp]) -> None:
        """Add draws (n, d)."""
        base = self.game.base(refs)
        before, mean = self.draws, self.moments.mean.copy()
        self.moments.add(np.column_stack([phi, base]))
        n, now = len(phi), np.column_stack([phi, base]).mean(0)
        within = (phi - now[:-1]).T @ (base - now[-1])
        between = (now[:-1] - mean[:-1]) * (now[-1] - mean[-1]) * before * n / max(1, before + n)
        self._cross = self._cross + within + between
        self.draws += n

    def answer(self) -> Attribution:
        """Values and standard errors so far."""
        game, n = self.game, self.draws
        base, mean, variance = game.mean_base(), self.moments.mean, self.moments.variance
        if n < 2:
            return unsettled(game, mean[:-1] + (mean[-1] - base) / game.size, base)
        slope, freedom = self._slope(variance[-1])
        phi = mean[:-1] - slope * (mean[-1] - base)
        shared = self._cross / (n - 1)
        left = variance[:-1] - 2 * slope * shared + slope**2 * variance[-1]
        stderr = np.sqrt(np.maximum(left, 0) / n) * small_sample(freedom)
        return game.answer(phi, stderr, base, error=float(stderr.max()), error_kind="stderr")

    def _slope(self, variance: float) -> tuple[Array, float]:
        """Slopes that sum to -1: equal ones until there are draws enough to estimate them; and degrees of freedom."""
        n, d = self.draws, self.game.size
        if n < ESTIMATED or variance <= 0:
            return np.full(d, -1 / d), n - 1
        return self._cross / (n - 1) / variance, n - 2
