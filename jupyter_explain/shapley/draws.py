"""Means over random draws that were made against one reference row each, when the mean over all rows is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..stats import Mean

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
ESTIMATED = 8  # draws from which the control variate's slopes are estimated
PRIOR = 2  # draws that the mean variance (of all players, of all rows) counts for: rare effects have not shown yet
KNOWN = 8  # degrees of freedom with which a row's variances can stand alone
EVERYWHERE = 0.25  # share of the draws that is dealt evenly, whatever the rows' variances


class Slopes:
    """Mean over draws, corrected for the reference rows not yet used as often as others.

    Every draw's values sum to `output - f(row)`. The known mean of f over all rows makes f(row) a control variate:
    subtracting `slope · (mean over draws - mean over rows)` removes most of the variance between rows, and because
    the slopes sum to -1 it restores completeness exactly.
    """

    def __init__(self, players: int) -> None:
        self.draws, self._moments, self._cross = 0, Mean(players + 1), np.zeros(players)

    def add(self, phi: Array, base: Array) -> None:
        """Add draws (n, players) with the outputs (n,) of their rows."""
        joined = np.column_stack([phi, base])
        before, mean, n, now = self.draws, self._moments.mean.copy(), len(phi), joined.mean(0)
        self._moments.add(joined)
        within = (phi - now[:-1]).T @ (base - now[-1])
        between = (now[:-1] - mean[:-1]) * (now[-1] - mean[-1]) * before * n / max(1, before + n)
        self._cross = self._cross + within + between
        self.draws += n

    def estimate(self, base: float) -> tuple[Array, Array, float]:
        """Values that sum to output - base, their variances, and degrees of freedom; from two draws on."""
        n, mean, variance = self.draws, self._moments.mean, self._moments.variance
        slope, freedom = self._slope(float(variance[-1]))
        shared = self._cross / (n - 1)
        left = np.maximum(variance[:-1] - 2 * slope * shared + slope**2 * variance[-1], 0)
        left = (freedom * left + PRIOR * left.mean()) / (freedom + PRIOR)
        return mean[:-1] - slope * (mean[-1] - base), left / n, freedom

    def first(self, base: float) -> Array:
        """Values after a single draw."""
        mean = self._moments.mean
        return mean[:-1] + (mean[-1] - base) / (len(mean) - 1)

    def _slope(self, variance: float) -> tuple[Array, float]:
        """Slopes that sum to -1: equal ones until there are draws enough to estimate them; and degrees of freedom."""
        n, d = self.draws, len(self._cross)
        if n < ESTIMATED or variance <= 0:
            return np.full(d, -1 / d), n - 1
        return self._cross / (n - 1) / variance, n - 2


class ByRow:
    """Estimates against every reference row, and the mean of those: it owes nothing to differences between rows.

    Args:
        phi, variance: (references, players).
        each: degrees of freedom (references,) of the variances.
        shared: variances (players,) of an error that all rows have in common.
        freedom: its degrees of freedom.
    """

    def __init__(
        self, phi: Array, variance: Array, each: NDArray[Any], shared: Array | None = None, freedom: float = 1.0
    ) -> None:
        self._phi, self._variance, self._each = phi, variance, np.asarray(each, float)
        self._shared, self._freedom = np.zeros(phi.shape[1]) if shared is None else shared, freedom
        self._open = len(phi)

    @property
    def known(self) -> bool:
        """Whether every row's own variances are known well enough to stand without those of the others."""
        return bool(self._each.min() >= KNOWN)

    def strength(self) -> Array:
        """Mean squares (players,) of the values."""
        return (self._phi**2).mean(0)

    def settle(self, row: int, phi: Array) -> None:
        """Exact values (players,) take the place of what was estimated against a row."""
        self._phi[row], self._variance[row] = phi, 0
        self._open -= 1

    def mean(self) -> tuple[Array, Array, float]:
        """Values, their variances, and degrees of freedom (Satterthwaite 1946)."""
        n = len(self._phi)
        shared, own = self._shared * (self._open / n) ** 2, self._variance.sum(1) / n**2
        together = freedom(np.append(own, shared.sum()), np.append(self._each, max(1.0, self._freedom)))
        return self._phi.mean(0), self._variance.sum(0) / n**2 + shared, together


class Strata:
    """One mean for every reference row."""

    def __init__(self, references: int, players: int) -> None:
        self.count = np.zeros(references, np.intp)
        self._mean, self._squares = np.zeros((references, players)), np.zeros((references, players))

    def add(self, phi: Array, refs: Ints) -> None:
        """Add draws (n, players) against reference rows (n,)."""
        order = np.argsort(refs, kind="stable")
        rows, start, n = np.unique(refs[order], return_index=True, return_counts=True)
        phi, many = phi[order], n[:, None]
        mean = np.add.reduceat(phi, start) / many
        squares = np.add.reduceat((phi - np.repeat(mean, n, axis=0)) ** 2, start)
        before, delta = self.count[rows][:, None], mean - self._mean[rows]
        self._squares[rows] += squares + delta**2 * before * many / (before + many)
        self._mean[rows] += delta * many / (before + many)
        self.count[rows] += n

    @property
    def ready(self) -> bool:
        """Whether every row has the two draws that a variance takes."""
        return bool(self.count.min() >= 2)

    def estimate(self) -> tuple[Array, Array, float]:
        """Values, their variances, and degrees of freedom."""
        return self.rows().mean()

    def rows(self) -> ByRow:
        """The rows' estimates."""
        return ByRow(self._mean.copy(), self._squares / (self.count * (self.count - 1))[:, None], self.count - 1)

    def by_player(self) -> Array:
        """Sum of squares (players,) within the rows."""
        return self._squares.sum(0)

    def spread(self) -> Array:
        """Standard deviation (references,) of one draw, all players together."""
        return steadied(self._squares.sum(1) / np.maximum(1, self.count - 1), self.count - 1)


def freedom(variances: Array, each: NDArray[Any]) -> float:
    """Degrees of freedom of a sum of independent variances that have `each` (Satterthwaite 1946)."""
    square = float((variances**2 / each).sum())
    return float(variances.sum()) ** 2 / square if square > 0 else float(each.sum())


def steadied(variances: Array, each: NDArray[Any]) -> Array:
    """Standard deviations from variances with `each` degrees of freedom, drawn a little to the mean of all."""
    return np.sqrt((each * variances + PRIOR * variances.mean()) / (each + PRIOR))


def shares(spread: Array, even: float = EVERYWHERE) -> Array:
    """Shares of the draws with which the variance of the sum falls fastest (Neyman 1934), a part of them even."""
    n, total = len(spread), float(spread.sum())
    return even / n + (1 - even) * (spread / total if total > 0 else np.full(n, 1 / n))


def allot(count: Ints, share: Array, n: int) -> Ints:
    """How many of the next `n` draws each gets (sums to n), so that the counts come nearest to the shares."""
    wanted = np.maximum(0, share * (count.sum() + n) - count)
    each = np.floor(wanted / wanted.sum() * n).astype(np.intp)
    each[np.argsort(-wanted, kind="stable")[: n - each.sum()]] += 1
    return each
