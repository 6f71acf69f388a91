"""What least squares needs of pairs of coalitions, for one regression or for one against every reference row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..surrogates.regression import SMALL, product, times
from .draws import ByRow

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
RIGHT = 2  # sides of the regressions: the pairs as they are, and corrected


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

    def uneven(self, side: int, signs: Array, odd: Array, refs: Ints, unseen: Array) -> Array:
        """Factor (d,) on the variances because some coalitions are noisier than others (White 1980; HC3).

        Args:
            side: which right-hand side.
            signs, odd, refs: some pairs; those of one regression follow each other.
            unseen: share (n,) of the pairs each stands for that are not among those drawn.
        """
        found, expected = np.full((2, signs.shape[1]), 1e-300)
        cuts = np.flatnonzero(refs[1:] != refs[:-1]) + 1
        for some in np.split(np.arange(len(refs)), cuts):
            k, c = refs[some[0]], signs[some]
            pull = times(c, self.inverse[k])
            kept = np.maximum(1 - (pull * c).sum(1), 1e-3)
            rest = unseen[some] * ((odd[some] - np.einsum("ij,j->i", c, self.phi[k, :, side])) / kept) ** 2
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
        return self.merged(np.ones((1, len(self.pairs))))

    def merged(self, weights: Array) -> Sums:
        """Sums of sums, each with its weight.

        Args:
            weights: (m, k); m blocks of regressions become one each, and the k kinds of which a block has rounds enter
                with their weights.
        """
        rows, kinds = weights.shape
        out = Sums(rows, self.moment.shape[1])
        for name in ("gram", "moment", "square"):
            parts = getattr(self, name)
            parts = parts.reshape(rows, -1, kinds, *parts.shape[1:]).sum(1)
            setattr(out, name, np.einsum("mk,mk...->m...", weights, parts))
        out.pairs = self.pairs.reshape(rows, -1).sum(1)
        return out

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
