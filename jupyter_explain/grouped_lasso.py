"""The lasso's whole path, where several columns (the categories of one) come and go together.

Minimises |y - Zb|² / 2n + λ Σ √p |b of a group| over penalties λ from large to small (Tibshirani 1996; for groups Yuan
and Lin 2006). Groups are orthonormal, so that one group has a closed form; groups take turns, and Newton steps on those
in use end what turns do slowly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import LEVELS, Column

Array = NDArray[np.float64]
SETTLED = 1e-9  # largest change of a coefficient, as a share of the largest moment, at which turns end
TURNS, AGAIN = 2000, 25  # turns at most, and between Newton steps
FLAT = 1e-10


@dataclass(frozen=True)
class Coding:
    """How columns become orthonormal groups: (block - mean) @ whiten has mean 0, variance 1 and no correlation."""

    means: list[Array]
    whiten: list[Array]

    @property
    def groups(self) -> list[slice]:
        """Where each column's group is."""
        ends = np.cumsum([0, *(w.shape[1] for w in self.whiten)])
        return [slice(int(a), int(b)) for a, b in zip(ends, ends[1:], strict=False)]

    def __call__(self, blocks: list[Array]) -> Array:
        """(n, all groups) numbers."""
        return np.concatenate([(b - m) @ w for b, m, w in zip(blocks, self.means, self.whiten, strict=True)], axis=1)


def block(column: Column, levels: list[object]) -> Array:
    """A column as numbers: itself with missing values as its mean, or one flag for each category."""
    if column.numeric:
        known = column.numbers[column.known]
        return np.where(column.known, column.numbers, known.mean() if len(known) else 0.0)[:, None]
    own = np.asarray(column.values, object)
    return np.stack([column.known & (own == v) for v in levels] or [np.zeros(len(own))], axis=1).astype(float)


def levels_of(column: Column) -> list[object]:
    """Categories that get a flag; none for numbers."""
    return [] if column.numeric else column.levels[:LEVELS]


def coding_of(blocks: list[Array]) -> Coding:
    """Fitted to some rows; what does not vary there gets no coefficient."""
    means, whiten = [], []
    for values in blocks:
        mean = values.mean(0)
        spread, axes = np.linalg.eigh((values - mean).T @ (values - mean) / len(values))
        kept = spread > FLAT * max(1.0, float(np.abs(mean).max() ** 2))
        found = axes[:, kept] / np.sqrt(spread[kept])
        means.append(mean)
        whiten.append(np.abs(found) if values.shape[1] == 1 else found)
    return Coding(means, whiten)


@dataclass(frozen=True)
class Problem:
    """What the path needs of the rows: z'z / n, z'y / n, and the groups."""

    gram: Array
    moment: Array
    groups: list[slice]

    @property
    def weights(self) -> Array:
        """√p of each group."""
        return np.sqrt([g.stop - g.start for g in self.groups])

    def largest(self) -> float:
        """The penalty from which on every coefficient is zero."""
        sizes = [np.linalg.norm(self.moment[g]) / w for g, w in zip(self.groups, self.weights, strict=True) if w]
        return float(max(sizes, default=0.0))

    def path(self, penalties: Array) -> Array:
        """Coefficients (penalties, columns), penalties falling."""
        slopes, out = np.zeros(len(self.moment)), []
        for penalty in penalties:
            slopes = self._solve(slopes, float(penalty))
            out.append(slopes)
        return np.array(out).reshape(len(penalties), len(self.moment))

    def _solve(self, start: Array, penalty: float) -> Array:
        slopes, weights = start.copy(), self.weights
        rest = self.moment - self.gram @ slopes
        bound = SETTLED * max(float(np.abs(self.moment).max(initial=0)), 1e-300)
        every = [i for i, w in enumerate(weights) if w]
        turn = 0
        while turn < TURNS:
            self._turn(every, slopes, rest, penalty, weights)
            used = [i for i in every if slopes[self.groups[i]].any()]
            for turn in range(turn + 1, turn + AGAIN):  # noqa: B020 (turns are counted on)
                if self._turn(used, slopes, rest, penalty, weights) <= bound:
                    break
            else:
                better = self._newton(slopes, penalty, weights, used)
                if better is not None:
                    slopes = better
                    rest = self.moment - self.gram @ slopes
            if self._turn(every, slopes, rest, penalty, weights) <= bound:
                break
            turn += 2
        return slopes

    def _turn(self, which: list[int], slopes: Array, rest: Array, penalty: float, weights: Array) -> float:
        """Set each group to its best, the others as they are; gives the largest change."""
        largest = 0.0
        for i in which:
            g = self.groups[i]
            old = slopes[g]
            pull = rest[g] + old
            size = float(np.sqrt(pull @ pull))
            new = pull * max(0.0, 1 - penalty * weights[i] / size) if size else pull
            change = new - old
            moved = float(np.abs(change).max())
            if moved:
                slopes[g] = new
                rest -= self.gram[:, g] @ change
                largest = max(largest, moved)
        return largest

    def _newton(self, slopes: Array, penalty: float, weights: Array, used: list[int]) -> Array | None:
        """The optimum over the groups in use; None where one of them would have to leave."""
        used = [i for i in used if slopes[self.groups[i]].any()]
        places = np.concatenate([np.arange(self.groups[i].start, self.groups[i].stop) for i in used] or [np.zeros(0, int)])
        if not len(places):
            return None
        b, inner = slopes[places], self.gram[np.ix_(places, places)]
        parts, at = [], 0
        for i in used:
            p = self.groups[i].stop - self.groups[i].start
            parts.append((slice(at, at + p), penalty * weights[i]))
            at += p
        for _ in range(20):
            slope, bend = inner @ b - self.moment[places], inner.copy()
            for part, force in parts:
                size = float(np.linalg.norm(b[part]))
                unit = b[part] / size
                slope[part] += force * unit
                bend[part, part] += force / size * (np.eye(len(unit)) - np.outer(unit, unit))
            step = np.linalg.lstsq(bend, slope, rcond=1e-12)[0]
            after = b - step
            if any(after[part] @ b[part] <= 0 for part, _ in parts):
                return None
            b = after
            if np.abs(step).max() <= 1e-12 * np.abs(b).max():
                break
        out = np.zeros_like(slopes)
        out[places] = b
        return out


def problem(z: Array, y: Array, groups: list[slice]) -> Problem:
    """From coded rows and outputs."""
    return Problem(z.T @ z / len(z), z.T @ (y - y.mean()) / len(z), groups)
