"""Pairs of a coalition and its complement: what least squares needs of them, and their correction by a proxy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..surrogates.regression import SMALL, product, times
from .draws import ByRow
from .game import Game
from .orders import AGAIN, DIRECTIONS, FIRST, KEPT, WORTH
from .proxy import FOLDS, STRONG, Basis, affordable, basis, crossed

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
FITTED = 4096  # pairs that a proxy's coefficients are fitted to
LOOKED = 2048  # pairs whose noise is looked at
RIGHT = 2  # sides of the regressions: the pairs as they are, and corrected


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


def draw(rng: np.random.Generator, n: int, d: int) -> Flags:
    """Coalitions (n, d), of every size equally often.

    The Shapley kernel itself would draw mostly the smallest and largest ones, of which there are few, again and again.
    Equal sizes are the leverage scores of the regression (Musco and Witter 2024); `roots` puts the kernel back.
    """
    keys = rng.random((n, d))
    return keys < np.sort(keys, axis=1)[np.arange(n), rng.integers(1, d, n)][:, None]


def roots(masks: Flags) -> Array:
    """Square roots (n,) of the weights that turn equal shares of all sizes into the Shapley kernel; 1 in the middle."""
    d = masks.shape[1]
    size = np.arange(1, d)
    weight = np.concatenate([[0], d**2 / (4 * size * (d - size)), [0]])
    return np.asarray(np.sqrt(weight)[masks.sum(1)], float)


def signed(masks: Flags, root: Array) -> Array:
    """± 1/2 (n, d) times the roots: with its complement, a coalition z enters a regression only through c = z - 1/2.

    (The sum over the pair of z zᵀ is 2 c cᵀ plus terms that the constraint fixes.)
    """
    return np.asarray(np.where(masks, 0.5 * root[:, None], -0.5 * root[:, None]), float)


@dataclass(frozen=True)
class Solution:
    """Regressions solved.

    Attributes:
        phi: values (n, d, RIGHT).
        inverse: (n, d, d) what a change of the moments does to the values, their sum being given.
        noise: variance of a pair around the regression (n, RIGHT).
        freedom: pairs less coefficients (n,).
        determined: whether the pairs determine the values (n,).
    """

    phi: Array
    inverse: Array
    noise: Array
    freedom: Ints
    determined: Flags

    def variance(self, side: int) -> Array:
        """Variances (n, d), if the noise were the same everywhere."""
        return self.noise[:, side, None] * np.maximum(np.diagonal(self.inverse, axis1=-2, axis2=-1), 0)

    def rows(self, side: int, uneven: Array) -> ByRow:
        """The values of all regressions, with their variances where the noise is `uneven` (d,)."""
        return ByRow(self.phi[..., side].copy(), self.variance(side) * uneven, np.maximum(1, self.freedom))

    def uneven(self, side: int, signs: Array, odd: Array, refs: Ints) -> Array:
        """Factor (d,) on the variances because some coalitions are noisier than others (White 1980; HC3).

        Args:
            side: which right-hand side.
            signs, odd, refs: some pairs; those of one regression follow each other.
        """
        found, expected = np.full((2, signs.shape[1]), 1e-300)
        cuts = np.flatnonzero(refs[1:] != refs[:-1]) + 1
        for some in np.split(np.arange(len(refs)), cuts):
            k, c = refs[some[0]], signs[some]
            pull = times(c, self.inverse[k])
            kept = np.maximum(1 - (pull * c).sum(1), 1e-3)
            rest = ((odd[some] - np.einsum("ij,j->i", c, self.phi[k, :, side])) / kept) ** 2
            found += np.einsum("i,ij->j", rest, pull**2)
            expected += self.noise[k, side] * (pull**2).sum(0)
        rounding = expected <= 1e-12 * found  # no noise at all
        return np.where(rounding, 1.0, found / expected)


class Sums:
    """What least squares needs of pairs: sums that only grow, for several regressions with RIGHT right-hand sides."""

    def __init__(self, n: int, d: int) -> None:
        self.gram, self.pairs = np.zeros((n, d, d)), np.zeros(n, np.intp)
        self.moment, self.square = np.zeros((n, d, RIGHT)), np.zeros((n, RIGHT))

    def add(self, signs: Array, odd: Array, refs: Ints) -> None:
        """Add pairs (n, d) with odd parts (n, RIGHT) to the regressions `refs` (n,)."""
        order = np.argsort(refs, kind="stable")
        count = np.bincount(refs, minlength=len(self.pairs))
        place = np.arange(len(refs)) - np.repeat(np.cumsum(count) - count, count)
        c, y = np.zeros((len(count), count.max(), signs.shape[1])), np.zeros((len(count), count.max(), RIGHT))
        c[refs[order], place], y[refs[order], place] = signs[order], odd[order]
        if len(count) == 1:
            self.gram[0], self.moment[0] = self.gram[0] + product(c[0], c[0]), self.moment[0] + product(c[0], y[0])
        else:
            step = max(1, SMALL // (c.shape[2] * c.shape[2]))  # as in `product`
            for start in range(0, c.shape[1], step):
                part = c[:, start : start + step]
                across = part.transpose(0, 2, 1)
                self.gram += across @ part
                self.moment += across @ y[:, start : start + step]
        self.square += (y**2).sum(1)
        self.pairs += count

    def again(self, signs: Array, odd: Array, refs: Ints) -> None:
        """Put other odd parts (n,) of all pairs so far in place of the second side."""
        self.moment[..., 1], self.square[:, 1] = 0, np.bincount(refs, odd**2, len(self.pairs))
        order = np.argsort(refs, kind="stable")
        rows, start = np.unique(refs[order], return_index=True)
        self.moment[rows, :, 1] = np.add.reduceat((signs * odd[:, None])[order], start)

    def together(self) -> Sums:
        """All pairs as one regression."""
        one = Sums(1, self.moment.shape[1])
        one.gram, one.moment = self.gram.sum(0, keepdims=True), self.moment.sum(0, keepdims=True)
        one.square, one.pairs = self.square.sum(0, keepdims=True), self.pairs.sum(keepdims=True)
        return one

    def solve(self, total: Array) -> Solution:
        """Values (n, d, RIGHT) that sum to `total` (n,)."""
        d = self.moment.shape[1]
        inverse, determined = self._inverse(d)
        free, lean = inverse @ self.moment, inverse.sum(-1)
        scale = lean.sum(-1)[:, None]
        phi = free + lean[..., None] * ((total[:, None] - free.sum(1)) / scale)[:, None, :]
        fitted = (phi * (self.gram @ phi)).sum(1)
        rest = self.square - 2 * (phi * self.moment).sum(1) + fitted
        free_pairs = self.pairs - d + 1
        noise = np.maximum(rest, 0) / np.maximum(1, free_pairs)[:, None]
        inverse -= lean[:, :, None] * (lean / scale)[:, None, :]
        return Solution(phi, inverse, noise, free_pairs, determined)

    def _inverse(self, d: int) -> tuple[Array, Flags]:
        """Inverse Gram matrices (of something near where too few different pairs were drawn), and where they exist.

        A constant added to all entries changes nothing, because the sum of the values is given, and fills the
        direction that coalitions of equal size leave empty.
        """
        size = np.trace(self.gram, axis1=-2, axis2=-1)[:, None, None] / d
        gram = self.gram + size / d
        inverse = np.linalg.inv(gram + 1e-13 * size * np.eye(d))
        determined = np.abs(inverse).max((-2, -1)) * size[:, 0, 0] < 1e8
        if not determined.all():
            inverse[~determined] = np.linalg.inv(gram[~determined] + 1e-6 * size[~determined] * np.eye(d))
        return inverse, determined


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

    def some(self) -> tuple[Array, Array, Ints]:
        """About LOOKED pairs from everywhere, by row: signs, odd parts (n, RIGHT), rows."""
        masks, refs, odd = self._all()
        found = np.arange(0, len(refs), max(1, len(refs) // LOOKED))
        found = found[np.argsort(refs[found], kind="stable")]
        root = roots(masks[found])
        return signed(masks[found], root), odd[found] * root[:, None], refs[found]

    def _all(self) -> tuple[Flags, Ints, Array]:
        for kept in (self._masks, self._refs, self._odd):
            kept[:] = [np.concatenate(kept)]  # type: ignore[index]
        return self._masks[0], self._refs[0], self._odd[0]

    def fit(self, rows: Sums, strength: Array) -> None:
        """Fit a proxy to all pairs, and correct them in `rows`."""
        if self._latest is None:
            return
        self._next = AGAIN * self._game.q.evals
        masks, refs, odd = self._all()
        strong = np.argsort(-strength, kind="stable")[:STRONG]
        latest = self._latest.coalitions(max(DIRECTIONS, self._game.q.evals // 64))
        self._basis = basis(self._game.distances(), *latest, strong)
        fold = np.arange(len(refs)) % FOLDS
        some = _sample(refs, self._game.references)
        root = roots(masks[some])
        terms = np.column_stack([self._basis.odd(masks[some], refs[some]), odd[some, 0]]) * root[:, None]
        rest = _unexplained(signed(masks[some], root), terms, refs[some])
        without, whole = crossed(rest[:, :-1], rest[:, -1], fold[some])
        for k in range(FOLDS):
            self._use(without[k])
            mine = fold == k
            odd[mine, 1] = self._corrected(masks[mine], refs[mine], odd[mine, 0])
        self._use(whole)
        root = roots(masks)
        rows.again(signed(masks, root), odd[:, 1] * root, refs)

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
