"""One regression over the pairs against all reference rows, whose values may differ from row to row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .game import Game
from .pairs import Pairs
from .regressions import RIGHT, Solution, Sums, signed
from .schemes import Anew

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
MOST = 512  # columns of the regression; with more, only the players' own are used
PRIOR = 10.0  # pairs that "a value is the same against all rows" counts for


class Pooled:
    """Mean values over all rows, from pairs against any of them.

    Values against a row are taken to be linear in the row's output and in the player's own distance from that row.
    Those are known, and so are their means over all rows: what they explain of the differences between rows is no
    noise (Freedman 2008, Lin 2013 on adjustment by regression).
    """

    def __init__(self, game: Game, scheme: Anew) -> None:
        self._game, self._scheme = game, scheme
        self._base = game.base(np.arange(game.references))
        self._traits = self._known()
        self._sums = Sums(scheme.kinds, game.size, self._traits.shape[1])

    def add(self, pairs: Pairs) -> None:
        """Add pairs."""
        masks, refs = pairs.masks, pairs.refs
        root = self._scheme.entry(masks)[:, None]
        odd = np.zeros((len(refs), RIGHT))
        odd[:, :1] = self._rest(masks, refs, pairs.odd)[:, None] * root
        self._sums.add(self._columns(masks, refs) * root, odd, self._scheme.kind(masks))

    def solve(self) -> Solution:
        """The regression solved: the players' columns first."""
        weights = self._scheme.weights(self._sums.pairs[None])
        return self._sums.merged(weights).solve(np.array([self._game.q.output - self._base.mean()]), PRIOR)

    @property
    def pairs(self) -> int:
        """Pairs so far."""
        return int(self._sums.pairs.sum())

    def uneven(self, solved: Solution, masks: Flags, refs: Ints, odd: Array) -> Array:
        """Factors (players,) on the variances because noise is uneven, as some pairs (n,) show."""
        weights = self._scheme.weights(self._sums.pairs[None])[0, self._scheme.kind(masks)]
        root = self._scheme.entry(masks) * np.sqrt(weights)
        columns, rest = self._columns(masks, refs) * root[:, None], self._rest(masks, refs, odd[:, 0]) * root
        return solved.uneven(0, columns, rest, np.zeros_like(refs), np.ones(len(root)))

    def _known(self) -> Array:
        """What values may depend on, times each player's sign: (references, columns beyond the players'), of mean 0."""
        game = self._game
        n, d = game.references, game.size
        if n < 3 or 3 * d > MOST:
            return np.empty((n, 0))
        both = np.concatenate([game.distances(), np.repeat(self._base[:, None], d, axis=1)], axis=1)
        both -= both.mean(0)
        size = np.sqrt((both**2).mean(0))
        return both / np.where(size > 0, size, 1)

    def _columns(self, masks: Flags, refs: Ints) -> Array:
        signs = signed(masks, np.ones(len(refs)))
        times = self._traits.shape[1] // self._game.size
        return np.concatenate([signs, np.tile(signs, times) * self._traits[refs]], axis=1)

    def _rest(self, masks: Flags, refs: Ints, odd: Array) -> Array:
        """Odd parts less the players' equal shares of what a row's sum of values exceeds the mean by."""
        share = (self._base.mean() - self._base[refs]) / self._game.size
        return odd - (masks.sum(1) - self._game.size / 2) * share
