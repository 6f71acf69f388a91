"""Tables as numbers to search in: what may change, how far, and how rows become numbers and back.

A column of categories is the place of its value among those that occur; missing numbers are never proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, column_of
from ..errors import Phrase, is_whole, listed, refuse
from ..question import Question
from ..rows import Rows, concat, is_frame, length, take

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
MANY = 5  # rows that tell how far a column goes
UP, DOWN = ("increase", "up", 1), ("decrease", "down", -1)


class Space:
    """The rows that a search may propose.

    Attributes:
        names: the columns; `x` the explained row (columns,), `scale` one unit of distance per column.
        numeric, whole: which columns hold numbers, and whole numbers only.
        units: columns that change together (one column, or a group such as the dummies of one category).
        low, high: allowed ranges; equal where a column is fixed.
        least, most: the range of the known rows (infinite where they are few).
        free, alone: which columns may change, and which of them without others.
        bound: whether any constraint was given.
    """

    def __init__(self, q: Question, fixed: Any, bounds: Any, monotone: Any) -> None:
        self.names, self._like = q.input.names, q.x
        known = q.reference if q.data is None else q.data
        every = concat([take(known, slice(0, length(known))), q.x])
        columns = self._columns(every)
        self.numeric = np.array([c.numeric for c in columns])
        self._levels = [[] if c.numeric else _offered(c) for c in columns]
        self.rows = self.encode(every)
        self.x = self.rows[-1]
        self.rows = self.rows[:-1]
        counted = [is_frame(every) and getattr(c.values.dtype, "kind", "O") in "iu" for c in columns]
        known_whole = [t or _whole(r) for t, r in zip(counted, self.rows.T, strict=True)]
        self.whole = self.numeric & known_whole & ((self.x == np.round(self.x)) | np.isnan(self.x))
        self.scale = np.array([_scale(r) if n else 1.0 for r, n in zip(self.rows.T, self.numeric, strict=True)])
        self.units = [np.array(g) for g in q.masker.groups]  # type: ignore[attr-defined]
        many = len(self.rows) >= MANY
        self.least = np.fmin.reduce(self.rows, initial=np.inf) if many else np.full(len(self.x), -np.inf)
        self.most = np.fmax.reduce(self.rows, initial=-np.inf) if many else np.full(len(self.x), np.inf)
        self._lifted = False
        self._given = q.who, fixed, bounds, monotone
        self._constrain(*self._given)

    def lift(self) -> None:
        """Allow whole numbers beyond those of the known rows."""
        self._lifted = True
        self._constrain(*self._given)

    def beyond(self, points: Array) -> list[str]:
        """Columns of numbers in which a point is further out than the known rows and the row's own value."""
        least, most = np.fmin(self.least, self.x), np.fmax(self.most, self.x)
        out = self.numeric & self.changed(points) & ((points < least) | (points > most))
        return [n for n, any_out in zip(self.names, out.any(0), strict=True) if any_out]

    def relaxed(self) -> Iterator[tuple[str, Space]]:
        """The space without one of the constraints, for each of them, and what it is called."""
        who, fixed, bounds, monotone = self._given
        names, pairs, ways = _names(who, fixed), _pairs(who, bounds), dict(_mapping(who, "monotone", monotone))
        found: list[tuple[str, tuple[Any, Any, Any]]] = []
        called = {n: self.names[self._index(who, "columns", n, numbers=False)] for n in (*names, *pairs, *ways)}
        found += [(f"fixed {called[n]!r}", ([m for m in names if m != n], pairs, ways)) for n in names]
        found += [(f"bounds of {called[n]!r}", (names, _but(pairs, n), ways)) for n in pairs]
        found += [(f"monotone {called[n]!r}", (names, pairs, _but(ways, n))) for n in ways]
        for words, kept in found:
            other = copy(self)
            other._constrain(who, *kept)
            yield words, other

    def _constrain(self, who: str, fixed: Any, bounds: Any, monotone: Any) -> None:
        self.low = np.where(self.numeric, -np.inf, 0.0)
        self.high = np.where(self.numeric, np.inf, [max(0, len(v) - 1) for v in self._levels])
        if not self._lifted:  # whole numbers may be codes or counts: there may be none beyond the known ones
            kept = self.whole & (self.least < self.most)
            self.low = np.where(kept, np.fmin(self.least, self.x), self.low)
            self.high = np.where(kept, np.fmax(self.most, self.x), self.high)
        for name, (low, high) in _pairs(who, bounds).items():
            i = self._index(who, "bounds", name)
            if not low <= self.x[i] <= high:
                given = Phrase(f"[{low:g}, {high:g}] around {self.x[i]:g}")
                raise refuse(who, f"bounds of {name!r} must contain the row's own value", given)
            self.low[i], self.high[i] = low, high
        for name, way in _mapping(who, "monotone", monotone).items():
            i = self._index(who, "monotone", name)
            if way not in (*UP, *DOWN):
                raise refuse(who, f"monotone of {name!r} must be 'increase' or 'decrease'", way)
            (self.low if way in UP else self.high)[i] = self.x[i]
        for name in _names(who, fixed):
            i = self._index(who, "fixed", name, numbers=False)
            self.low[i] = self.high[i] = self.x[i]
        # Categories have no order: only whether they may change matters.
        self.free = ~((self.low == self.high) | np.isnan(self.x))
        for unit in self.units:
            self.free[unit] = self.free[unit].all()
        self.alone = self.free.copy()
        for unit in self.units:
            self.alone[unit] &= len(unit) == 1
        self.bound = bool(fixed or bounds or monotone)
        if not self.free.any():
            raise refuse(who, "at least one column must be free to change", Phrase(f"all {len(self.x)} fixed"))

    def _index(self, who: str, setting: str, name: Any, numbers: bool = True) -> int:
        place = self.names.index(str(name)) if str(name) in self.names else name
        if not is_whole(place, 0, len(self.names) - 1):
            raise refuse(who, f"{setting} must name columns ({listed(self.names, 8)}) or give their numbers", name)
        if numbers and not self.numeric[place]:
            raise refuse(who, f"{setting} must name columns of numbers", name)
        return place

    def encode(self, rows: Rows) -> Array:
        """Rows (n, columns) as numbers."""
        columns = self._columns(rows)
        return np.column_stack([self._numbers(c, i) for i, c in enumerate(columns)])

    def _columns(self, rows: Rows) -> list[Column]:
        """All columns; those of several inputs one behind the other."""
        if isinstance(rows, tuple):
            rows = np.hstack([a.reshape(len(a), -1) for a in rows])
        return [column_of(rows, i, name) for i, name in enumerate(self.names)]

    def _numbers(self, column: Column, i: int) -> Array:
        if self.numeric[i]:
            return column.numbers
        places = {str(level): k for k, level in enumerate(self._levels[i])}
        return np.array([places.get(str(v), np.nan) for v in np.asarray(column.values, object)], float)

    def decode(self, points: Array) -> Rows:
        """Numbers (n, columns) as rows of the kind that the model takes; untouched cells are the row's own."""
        if is_frame(self._like):
            return self._frame(points)
        if not isinstance(self._like, tuple):
            return _shaped(points, self._like)
        cuts = np.cumsum([a[0].size for a in self._like])[:-1]
        return tuple(_shaped(p, a) for p, a in zip(np.split(points, cuts, axis=1), self._like, strict=True))

    def changed(self, points: Array) -> Flags:
        """Which columns differ from the row's own; a missing value never does."""
        return np.asarray((points != self.x) & ~np.isnan(points))

    def _frame(self, points: Array) -> Any:
        """Columns of plain floats together, which is much quicker where there are many of them."""
        import pandas as pd

        plain = self.numeric & (self._like.dtypes == np.dtype(float)).to_numpy()
        floats, rest = np.flatnonzero(plain), np.flatnonzero(~plain)
        others = pd.DataFrame({i: self._cells(points[:, i], int(i)) for i in rest}, index=range(len(points)))
        frame = pd.concat([pd.DataFrame(points[:, floats], columns=floats), others], axis=1)[list(range(len(plain)))]
        frame.columns = self._like.columns
        return frame

    def _cells(self, column: Array, i: int) -> Any:
        """A column in the row's own type."""
        import pandas as pd

        own = self._like.iloc[:, i]
        if self.numeric[i]:
            whole = self.whole[i] or getattr(own.dtype, "kind", "f") not in "iu"
            return pd.Series(column).astype(own.dtype if whole else float)
        same = np.isnan(column) | (column == self.x[i])
        chosen = [own.iloc[0] if s else self._levels[i][int(v)] for v, s in zip(column, same, strict=True)]
        return pd.Series(chosen, dtype=own.dtype)

    def values(self, point: Array) -> tuple[Any, ...]:
        """One point as the user would write it (NaN for a missing number)."""
        return tuple(
            (int(v) if self.whole[i] and not np.isnan(v) else float(v))
            if self.numeric[i]
            else self._levels[i][0 if np.isnan(v) else int(v)]
            for i, v in enumerate(point)
        )

    def legal(self, points: Array) -> Array:
        """The nearest points that keep every constraint."""
        out = np.where(np.isnan(points), self.x, points)
        out = np.where(self.whole, np.round(out), out)
        out = np.where(self.numeric, np.clip(out, self.low, self.high), out)
        return np.where(self.free, out, self.x)

    def moves(self, points: Array) -> Array:
        """Signed moves (n, columns) in units of `scale`; 1 for another category."""
        moved = (points - self.x) / self.scale
        return np.nan_to_num(np.where(self.numeric, moved, self.changed(points)))

    def distance(self, points: Array) -> Array:
        """Sum of the absolute moves."""
        return np.abs(self.moves(points)).sum(-1)


