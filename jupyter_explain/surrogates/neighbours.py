"""Neighbourhoods for local surrogates: rows near the input, and what a linear model sees of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..question import Question
from ..rows import is_frame, length
from ..shapley.game import Dealer, Game

Array = NDArray[np.float64]
QUARTILES = (0.25, 0.5, 0.75)
MANY = 5  # rows from which the scale of a column is taken
HALF = 0.5  # least scale of whole numbers: of a rare 0 or 1 the other value would be too far away to count


class Neighbourhood(Protocol):
    """Where a surrogate looks.

    Attributes:
        size: number of features of the surrogate.
        here: (size,) the features of the input itself.
        width: usual kernel width.
    """

    size: int
    here: Array
    width: float

    def draw(self, n: int) -> tuple[Array, Array]:
        """Features (n, size) of n neighbours, and their outputs (n,)."""

    def distance(self, features: Array, metric: str) -> Array:
        """Distance of each neighbour from the input."""

    def share(self, slopes: Array) -> Any:
        """Slopes as values in the input's shape."""

    def facts(self) -> dict[str, Any]:
        """What the features are: the fields `names`, `here`, `origin`, `scale` and `kind` of a LocalFit."""


@dataclass(frozen=True)
class Neighbours:
    """Features (n, size) and outputs (n,) of those drawn so far; the first is the input itself."""

    features: Array
    outputs: Array

    def more(self, features: Array, outputs: Array) -> Neighbours:
        """These and further ones."""
        return Neighbours(np.concatenate([self.features, features]), np.concatenate([self.outputs, outputs]))


def neighbourhood_of(q: Question, kind: str) -> Neighbourhood:
    """Columns of a table for themselves; players (segments, groups) in all other cases."""
    if q.input.kind == "table" and q.groups is None and not isinstance(q.x, tuple):
        return Columns(q, kind)
    return Players(q)


class Players:
    """Each player is present or absent with even odds; equal coalitions are asked once (with one baseline row)."""

    def __init__(self, q: Question) -> None:
        self._q, self._game, self._rng = q, Game(q), q.rng("lime")  # draws do not depend on how many come at a time
        self.size = self._game.size
        self.here = np.ones(self.size)
        self.width = 0.25
        self._dealer = Dealer(self._game, q.rng("lime, references"))
        self._known: dict[bytes, float] = {}

    def draw(self, n: int) -> tuple[Array, Array]:
        """Coalitions and outputs."""
        masks = self._rng.random((n, self.size)) < 0.5
        if self._game.references > 1:
            return masks.astype(float), self._game.value(masks, self._dealer.deal(n))
        keys = [row.tobytes() for row in np.packbits(masks, axis=1)]
        new = {key: i for i, key in enumerate(keys) if key not in self._known}
        if new:
            asked = masks[list(new.values())]
            self._known |= dict(zip(new, self._game.value(asked, np.zeros(len(asked), np.intp)).tolist(), strict=True))
        return masks.astype(float), np.array([self._known[key] for key in keys])

    def distance(self, features: Array, metric: str) -> Array:
        """Cosine distance from the full coalition, or the Euclidean one; parts that hide nothing count as present."""
        hidden = self.size - features.sum(1)
        if metric == "euclidean":
            return np.sqrt(hidden)
        return 1 - np.sqrt(1 - hidden / max(1, self._q.players))

    def share(self, slopes: Array) -> Any:
        """A player's slope in equal parts to its elements."""
        full = np.zeros(self._q.players)
        full[self._game.active] = slopes
        return self._q.masker.share(full)

    def facts(self) -> dict[str, Any]:
        """Every feature is 1 for a part that is present."""
        names = tuple(str(self._q.masker.players[i]) for i in self._game.active)
        none = np.full(self.size, np.nan)
        return {"names": names, "here": self.here, "origin": none, "scale": none, "kind": "present"}


