"""Clouds as they travel: counts in bins, never a row. What only one row has is counted among the others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..columns import Column, column_of
from ..drawn import TYPES, Array, drawn
from ..explanation import Cloud
from ..explanation.surface import edges
from ..rows import take

TYPES[Cloud] = "cloud"
MOST = 20  # columns that are sent
BINS, GRID = 101, 32  # bins of the attributions of all columns; squares a side of one column's plane
LEVELS = 12  # categories of a plane
RANKS = 255  # that are told apart
LOOKED = 5000  # rows (in random order) that borders and ranks are read from
TAILS, ENDS = (0.0005, 0.9995), (0.01, 0.99)  # quantiles of the attributions, of a column's numbers
UNKNOWN = 255  # colour of a bin whose rows have no number


@drawn.register(Cloud)
def _cloud(e: Cloud) -> tuple[dict[str, Any], list[Array]]:
    """`counts` and `colour` (columns, bins), `ends` (columns, 2); per column i `cells.i` (GRID, k), `x.i` (numbers).

    Colours are the mean rank of the column's values in a bin, 0 to 254; cells are 255 √(count / `peak`).
    """
    top = [int(j) for j in e.order[:MOST]]
    values = e.values[:, top]
    low, high = _span(values)
    counts, colour = np.zeros((len(top), BINS)), np.full((len(top), BINS), UNKNOWN, np.uint8)
    ends, arrays, panels = np.zeros((len(top), 2)), {}, []
    for i, j in enumerate(top):
        plane = _Plane(column_of(e.data, j, e.names[j]), e.data, j)
        at = _bins(values[:, i], low, high, BINS)
        counts[i] = np.bincount(at, minlength=BINS)
        colour[i] = _mean_rank(at, plane.ranks)
        ends[i] = below, above = _span(values[:, [i]])
        cells = plane.cells(_bins(values[:, i], below, above, GRID))
        peak = float(cells.max(initial=1))
        arrays[f"cells.{i}"] = np.ceil(255 * np.sqrt(cells / peak)).astype(np.uint8)
        if plane.borders is not None:
            arrays[f"x.{i}"] = plane.borders.astype("<f4")
        panels.append(_panel(e, j, plane) | {"peak": peak, "positive": float((values[:, i] > 0).mean())})
    layout = {"kind": "cloud", "panels": panels, "span": [low, high], "rows": len(e.rows), "total": e.total}
    layout |= {"of": e.of, "columns": len(e.names)}
    arrays = {"counts": counts.astype("<f4"), "colour": colour, "ends": ends.astype("<f4")} | arrays
    return layout | {"arrays": list(arrays)}, [np.ascontiguousarray(a) for a in arrays.values()]


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


def _bins(values: Array, low: float, high: float, many: int) -> Array:
    return np.clip((values - low) * (many / (high - low)), 0, many - 1).astype(np.intp)


def _mean_rank(at: Array, ranks: Array | None) -> Array:
    """Mean rank of the rows in each bin as 0 … 254."""
    if ranks is None:
        return np.full(BINS, UNKNOWN, np.uint8)
    known = np.isfinite(ranks)
    many = np.bincount(at[known], minlength=BINS)
    mean = np.bincount(at[known], ranks[known], minlength=BINS) / np.maximum(many, 1)
    return np.where(many > 0, np.round(254 * mean), UNKNOWN).astype(np.uint8)


class _Plane:
    """One column: the borders of its numbers or its categories, and which of them each row has (-1: no value)."""

    def __init__(self, col: Column, data: Any, j: int) -> None:
        self.borders: Array | None = None
        self.texts: list[str] | None = None
        self.ranks: Array | None = None
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
            low, high = (low, high) if low < high else (different[0], different[-1])
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

    def cells(self, at: Array) -> Array:
        """Rows in each square (GRID, k): bins of the attribution by places of the column."""
        k = len(self.texts) if self.texts is not None else len(self.borders) - 1  # type: ignore[arg-type]
        known = self.which >= 0
        flat = np.bincount(at[known] * k + self.which[known], minlength=GRID * k)
        return flat.reshape(GRID, k)

    def place(self, own: float | str) -> float | None:
        """Where the explained row's value lies: a number, the number of its category, or None where it is missing."""
        if self.texts is None:
            return float(own) if not isinstance(own, str) and math.isfinite(own) else None
        return float(self.texts.index(own) if own in self.texts else len(self.texts) - 1)
