"""Second-order accumulated local effects: what two columns do together beyond what each does alone.

Apley and Zhu 2020, section 3: in every cell of a grid, rows of the cell are moved to its four corners; the mean second
differences are added up over the cells, then both columns' own effects are taken away, and the mean over the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Surface
from ..method import Stream
from ..question import Question
from ..rows import take
from ..shapley.game import small_sample
from .columns import Column, own_value
from .planes import dots, near_both
from .variants import Swap, Variants

Array = NDArray[np.float64]
BINS = 40  # a side: more could not be told apart


def moments(count: Array, total: Array, squares: Array) -> tuple[Array, Array]:
    """Means, and variances of single values, of bins; a bin of which one row was asked has the variance of the others.

    Where all bins have one row, it is that of the means. The variances are as much larger as makes intervals of few
    rows those of Student's t.
    """
    mean = total / np.maximum(count, 1)
    inside = np.maximum(squares - count * mean**2, 0)
    freedom = int(np.maximum(count - 1, 0).sum())
    if not freedom:
        few = mean[count > 0]
        return mean, np.full(len(mean), few.var(ddof=1) if len(few) > 1 else 0.0)
    each = np.where(count > 1, inside / np.maximum(count - 1, 1), inside.sum() / freedom)
    return mean, each * small_sample(freedom) ** 2


class Cells:
    """Cells of a grid over two columns, and the mean second difference in each.

    Attributes:
        x, y: edges along both columns.
        size: rows of the dataset in each cell (by, bx).
    """

    def __init__(self, columns: tuple[Column, Column], x: Array, y: Array) -> None:
        self.columns, self.x, self.y = columns, x, y
        inside = [_inside(c, e) for c, e in zip(columns, (x, y), strict=True)]
        self._inside = inside[0][0] & inside[1][0]
        self.shape = (max(0, len(y) - 1), max(0, len(x) - 1))
        self.cells = int(np.prod(self.shape))
        self.along_x, self.along_y = inside[0][1], inside[1][1]
        self.cell_of = self.along_y * max(1, self.shape[1]) + self.along_x
        counts = np.bincount(self.cell_of[self._inside], minlength=max(1, self.cells))[: self.cells]
        self.size: Array = counts.astype(float)
        self._count, self._sum, self._squares = np.zeros((3, self.cells))

    def dealt(self, q: Question) -> NDArray[np.intp]:
        """The rows in random order, one of every cell before the second of any."""
        rows = np.flatnonzero(self._inside)
        shuffled = q.rng("accumulated_effects pair").permutation(rows)
        by_cell = shuffled[np.argsort(self.cell_of[shuffled], kind="stable")]
        cells = self.cell_of[by_cell]
        turn = np.arange(len(by_cell)) - np.searchsorted(cells, cells)
        return by_cell[np.lexsort((cells, turn))]

    def corners(self, data: Any, rows: NDArray[np.intp], typed: tuple[Any, Any]) -> Variants:
        """The rows at the corners of their cells: both low, x high, y high, both high."""
        columns = (self.columns[0].index, self.columns[1].index)
        at_x, at_y = self.along_x[rows], self.along_y[rows]
        moved = [(typed[0][at_x + i], typed[1][at_y + j]) for j in (0, 1) for i in (0, 1)]
        return Variants(data, [Swap(columns, values, np.arange(len(rows))) for values in moved])

    def add(self, rows: NDArray[np.intp], change: Array) -> None:
        """Add the second differences of some rows."""
        where = self.cell_of[rows]
        self._count += np.bincount(where, minlength=self.cells)
        self._sum += np.bincount(where, change, minlength=self.cells)
        self._squares += np.bincount(where, change**2, minlength=self.cells)

    @property
    def settled(self) -> bool:
        """Whether every row was asked."""
        return bool((self._count == self.size).all())

    def surface(self) -> tuple[Array, Array, Array]:
        """(effect, its standard error for this dataset, and with the rows as a sample), each at the corners (y, x)."""
        if not self.cells or not self.size.any():
            return tuple(np.zeros((3, len(self.y), len(self.x))))  # type: ignore[return-value]
        n = self._count
        mean, spread = moments(n, self._sum, self._squares)
        accumulate = self._operator()
        effect = accumulate @ mean
        share = 1 - n / np.maximum(self.size, 1)
        known, wide = (np.sqrt(accumulate**2 @ (spread / np.maximum(n, 1) * s)) for s in (share, 1.0))
        corners = (len(self.y), len(self.x))
        return effect.reshape(corners), known.reshape(corners), wide.reshape(corners)

    def _operator(self) -> Array:
        """The matrix (corners, cells) that makes effects of mean second differences: everything here is linear."""
        by, bx = self.shape
        filled = np.eye(self.cells)[self._nearest()].reshape(by, bx, self.cells)
        total = np.zeros((by + 1, bx + 1, self.cells))
        total[1:, 1:] = filled.cumsum(0).cumsum(1)
        size = self.size.reshape(by, bx)
        across = _own_effect(total, size)
        down = _own_effect(total.transpose(1, 0, 2), size.T)
        total = total - across[None, :, :] - down[:, None, :]
        middle = (total[1:, 1:] + total[1:, :-1] + total[:-1, 1:] + total[:-1, :-1]) / 4
        centre = np.tensordot(size, middle, 2) / size.sum()
        return np.asarray((total - centre).reshape(-1, self.cells))

    def _nearest(self) -> NDArray[np.intp]:
        """For each cell the nearest one with rows that were asked, counted in cells (bins hold equally many rows)."""
        held = np.flatnonzero(self._count)
        y, x = np.divmod(np.arange(self.cells), self.shape[1])
        far = (y[:, None] - y[held]) ** 2 + (x[:, None] - x[held]) ** 2
        return held[np.argmin(far, axis=1)]


def _own_effect(total: Array, size: Array) -> Array:
    """First-order effect along x of accumulated sums (y, x, ·): mean steps of the rows in each bin, added up."""
    steps = total[:, 1:] - total[:, :-1]
    means = (steps[1:] + steps[:-1]) / 2
    rows = size.sum(0)
    weights = np.where(rows > 0, size / np.maximum(rows, 1), 1 / len(size))
    along = np.einsum("yx,yxc->xc", weights, means)
    return np.concatenate([np.zeros((1, along.shape[1])), along.cumsum(0)])


def _inside(col: Column, ends: Array) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """(which rows lie between the outer edges, in which bin)."""
    inside = col.known & (col.numbers >= ends[0]) & (col.numbers <= ends[-1])
    bins = np.searchsorted(ends, np.nan_to_num(col.numbers), "left") - 1
    return inside, np.clip(bins, 0, max(0, len(ends) - 2))


def effects_surface(q: Question, cells: Cells, typed: tuple[Any, Any]) -> Stream:
    """Answers over more and more rows; exact when all are done. `typed`: the edges in the columns' own types."""
    order, start = cells.dealt(q), 0
    first = max(1, int((cells.size > 0).sum()) + 1)
    for n in q.rounds(4, max(len(order), 1), min(first, max(len(order), 1)), growth=1):
        rows = order[start : start + n]
        start += n
        if len(rows) and cells.cells:
            corners = cells.corners(take(q.data, rows), rows, typed)
            low, right, up, both = q.outputs_of(len(corners), corners).reshape(4, len(rows))
            cells.add(rows, (both - up) - (right - low))
        yield _answer(q, cells)


def _answer(q: Question, cells: Cells) -> Surface:
    effect, known, wide = cells.surface()
    first, second = cells.columns
    at = (first.numbers, second.numbers)
    done = cells.settled
    return Surface(
        names=(first.name, second.name),
        x=cells.x,
        y=cells.y,
        z=effect,
        stderr=wide,
        counts=near_both(*at, cells.x, cells.y),
        dots=dots(*at, cells.x, cells.y),
        here=None if q.whole else _here(q, cells, effect),
        centre=0.0,
        axis="effect of both beyond each alone",
        error=0.0 if done else float(known.max()),
        error_kind="exact" if done else "stderr",
    )


def _here(q: Question, cells: Cells, effect: Array) -> tuple[Any, Any, float] | None:
    """The explained row's values, and the effect there: straight between the corners."""
    x, y = (own_value(q, c) for c in cells.columns)
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    along = np.array([np.interp(x, cells.x, row) for row in effect])
    return x, y, float(np.interp(y, cells.y, along))
