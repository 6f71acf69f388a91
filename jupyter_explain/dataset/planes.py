"""Two columns at once: pairs that users name, grids over both, where the rows are, where a decision changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..explanation.surface import edges, places
from ..question import Question
from ..rows import text_of
from .columns import Column, Grid, column, grid_over, own_value, wanted
from .variants import Swap

Array = NDArray[np.float64]
REACH = 1 / 24  # of an axis: rows within this distance on both axes are near a grid point
SQUARES = 24  # a side, in which rows are counted for the dots
BLOCK = 50_000  # rows that are counted at a time
MARKS = re.compile(r"\s*[×*]\s*|\s+x\s+")


def pair_of(q: Question, features: Any) -> tuple[int, int] | None:
    """The two columns of a pair such as `[("age", "bmi")]`, `("age", "bmi")` in a list, or the text "age × bmi".

    None where `features` names no pair.

    Raises:
        ValueError: for several pairs, a pair of one column, or an unknown name.
    """
    if isinstance(features, str):
        parts = MARKS.split(features) if features not in q.input.names else []
        pairs: list[Any] = [tuple(parts)] if len(parts) == 2 and all(parts) and "," not in features else []
    else:
        pairs = [f for f in features if isinstance(f, (tuple, list))] if isinstance(features, (tuple, list)) else []
    if not pairs:
        return None
    if len(pairs) > 1 or (not isinstance(features, str) and len(features) > 1):
        raise refuse(q.who, "features must be one pair of columns, or columns without a pair", features)
    return check_pair(q, pairs[0])


def check_pair(q: Question, names: Sequence[Any]) -> tuple[int, int]:
    """Positions of two different columns."""
    found = wanted(q, list(names)) or []
    if len(names) != 2 or len(found) != 2:
        raise refuse(q.who, "a pair must be two different columns", tuple(names))
    return found[0], found[1]


@dataclass(frozen=True)
class Plane:
    """A grid over two columns; points are numbered row by row of the picture, x fastest."""

    x: Grid
    y: Grid

    @property
    def shape(self) -> tuple[int, int]:
        """Points along y and along x."""
        return len(self.y.x), len(self.x.x)

    def swaps(self) -> list[Swap]:
        """One swap of both columns per grid point."""
        along_y, along_x = np.indices(self.shape).reshape(2, -1)
        values = (self.x.values[along_x], self.y.values[along_y])
        columns = (self.x.column.index, self.y.column.index)
        return [Swap(columns, values, k) for k in range(along_x.size)]


def plane_over(q: Question, pair: tuple[int, int], grid: Any) -> Plane:
    """Grids over both columns of a pair."""
    first, second = (grid_over(q, column(q, j), grid) for j in pair)
    return Plane(first, second)


def spots(col: Column, x: NDArray[Any]) -> Array:
    """Where each row of the data lies on an axis; NaN for missing values and for categories that are not on it."""
    if col.numeric:
        return col.numbers
    place = {str(v): float(k) for k, v in enumerate(x)}
    return np.array([place.get(text_of(v), np.nan) for v in np.asarray(col.values, object)])


def near_both(at_x: Array, at_y: Array, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int64]:
    """How many rows are near each grid point on both axes (ky, kx).

    Near is a 24th of the axis to either side, or half a grid step where that is more; for categories, the same one.
    """
    known = np.isfinite(at_x) & np.isfinite(at_y)
    at_x, at_y = at_x[known], at_y[known]
    out = np.zeros((len(y), len(x)), np.int64)
    for start in range(0, len(at_x), BLOCK):
        part = slice(start, start + BLOCK)
        beside_x, beside_y = _beside(at_x[part], x), _beside(at_y[part], y)
        out += (beside_y.T.astype(np.float32) @ beside_x.astype(np.float32)).round().astype(np.int64)
    return out


def _beside(at: Array, x: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each row (n,) is near each point (k,) of one axis."""
    if x.dtype.kind != "f":
        return np.asarray(at[:, None] == np.arange(len(x)))
    if len(x) == 1:
        return np.ones((len(at), 1), bool)
    ends = edges(x)
    reach = REACH * (x[-1] - x[0])
    low, high = np.minimum(ends[:-1], x - reach), np.maximum(ends[1:], x + reach)
    return np.asarray((at[:, None] >= low) & (at[:, None] <= high))


