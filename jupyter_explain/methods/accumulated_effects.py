"""Accumulated local effects: small steps inside the data, added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from numbers import Integral
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, check_grid, check_table, column, near, own_value, strongest, wanted
from ..dataset.effects import BINS, Cells, effects_surface, moments
from ..dataset.planes import pair_of
from ..dataset.variants import Swap, Together, Variants
from ..errors import Phrase, listed, refuse
from ..explanation import Curves
from ..method import Stream, method
from ..params import Between, Free
from ..question import Question
from ..rows import take

Array = NDArray[np.float64]
FIRST = 2  # rows of every bin in the first answer: with one there is no spread
Z95 = 1.96


@method(
    "Accumulated local effects",
    needs=("predict", "data", "table"),
    axioms=("dummy", "linearity"),
    cites=("Apley and Zhu 2020 doi:10.1111/rssb.12377 arXiv:1612.08468",),
    baseline=False,
)
def accumulated_effects(
    q: Question,
    *,
    features: Annotated[Any, Free("columns by name or number", text=True)] = None,
    grid: Annotated[int, Between(2, 200, points=True)] = 20,
) -> Stream:
    """How the output changes along a column, step by step, each step only with rows that are there.

    A column is cut into bins with equally many rows. In each bin, the rows of the bin are moved from its left to its
    right edge, all other columns as they are; the mean changes are added up from bin to bin and centred, so that the
    mean over the rows is zero. Unlike partial dependence it asks nothing far from the data. Rows are taken in random
    order, evenly over the bins; when all are done the answer is exact for the dataset.

    A pair of columns in `features`, `[("age", "bmi")]` or the text "age × bmi", gives the second-order effect: what
    both do together beyond what each does alone, as one surface (an answer of type `Surface`). It is zero for columns
    that do not interact. Cells without rows take the step of the nearest cell with rows.

    Settings:
        features: columns of numbers, by name or number, separated by commas, or one pair "a × b"; by default the six
            that matter most.
        grid: number of bins of each column, or an array of edges (from Python).
    """
    check_table(q)
    pair = pair_of(q, features)
    if pair is not None:
        yield from _pair(q, pair, grid)
        return
    chosen = _chosen(q, features)
    check_grid(q, grid, len(chosen))
    bins = [_Bins(q, col, grid) for col in chosen]
    for size in _rounds(q, bins):
        _ask(q, [(b, b.deal(size)) for b in bins])
        yield _answer(q, bins)


def _chosen(q: Question, features: Any) -> list[Column]:
    """Columns of numbers; categories have no order along which to accumulate."""
    columns = [column(q, j) for j in range(len(q.input.names))]
    named = wanted(q, features)
    if named is None:
        numeric = [c.index for c in columns if c.numeric and c.known.any()]
        if not numeric:
            raise refuse(q.who, "x must have a column of numbers", Phrase("categories only"))
        left = [c.name for c in columns if not c.numeric]
        if left:
            q.note(f"Left out, because categories have no order to accumulate along: {listed(left)}.")
        return [columns[j] for j in strongest(q, numeric)]
    for col in (columns[j] for j in named):
        if not col.numeric:
            rule = "features must be columns of numbers (categories have no order to accumulate along; "
            raise refuse(q.who, rule + "partial_dependence takes them)", col.name)
        if not col.known.any():
            raise refuse(q.who, f"the column {col.name!r} must have values", Phrase("only missing ones"))
    return [columns[j] for j in named]


def _pair(q: Question, pair: tuple[int, int], grid: Any) -> Stream:
    """The second-order effect of two columns."""
    check_grid(q, grid, 2)
    if isinstance(grid, Integral) and int(grid) > BINS:
        q.note(f"{BINS} bins a side: the most for two columns.")
    most = min(int(grid), BINS) if isinstance(grid, Integral) else grid
    first, second = _chosen(q, list(pair))
    ends = [_edges(q, c, c.numbers[c.known], most) for c in (first, second)]
    x, y = (e if len(e) <= BINS + 1 else _too_fine(q, c, e) for c, e in zip((first, second), ends, strict=True))
    yield from effects_surface(q, Cells((first, second), x, y), (_typed(first, x), _typed(second, y)))


def _too_fine(q: Question, col: Column, ends: Array) -> Array:
    raise refuse(q.who, f"grid must be at most {BINS + 1} edges for {col.name!r} in a pair", ends)


def _rounds(q: Question, bins: list[_Bins]) -> Iterator[int]:
    """How many rows of each column to take: first some of every bin, then as many as there are already."""
    total = max(len(b.order) for b in bins)
    first = max(1, min(total, FIRST * max(b.bins for b in bins)))
    yield from q.rounds(2 * len(bins), max(total, 1), first, growth=1)


def _ask(q: Question, dealt: list[tuple[_Bins, NDArray[np.intp]]]) -> None:
    """Outputs at both edges of the bins of the dealt rows, for all columns in one sweep."""
    some = [(b, rows) for b, rows in dealt if len(rows)]
    if not some:
        return
    together = Together([b.edges(take(q.data, rows), rows) for b, rows in some])
    outputs = q.outputs_of(len(together), together)
    for (b, rows), (start, stop) in zip(some, pairwise(together.ends), strict=True):
        low, high = outputs[start:stop].reshape(2, len(rows))
        b.add(rows, high - low)


class _Bins:
    """The bins of one column, and the mean change in each."""

    def __init__(self, q: Question, col: Column, grid: Any) -> None:
        self.column = col
        found = col.numbers[col.known]
        self.x = _edges(q, col, found, grid)
        self.bins = len(self.x) - 1
        inside = col.known & (col.numbers >= self.x[0]) & (col.numbers <= self.x[-1])
        self.bin_of = np.clip(np.searchsorted(self.x, np.nan_to_num(col.numbers), "left") - 1, 0, max(0, self.bins - 1))
        self.size = np.bincount(self.bin_of[inside], minlength=max(1, self.bins))[: self.bins].astype(float)
        self.counts = near(found, self.x)
        self.values = _typed(col, self.x)
        self.order = self._dealt(q, np.flatnonzero(inside)) if self.bins else np.empty(0, np.intp)
        self._next = 0
        self._count, self._sum, self._squares = np.zeros((3, self.bins))

    def _dealt(self, q: Question, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows in random order, one of every bin before the second of any."""
        shuffled = q.rng(f"accumulated_effects {self.column.name}").permutation(rows)
        by_bin = shuffled[np.argsort(self.bin_of[shuffled], kind="stable")]
        bins = self.bin_of[by_bin]
        turn = np.arange(len(by_bin)) - np.searchsorted(bins, bins)
        return by_bin[np.lexsort((bins, turn))]

    def deal(self, n: int) -> NDArray[np.intp]:
        """The next `n` rows."""
        rows = self.order[self._next : self._next + n]
        self._next += len(rows)
        return rows

    def edges(self, data: Any, rows: NDArray[np.intp]) -> Variants:
        """The dealt rows at the left edges of their bins, then at the right edges."""
        return Variants(data, [Swap((self.column.index,), (self.values,), self.bin_of[rows] + s) for s in (0, 1)])

    def add(self, rows: NDArray[np.intp], change: Array) -> None:
        """Add the changes of some rows."""
        where = self.bin_of[rows]
        self._count += np.bincount(where, minlength=self.bins)
        self._sum += np.bincount(where, change, minlength=self.bins)
        self._squares += np.bincount(where, change**2, minlength=self.bins)

    @property
    def settled(self) -> bool:
        """Whether every row of every bin was asked."""
        return bool((self._count == self.size).all())

    def curve(self) -> tuple[Array, Array, Array]:
        """(curve, its standard error for this dataset, and with the rows as a sample of many more), at the edges."""
        if not self.bins:
            return np.zeros((3, len(self.x)))[0], *np.zeros((2, len(self.x)))
        n = self._count
        mean, spread = moments(n, self._sum, self._squares)
        # Curve = A · mean changes: sums up to each edge, less their average over the rows (bins by their counts).
        sums = np.tri(len(self.x), self.bins, -1)
        centre = (self.size @ (sums[1:] + sums[:-1]) / 2) / self.size.sum()
        weights = sums - centre
        known = np.sqrt(weights**2 @ (spread / n * (1 - n / self.size)))
        return weights @ mean, known, np.sqrt(weights**2 @ (spread / n))


