"""Bernoulli bandits: how sure a share is, and which arms have the largest (KL-LUCB).

An arm that was drawn n times with mean m has its true share p within `n kl(m, p) <= level`. With the level
`log((n + 1) / delta)` this holds for all n at once with probability 1 - delta: the likelihood ratio of the uniform
mixture to p is a martingale and at least exp(n kl(m, p)) / (n + 1) (Ville's inequality; Kaufmann and Koolen 2021,
arXiv:1811.11419). So one may look after every draw and stop when one likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEPS = 42  # halvings of [0, 1]
# What decides which arms go on is no claim, so it need not be sure:
SPREAD = 0.15  # means that are closer than this need not be told apart
DOUBT = 0.1  # how sure the ends are that are compared
MOST = 1024  # draws of an arm after which telling it from its neighbours is given up


def divergence(m: Any, p: Any) -> Array:
    """Kullback-Leibler divergence of Bernoulli shares, kl(m, p); infinite where p is 0 or 1 and m is not."""
    m, p = np.broadcast_arrays(np.asarray(m, float), np.asarray(p, float))
    return _part(m, p) + _part(1 - m, 1 - p)


def _part(m: Array, p: Array) -> Array:
    out = np.where((m > 0) & (p <= 0), np.inf, 0.0)
    use = (m > 0) & (p > 0)
    out[use] = m[use] * np.log(m[use] / p[use])
    return out


def interval(mean: Any, n: Any, level: Any) -> tuple[Array, Array]:
    """Smallest and largest p with `n kl(mean, p) <= level`; all of [0, 1] where n is 0.

    Closed forms: for mean 1 the low end is exp(-level / n); for mean 1/2 the ends are (1 ± sqrt(1 - exp(-2 level /
    n))) / 2.
    """
    mean, n, level = (np.asarray(a, float) for a in (mean, n, level))
    mean, room = np.broadcast_arrays(mean, level / np.maximum(n, 1e-300))
    return _end(mean, room, np.zeros_like(mean)), _end(mean, room, np.ones_like(mean))


def _end(mean: Array, room: Array, far: Array) -> Array:
    """The farthest point between `mean` and `far` whose divergence fits the room (on the safe side of rounding)."""
    near, beyond, rest = mean.copy(), far.copy(), 1 - mean
    most = room - _xlogx(mean) - _xlogx(rest)
    with np.errstate(divide="ignore", invalid="ignore"):  # where both are at an end, they stay there
        for _ in range(STEPS):
            middle = (near + beyond) / 2
            fits = -mean * np.log(middle) - rest * np.log1p(-middle) <= most
            near, beyond = np.where(fits, middle, near), np.where(fits, beyond, middle)
    return beyond


def _xlogx(x: Array) -> Array:
    return x * np.log(np.where(x > 0, x, 1.0))


def always(n: Any, delta: float) -> Array:
    """The level that holds for all n at once with probability 1 - delta."""
    return np.log((np.asarray(n, float) + 1) / delta)


def once(delta: float) -> float:
    """The level that holds for one n, fixed beforehand, with probability 1 - delta (Chernoff, both ends)."""
    return float(np.log(2 / delta))


class Arms:
    """Draws and hits of several arms, and the tightest ends so far of their intervals.

    Attributes:
        draws, hits: how often each arm was drawn, and how often it hit (K,).
        margins: sums of the margins by which it hit or, below zero, missed (K,); they tell apart what hits alike.
        low, high: ends of the intervals (K,). All of them are right at all times with probability 1 - delta, so the
            tightest that were looked at are, too.
    """

    def __init__(self, count: int, delta: float) -> None:
        self.draws, self.hits = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.margins, self._low, self._high = np.zeros(count), np.zeros(count), np.ones(count)
        self._new: set[int] = set()
        self._each = delta / max(1, count)

    def add(self, arm: int, margins: NDArray[np.float64]) -> None:
        """Count draws of one arm: a margin of zero or more is a hit."""
        self.draws[arm] += len(margins)
        self.hits[arm] += int((margins >= 0).sum())
        self.margins[arm] += margins.sum()
        self._new.add(arm)

    @property
    def low(self) -> Array:
        """Low ends."""
        self._look()
        return self._low

    @property
    def high(self) -> Array:
        """High ends."""
        self._look()
        return self._high

    def _look(self) -> None:
        """Tighten the intervals of the arms that were drawn since the last look."""
        if self._new:
            some = sorted(self._new)
            low, high = interval(self.means[some], self.draws[some], always(self.draws[some], self._each))
            self._low[some], self._high[some] = np.maximum(self._low[some], low), np.minimum(self._high[some], high)
            self._new = set()

    @property
    def means(self) -> Array:
        """Share of hits; 1/2 where nothing was drawn."""
        return np.where(self.draws, self.hits / np.maximum(self.draws, 1), 0.5)

    @property
    def errors(self) -> Array:
        """How far a mean may be off: to the farther end."""
        return np.maximum(self.high - self.means, self.means - self.low)

    def best(self, count: int) -> NDArray[np.intp]:
        """The arms with the largest means (ties: the larger margins, then the earlier)."""
        return np.lexsort((-self.margins / np.maximum(self.draws, 1), -self.means))[:count]


def separate(arms: Arms, count: int) -> Iterator[list[int]]:
    """KL-LUCB: which arms to draw next until the best `count` are the best up to SPREAD (Kaufmann and Kalyanakrishnan
    2013): the worst of those that seem best, and the strongest rival. The caller draws between two items."""
    while len(arms.draws) > count:
        means = arms.means
        low, high = interval(means, arms.draws, once(DOUBT))
        order = arms.best(len(means))
        weak, rival = order[:count][np.argmin(low[order[:count]])], order[count:][np.argmax(high[order[count:]])]
        if high[rival] - low[weak] <= SPREAD or min(arms.draws[weak], arms.draws[rival]) >= MOST:
            return
        yield [int(weak), int(rival)]
