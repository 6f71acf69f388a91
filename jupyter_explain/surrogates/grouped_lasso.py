"""The lasso's whole path, where several columns (the categories of one) come and go together.

Minimises |y - Zb|² / 2n + λ Σ √p |b of a group| over penalties λ from large to small (Tibshirani 1996; for groups Yuan
and Lin 2006). Groups are orthonormal, so that one group has a closed form; in turn each group comes in or
not, and between turns Newton steps move all groups in use at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column

Array = NDArray[np.float64]
SETTLED = 1e-9  # largest change of a coefficient, as a share of the largest moment, at which turns end
TURNS, NEWTON = 500, 20  # at most
FLAT, HAIR = 1e-10, 1e-10


@dataclass(frozen=True)
class Coding:
    """How columns become orthonormal groups: (block - mean) @ whiten has mean 0, variance 1 and no correlation."""

    means: list[Array]
    whiten: list[Array]

    @property
    def groups(self) -> list[slice]:
        """Where each column's group is."""
        ends = np.cumsum([0, *(w.shape[1] for w in self.whiten)])
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]

    def __call__(self, blocks: list[Array]) -> Array:
        """(n, all groups) numbers."""
        return np.concatenate([(b - m) @ w for b, m, w in zip(blocks, self.means, self.whiten, strict=True)], axis=1)


def block(column: Column, levels: list[object]) -> Array:
    """A column as numbers: itself with missing values as its mean, or one flag for each category."""
    if column.numeric:
        known = column.numbers[column.known]
        return np.where(column.known, column.numbers, known.mean() if len(known) else 0.0)[:, None]
    flags = np.zeros((len(column.known), max(1, len(levels))))
    own = np.asarray(column.values[column.known], object)  # pandas' NA can be compared with nothing
    for k, level in enumerate(levels):
        flags[column.known, k] = own == level
    return flags


def levels_of(column: Column) -> list[object]:
    """Categories that get a flag; none for numbers."""
    return [] if column.numeric else column.frequent()


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

    def path(self, penalties: Array, check: Callable[[], None] = lambda: None) -> Array:
        """Coefficients (penalties, columns), penalties falling; `check` is called before each and may raise."""
        slopes, out = np.zeros(len(self.moment)), []
        for penalty in penalties:
            check()
            slopes = self._solve(slopes, float(penalty))
            out.append(slopes)
        return np.array(out).reshape(len(penalties), len(self.moment))

    def _solve(self, start: Array, penalty: float) -> Array:
        """From the solution for a larger penalty: groups in use to their best, then whatever else has to come in."""
        slopes, weights = start.copy(), self.weights
        bound = SETTLED * max(float(np.abs(self.moment).max(initial=0)), 1e-300)
        every = [i for i, w in enumerate(weights) if w]
        for _ in range(TURNS):
            self._settle(slopes, penalty, weights)
            rest = self.moment - self.gram @ slopes
            if self._turn(every, slopes, rest, penalty, weights) <= bound:
                break
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

    def _settle(self, slopes: Array, penalty: float, weights: Array) -> None:
        """Newton steps to the optimum of the groups in use; one that would turn round stops at zero and leaves."""
        used = [i for i, g in enumerate(self.groups) if slopes[g].any()]
        for _ in range(NEWTON + len(used)):
            if not used:
                return
            places, parts = self._places(used)
            b = slopes[places]
            step = self._step(b, places, parts, [penalty * weights[i] for i in used])
            share, first = _until_zero(b, step, parts)
            slopes[places] = b - share * step
            if first is not None:
                slopes[self.groups[used[first]]] = 0.0
                del used[first]
            elif np.abs(step).max() <= SETTLED * np.abs(b).max():
                return

    def _places(self, used: list[int]) -> tuple[NDArray[np.intp], list[slice]]:
        """Columns of these groups, and where each group is among them."""
        places = [np.arange(self.groups[i].start, self.groups[i].stop) for i in used]
        ends = np.cumsum([0, *map(len, places)])
        return np.concatenate(places), [slice(int(a), int(z)) for a, z in pairwise(ends)]

    def _step(self, b: Array, places: NDArray[np.intp], parts: list[slice], forces: list[float]) -> Array:
        """Newton's step for the groups in use."""
        bend = self.gram[np.ix_(places, places)]
        slope = bend @ b - self.moment[places]
        for part, force in zip(parts, forces, strict=True):
            size = float(np.sqrt(b[part] @ b[part]))
            unit = b[part] / size
            slope[part] += force * unit
            if len(unit) > 1:
                bend[part, part] += force / size * (np.eye(len(unit)) - np.outer(unit, unit))
        bend[np.diag_indices_from(bend)] += (
            HAIR * np.trace(bend) / len(b)
        )  # columns that are the same: any share will do
        return np.asarray(np.linalg.solve(bend, slope), np.float64)


def _until_zero(b: Array, step: Array, parts: list[slice]) -> tuple[float, int | None]:
    """The share of a step until the first group has turned round, and which one; (1, None) if none does."""
    share, first = 1.0, None
    for k, part in enumerate(parts):
        along, size = float(b[part] @ step[part]), float(b[part] @ b[part])
        if size and along > 0 and size / along < share:
            share, first = size / along, k
    return share, first


def problem(z: Array, y: Array, groups: list[slice]) -> Problem:
    """From coded rows and outputs."""
    return Problem(z.T @ z / len(z), z.T @ (y - y.mean()) / len(z), groups)
