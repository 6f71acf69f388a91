"""How strongly two columns go together, with standard errors: numbers, categories, and one of each.

Every measure is 0 for independent columns of any size and at most 1. The errors are those of the measure's influence
function (asymptotically right for any distribution); measures that cannot be negative also get the variance that they
have when nothing goes together, so that their intervals hold near zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..shapley.game import small_sample

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Z95 = 1.96
LEAST = 4  # rows with which a correlation has an error


@dataclass(frozen=True)
class Measured:
    """A number, the ends of its 95 % interval and its standard error; NaN where it does not exist."""

    value: float
    low: float
    high: float
    stderr: float


NOTHING = Measured(*[float("nan")] * 4)


def pearson(x: Array, y: Array) -> Measured:
    """Pearson's r (n,), (n,)."""
    if len(x) < LEAST:
        return NOTHING
    zx, zy = _standard(x), _standard(y)
    if zx is None or zy is None:
        return NOTHING
    r = float(np.clip((zx * zy).mean(), -1, 1))
    return _correlation(r, zx * zy - r / 2 * (zx**2 + zy**2))


def spearman(x: Array, y: Array) -> Measured:
    """Spearman's ρ: Pearson's r of the ranks, ties in the middle; its error knows that ranks depend on each other."""
    if len(x) < LEAST:
        return NOTHING
    first, second = _Ranked(x), _Ranked(y)
    if not (first.variance > 0 and second.variance > 0):
        return NOTHING
    scale = np.sqrt(first.variance * second.variance)
    together = float((first.rank * second.rank).mean())
    r = float(np.clip(together / scale, -1, 1))
    pull = first.rank * second.rank + first.pull(second.rank) + second.pull(first.rank) - 3 * together
    own = first.influence / first.variance + second.influence / second.variance
    return _correlation(r, pull / scale - r / 2 * own)


class _Ranked:
    """Ranks as shares of the rows, less one half; ties share their middle."""

    def __init__(self, x: Array) -> None:
        _, self._group, counts = np.unique(x, return_inverse=True, return_counts=True)
        self._counts = counts
        below = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.rank: Array = ((below + counts / 2) / len(x) - 0.5)[self._group]
        self.variance = float((self.rank**2).mean())

    def pull(self, other: Array) -> Array:
        """What each row does to the mean product through the ranks of the other rows (n,)."""
        sums = np.bincount(self._group, other, minlength=len(self._counts))
        above = sums.sum() - np.cumsum(sums)
        return np.asarray(((above + sums / 2 - sums.sum() / 2) / len(other))[self._group])

    @property
    def influence(self) -> Array:
        """The influence of each row on the variance of the ranks."""
        return self.rank**2 + 2 * self.pull(self.rank) - 3 * self.variance


def _standard(x: Array) -> Array | None:
    """Mean 0 and variance 1; None for a constant."""
    away = x - x.mean()
    size = np.abs(away).max(initial=0)
    if not size > 1e-12 * np.abs(x).max(initial=0):
        return None
    away = away / size
    return np.asarray(away / np.sqrt((away**2).mean()))


def _correlation(r: float, influence: Array) -> Measured:
    """Interval on Fisher's scale, where it is nearly symmetric."""
    n, rest = len(influence), 1 - r**2
    stderr = float(influence.std() / np.sqrt(n - 1)) * small_sample(n - 3)
    if rest < 1e-12:
        return Measured(r, r, r, 0.0)
    middle, reach = np.arctanh(r), Z95 * stderr / rest
    return Measured(r, float(np.tanh(middle - reach)), float(np.tanh(middle + reach)), stderr)


def correlation_ratio(codes: Codes, y: Array) -> Measured:
    """η of a number y (n,) over categories (n,), corrected for chance (Kelley 1935): √ of the share of variance."""
    groups, codes = np.unique(codes, return_inverse=True)
    n, k = len(y), len(groups)
    z = _standard(y) if n > k + 1 else None
    if z is None or k < 2:
        return NOTHING
    counts = np.bincount(codes, minlength=k)
    inside = (z - (np.bincount(codes, z, minlength=k) / counts)[codes]) ** 2
    share = 1 - inside.mean()
    corrected = 1 - (1 - share) * (n - 1) / (n - k)
    influence = (1 - share) * z**2 - inside
    wider = (n - 1) / (n - k)
    chance = 2 * (k - 1) / ((n + 1) * (n - k)) * min(1.0, 1 - corrected) ** 2
    return _size(corrected, float(influence.var() / (n - 1)) * wider**2 + chance)


def cramer(a: Codes, b: Codes) -> Measured:
    """Cramér's V of two columns of categories (n,), (n,), corrected for chance (Bergsma 2013)."""
    first, a = np.unique(a, return_inverse=True)
    second, b = np.unique(b, return_inverse=True)
    n, r, k = len(a), len(first), len(second)
    if min(r, k) < 2 or n <= max(r, k):
        return NOTHING
    joint = np.bincount(a * k + b, minlength=r * k).reshape(r, k) / n
    rows, columns = joint.sum(1), joint.sum(0)
    expected = rows[:, None] * columns
    phi = float((joint**2 / expected).sum() - 1)
    chance = (r - 1) * (k - 1) / (n - 1)
    most = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    if most <= 0:
        return NOTHING
    change = 2 * joint / expected - (joint**2 / expected).sum(1)[:, None] / rows[:, None]
    change -= ((joint**2 / expected).sum(0) / columns)[None, :]
    influence = change[a, b]
    variance = float(influence.var() / n) + 2 * chance / n
    return _size((phi - chance) / most, variance / most**2)


def _size(square: float, variance: float) -> Measured:
    """The root of a square that is known with some variance; the interval is that of the square."""
    reach = Z95 * np.sqrt(variance)
    value, low, high = (float(np.sqrt(np.clip(s, 0, 1))) for s in (square, square - reach, square + reach))
    return Measured(value, low, high, (high - low) / (2 * Z95))


def leaf_order(closeness: Array) -> NDArray[np.intp]:
    """An order in which close ones are neighbours: average linkage; of each join the ends that are closest meet."""
    groups = [[k] for k in range(len(closeness))]
    known = np.nan_to_num(closeness)
    while len(groups) > 1:
        means = np.array([[known[np.ix_(a, b)].mean() if a is not b else -1.0 for b in groups] for a in groups])
        i, j = sorted(np.unravel_index(int(np.argmax(means)), means.shape))
        groups = [g for k, g in enumerate(groups) if k not in (i, j)] + [_joined(groups[i], groups[j], known)]
    return np.array(groups[0], np.intp) if groups else np.empty(0, np.intp)


def _joined(a: list[int], b: list[int], closeness: Array) -> list[int]:
    ways = [(a, b), (a, b[::-1]), (a[::-1], b), (a[::-1], b[::-1])]
    first, second = max(ways, key=lambda w: closeness[w[0][-1], w[1][0]])
    return first + second