def _edges(q: Question, col: Column, found: Array, grid: Any) -> Array:
    """Quantiles that are values of the column, each once; given edges without the bins that hold no row."""
    given = grid.get(col.name) if isinstance(grid, Mapping) else grid
    if isinstance(given, Integral):
        edges = np.unique(np.quantile(found, np.linspace(0, 1, int(given) + 1), method="inverted_cdf"))
        if len(edges) == 1:
            q.note(f"{col.name} has the same value in every row.")
        return edges
    try:
        edges = np.unique(np.asarray(given, float).ravel())
    except (TypeError, ValueError) as error:
        raise refuse(q.who, f"grid must be numbers (edges of bins) for {col.name!r}", given) from error
    inside = found[(found >= edges[0]) & (found <= edges[-1])] if edges.size > 1 and np.isfinite(edges).all() else []
    if not len(inside):
        raise refuse(q.who, f"grid must be two or more edges with rows between them for {col.name!r}", given)
    if len(inside) < len(found):
        q.note(f"{col.name}: {len(found) - len(inside)} rows outside the given edges are left out.")
    held = np.bincount(np.clip(np.searchsorted(edges, inside, "left") - 1, 0, None), minlength=len(edges) - 1) > 0
    if not held.all():
        q.note(f"{col.name}: {int((~held).sum())} empty bins were joined with their neighbours.")
    return edges[np.concatenate([[True], held])]


def _typed(col: Column, points: Array) -> Any:
    """Edges in the column's own type where that loses nothing."""
    dtype = col.values.dtype
    if isinstance(dtype, np.dtype):
        same = dtype.kind == "f" or (dtype.kind in "iu" and bool((points == points.round()).all()))
        return points.astype(dtype if same else float)
    import pandas as pd

    return pd.array(points, dtype=dtype if dtype.kind == "f" or (points == points.round()).all() else "Float64")


def _answer(q: Question, bins: list[_Bins]) -> Curves:
    curves = [b.curve() for b in bins]
    done = all(b.settled for b in bins)
    error = 0.0 if done else float(max(known.max() for _, known, _ in curves))
    return Curves(
        names=tuple(b.column.name for b in bins),
        x=tuple(b.x for b in bins),
        y=tuple(y for y, _, _ in curves),
        band=tuple(np.stack([y - Z95 * wide, y + Z95 * wide]) for y, _, wide in curves),
        counts=tuple(b.counts for b in bins),
        here=None if q.whole else tuple(_here(q, b, y) for b, (y, _, _) in zip(bins, curves, strict=True)),
        axis="effect on the output",
        error=error,
        error_kind="exact" if done else "stderr",
    )


def _here(q: Question, bins: _Bins, y: Array) -> tuple[Any, float]:
    """The explained row's value, and the curve there."""
    value = own_value(q, bins.column)
    return value, float(np.interp(value, bins.x, y)) if np.isfinite(value) else float("nan")