def dots(at_x: Array, at_y: Array, x: NDArray[Any], y: NDArray[Any], classes: NDArray[np.intp] | None = None) -> Array:
    """Rows counted in squares over the picture: (m, 4) x, y, rows, class (-1 without classes)."""
    ends = [_sides(a) for a in (x, y)]
    inside = np.ones(len(at_x), bool)
    cells = []
    for at, side in zip((at_x, at_y), ends, strict=True):
        inside &= (at >= side[0]) & (at <= side[-1])
        cells.append(np.clip(np.searchsorted(side, np.nan_to_num(at), "right") - 1, 0, len(side) - 2))
    which = np.full(len(at_x), -1) if classes is None else classes
    found, counts = np.unique(np.stack([*cells, which])[:, inside], axis=1, return_counts=True)
    middle = [(side[1:] + side[:-1]) / 2 for side in ends]
    return np.stack([middle[0][found[0]], middle[1][found[1]], counts, found[2]], axis=1).astype(float)


def _sides(x: NDArray[Any]) -> Array:
    """Borders of the squares along one axis."""
    ends = edges(places(x))
    return ends if x.dtype.kind != "f" or len(x) == 1 else np.linspace(ends[0], ends[-1], SQUARES + 1)


def border(margin: Array, x: NDArray[Any], y: NDArray[Any]) -> Array:
    """Line pieces (m, 4) where `margin` (ky, kx) changes its sign: marching squares, straight between grid points.

    Categories have no in-between: there the line follows the borders of the cells.
    """
    if x.dtype.kind != "f" or y.dtype.kind != "f" or min(margin.shape) < 2:
        return _steps(margin > 0, edges(places(x)), edges(places(y)))
    pieces = [_piece(margin, x, y, i, j) for i, j in _mixed(margin > 0)]
    return np.array([p for some in pieces for p in some], float).reshape(-1, 4)


def _mixed(above: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Squares of four neighbouring points that are not all on one side."""
    corners = np.stack([above[:-1, :-1], above[:-1, 1:], above[1:, 1:], above[1:, :-1]])
    return np.argwhere(corners.any(0) & ~corners.all(0))


def _piece(margin: Array, x: Array, y: Array, i: int, j: int) -> list[tuple[float, ...]]:
    """One or two lines through a square; at a saddle the mean of the corners says which corners belong together."""
    around = [(i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)]
    values = [margin[c] for c in around]
    crossings = []
    for k in range(4):
        (a, b), (c, d) = around[k], around[(k + 1) % 4]
        one, two = values[k], values[(k + 1) % 4]
        if (one > 0) != (two > 0):
            share = one / (one - two)
            crossings.append((x[b] + share * (x[d] - x[b]), y[a] + share * (y[c] - y[a])))
    if len(crossings) == 4 and (np.mean(values) > 0) == (values[0] > 0):
        crossings = [crossings[k] for k in (0, 1, 2, 3)]
    elif len(crossings) == 4:
        crossings = [crossings[k] for k in (3, 0, 1, 2)]
    return [(*crossings[k], *crossings[k + 1]) for k in range(0, len(crossings), 2)]


def _steps(above: NDArray[np.bool_], ends_x: Array, ends_y: Array) -> Array:
    """Borders between cells of different sides."""
    x, y = ends_x, ends_y
    found = [(x[j + 1], y[i], x[j + 1], y[i + 1]) for i, j in np.argwhere(above[:, 1:] != above[:, :-1])]
    found += [(x[j], y[i + 1], x[j + 1], y[i + 1]) for i, j in np.argwhere(above[1:] != above[:-1])]
    return np.array(found, float).reshape(-1, 4)


def where_rows_are(q: Question, plane: Plane) -> dict[str, Any]:
    """`counts` and `dots` of a surface over two columns."""
    x, y = plane.x.x, plane.y.x
    at_x, at_y = spots(plane.x.column, x), spots(plane.y.column, y)
    return {"counts": near_both(at_x, at_y, x, y), "dots": dots(at_x, at_y, x, y)}


def own_place(q: Question, plane: Plane) -> tuple[Any, Any]:
    """The explained row's values of both columns."""
    return own_value(q, plane.x.column), own_value(q, plane.y.column)
