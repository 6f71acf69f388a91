"""Single columns of a dataset: their values, grids over them, and how many rows are near each grid point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..question import Question
from ..rows import Rows, is_frame, length, take, text_of
from .variants import Swap, Variants

Array = NDArray[np.float64]
FEATURES = 6  # columns that are drawn where the user names none
LEVELS = 30  # categories of a column that are drawn
ENDS = (0.05, 0.95)  # quantiles between which a grid runs: beyond them there are few rows


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        index, name: where it is and what it is called.
        values: its values, as numpy or pandas keeps them.
    """

    index: int
    name: str
    values: Any

    @cached_property
    def numeric(self) -> bool:
        """Whether its values are numbers (booleans are two categories)."""
        kind = getattr(self.values.dtype, "kind", "O")
        if kind == "O" and isinstance(self.values.dtype, np.dtype):
            return all(isinstance(v, Real) and not isinstance(v, (bool, np.bool_)) for v in self.values)
        return kind in "fiu" and not hasattr(self.values.dtype, "categories")

    @property
    def dates(self) -> bool:
        """Whether its values are points in time, or lengths of time: categories with an order."""
        return getattr(self.values.dtype, "kind", "O") in "mM"

    @cached_property
    def numbers(self) -> Array:
        """The values as floats; missing ones are NaN."""
        if isinstance(self.values, np.ndarray):
            return self.values.astype(float)
        return np.asarray(self.values.to_numpy(dtype=float, na_value=np.nan))

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which rows have a value."""
        if self.numeric:
            return np.isfinite(self.numbers)
        import pandas as pd

        return ~np.asarray(pd.isna(self.values), dtype=bool)

    @cached_property
    def _counts(self) -> Counter[str]:
        """How many rows have each category."""
        return Counter(str(v) for v in np.asarray(self.values[self.known], object))

    def common(self, least: int = 2) -> list[Any]:
        """The categories that `least` rows or more share: what one row alone has is nobody's business."""
        return [level for level in self.levels if self._counts[str(level)] >= least]

    def frequent(self, most: int = LEVELS) -> list[Any]:
        """At most so many of the categories, the most frequent, in the order of `levels`."""
        if len(self.levels) <= most:
            return self.levels
        often = set(sorted(map(str, self.levels), key=lambda name: -self._counts[name])[:most])
        return [level for level in self.levels if str(level) in often]

    @cached_property
    def levels(self) -> list[Any]:
        """The categories that occur: in their own order (of dates too), else the most frequent first."""
        if hasattr(self.values, "categories"):
            codes = np.unique(self.values.codes[self.known])
            return list(self.values.categories[codes])
        found, counts = np.unique(np.asarray(self.values[self.known], object).astype(str), return_counts=True)
        natural = {str(v): v for v in np.asarray(self.values[self.known], object)}
        if self.dates:
            return sorted(natural.values())
        return [natural[found[i]] for i in np.argsort(-counts, kind="stable")]


def column(q: Question, index: int) -> Column:
    """A column of the question's dataset."""
    return column_of(q.data, index, q.input.names[index])


def column_of(rows: Rows, index: int, name: str) -> Column:
    """A column of any table."""
    if not is_frame(rows):
        return Column(index, name, np.asarray(rows)[:, index])
    series = rows.iloc[:, index]
    plain = isinstance(series.dtype, np.dtype) and series.dtype.kind not in "mM"
    return Column(index, name, series.to_numpy() if plain else series.array)


def check_table(q: Question) -> None:
    """Refuse several inputs: they have no columns in common."""
    if isinstance(q.data, tuple):
        raise refuse(q.who, "x must be one table (rows, columns)", Phrase(f"{len(q.data)} inputs"))


def wanted(q: Question, features: Any, setting: str = "features") -> list[int] | None:
    """The columns that the user names, by position; None for none.

    Raises:
        ValueError: for a name or number that is no column.
    """
    names = q.input.names
    if features is None or (isinstance(features, str) and not features.strip()):
        return None
    if isinstance(features, str):
        features = [features] if features in names else [f.strip() for f in features.split(",") if f.strip()]
    elif not np.iterable(features):
        features = [features]
    found = [_position(q, f, setting) for f in features]
    if not found:
        raise refuse(q.who, f"{setting} must name at least one column ({listed(names)})", features)
    return list(dict.fromkeys(found))


def _position(q: Question, feature: Any, setting: str) -> int:
    names = q.input.names
    if str(feature) in names and not isinstance(feature, (list, tuple)):
        return names.index(str(feature))
    number = int(feature) if isinstance(feature, str) and feature.isdigit() else feature
    if isinstance(number, Integral) and not isinstance(number, bool) and 0 <= int(number) < len(names):
        return int(number)
    raise refuse(
        q.who, f"{setting} must be columns of x, by name or number 0…{len(names) - 1} ({listed(names)})", feature
    )


