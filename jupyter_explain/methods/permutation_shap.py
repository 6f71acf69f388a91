"""Shapley values from random orders of the players."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..params import OnlyFor
from ..question import Question
from ..shapley.draws import ByRow, Slopes, Strata, shares
from ..shapley.game import Dealer, Game, exact_answers, sampled, small_sample, unsettled, whole
from ..shapley.orders import Adjusted, Walks
from ..shapley.shown import Shown

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
TABLES = 64 * 2**20  # bytes of sums by baseline row that are kept; above that all rows share one mean
SETTLED = 3  # draws against every baseline row, after which rows that vary more get more of them
FREEDOM = 16  # and the degrees of freedom of the error by then
TIE = 1e-6  # means whose variances differ by less are as good as each other


@method(
    "Permutation SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=(
        "Castro et al. 2009 doi:10.1016/j.cor.2008.04.004",
        "Mitchell et al. 2022 arXiv:2104.12199",
        "Witter and Musco 2025 arXiv:2506.11849",
    ),
)
def permutation_shap(q: Question, *, orders: Annotated[bool, OnlyFor("table")] = False) -> Stream:
    """Mean contribution of each player as players enter in random order, in place of a random baseline row.

    One draw is one order and one baseline row, walked forwards and backwards. Every baseline row is used equally
    often at first; later those that vary more are used more, each row keeping its own mean. From a few thousand
    evaluations on, a proxy with known Shapley values is fitted to the draws, and what it explains of them is replaced
    by what it is known to be on average, if that makes the standard error smaller. Ends exactly, by enumeration, where
    the players are few: in a small game nothing is asked twice, so that the way there costs nothing.

    Settings:
        orders: keep the first 64 walks of the run, to step through them; the values stay the same.
    """
    game = Game(q, ends=whole(q))
    if not orders:
        yield from _answers(game, None)
        return
    shown = Shown(game)
    for answer in _answers(game, shown):
        yield shown.on(answer)


def _answers(game: Game, shown: Shown | None) -> Iterator[Attribution]:
    """The stream; `shown` is told about the draws."""
    q = game.q
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    q.claim(3.0 * game.size**2, f"the walk of {game.size} players", "join columns or pixels with groups=")
    rng = q.rng("permutation_shap")
    dealer = Dealer(game, rng)
    refs, ranks = dealer.deal(1), _orders(rng, 1, game.size)
    there = _walk(game, ranks, refs)
    best = unsettled(game, np.diff(there)[0, ranks[0]], float(there[0, 0]))
    q.upcoming = game.size - 1 + game.references - 1  # the way back, and the outputs of the other baseline rows
    yield best
    estimate = _Estimate(game, shown)
    estimate.add(Walks(ranks, refs, there, _walk(game, game.size - 1 - ranks, refs)))
    for best in _refine(game, rng, dealer, estimate):
        yield best
    yield from exact_answers(game, best, estimate.rows)


def _refine(game: Game, rng: np.random.Generator, dealer: Dealer, estimate: _Estimate) -> Iterator[Attribution]:
    """Draw until it is time to enumerate."""
    cost = 2 * (game.size - 1)
    while True:
        answer, n = estimate.answer(), game.following(cost)
        if game.countable(estimate.rows):
            game.q.upcoming = game.exact_cost
            yield answer
            return
        yield answer
        refs, ranks = dealer.deal(n, estimate.share()), _orders(rng, n, game.size)
        both = _walk(game, np.concatenate([ranks, game.size - 1 - ranks]), np.concatenate([refs, refs]))
        estimate.add(Walks(ranks, refs, both[:n], both[n:]))


def _orders(rng: np.random.Generator, n: int, d: int) -> Ints:
    """Ranks (n, d): the place at which each player enters."""
    return rng.random((n, d)).argsort(1).argsort(1)


def _walk(game: Game, ranks: Ints, refs: Ints) -> Array:
    """Outputs (n, d + 1) as the players enter by rank; those of empty and full coalitions are known already."""
    n, d = ranks.shape
    masks = ranks[:, None, :] < np.arange(1, d)[None, :, None]
    inside = game.value(masks.reshape(-1, d), np.repeat(refs, d - 1)).reshape(n, d - 1)
    return np.concatenate([game.base(refs)[:, None], inside, np.full((n, 1), game.q.output)], axis=1)


class _Estimate:
    """Three means of the same draws; the one with the smallest standard error is the answer.

    With few draws one mean for all baseline rows; once each row has two draws, one mean for every row; and the
    latter of draws corrected by a proxy.

    Attributes:
        rows: the estimates by row that the last answer was made of, where they are well known.
    """

    def __init__(self, game: Game, shown: Shown | None) -> None:
        self._shown = shown
        self.game, self._slopes, self._even = game, Slopes(game.size), True
        kept = game.references * game.size * 16 <= TABLES
        self._strata = Strata(game.references, game.size) if kept else None
        self._adjusted = Adjusted(game)
        self.rows: ByRow | None = None

    def add(self, walks: Walks) -> None:
        """Add draws."""
        if self._shown is not None:
            self._shown.add(walks)
        phi = walks.contributions()
        if self._even:
            self._slopes.add(phi, walks.there[:, 0])
        if self._strata is not None:
            self._strata.add(phi, walks.refs)
            self._adjusted.add(walks, phi, self._strata)

    def share(self) -> Array | None:
        """Shares of the baseline rows in the next draws; None deals them in turn."""
        strata = self._adjusted.strata or self._strata
        if strata is None or self.game.references == 1 or strata.count.min() < SETTLED:
            return None
        if self._even and strata.estimate()[2] < FREEDOM:
            return None
        self._even = False  # from here on, draws without regard to their rows have another mean
        return shares(strata.spread())

    def answer(self) -> Attribution:
        """Values and standard errors so far."""
        game, base = self.game, self.game.mean_base()
        strata = [s.rows() for s in (self._strata, self._adjusted.strata) if s is not None and s.ready]
        means: list[tuple[tuple[Array, Array, float], ByRow | None]] = [(s.mean(), s) for s in strata]
        if self._even and self._slopes.draws > 1:
            means.append((self._slopes.estimate(base), None))
        if not means:
            return unsettled(game, self._slopes.first(base), base)
        best, rows = min(means, key=lambda m: _uncertainty(*m))
        self.rows = rows if rows is not None and rows.known else None
        return sampled(game, *best, base)


def _uncertainty(mean: tuple[Array, Array, float], rows: ByRow | None) -> float:
    """What the means compete with; where there is no difference (one baseline row), rounding must not decide."""
    return float(mean[1].sum()) * small_sample(mean[2]) ** 2 * (1 if rows is None else 1 + TIE)