class Columns:
    """A table's columns: Gaussian steps for numbers, resampled values for categories.

    Around the instance, a number's feature is its step in standard deviations, a category's is whether it is still
    the same. The training neighbourhood draws every column from its training values, and the feature is whether the
    value falls between the same quartiles (or is the same category).
    """

    def __init__(self, q: Question, kind: str) -> None:
        self._q, self._kind = q, kind
        rows = q.data if q.data is not None else q.reference
        self._frame = is_frame(q.x)
        self._names = list(q.x.columns) if self._frame else list(range(q.x.shape[1]))
        self.size = len(self._names)
        self._x = [_column(q.x, name) for name in self._names]
        self._values = [_column(rows, name) for name in self._names]
        self._number = np.array([_is_number(x) for x in self._x])
        self._whole = self._number & [_is_whole(x, v) for x, v in zip(self._x, self._values, strict=True)]
        self.width = 0.75 * np.sqrt(self.size)
        self._origin, self._scale = np.full(self.size, np.nan), np.full(self.size, np.nan)
        self._steps = np.flatnonzero(self._number) if kind == "instance" else np.empty(0, np.intp)
        # One generator for all steps and one per other column: draws do not depend on how many come at a time.
        self._rng = q.rng("lime")
        self._own = self._rng.spawn(self.size) if len(self._steps) < self.size else []
        self.here = np.ones(self.size)
        self.here[self._steps] = 0.0
        if kind == "training":
            self._edges = [_edges(v, n) for v, n in zip(self._values, self._number, strict=True)]
            return
        self._origin[self._steps] = [float(self._x[j][0]) for j in self._steps]
        self._scale[self._steps] = self._scales(length(rows))[self._steps]
        self._ranges = {j: self._range(j) for j in np.flatnonzero(self._whole).tolist()}

    def _scales(self, rows: int) -> Array:
        """Standard deviation of each number in the data, or the size of the number itself."""
        if rows >= MANY:
            pairs = zip(self._values, self._number, strict=True)
            found = np.array([_deviation(_floats(v)) if number else 1.0 for v, number in pairs])
            return np.where(self._whole & (found > 0), np.maximum(found, HALF), found)
        self._q.note("Too few rows to know each column's scale: steps are as large as the column's own value (or 1).")
        pairs = zip(self._x, self._number, strict=True)
        return np.array([abs(float(x[0])) or 1.0 if number else 1.0 for x, number in pairs])

    def _range(self, j: int) -> tuple[float, float]:
        """Least and greatest whole number of the data, or of the type where the data are too few."""
        x, values = self._x[j], _floats(self._values[j])
        if len(values) < MANY:
            kind = np.iinfo(getattr(x.dtype, "numpy_dtype", x.dtype))
            return float(max(kind.min, -(2**53))), float(min(kind.max, 2**53))
        return float(np.nanmin(values, initial=float(x[0]))), float(np.nanmax(values, initial=float(x[0])))

    def draw(self, n: int) -> tuple[Array, Array]:
        """Neighbours' features and outputs."""
        features, drawn = np.empty((n, self.size)), {}
        steps = self._rng.standard_normal((n, len(self._steps)))
        values = self._stepped(steps)
        features[:, self._steps] = steps
        if len(self._steps) == self.size and not self._frame:
            return features, self._q.outputs(self._typed(values))
        drawn = dict(zip(self._steps.tolist(), values.T, strict=True))
        for j in range(self.size):
            if j not in drawn:
                features[:, j], drawn[j] = self._drawn(j, n)
        return features, self._q.outputs(self._rows({name: drawn[j] for j, name in enumerate(self._names)}))

    def _stepped(self, steps: Array) -> Array:
        """The numbers after these steps, which become those that were made: whole numbers stay whole, and in range."""
        origin, scale = self._origin[self._steps], self._scale[self._steps]
        steps *= scale > 0
        values = origin + scale * steps
        for place, j in enumerate(self._steps.tolist()):
            if self._whole[j]:
                values[:, place] = np.clip(np.round(values[:, place]), *self._ranges[j])
                steps[:, place] = (values[:, place] - origin[place]) / (scale[place] or 1.0)
        return np.asarray(values)

    def _drawn(self, j: int, n: int) -> tuple[Array, Any]:
        """A column of random training values, and where these are like the input's."""
        x, values = self._x[j], self._values[j]
        drawn = values[self._own[j].integers(len(values), size=n)]
        if not self._number[j]:
            return np.asarray(1.0 - _differs(x, drawn), np.float64), drawn
        edges = self._edges[j]
        bins = np.searchsorted(edges, _floats(drawn)), np.searchsorted(edges, float(x[0]))
        return (bins[0] == bins[1]).astype(float), drawn

    def _typed(self, rows: Any) -> Any:
        dtype = self._q.x.dtype
        kept = dtype.kind == "f" or (self._whole.all() and self._kind == "instance")
        return rows.astype(dtype if kept else float, copy=False)

    def _kept(self, j: int) -> Any:
        """The type of a column of steps: its own, unless that has no room for fractions that the data have."""
        own = self._x[j].dtype
        return own if self._whole[j] or own.kind == "f" else None

    def _rows(self, columns: dict[Any, Any]) -> Any:
        x = self._q.x
        if not self._frame:
            return self._typed(np.column_stack(list(columns.values())))
        import pandas as pd

        step = self._number & (self._kind == "instance")
        kinds = [self._kept(j) if step[j] else None if self._number[j] else x[c].dtype for j, c in enumerate(x.columns)]
        made = {c: pd.Series(v, dtype=kind) for (c, v), kind in zip(columns.items(), kinds, strict=True)}
        return pd.DataFrame(made, columns=x.columns)

    def distance(self, features: Array, metric: str) -> Array:
        """Euclidean: steps in standard deviations, a changed category counts one."""
        return np.sqrt(((features - self.here) ** 2).sum(1))

    def share(self, slopes: Array) -> Array:
        """One slope per column."""
        return slopes[None]

    def facts(self) -> dict[str, Any]:
        """Numbers around the instance are steps; everything else says whether it is as in the input."""
        names = tuple(map(str, self._q.input.names)) or tuple(map(str, self._names))
        return {"names": names, "here": self.here, "origin": self._origin, "scale": self._scale, "kind": "same"}


