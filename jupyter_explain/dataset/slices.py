"""Planes through one row: two of its columns, or the two main directions of the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..question import Question
from ..rows import Rows, is_frame, kept, length, take, text_of
from .columns import Column, Grid, column, column_of, grid_over
from .planes import spots
from .variants import Swap, Variants

Array = NDArray[np.float64]
QUANTILES = (0.01, 0.99)  # of the data, between which a picture of window 1 lies
LEVELS = 30  # categories on an axis
FEW = 12  # values of a column up to which each is a grid point


@dataclass(frozen=True)
class Flat:
    """Grid points of a plane, and the full row that belongs to each.

    Attributes:
        names: what lies along x and y.
        x, y: the grid: numbers, or texts of categories.
        here: the row's own place.
        spots: where the rows of a table lie in the plane: (x, y) of each.
        change: (columns, values of each column) for places given as positions on the grid.
        row: the row through which the plane goes (1, …).
    """

    names: tuple[str, str]
    x: NDArray[Any]
    y: NDArray[Any]
    here: tuple[Any, Any]
    spots: Callable[[Rows], tuple[Array, Array]]
    change: Callable[[NDArray[Any], NDArray[Any]], tuple[tuple[int, ...], tuple[Any, ...]]]
    row: Rows

    @property
    def size(self) -> int:
        """Number of grid points."""
        return len(self.x) * len(self.y)

    def rows(self) -> Variants:
        """The full rows of all grid points, x fastest."""
        along_y, along_x = np.indices((len(self.y), len(self.x))).reshape(2, -1)
        columns, values = self.change(self.x[along_x], self.y[along_y])
        many = take(self.row, np.zeros(self.size, np.intp))
        return Variants(many, [Swap(columns, values, np.arange(self.size))])

    def thinned(self, step: int) -> Flat:
        """The same plane with fewer points, both ends kept."""
        some = lambda x: x[np.unique(np.linspace(0, len(x) - 1, len(x) // step + 1).round().astype(int))]  # noqa: E731
        return replace(self, x=some(self.x), y=some(self.y))


def slice_through(q: Question, row: Rows, pair: tuple[int, int], window: float, points: int) -> Flat:
    """Two columns change, the others stay as in the row."""
    cols = [column(q, j) for j in pair]
    own = [column_of(row, j, q.input.names[j]) for j in pair]
    grids = [_axis(q, c, o, window, points) for c, o in zip(cols, own, strict=True)]

    def change(x: NDArray[Any], y: NDArray[Any]) -> tuple[tuple[int, ...], tuple[Any, ...]]:
        return pair, tuple(_typed(g, at) for g, at in zip(grids, (x, y), strict=True))

    def where(rows: Rows) -> tuple[Array, Array]:
        found = [spots(column_of(rows, c.index, c.name), g.x) for c, g in zip(cols, grids, strict=True)]
        return found[0], found[1]

    here = tuple(_own(o) for o in own)
    names = (cols[0].name, cols[1].name)
    return Flat(names, grids[0].x, grids[1].x, (here[0], here[1]), where, change, row)


def _own(own: Column) -> Any:
    return float(own.numbers[0]) if own.numeric else str(own.values[0])


def _axis(q: Question, col: Column, own: Column, window: float, points: int) -> Grid:
    """Points of one column around the row's value."""
    if not col.numeric or not col.known.any():
        return grid_over(q, col, LEVELS)
    found = col.numbers[col.known]
    value = float(own.numbers[0]) if own.known.all() else float(np.median(found))
    different = np.unique(np.append(found, value))
    if 1 < len(different) <= FEW:
        return grid_over(q, col, different)
    low, high = _span(found, value, window)
    if low == high:
        q.note(f"{col.name} has the same value in every row.")
        low, high = low - 0.5, high + 0.5
    at = np.linspace(low, high, points)
    whole = getattr(col.values.dtype, "kind", "f") in "iu"
    return grid_over(q, col, np.unique(at.round()) if whole and np.unique(at.round()).size > 1 else at)


def _span(found: Array, value: float, window: float) -> tuple[float, float]:
    """Both ends of an axis: quantiles of the data and the row's own value, drawn towards the row by `window`."""
    low, high = np.quantile(found, QUANTILES)
    low, high = min(float(low), value), max(float(high), value)
    return value - window * (value - low), value + window * (high - value)


def _typed(grid: Grid, at: NDArray[Any]) -> Any:
    """Grid places as values of the column."""
    order = {str(v): k for k, v in enumerate(grid.x)}
    return grid.values[np.array([order[text_of(v)] for v in at], np.intp)]


