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


def signed(masks: Flags, root: Array) -> Array:
    """± 1/2 (n, d) times the roots: with its complement, a coalition z enters a regression only through c = z - 1/2.

    (The sum over the pair of z zᵀ is 2 c cᵀ plus terms that the constraint fixes.)
    """
    return np.asarray(np.where(masks, 0.5 * root[:, None], -0.5 * root[:, None]), float)


@dataclass(frozen=True)
class Solution:
    """Regressions solved.

    Attributes:
        phi: coefficients (n, k, RIGHT), first the values.
        inverse: (n, k, k) what a change of the moments does to the values, their sum being given.
        noise: variance of a pair around the regression (n, RIGHT).
        freedom: pairs less coefficients (n,), of which those that are held back count in part.
        determined: whether the pairs determine the values (n,).
    """

    phi: Array
    inverse: Array
    noise: Array
    freedom: Array | Ints
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
    """What least squares needs of pairs: sums that only grow, for n regressions with RIGHT right-hand sides.

    Args:
        n: number of regressions.
        d: columns whose coefficients have a given sum.
        more: further columns.
    """

    def __init__(self, n: int, d: int, more: int = 0) -> None:
        k = d + more
        self.gram, self.pairs = np.zeros((n, k, k)), np.zeros(n, np.intp)
        self.moment, self.square = np.zeros((n, k, RIGHT)), np.zeros((n, RIGHT))
        self._d = d

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

    def merged(self, weights: Array) -> Sums:
        """Sums of sums, each with its weight.

        Args:
            weights: (m, k); m blocks of regressions become one each, and the k kinds of which a block has rounds enter
                with their weights.
        """
        rows, kinds = weights.shape
        out = Sums(rows, self._d, self.moment.shape[1] - self._d)
        for name in ("gram", "moment", "square"):
            parts = getattr(self, name)
            parts = parts.reshape(rows, -1, kinds, *parts.shape[1:]).sum(1)
            setattr(out, name, np.einsum("mk,mk...->m...", weights, parts))
        out.pairs = self.pairs.reshape(rows, -1).sum(1)
        return out

    def solve(self, total: Array, prior: float = 0.0) -> Solution:
        """Coefficients (n, k, RIGHT), of which the first d sum to `total` (n,).

        Args:
            total: given sums.
            prior: pairs that further columns' being of no use counts for.
        """
        d, k = self._d, self.moment.shape[1]
        own = (np.arange(k) < d).astype(float)
        inverse, determined = self._inverse(own, prior)
        free, lean = inverse @ self.moment, inverse @ own
        scale = (lean @ own)[:, None]
        phi = free + lean[..., None] * ((total[:, None] - np.einsum("k,nks->ns", own, free)) / scale)[:, None, :]
        fitted = (phi * (self.gram @ phi)).sum(1)
        rest = self.square - 2 * (phi * self.moment).sum(1) + fitted
        spent = np.einsum("nij,nji->n", inverse, self.gram) - 1 if prior else k - 1
        free_pairs = self.pairs - spent
        noise = np.maximum(rest, 0) / np.maximum(1, free_pairs)[:, None]
        inverse -= lean[:, :, None] * (lean / scale)[:, None, :]
        return Solution(phi, inverse, noise, free_pairs, determined)

    def _inverse(self, own: Array, prior: float) -> tuple[Array, Flags]:
        """Inverse Gram matrices (of something near where too few different pairs were drawn), and where they exist.

        A constant added to all of the first d columns' entries changes nothing, because the sum of their coefficients
        is given, and fills the direction that coalitions of equal size leave empty.
        """
        d, k = self._d, len(own)
        diagonal = np.diagonal(self.gram, axis1=-2, axis2=-1)
        size = diagonal[:, :d].sum(-1)[:, None, None] / d
        share = prior / np.maximum(1, self.pairs)[:, None] * diagonal * (1 - own)
        gram = self.gram + size / d * np.outer(own, own) + share[..., None] * np.eye(k)
        inverse = np.linalg.inv(gram + 1e-13 * size * np.eye(k))
        determined = np.abs(inverse[:, :d, :d]).max((-2, -1)) * size[:, 0, 0] < 1e8
        if not determined.all():
            inverse[~determined] = np.linalg.inv(gram[~determined] + 1e-6 * size[~determined] * np.eye(k))
        return inverse, determined
