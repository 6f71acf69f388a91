"""Walks from nobody to everybody in random orders, and their correction by a proxy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draws import Strata
from .game import Game
from .proxy import FOLDS, STRONG, Basis, affordable, basis, centred, crossed

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
FIRST, AGAIN = 4096, 8  # evaluations before the first proxy is fitted, and the growth until the next one
DIRECTIONS, COEFFICIENTS = 512, 400  # the fewest coalitions (with complements) and draws to fit a proxy to
KEPT = 2**22  # ranks kept for the next fit
WORTH = 0.95  # a proxy that leaves more of the variance than this is not worth its time


@dataclass(frozen=True)
class Walks:
    """Some draws: orders and reference rows, and the outputs on the way there and on the way back.

    Attributes:
        ranks: (n, players) place at which each player enters.
        refs: (n,) reference rows.
        there, back: (n, players + 1) outputs after 0, 1, … players, entering in this order and in the reverse one.
    """

    ranks: Ints
    refs: Ints
    there: Array
    back: Array

    def contributions(self) -> Array:
        """Mean contribution (n, players) on the two ways."""
        d = self.ranks.shape[1]
        one = np.take_along_axis(np.diff(self.there, axis=1), self.ranks, axis=1)
        return (one + np.take_along_axis(np.diff(self.back, axis=1), d - 1 - self.ranks, axis=1)) / 2

    def coalitions(self, most: int) -> tuple[NDArray[np.bool_], Ints, Array]:
        """At most `most` coalitions, their complements after them, with reference rows and outputs."""
        n, d = self.ranks.shape
        draw, size = np.divmod(np.linspace(0, n * (d - 1) - 1, min(most, n * (d - 1))).astype(np.intp), d - 1)
        masks = self.ranks[draw] < size[:, None] + 1
        outputs = np.concatenate([self.there[draw, size + 1], self.back[draw, d - 1 - size]])
        return np.concatenate([masks, ~masks]), np.tile(self.refs[draw], 2), outputs


class Adjusted:
    """The draws less what a proxy makes of them, plus the proxy's exact values: the same mean, and less variance.

    The draws that a proxy is fitted to are corrected with coefficients found without them.
    """

    def __init__(self, game: Game) -> None:
        self._game, self._next, self._stored = game, FIRST, 0
        self._able = affordable(game.references, game.size)
        self._kept: list[tuple[Ints, Ints, Array]] = []
        self._basis: Basis | None = None
        self._weights = np.empty(0)
        self._values = np.empty(0)
        self.strata: Strata | None = None

    def add(self, walks: Walks, phi: Array, plain: Strata) -> None:
        """Add draws with their contributions; `plain` holds all draws as they are."""
        if self._able:
            self._stored += walks.ranks.size
            if self._stored <= KEPT:
                self._kept.append((walks.ranks.astype(np.int16), walks.refs, phi))
            else:
                self._kept.clear()
            if self._kept and plain.ready and self._game.q.evals >= self._next:
                self._next = AGAIN * self._game.q.evals
                self._fit(walks, plain)
            elif self.strata is not None:
                self.strata.add(self._corrected(walks.ranks, walks.refs, phi), walks.refs)

    def _fit(self, walks: Walks, plain: Strata) -> None:
        ranks, refs, phi = (np.concatenate(parts) for parts in zip(*self._kept, strict=True))
        strong = np.argsort(-plain.by_player(), kind="stable")[:STRONG]
        self._basis = basis(
            self._game.distances(), *walks.coalitions(max(DIRECTIONS, self._game.q.evals // 64)), strong
        )
        fold = np.arange(len(refs)) % FOLDS
        some = _sample(refs, self._game.references)
        terms = centred(self._basis.along(ranks[some], refs[some], strong), refs[some])
        without, whole = crossed(terms, centred(phi[some][:, strong], refs[some]), fold[some])
        self.strata = Strata(self._game.references, self._game.size)
        for k in range(FOLDS):
            self._use(without[k])
            mine = np.flatnonzero(fold == k)
            for part in np.array_split(mine, 1 + mine.size // 1024):
                self.strata.add(self._corrected(ranks[part], refs[part], phi[part]), refs[part])
        self._use(whole)
        if self.strata.estimate()[1].sum() > WORTH * plain.estimate()[1].sum():
            self.strata = None

    def _use(self, weights: Array) -> None:
        if self._basis is not None:
            self._weights, self._values = weights, np.einsum("ijk,k->ij", self._basis.values, weights)

    def _corrected(self, ranks: Ints, refs: Ints, phi: Array) -> Array:
        if self._basis is None or not len(refs):
            return phi
        return phi - self._basis.along_sum(ranks, refs, self._weights) + self._values[refs]


def _sample(refs: Ints, references: int) -> Ints:
    """About COEFFICIENTS draws: all those against some of the rows, since rows are compared with themselves; by row."""
    wanted = max(COEFFICIENTS, len(refs) // 4)
    found = np.flatnonzero(refs % max(1, min(references, len(refs) // wanted)) == 0)
    found = found[:: max(1, len(found) // wanted)]
    return found[np.argsort(refs[found], kind="stable")]