# the two main directions


def projection(q: Question, row: Rows, window: float, points: int) -> Flat:
    """All columns of numbers change along the two directions in which the standardised data vary most."""
    cols = [c for c in (column(q, j) for j in range(len(q.input.names))) if c.numeric and c.known.any()]
    table = np.stack([c.numbers for c in cols], 1) if cols else np.empty((length(q.data), 0))
    middle, scale = np.nanmean(table, 0), np.nanstd(table, 0)
    cols = [c for c, s in zip(cols, scale, strict=True) if s > 0]
    middle, scale = middle[scale > 0], scale[scale > 0]
    if len(cols) < 2:
        raise refuse(q.who, "a projection needs two columns of numbers that vary", Phrase(f"{len(cols)}"))
    standard = lambda rows: _standardised(rows, cols, middle, scale)  # noqa: E731
    turned, share = _directions(standard(q.data))
    own = standard(row)[0]
    here = own @ turned

    def change(x: NDArray[Any], y: NDArray[Any]) -> tuple[tuple[int, ...], tuple[Any, ...]]:
        away = np.stack([x - here[0], y - here[1]], 1).astype(float)
        full = (own + away @ turned.T) * scale + middle
        return tuple(c.index for c in cols), tuple(full.T.copy())

    def where(rows: Rows) -> tuple[Array, Array]:
        found = standard(rows) @ turned
        return found[:, 0], found[:, 1]

    at = where(q.data)
    axes = [np.linspace(*_span(a, float(h), window), points) for a, h in zip(at, here, strict=True)]
    _tell(q, cols, share)
    names = (_direction(1, turned[:, 0], cols), _direction(2, turned[:, 1], cols))
    return Flat(names, axes[0], axes[1], (float(here[0]), float(here[1])), where, change, row)


def _standardised(rows: Rows, cols: Sequence[Column], middle: Array, scale: Array) -> Array:
    """Columns with mean 0 and standard deviation 1 over the data (n, columns); missing values are the mean."""
    found = np.stack([column_of(rows, c.index, c.name).numbers for c in cols], 1)
    return np.nan_to_num((found - middle) / scale)


def _directions(table: Array) -> tuple[Array, float]:
    """(first two principal directions (columns, 2), their share of the variance); signs so that most weights are up."""
    values, vectors = np.linalg.eigh(table.T @ table / len(table))
    first = vectors[:, ::-1][:, :2]
    return first * np.where(first.sum(0) < 0, -1, 1), float(values[-2:].sum() / values.sum())


def _direction(number: int, weights: Array, cols: Sequence[Column]) -> str:
    best = np.argsort(-np.abs(weights), kind="stable")[:2]
    said = ", ".join(f"{'+' if weights[k] > 0 else '−'}{cols[k].name}" for k in best)
    return f"direction {number} ({said} …)" if len(cols) > 2 else f"direction {number} ({said})"


def _tell(q: Question, cols: Sequence[Column], share: float) -> None:
    q.note(
        f"The plane goes through the row, along the two main directions of {len(cols)} standardised columns "
        f"({100 * share:.0f} % of their variance); every point is a full row, whole numbers become fractions."
    )
    if len(cols) < len(q.input.names):
        q.note("The other columns stay as the row has them.")


def typical_row(q: Question) -> Rows:
    """A row of medians and most frequent categories, for a dataset without a chosen row; said in a note."""
    q.note("No row was chosen: the plane goes through a row of medians and most frequent categories.")
    row = take(q.data, np.zeros(1, np.intp)).copy()
    if is_frame(row):
        row.index = [0]
    for j in range(len(q.input.names)):
        col = column(q, j)
        if not col.known.any():
            continue
        value = _middle(col)
        if is_frame(row):
            row.isetitem(j, kept(_cell(col, value)))
        else:
            row[0, j] = value
    return row


def _middle(col: Column) -> Any:
    """A value that occurs: the middle one, or the most frequent category."""
    if not col.numeric:
        counts = [np.sum(np.asarray(col.values, object)[col.known] == v) for v in col.levels]
        return col.levels[int(np.argmax(counts))]
    found = np.flatnonzero(col.known)
    order = found[np.argsort(col.numbers[found], kind="stable")]
    return col.values[order[(len(order) - 1) // 2]]


def _cell(col: Column, value: Any) -> Any:
    """One value as a column of its own type."""
    if isinstance(col.values, np.ndarray):
        out = np.empty(1, col.values.dtype)
        out[0] = value
        return out
    return type(col.values)._from_sequence([value], dtype=col.values.dtype)
