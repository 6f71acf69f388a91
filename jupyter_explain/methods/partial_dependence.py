"""The output while one column is set to one value after another: average over rows, and row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Grid, check_grid, check_table, column, grid_over, own_value, strongest, wanted
from ..dataset.dependence import dependence_surface
from ..dataset.planes import pair_of
from ..dataset.tree_dependence import Trees, trees_of
from ..dataset.variants import Swap, asked
from ..explanation import Curves
from ..method import Stream, method
from ..params import Between, Choice, Free
from ..question import MEMORY, Question
from ..rows import length, take
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
FIRST = 32  # rows of the first answer
COPIES = 4  # of the lines, where they are too many: each answer has them sorted, and earlier answers may live on
SPREAD = 128  # rows that tell how wide the band is, where the average itself can be read off trees
Z95 = 1.96


@method(
    "Partial dependence",
    needs=("predict", "data", "table"),
    axioms=("dummy", "linearity"),
    cites=("Friedman 2001 doi:10.1214/aos/1013203451", "Goldstein et al. 2015 arXiv:1309.6392"),
    baseline=False,
)
def partial_dependence(
    q: Question,
    *,
    features: Annotated[Any, Free("columns by name or number", text=True)] = None,
    grid: Annotated[int, Between(2, 200, points=True)] = 20,
    kind: Annotated[Literal["average", "individual", "both"], Choice("average", "individual", "both")] = "both",
    centred: bool = False,
) -> Stream:
    """The output while a column is set to one value after another, all other columns as they are.

    The average over the rows is the partial dependence; one line per row is its individual conditional expectation
    (ICE). Rows are taken in random order, so the average refines; it is exact for the dataset when all are done. The
    band is a 95 % interval with the rows seen as a sample of many more. Where columns depend on each other, the grid
    visits combinations that do not occur: `counts` tells how many rows are near each point of the column itself.

    A pair of columns in `features`, `[("age", "bmi")]` or the text "age × bmi", gives one surface over both (an answer
    of type `Surface`, without lines of single rows) instead of curves.

    Settings:
        features: columns by name or number, separated by commas, or one pair "a × b"; by default the six that matter
            most.
        grid: number of points of each column, or an array of points (from Python).
        kind: the average over the rows, one line per row, or both.
        centred: whether every line starts at zero at the left end, so that shapes can be compared.
    """
    check_table(q)
    pair = pair_of(q, features)
    if pair is not None:
        check_grid(q, grid, 2)
        yield from dependence_surface(q, pair, grid)
        return
    chosen = wanted(q, features)
    chosen = strongest(q, list(range(len(q.input.names)))) if chosen is None else chosen
    check_grid(q, grid, len(chosen))
    sweep = _Sweep(q, [grid_over(q, column(q, j), grid) for j in chosen], kind, centred)
    if centred:
        q.note("Every line is drawn relative to its left end.")
    sweep.explained_row()
    trees = trees_of(q) if kind == "average" else None
    for rows in sweep.rounds():
        sweep.add(rows)
        yield sweep.answer()
        if trees is not None and sweep.seen >= SPREAD:
            yield sweep.answer(trees)
            return


@dataclass
class _Sweep:
    """The lines of the rows seen so far; where only the average is wanted, their moments alone."""

    q: Question
    grids: list[Grid]
    kind: Literal["average", "individual", "both"]
    centred: bool
    seen: int = 0
    most: int = 0
    own: Array | None = None
    here: tuple[tuple[Any, float], ...] | None = None
    _lines: list[Array] = field(default_factory=list)
    _rows: list[NDArray[np.intp]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ends = np.cumsum([0, *(len(g.x) for g in self.grids)])
        self.cost, self.total = int(self.ends[-1]), length(self.q.data)
        self.swaps = [Swap((g.column.index,), (g.values,), k) for g in self.grids for k in range(len(g.x))]
        self.moments = Mean(self.cost)
        room = MEMORY // (8 * self.cost)
        self.most = self.total if self.total <= room else room // COPIES
        if self.kind != "average" and self.most < self.total:
            self.q.note(f"Lines of at most {self.most:,} of {self.total:,} rows, chosen at random, fit the memory.")

    def rounds(self) -> Iterator[NDArray[np.intp]]:
        """Rows of the dataset in random order, more and more at a time."""
        order, start = self.q.rng("partial_dependence").permutation(self.total), 0
        for n in self.q.rounds(self.cost, self.total, FIRST, growth=1):
            yield order[start : start + n]
            start += n

    def lines_of(self, rows: Any) -> Array:
        """One line (cost,) per row: the outputs at the points of all columns, behind each other."""
        lines: Array = asked(self.q.outputs_of, rows, self.swaps).T
        return lines

    def centre(self, lines: Array) -> Array:
        """The lines, from zero at the left end of each column where that is wanted."""
        if not self.centred:
            return lines
        return lines - np.repeat(lines[:, self.ends[:-1]], np.diff(self.ends), axis=1)

    def parts(self, lines: Array) -> tuple[Array, ...]:
        """What belongs to each column, along the last axis."""
        return tuple(lines[..., a:b] for a, b in pairwise(self.ends))

    def explained_row(self) -> None:
        """The explained row's own lines, its values and its output, where there is such a row."""
        if self.q.whole:
            return
        raw = self.lines_of(self.q.x)
        self.own = self.centre(raw)[0]
        lefts = raw[0, self.ends[:-1]] * self.centred
        pairs = zip(self.grids, lefts, strict=True)
        self.here = tuple((own_value(self.q, g.column), float(self.q.output - left)) for g, left in pairs)

    def add(self, rows: NDArray[np.intp]) -> None:
        """Ask for the lines of more rows."""
        lines = self.centre(self.lines_of(take(self.q.data, rows)))
        self.moments.add(lines)
        self.seen += len(rows)
        left = self.most - sum(map(len, self._rows))
        if self.kind != "average" and left > 0:
            self._lines.append(lines[:left])
            self._rows.append(rows[:left])

    def answer(self, trees: Trees | None = None) -> Curves:
        """The average, its band, and the lines in the order of the dataset; of trees the average over all rows."""
        mean, done = self.moments.mean, self.seen == self.total or trees is not None
        stderr = self.moments.stderr * small_sample(self.seen - 1) if self.seen > 1 else np.zeros(self.cost)
        if trees is not None:
            mean, stderr = self._read_off(trees), stderr * np.sqrt(self.seen / self.total)
        error = 0.0 if done else float(stderr.max() * np.sqrt(1 - self.seen / self.total))
        lines, rows = self._sorted() if self._lines else (None, None)
        return Curves(
            names=tuple(g.column.name for g in self.grids),
            x=tuple(g.x for g in self.grids),
            y=self.parts(mean),
            band=self.parts(np.stack([mean - Z95 * stderr, mean + Z95 * stderr])),
            counts=tuple(g.counts for g in self.grids),
            lines=lines,
            rows=rows,
            own=None if self.own is None else self.parts(self.own),
            here=self.here,
            kind=self.kind,
            axis="change of the output" if self.centred else "output",
            error=error,
            error_kind="exact" if done else "stderr",
        )

    def _read_off(self, trees: Trees) -> Array:
        """The averages over all rows, from the trees themselves."""
        self.q.note(f"The averages are read off the trees, over all rows; the bands are from {self.seen} of them.")
        means = np.concatenate(trees.means([self.swaps[a:b] for a, b in pairwise(self.ends)]))
        return self.centre(means[None])[0]

    def _sorted(self) -> tuple[tuple[Array, ...], NDArray[np.int64]]:
        rows = np.concatenate(self._rows)
        order = np.argsort(rows)
        return self.parts(np.concatenate(self._lines)[order]), rows[order].astype(np.int64)