def _offered(column: Column) -> list[Any]:
    """The row's own category (the row is the last), and those that several rows share."""
    own = np.asarray(column.values, object)[-1]
    return [*([] if str(own) in map(str, common := column.common()) else [own]), *common]


def _shaped(points: Array, like: NDArray[Any]) -> NDArray[Any]:
    """Numbers in the shape of rows, and in their type where it can hold them."""
    fraction = like.dtype.kind in "iub" and not np.all(points == np.round(points))
    return points.reshape(len(points), *like.shape[1:]).astype(float if fraction else like.dtype)


def _whole(values: Array) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 1 and bool(np.all(known == np.round(known)))


def _scale(values: Array) -> float:
    """Median absolute deviation; where that is 0 the standard deviation, and 1 for a constant."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 1.0
    mad = float(np.median(np.abs(known - np.median(known))))
    return mad or float(known.std()) or 1.0


def _mapping(who: str, setting: str, given: Any) -> Mapping[Any, Any]:
    if given in (None, ""):
        return {}
    if not isinstance(given, Mapping):
        raise refuse(who, f"{setting} must be a dict by column", given)
    return given


def _but(given: Mapping[Any, Any], name: Any) -> dict[Any, Any]:
    return {k: v for k, v in given.items() if k != name}


def _pairs(who: str, bounds: Any) -> dict[Any, tuple[float, float]]:
    out = {}
    for name, pair in _mapping(who, "bounds", bounds).items():
        try:
            low, high = (np.inf * s if v is None else float(v) for v, s in zip(pair, (-1, 1), strict=True))
        except (TypeError, ValueError):
            raise refuse(who, f"bounds of {name!r} must be two numbers (low, high), None for open", pair) from None
        if not low <= high:
            raise refuse(who, f"bounds of {name!r} must have low ≤ high", pair)
        out[name] = (low, high)
    return out


def _names(who: str, fixed: Any) -> list[Any]:
    """Column names: a list, or a text with commas."""
    if fixed is None:
        return []
    if isinstance(fixed, str):
        return [part.strip() for part in fixed.split(",") if part.strip()]
    if isinstance(fixed, Mapping) or not hasattr(fixed, "__iter__"):
        raise refuse(who, "fixed must be a list of columns", fixed)
    return list(fixed)