def _column(rows: Any, name: Any) -> Any:
    """One column, in the container that keeps its type."""
    return rows[name].array if is_frame(rows) else rows[:, name]


def _is_number(x: Any) -> bool:
    """Whether a column holds numbers to step from (a missing one is a category: missing or not)."""
    kind = getattr(x.dtype, "kind", "O")
    return kind in "fiu" and not np.isnan(_floats(x)[0])


def _is_whole(x: Any, values: Any) -> bool:
    """Whether the types say that a column holds whole numbers."""
    return all(getattr(v.dtype, "kind", "O") in "iu" for v in (x, values))


def _floats(values: Any) -> Array:
    """A column of numbers as floats, pandas' NA as NaN."""
    if isinstance(values, np.ndarray):
        return np.asarray(values, float)
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _deviation(values: Array) -> float:
    """Standard deviation of the known values; 0 (no step is made) where none is."""
    known = values[~np.isnan(values)]
    return float(known.std()) if len(known) else 0.0


def _edges(values: Any, number: bool) -> Array:
    """The quartiles of a column of numbers."""
    return np.nanquantile(_floats(values), QUARTILES) if number else np.empty(0)


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(values != values)  # noqa: PLR0124 (NaN differs from itself)


def _differs(x: Any, drawn: Any) -> NDArray[np.bool_]:
    """Where a drawn category is not the input's (missing equals missing)."""
    if isinstance(drawn, np.ndarray):
        return ~((drawn == x[0]) | (_missing(drawn) & _missing(x)))
    import pandas as pd

    gone = np.asarray(pd.isna(drawn))
    if pd.isna(x[0]):
        return ~gone
    same = np.asarray(pd.Series(drawn).astype(object) == x[0], dtype=bool)
    return ~(same & ~gone)
