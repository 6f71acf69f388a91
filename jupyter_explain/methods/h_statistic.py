"""How much of what columns do, they do only together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import check_table, column, column_of, strongest, wanted
from ..dataset.variants import Swap, Variants
from ..errors import Phrase, refuse
from ..explanation import Matrix
from ..method import Stream, method
from ..params import Between, Choice, Free
from ..question import Question
from ..rows import Rows, length, take
from ..shapley.game import small_sample

Array = NDArray[np.float64]
FIRST = 12  # rows of the first answer
Z95 = 1.96
NEGLIGIBLE = 1e-20  # of the variance of the output: rounding


@method(
    "H-statistic",
    needs=("predict", "data", "table", "pair"),
    axioms=("dummy",),
    cites=("Friedman and Popescu 2008 doi:10.1214/07-AOAS148", "Inglis, Parnell and Hurley 2022 arXiv:2108.05277"),
    baseline=False,
    row=False,
)
def h_statistic(
    q: Question,
    *,
    features: Annotated[Any, Free("columns by name or number", text=True)] = None,
    rows: Annotated[int, Between(4, 1000, log=True)] = 80,
    scale: Annotated[Literal["share", "output"], Choice("share", "output")] = "share",
) -> Stream:
    """Friedman and Popescu's H²: the share of what two columns do that they do only together.

    For a pair: the variance of their joint partial dependence that is not the sum of both single ones, as a share of
    the variance of the joint one. On the diagonal: the variance of the output that is not the column's own partial
    dependence plus that of all other columns together, as a share of the variance of the output. This is H², not its
    root; it is 0 for a model that adds its columns up. It can exceed 1 where columns depend on each other, and a pair
    that does nothing much may have a large share of it: `scale="output"` gives the size of the interaction in units of
    the output instead (the root of the numerator), which can be compared between pairs.

    Everything is computed on the same random rows, which stand for evaluation points and for the dataset; more and more
    of them, up to `rows`. With few rows H² tends to be too large. The interval (jackknife over rows) sees them as a
    sample of many more.

    Settings:
        features: columns by name or number, separated by commas; by default the six that matter most.
        rows: rows of the sample; the cost is rows² for every column and every pair.
        scale: the share (H²), or the size in units of the output.
    """
    check_table(q)
    chosen = wanted(q, features)
    chosen = strongest(q, list(range(len(q.input.names)))) if chosen is None else chosen
    if len(chosen) < 2:
        raise refuse(q.who, "needs two or more columns", Phrase(f"{len(chosen)} column"))
    total = min(rows, length(q.data))
    if total < 3:
        raise refuse(q.who, "needs three or more rows of data", Phrase(f"{total}"))
    if total < length(q.data):
        q.note(f"{total} of {length(q.data)} rows, chosen at random.")
    sample = take(q.data, q.rng("h_statistic").permutation(length(q.data))[:total])
    tables = _Tables(q, sample, chosen, total)
    for size in tables.sizes():
        tables.grow(size)
        yield _answer(q, tables, scale, len(sample) if size == total == length(q.data) else 0)


class _Tables:
    """Outputs with some columns of row i put into row b, for growing numbers of rows: one table (i, b) per column set.

    Attributes:
        sets: column sets: single columns, all columns but one, pairs.
        known: rows whose tables are complete.
    """

    def __init__(self, q: Question, sample: Rows, chosen: list[int], total: int) -> None:
        self.q, self.sample, self.chosen, self.total = q, sample, chosen, total
        every = range(len(q.input.names))
        others = [tuple(k for k in every if k != j) for j in chosen]
        self.sets = [*((j,) for j in chosen), *others, *combinations(chosen, 2)]
        self.known = 0
        cells = len(self.sets) * total**2
        q.claim(8.0 * cells, f"{len(self.sets)} tables of {total} rows", "use fewer rows or features")
        self.tables = np.full((len(self.sets), total, total), np.nan)
        self._values = {k: column_of(sample, k, q.input.names[k]).values for k in every}

    def sizes(self) -> Iterator[int]:
        """Rows of each answer: about half as many more each time."""
        size = min(FIRST, self.total)
        while True:
            following = min(self.total, size + max(1, size // 2))
            self.q.upcoming = len(self.sets) * (following**2 - size**2)
            yield size
            if size == self.total:
                return
            size = following

    def grow(self, size: int) -> None:
        """Ask for what `size` rows need beyond what is known: new points over all rows, old points over new rows."""
        self._ask(range(self.known, size), slice(0, size))
        if self.known:
            self._ask(range(self.known), slice(self.known, size))
        self.known = size

    def _ask(self, points: range, among: slice) -> None:
        rows = take(self.sample, among)
        swaps = [Swap(s, tuple(self._values[k] for k in s), i) for s in self.sets for i in points]
        variants = Variants(rows, swaps)
        found = self.q.outputs_of(len(variants), variants)
        shape = (len(self.sets), len(points), among.stop - among.start)
        self.tables[:, points.start : points.stop, among] = found.reshape(shape)


def _answer(q: Question, tables: _Tables, scale: str, whole: int) -> Matrix:
    size = tables.known
    table = tables.tables[:, :size, :size]
    full, without = table.mean(2), (table.sum(2)[..., None] - table) / (size - 1)
    own = table[0].diagonal()  # row i's column in row i: the row itself
    found = _statistics(tables, full, own, None, scale)
    left = np.stack([_statistics(tables, without[:, :, b], own, b, scale) for b in range(size)])
    spread = ((left - left.mean(0)) ** 2).sum(0) * (size - 1) / size
    stderr = np.sqrt(spread) * small_sample(size - 1)
    names = tuple(column(q, j).name for j in tables.chosen)
    n = length(q.data)
    return Matrix(
        rows=names,
        columns=names,
        values=found,
        stderr=stderr,
        low=np.maximum(found - Z95 * stderr, 0),
        high=found + Z95 * stderr,
        signed=False,
        measure="H² of a pair" if scale == "share" else "size of the interaction, in units of the output",
        diagonal="the column with all others together",
        error=0.0 if whole else float(stderr.max() * np.sqrt(1 - size / n)),
        error_kind="exact" if whole else "stderr",
    )


def _statistics(tables: _Tables, means: Array, own: Array, leave: int | None, scale: str) -> Array:
    """The matrix of one set of means (sets, points), leaving out one point."""
    keep = np.ones(means.shape[1], bool)
    if leave is not None:
        keep[leave] = False
    centred = means[:, keep] - means[:, keep].mean(1, keepdims=True)
    output = own[keep] - own[keep].mean()
    count = len(tables.chosen)
    floor = NEGLIGIBLE * max(float((own[keep] ** 2).mean()), 1e-300)
    out = np.zeros((count, count))
    for j in range(count):
        out[j, j] = _share(output - centred[j] - centred[count + j], output, scale, floor)
    for k, (a, b) in enumerate(combinations(range(count), 2)):
        joint = centred[2 * count + k]
        out[a, b] = out[b, a] = _share(joint - centred[a] - centred[b], joint, scale, floor)
    return out


def _share(rest: Array, joint: Array, scale: str, floor: float) -> float:
    above, below = float((rest**2).mean()), float((joint**2).mean())
    if above <= floor:
        return 0.0
    return float(np.sqrt(above)) if scale == "output" else above / below if below > floor else 0.0