def strongest(q: Question, among: list[int], most: int = FEATURES) -> list[int]:
    """The columns whose shuffling changes the output most, in the order of the table; said in a note."""
    if len(among) <= most:
        return among
    rng, n = q.rng("strongest"), length(q.data)
    size = min(n, max(16, min(200, 20_000 // len(among))))
    some = take(q.data, np.sort(rng.choice(n, size, replace=False)))
    values = [column(q, j).values for j in among]
    swaps = [Swap((), (), 0)]
    swaps += [Swap((j,), (v,), rng.choice(n, size)) for j, v in zip(among, values, strict=True)]
    variants = Variants(some, swaps)
    outputs = q.outputs_of(len(variants), variants).reshape(len(swaps), size)
    change = np.abs(outputs[1:] - outputs[0]).mean(1)
    best = sorted(among[i] for i in np.argsort(-change, kind="stable")[:most])
    q.note(
        f"Columns chosen for you: the {most} of {len(among)} whose shuffling changes the output most. Set features=."
    )
    return best


@dataclass(frozen=True)
class Grid:
    """Points of one column.

    Attributes:
        column: the column.
        values: the points, of the column's own type.
        x: the points for drawing: numbers, or texts of categories.
        counts: rows of the dataset near each point.
    """

    column: Column
    values: Any
    x: NDArray[Any]
    counts: NDArray[np.int64]


def grid_over(q: Question, col: Column, grid: Any) -> Grid:
    """Grid points of a column: at most `grid` of them, or the given ones."""
    given = grid.get(col.name) if isinstance(grid, Mapping) else grid
    if not bool(col.known.any()):
        raise refuse(q.who, f"the column {col.name!r} must have values", Phrase("only missing ones"))
    if (missing := int((~col.known).sum())) > 0:
        q.note(f"{col.name}: {missing} of {len(col.known)} rows have no value; the grid is over the known ones.")
    if isinstance(grid, Mapping) and given is None:
        raise refuse(q.who, f"grid must have points for every feature ({col.name!r})", Phrase(listed(grid)))
    return _numbers(q, col, given) if col.numeric else _levels(q, col, given)


def _numbers(q: Question, col: Column, grid: Any) -> Grid:
    found = col.numbers[col.known]
    points = _spaced(q, col, found, int(grid)) if isinstance(grid, Integral) else _given(q, col, grid)
    dtype = col.values.dtype
    if not isinstance(dtype, np.dtype):
        import pandas as pd

        values: Any = pd.array(points, dtype=dtype if dtype.kind in "iu" and _whole(points) else "Float64")
    else:
        whole = dtype.kind in "iu" and _whole(points)
        values = points.astype(dtype if whole or dtype.kind == "f" else float)
    return Grid(col, values, points, near(found, points))


def _spaced(q: Question, col: Column, found: Array, most: int) -> Array:
    """Every value where there are few, else equal steps between two quantiles."""
    different = np.unique(found)
    if len(different) <= most:
        if len(different) == 1:
            q.note(f"{col.name} has the same value in every row.")
        return different
    low, high = np.quantile(found, ENDS)
    low, high = (low, high) if low < high else (different[0], different[-1])
    points = np.linspace(low, high, most)
    if low > different[0] or high < different[-1]:
        shares = " to ".join(f"{100 * e:.0f} %" for e in ENDS)
        q.note(f"The grid runs over the {shares} quantiles of a column; give grid=[…] for other points.")
    return np.unique(points.round()) if col.values.dtype.kind in "iu" else points


def _given(q: Question, col: Column, grid: Any) -> Array:
    try:
        points = np.unique(np.asarray(grid, float).ravel())
    except (TypeError, ValueError) as error:
        raise refuse(q.who, f"grid must be numbers for {col.name!r}", grid) from error
    if not points.size or not np.isfinite(points).all():
        raise refuse(q.who, f"grid must be finite numbers for {col.name!r}", grid)
    return points


def _levels(q: Question, col: Column, grid: Any) -> Grid:
    """The categories of a column, or those given."""
    levels = col.levels
    if isinstance(grid, Integral):
        if len(levels) > LEVELS:
            q.note(f"{col.name}: {LEVELS} of {len(levels)} categories.")
        apart = np.linspace(0, len(levels) - 1, min(LEVELS, len(levels))).round().astype(int)
        chosen = [levels[i] for i in apart] if col.dates else col.frequent()
    else:
        given = [grid] if isinstance(grid, str) else list(grid)
        known = {text_of(v): v for v in levels}
        strange = [v for v in given if text_of(v) not in known]
        if strange:
            raise refuse(q.who, f"grid for {col.name!r} must be categories in the data ({listed(known)})", strange[0])
        chosen = [known[text_of(v)] for v in given]
    texts = np.array([text_of(v) for v in chosen], object)
    own = np.asarray(col.values, object)
    counts = np.array([int(np.sum(own[col.known] == v)) for v in chosen], np.int64)
    return Grid(col, _same_type(col.values, chosen), texts, counts)


def _same_type(values: Any, chosen: list[Any]) -> Any:
    if isinstance(values, np.ndarray):
        out = np.empty(len(chosen), values.dtype)
        out[:] = chosen
        return out
    return type(values)._from_sequence(chosen, dtype=values.dtype)


def near(found: Array, points: Array) -> NDArray[np.int64]:
    """How many of the values lie nearest to each point, not farther than half a step outside."""
    if len(points) == 1:
        return np.array([len(found)], np.int64)
    middles = (points[1:] + points[:-1]) / 2
    low, high = points[0] - (middles[0] - points[0]), points[-1] + (points[-1] - middles[-1])
    return np.histogram(found, np.concatenate([[low], middles, [high]]))[0].astype(np.int64)


def _whole(points: Array) -> bool:
    return bool((points == points.round()).all())


def check_grid(q: Question, grid: Any, features: int) -> None:
    """Refuse one array for several columns.

    Raises:
        ValueError: if it is not clear which points belong to which column.
    """
    if not isinstance(grid, (Integral, Mapping)) and features > 1:
        raise refuse(q.who, "grid must be a number, or for several features a dict of arrays by name", grid)


def own_value(q: Question, col: Column) -> Any:
    """The explained row's value of a column: a float, or the text of a category."""
    cells = q.x.iloc[:, col.index].array if is_frame(q.x) else np.asarray(q.x)[:, col.index]
    if not col.numeric:
        return text_of(cells[0])
    try:
        return float(cells[0])
    except TypeError:  # pandas' NA
        return float("nan")
