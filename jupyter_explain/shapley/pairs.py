"""Pairs of a coalition and its complement, and their correction by a proxy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..algebra import product, times
from .game import Game
from .orders import AGAIN, DIRECTIONS, FIRST, KEPT, WORTH
from .proxy import FOLDS, STRONG, Basis, affordable, basis, crossed
from .regressions import signed
from .schemes import Anew

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
FITTED = 4096  # pairs that a proxy's coefficients are fitted to
LOOKED = 1024  # pairs whose noise is looked at


@dataclass(frozen=True)
class Pairs:
    """Coalitions (n, players), their reference rows (n,), outputs (n,) and those of their complements (n,)."""

    masks: Flags
    refs: Ints
    outputs: Array
    others: Array

    @property
    def odd(self) -> Array:
        """(v(z) - v(not z)) / 2, the only part of the outputs that counts."""
        return (self.outputs - self.others) / 2

    def coalitions(self, most: int) -> tuple[Flags, Ints, Array]:
        """At most `most` coalitions, their complements after them, with reference rows and outputs."""
        some = np.linspace(0, len(self.refs) - 1, min(most, len(self.refs))).astype(np.intp)
        masks = self.masks[some]
        outputs = np.concatenate([self.outputs[some], self.others[some]])
        return np.concatenate([masks, ~masks]), np.tile(self.refs[some], 2), outputs


class Corrected:
    """Odd parts less what a proxy makes of them, plus the additive game with the proxy's Shapley values.

    Exactly the same Shapley values, and less noise around the regression. The pairs that a proxy is fitted to are
    corrected with coefficients found without them.
    """

    def __init__(self, game: Game) -> None:
        self._game, self._next, self._stored = game, FIRST, 0
        self._able = affordable(game.references, game.size)
        self._masks: list[Flags] = []
        self._refs: list[Ints] = []
        self._odd: list[Array] = []
        self._latest: Pairs | None = None
        self._basis: Basis | None = None
        self._weights, self._values = np.empty(0), np.empty(0)
        self.used = False

    def add(self, pairs: Pairs) -> Array:
        """Odd parts (n, RIGHT) of new pairs, which are kept for the next fit as long as there is room."""
        odd = pairs.odd
        both = np.column_stack([odd, self._corrected(pairs.masks, pairs.refs, odd) if self.used else odd])
        self._stored += pairs.masks.size
        if self._stored <= KEPT:
            self._masks.append(pairs.masks)
            self._refs.append(pairs.refs)
            self._odd.append(both)
            self._latest = pairs
        return both

    @property
    def due(self) -> bool:
        """Whether the next proxy is worth its time."""
        return self._able and self._stored <= KEPT and self._game.q.evals >= self._next

    def some(self) -> tuple[Flags, Ints, Array]:
        """About LOOKED pairs from everywhere, by row: coalitions, rows, odd parts (n, RIGHT)."""
        masks, refs, odd = self._all()
        found = np.arange(0, len(refs), max(1, len(refs) // LOOKED))
        found = found[np.argsort(refs[found], kind="stable")]
        return masks[found], refs[found], odd[found]

    def _all(self) -> tuple[Flags, Ints, Array]:
        for kept in (self._masks, self._refs, self._odd):
            kept[:] = [np.concatenate(kept)]  # type: ignore[index]
        return self._masks[0], self._refs[0], self._odd[0]

    def fit(self, scheme: Anew, strength: Array) -> None:
        """Fit a proxy to all pairs, and correct them in the scheme's sums."""
        if self._latest is None:
            return
        self._next = AGAIN * self._game.q.evals
        masks, refs, odd = self._all()
        strong = np.argsort(-strength, kind="stable")[:STRONG]
        latest = self._latest.coalitions(max(DIRECTIONS, self._game.q.evals // 64))
        self._basis = basis(self._game.distances(), *latest, strong)
        fold = np.arange(len(refs)) % FOLDS
        some = _sample(refs, self._game.references)
        root = scheme.roots(masks[some], refs[some])
        terms = np.column_stack([self._basis.odd(masks[some], refs[some]), odd[some, 0]]) * root[:, None]
        rest = _unexplained(signed(masks[some], root), terms, refs[some])
        without, whole = crossed(rest[:, :-1], rest[:, -1], fold[some])
        for k in range(FOLDS):
            self._use(without[k])
            mine = fold == k
            odd[mine, 1] = self._corrected(masks[mine], refs[mine], odd[mine, 0])
        self._use(whole)
        scheme.again(masks, refs, odd[:, 1])

    def judge(self, variance: Array) -> None:
        """Use the correction from here on, or not, by the variance (RIGHT,) without and with it."""
        self.used = bool(variance[1] <= WORTH * variance[0])

    def _use(self, weights: Array) -> None:
        if self._basis is not None:
            self._weights, self._values = weights, np.einsum("ijk,k->ij", self._basis.values, weights)

    def _corrected(self, masks: Flags, refs: Ints, odd: Array) -> Array:
        if self._basis is None:
            return odd
        additive = np.einsum("ij,ij->i", masks - 0.5, self._values[refs])
        return odd - self._basis.odd_sum(masks, refs, self._weights) + additive


def _sample(refs: Ints, references: int) -> Ints:
    """About FITTED pairs: all those against some of the rows, by row."""
    found = np.flatnonzero(refs % max(1, min(references, len(refs) // FITTED)) == 0)
    found = found[:: max(1, len(found) // FITTED)]
    return found[np.argsort(refs[found], kind="stable")]


def _unexplained(signs: Array, found: Array, refs: Ints) -> Array:
    """What an additive game per row leaves of columns (n, k); pairs against a row follow each other."""
    cuts = np.flatnonzero(refs[1:] != refs[:-1]) + 1
    out = []
    for c, y in zip(np.split(signs, cuts), np.split(found, cuts), strict=True):
        gram = product(c, c)
        gram += (np.trace(gram) / len(gram) + 1e-300) * (1 / len(gram) + 1e-9 * np.eye(len(gram)))
        fitted = times(c, np.asarray(np.linalg.solve(gram, product(c, y)), float))
        out.append(np.asarray(y, float) - fitted)
    return np.concatenate(out)
