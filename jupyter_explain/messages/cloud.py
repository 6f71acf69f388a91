"""Clouds as they travel: counts in bins, never a row. What only one row has is counted among the others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dataset.columns import Column, column_of
from ..drawn import TYPES, Array, drawn
from ..explanation import Cloud
from ..explanation.surface import edges
from ..rows import take
from .companions import companions

TYPES[Cloud] = "cloud"
MOST = 20  # columns that are sent
BINS, GRID = 101, 32  # bins of the attributions of all columns; squares a side of one column's plane
LEVELS = 12  # categories of a plane
RANKS = 255  # that are told apart
LOOKED = 5000  # rows (in random order) that borders and ranks are read from
COMPARED, PARTS = 2000, 8  # rows, and parts of each column's values, that companions are chosen by
SHADES = 6  # parts of the ranks that the rows of a bin are told apart by
CLASSES = 6  # categories that are told apart by colour
TAILS, ENDS = (0.0005, 0.9995), (0.01, 0.99)  # quantiles of the attributions, of a column's numbers
BEYOND = 0.6  # of the range between ENDS: how far beyond it a plane goes, if there are rows
UNKNOWN = 255  # colour of a bin whose rows have no number


@drawn.register(Cloud)
def _cloud(e: Cloud) -> tuple[dict[str, Any], list[Array]]:
    """`counts`, `colour` (columns, bins), `shades` (columns, bins, SHADES), `ends` (columns, 2); of column i `cells.i`
    (GRID, k), `tints.i` (companions, GRID, k), `x.i` (numbers).

    Colours are the mean rank of the column's values in a bin, 0 to 254; shades are 255 times the shares of its rows
    by rank; cells are 255 √(count / `peak`); tints are the mean rank of the companion or its most frequent category.
    """
    top = [int(j) for j in e.order[:MOST]]
    values = e.values[:, top]
    planes = [_Plane(column_of(e.data, j, e.names[j]), e.data, j) for j in top]
    low, high = _span(values)
    counts, colour = np.zeros((len(top), BINS)), np.full((len(top), BINS), UNKNOWN, np.uint8)
    shades = np.zeros((len(top), BINS, SHADES), np.uint8)
    ends, arrays, panels = np.zeros((len(top), 2)), {}, []
    for i, (j, plane, found) in enumerate(zip(top, planes, _companions(values, planes), strict=True)):
        at = _bins(values[:, i], low, high, BINS)
        counts[i] = np.bincount(at, minlength=BINS)
        colour[i] = _mean_rank(at, plane.ranks, BINS)
        shades[i] = _shares(at, plane.ranks, counts[i])
        ends[i] = below, above = _span(values[:, [i]])
        square = plane.squares(_bins(values[:, i], below, above, GRID))
        cells = np.bincount(square[square >= 0], minlength=GRID * plane.wide)
        peak = float(cells.max(initial=1))
        shape = (GRID, plane.wide)
        arrays[f"cells.{i}"] = np.ceil(255 * np.sqrt(cells / peak)).astype(np.uint8).reshape(shape)
        tints = [planes[k].tint(square, GRID * plane.wide) for k, _ in found]
        arrays[f"tints.{i}"] = np.array(tints, np.uint8).reshape(-1, *shape)
        if plane.borders is not None:
            arrays[f"x.{i}"] = plane.borders.astype("<f4")
        by = [{"name": e.names[top[k]], "texts": planes[k].classes, "share": round(s, 3)} for k, s in found]
        positive = float((values[:, i] > 0).mean())
        panels.append(_panel(e, j, plane) | {"peak": peak, "positive": positive, "by": by})
    layout = {"kind": "cloud", "panels": panels, "span": [low, high], "rows": len(e.rows), "total": e.total}
    layout |= {"of": e.of, "columns": len(e.names)}
    lists = {"counts": counts.astype("<f4"), "colour": colour, "shades": shades, "ends": ends.astype("<f4")}
    arrays = lists | {name: array for name, array in arrays.items() if array.size}
    return layout | {"arrays": list(arrays)}, [np.ascontiguousarray(a) for a in arrays.values()]


def _companions(values: Array, planes: list[_Plane]) -> list[list[tuple[int, float]]]:
    some = slice(0, COMPARED)
    own = np.stack([p.parts(some) for p in planes], axis=1)
    return companions(values[some], own, [p.features(some) for p in planes])


def _panel(e: Cloud, j: int, plane: _Plane) -> dict[str, Any]:
    here = None if e.here is None or e.own is None else [plane.place(e.own[j]), float(e.here[j])]
    return {
        "name": e.names[j],
        "texts": plane.texts,
        "mean": float(e.means[j]),
        "stderr": float(e.stderr[j]),
        "here": here,
    }


def _span(values: Array) -> tuple[float, float]:
    """Range of the attributions without their farthest tails, with zero inside; what is beyond joins the outer bins."""
    low, high = (float(v) for v in np.quantile(values[: 4 * LOOKED], TAILS))
    low, high = min(low, 0.0), max(high, 0.0)
    air = 0.02 * (high - low) or 0.5
    return low - air, high + air


def _rounded(low: float, high: float) -> tuple[float, float]:
    """A little wider, at round numbers: the ends of a column are values of single rows."""
    step = 10.0 ** math.floor(math.log10(high - low)) / 20
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _bins(values: Array, low: float, high: float, many: int) -> Array:
    return np.clip((values - low) * (many / (high - low)), 0, many - 1).astype(np.intp)


def _mean_rank(at: Array, ranks: Array | None, many: int) -> Array:
    """Mean rank of the rows in each of `many` places as 0 … 254; rows at −1 are nowhere."""
    if ranks is None:
        return np.full(many, UNKNOWN, np.uint8)
    known = np.isfinite(ranks) & (at >= 0)
    rows = np.bincount(at[known], minlength=many)
    mean = np.bincount(at[known], ranks[known], minlength=many) / np.maximum(rows, 1)
    return np.where(rows > 0, np.round(254 * mean), UNKNOWN).astype(np.uint8)


def _shares(at: Array, ranks: Array | None, counts: Array) -> Array:
    """Of the rows in each bin, the shares by rank, lowest first, in 255ths; what is missing has no rank."""
    if ranks is None:
        return np.zeros((BINS, SHADES), np.uint8)
    known = np.isfinite(ranks)
    shade = np.minimum(ranks[known] * SHADES, SHADES - 1).astype(np.intp)
    rows = np.bincount(at[known] * SHADES + shade, minlength=BINS * SHADES).reshape(BINS, SHADES)
    return np.round(255 * rows / np.maximum(counts, 1)[:, None]).astype(np.uint8)


class _Plane:
    """One column: the borders of its numbers or its categories, and which of them each row has (-1: no value)."""

    def __init__(self, col: Column, data: Any, j: int) -> None:
        self.borders: Array | None = None
        self.texts: list[str] | None = None
        self.ranks: Array | None = None
        self.classes: list[str] | None = None
        some = column_of(take(data, slice(0, LOOKED)), j, col.name)
        if some.numeric and col.numeric and some.known.any():
            self._of_numbers(col, np.sort(some.numbers[some.known]))
        else:
            self._of_texts(col, some)

    def _of_numbers(self, col: Column, found: Array) -> None:
        numbers, different = col.numbers, np.unique(found)
        marks = found[np.linspace(0, len(found) - 1, min(len(found), RANKS)).astype(np.intp)]
        below, ties = np.searchsorted(marks, numbers), len(np.unique(marks)) < len(marks)
        upto = np.searchsorted(marks, numbers, "right") if ties else below
        self.ranks = np.where(col.known, (below + upto) / (2 * len(marks)), np.nan)
        if len(different) <= LEVELS:
            self.borders = edges(different)
            inside = np.searchsorted(self.borders, numbers, "right") - 1
            self.which = np.where(col.known, np.clip(inside, 0, len(different) - 1), -1)
        else:
            low, high = np.quantile(found, ENDS)
            beyond = BEYOND * (high - low)
            low, high = max(different[0], low - beyond), min(different[-1], high + beyond)
            low, high = _rounded(*((low, high) if low < high else (different[0], different[-1])))
            self.borders = np.linspace(low, high, GRID + 1)
            self.which = np.where(col.known, _bins(np.where(col.known, numbers, low), low, high, GRID), -1)

    def _of_texts(self, col: Column, some: Column) -> None:
        known = some.common() if some.known.any() else []
        kept = [str(v) for v in known[:LEVELS]]
        codes = {text: k for k, text in enumerate(kept)}
        self.texts = [*kept, "…"]
        self.which = np.array([codes.get(str(v), len(kept)) for v in np.asarray(col.values, object)], np.intp)
        if not (self.which == len(kept)).any():
            self.texts = kept

        self.classes = [*kept[:CLASSES], "…"] if len(self.texts) > CLASSES else self.texts

    @property
    def wide(self) -> int:
        """Squares side by side."""
        return len(self.texts) if self.texts is not None else len(self.borders) - 1  # type: ignore[arg-type]

    def squares(self, at: Array) -> Array:
        """The square of each row, row by row from below; −1 where it has no value."""
        return np.where(self.which >= 0, at * self.wide + self.which, -1)

    def tint(self, square: Array, many: int) -> Array:
        """For each square of another column's plane: the mean rank here, or the most frequent category."""
        if self.classes is None:
            return _mean_rank(square, self.ranks, many)
        k = len(self.classes)
        known = (square >= 0) & (self.which >= 0)
        rows = np.bincount(square[known] * k + np.minimum(self.which, k - 1)[known], minlength=many * k).reshape(-1, k)
        return np.where(rows.any(1), rows.argmax(1), UNKNOWN).astype(np.uint8)

    def parts(self, some: slice) -> Array:
        """A part of the values for each row, within which rows are nearly alike."""
        if self.ranks is None:
            return self.which[some]
        return np.where(
            np.isfinite(self.ranks[some]), np.minimum(np.nan_to_num(self.ranks[some]) * PARTS, PARTS - 1), -1
        ).astype(np.intp)

    def features(self, some: slice) -> Array:
        """What other columns are compared with: ranks (rows, 1), or a 0 or 1 per category."""
        if self.ranks is not None:
            return np.nan_to_num(self.ranks[some], nan=0.5)[:, None]
        return np.eye(len(self.texts or "."))[self.which[some]]

    def place(self, own: float | str) -> float | None:
        """Where the explained row's value lies: a number, the number of its category, or None where it is missing."""
        if self.texts is None:
            return float(own) if not isinstance(own, str) and math.isfinite(own) else None
        return float(self.texts.index(own) if own in self.texts else len(self.texts) - 1)
