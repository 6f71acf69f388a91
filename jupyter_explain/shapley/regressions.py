"""What least squares needs of pairs of coalitions, for one regression or for one against every reference row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..algebra import SMALL, inverse, product, times

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
RIGHT = 2  # sides of the regressions: the pairs as they are, and corrected
ROUNDING = 1e-13  # share of the squares below which what is left is rounding


def signed(masks: Flags, root: Array) -> Array:
    """± 1/2 (n, d) times the roots: with its complement, a coalition z enters a regression only through c = z - 1/2.

    (The sum over the pair of z zᵀ is 2 c cᵀ plus terms that the constraint fixes.)
    """
    return np.asarray(np.where(masks, 0.5 * root[:, None], -0.5 * root[:, None]), float)


@dataclass(frozen=True)
class Solution:
    """Regressions solved.

    Attributes:
        phi: coefficients (n, k).
        inverse: (n, k, k) what a change of the moments does to the coefficients, the sum of the first being given.
        least: what is left of the outputs (n,), penalties included.
        spent: how many coefficients were determined (n,), those that are held back in part.
        penalty: (n, k) weights of the squared coefficients.
        determined: whether the pairs and penalties determine the coefficients (n,).
    """

    phi: Array
    inverse: Array
    least: Array
    spent: Array
    penalty: Array
    determined: Flags

    @property
    def lean(self) -> Array:
        """Variances (n, k) by noise, where that of a pair around the regression is 1."""
        inverse = self.inverse
        found = np.diagonal(inverse, axis1=-2, axis2=-1) - (inverse**2 @ self.penalty[..., None])[..., 0]
        return np.maximum(found, 0)

    def spread(self, first: int) -> Array:
        """Covariances by noise of the first coefficients, which have no penalty, of the first regression."""
        inverse, rest = self.inverse[0], self.inverse[0, first:, :first]
        return np.asarray(inverse[:first, :first] - product(rest * self.penalty[0, first:, None], rest), float)

    def uneven(self, signs: Array, odd: Array, refs: Ints, noise: Array, unseen: Array) -> Array:
        """Factor (k,) on the variances because some coalitions are noisier than others (White 1980; HC3).

        Args:
            signs, odd, refs: some pairs (m, k), (m,), (m,); those of one regression follow each other.
            noise: variance of a pair (n,), if it were the same everywhere.
            unseen: share (m,) of the pairs each stands for that are not among those drawn.
        """
        found, expected = np.full((2, signs.shape[1]), 1e-300)
        cuts = np.flatnonzero(refs[1:] != refs[:-1]) + 1
        for some in np.split(np.arange(len(refs)), cuts):
            row, c = refs[some[0]], signs[some]
            pull = times(c, self.inverse[row])
            kept = np.maximum(1 - (pull * c).sum(1), 1e-3)
            rest = unseen[some] * ((odd[some] - np.einsum("ij,j->i", c, self.phi[row])) / kept) ** 2
            found += np.einsum("i,ij->j", rest, pull**2)
            expected += noise[row] * (pull**2).sum(0)
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
        self.own = (np.arange(k) < d).astype(float)

    def add(self, signs: Array, odd: Array, refs: Ints) -> None:
        """Add pairs (n, k) with odd parts (n, RIGHT) to the regressions `refs` (n,)."""
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
        """One regression of every m that follow each other, with weights (n / m, m)."""
        if weights.shape[1] == 1 and (weights == 1).all():
            return self
        out = Sums(0, 0)
        for name in ("gram", "moment", "square"):
            parts = getattr(self, name)
            parts = parts.reshape(*weights.shape, *parts.shape[1:])
            setattr(out, name, np.einsum("nm,nm...->n...", weights, parts))
        out.pairs, out.own = self.pairs.reshape(weights.shape).sum(1), self.own
        return out

    def beyond(self, phi: Array) -> Sums:
        """The sums of what coefficients (n, k) leave of the outputs."""
        out = Sums(0, 0)
        out.gram, out.pairs, out.own = self.gram, self.pairs, self.own
        image = np.einsum("nij,nj->ni", self.gram, phi)
        out.moment = self.moment - image[..., None]
        out.square = self.square - (phi[..., None] * (self.moment + out.moment)).sum(1)
        return out

    def along(self, traits: Array) -> Sums:
        """One regression of all, whose coefficients depend linearly on traits of the regressions.

        Args:
            traits: (t, n, k) what multiplies the columns of each regression: k coefficients for every trait.
        """
        t, _, k = traits.shape
        out = Sums(1, k, (t - 1) * k)
        for i, one in enumerate(traits):
            across = one[:, :, None] * self.gram
            for j, other in enumerate(traits[: i + 1]):
                block = (across * other[:, None]).sum(0)
                out.gram[0, i * k : (i + 1) * k, j * k : (j + 1) * k] = block
                out.gram[0, j * k : (j + 1) * k, i * k : (i + 1) * k] = block.T
        out.moment[0] = np.einsum("ani,nis->ais", traits, self.moment).reshape(t * k, RIGHT)
        out.square[0], out.pairs[0] = self.square.sum(0), self.pairs.sum()
        return out

    def solve(self, total: Array, side: int, penalty: Array) -> Solution:
        """Coefficients, of which the first d sum to `total` (n,), for one of the right-hand sides.

        Args:
            total: given sums.
            side: which right-hand side.
            penalty: (n, k) weights of the squared coefficients.
        """
        own, moment = self.own, self.moment[..., side]
        found, determined = self._inverse(penalty)
        free, lean = (found @ moment[..., None])[..., 0], found @ own
        phi = free + lean * ((total - free @ own) / (lean @ own))[:, None]
        found -= lean[:, :, None] * (lean / (lean @ own)[:, None])[:, None, :]
        fitted = ((self.gram @ phi[..., None])[..., 0] * phi + penalty * phi**2).sum(1)
        left = self.square[:, side] - 2 * (phi * moment).sum(1) + fitted
        least = np.where(left > ROUNDING * self.square[:, side], left, 0)
        return Solution(phi, found, least, np.einsum("nij,nij->n", found, self.gram), penalty, determined)

    def _inverse(self, penalty: Array) -> tuple[Array, Flags]:
        """Inverse Gram matrices (of something near where too few different pairs were drawn), and where they exist.

        A constant added to all of the first d columns' entries changes nothing, because the sum of their coefficients
        is given, and fills the direction that coalitions of equal size leave empty.
        """
        own, d, k = self.own > 0, self.own.sum(), len(self.own)
        size = np.maximum(np.diagonal(self.gram, axis1=-2, axis2=-1)[:, own].sum(-1) / d, 1e-300)[:, None, None]
        gram = self.gram + size / d * np.outer(own, own) + (penalty[..., None] + 1e-13 * size) * np.eye(k)
        found = inverse(gram)
        determined = np.abs(found[:, own][:, :, own]).max((-2, -1)) * size[:, 0, 0] < 1e8
        if not determined.all():
            found[~determined] = inverse(gram[~determined] + 1e-6 * size[~determined] * np.eye(k))
        return found, determined
