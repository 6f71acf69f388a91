"""Which columns of a dataset go together."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.association import NOTHING, Measured, correlation_ratio, cramer, leaf_order, pearson, spearman
from ..dataset.columns import Column, check_table, column, strongest, wanted
from ..errors import Phrase, refuse
from ..explanation import Matrix
from ..method import Stream, method
from ..params import Choice, Free
from ..question import Question
from ..rows import length, take

Array = NDArray[np.float64]
MEASURES = ("Pearson's r", "Spearman's ρ", "corrected η", "corrected Cramér's V")
ROWS = 100_000  # of a dataset; fewer where there are many pairs
WORK = 3 * 10**7  # rows × pairs
LEAST = 2000  # rows that are looked at whatever the number of pairs
COLUMNS = 200


@method(
    "Feature correlations",
    needs=("data", "table"),
    cites=(
        "Bergsma 2013 doi:10.1016/j.jkss.2012.10.002",
        "Kelley 1935 doi:10.1073/pnas.21.9.554",
        "Spearman 1904 doi:10.2307/1412159",
    ),
    exact=True,
    baseline=False,
    row=False,
)
def feature_correlations(
    q: Question,
    *,
    features: Annotated[Any, Free("columns by name or number", text=True)] = None,
    kind: Annotated[Literal["pearson", "spearman"], Choice("pearson", "spearman")] = "pearson",
    order: Annotated[Literal["table", "clustered"], Choice("table", "clustered")] = "table",
) -> Stream:
    """How strongly every two columns of the dataset go together, whatever the model.

    Two columns of numbers: Pearson's r or Spearman's ρ, from −1 to 1. A number and categories: the correlation ratio η,
    from 0 to 1. Two columns of categories: Cramér's V, from 0 to 1. η and V are corrected for chance, so that columns
    with many categories do not seem to go together. Every pair uses the rows in which both have values. The intervals
    see the rows as a sample of many more; a pair is said to be strong where chance alone would seldom make any of so
    many as strong (5 %, Bonferroni). Booleans are categories; numbers that stand for categories are not known as
    such: turn them into a category type.

    Settings:
        features: columns by name or number, separated by commas; by default all, or of more than 200 those that the
            model uses most.
        kind: what is measured for two columns of numbers: straight lines, or any rising or falling curve.
        order: as in the table, or columns that go together beside each other.
    """
    check_table(q)
    q.notes[:] = [n for n in q.notes if not n.startswith("Target")]  # nothing here depends on it
    columns = [_Ready(c) for c in _chosen(q, features, kind)]
    _tell(q, columns)
    count, cells = len(columns), np.full((4, len(columns), len(columns)), np.nan)
    counts, which = np.zeros((2, count, count), np.int64)
    for i, j in [*((i, i) for i in range(count)), *combinations(range(count), 2)]:
        q.check()
        which[i, j], counts[i, j], found = _pair(columns[i], columns[j], kind)
        cells[:, i, j] = (found.value, found.low, found.high, found.stderr)
        for a in (cells[0], cells[1], cells[2], cells[3], counts, which):
            a[j, i] = a[i, j]
    at = leaf_order(np.abs(cells[0])) if order == "clustered" else np.arange(count)
    yield _answer(q, columns, cells, counts, which, at)


def _chosen(q: Question, features: Any, kind: str) -> list[Column]:
    """The columns, over at most as many rows as can be looked at."""
    named = wanted(q, features)
    if named is not None and len(named) > COLUMNS:
        raise refuse(q.who, f"features may name at most {COLUMNS} columns", Phrase(f"{len(named)} columns"))
    named = strongest(q, list(range(len(q.input.names))), COLUMNS) if named is None else named
    n, pairs = length(q.data), max(1, len(named) * (len(named) - 1) // 2)
    most = min(ROWS, max(LEAST, WORK // pairs // (4 if kind == "spearman" else 1)))
    if n > most:
        q.note(f"{most} of {n} rows, chosen at random.")
        q.data = take(q.data, np.sort(q.rng("feature_correlations").choice(n, most, replace=False)))
    return [column(q, j) for j in named]


class _Ready:
    """A column as numbers, or as numbers of its categories."""

    def __init__(self, col: Column) -> None:
        self.name, self.numeric, self.known = col.name, col.numeric, col.known
        if self.numeric:
            self.numbers: Array = col.numbers
            self.levels = len(np.unique(self.numbers[self.known]))
            return
        self.codes = np.full(len(self.known), -1, np.intp)
        texts = np.asarray(col.values, object)[self.known].astype(str)
        found, self.codes[self.known] = np.unique(texts, return_inverse=True)
        self.levels = len(found)


def _tell(q: Question, columns: list[_Ready]) -> None:
    """What has no correlation, and why."""
    flat = [c.name for c in columns if c.levels < 2]
    if flat:
        q.note(f"The same value in every row, so nothing to measure: {', '.join(flat[:8])}.")
    own = [c.name for c in columns if not c.numeric and c.levels > 1 and c.levels >= c.known.sum()]
    if own:
        q.note(f"A category of its own in every row, so nothing to measure: {', '.join(own[:8])}.")
    gaps = sum(int(not c.known.all()) for c in columns)
    if gaps:
        q.note(f"{gaps} of {len(columns)} columns have missing values; a pair uses the rows in which both have values.")


def _pair(a: _Ready, b: _Ready, kind: str) -> tuple[int, int, Measured]:
    """(number of the measure, rows, what was measured)."""
    known = a.known & b.known
    n = int(known.sum())
    if a is b:
        own = Measured(1.0, 1.0, 1.0, 0.0) if a.levels > 1 else NOTHING
        return (0 if kind == "pearson" else 1) if a.numeric else 3, n, own
    if a.numeric and b.numeric:
        measure = pearson if kind == "pearson" else spearman
        return int(kind == "spearman"), n, measure(a.numbers[known], b.numbers[known])
    if a.numeric or b.numeric:
        number, codes = (a.numbers, b.codes) if a.numeric else (b.numbers, a.codes)
        return 2, n, correlation_ratio(codes[known], number[known])
    return 3, n, cramer(a.codes[known], b.codes[known])


def _answer(
    q: Question,
    columns: list[_Ready],
    cells: Array,
    counts: NDArray[np.int64],
    which: NDArray[np.int64],
    at: NDArray[np.intp],
) -> Matrix:
    names = tuple(columns[k].name for k in at)
    turn = np.ix_(at, at)
    used = [MEASURES[k] for k in sorted(set(which.ravel().tolist()))] if which.size else []
    some = int(which.max(initial=0)) > 1 or len(used) > 1
    sampled = any("chosen at random" in n for n in q.notes)
    known = cells[3][np.isfinite(cells[3])]
    return Matrix(
        rows=names,
        columns=names,
        values=cells[0][turn],
        low=cells[1][turn],
        high=cells[2][turn],
        stderr=cells[3][turn],
        counts=counts[turn],
        measures=MEASURES if some else (),
        which=which[turn] if some else None,
        measure=", ".join(used) or "correlation",
        top=1.0,
        target="the dataset",
        error=float(known.max(initial=0)) if sampled else 0.0,
        error_kind="stderr" if sampled else "exact",
    )
