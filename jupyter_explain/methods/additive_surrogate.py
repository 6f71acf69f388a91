"""A sum of curves of single columns that stands in for the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import FEATURES, Column, near, own_value, wanted
from ..explanation import Curves
from ..method import Stream, method
from ..params import Free
from ..question import Question
from ..rows import Rows, take
from ..surrogates.additive import KNOTS, MOST, Additive, Fit, Term, term_of
from ..surrogates.standins import Levels, explained, samples, shown_level, table_of, usable

Array = NDArray[np.float64]
FOLDS, Z95 = 5, 1.96
WIDEST = MOST // 4  # columns
MISSING = "(missing)"


@method(
    "Additive surrogate",
    needs=("predict", "data", "table"),
    cites=(
        "Hastie and Tibshirani 1986 doi:10.1214/ss/1177013604",
        "Wood and Fasiolo 2017 doi:10.1111/biom.12666",
        "Marra and Wood 2012 doi:10.1111/j.1467-9469.2011.00760.x",
    ),
    baseline=False,
)
def additive_surrogate(
    q: Question, *, features: Annotated[Any, Free("columns by name or number", text=True)] = None
) -> Stream:
    """The model as a sum of curves, one for each raw column, as far as that goes; it says how far.

    Every column gets a smooth curve (a column of categories: a number for each), all fitted together to the model's own
    outputs, each as smooth as the rows ask for. Curves have mean zero over the rows. Bands are 95 % intervals for the
    best sum of curves, seen the rows as a sample; they hold on average over a curve. Fidelity is R² on rows that were
    left out, in 5 folds; what it lacks to 1 is interaction between columns, and kinks that the curves smooth over.

    Settings:
        features: columns that are shown, by name or number, separated by commas; by default the six with the largest
            parts. The fit always uses all columns.
    """
    chosen = wanted(q, features)
    order, outputs = np.empty(0, np.intp), np.empty(0)
    for some in samples(q):
        outputs = np.concatenate([outputs, q.outputs(take(q.data, some))])
        order = np.concatenate([order, some])
        yield _answer(q, take(q.data, order), outputs, chosen)


@dataclass(frozen=True)
class _Part:
    """One column and its fitted curve."""

    column: Column
    term: Term
    levels: Levels | None
    numbers: Array
    values: Array
    covariance: Array

    @property
    def size(self) -> float:
        """Standard deviation of the part over the rows."""
        return float((self.term.basis(self.numbers) @ self.values).std())


def _answer(q: Question, rows: Rows, outputs: Array, chosen: list[int] | None) -> Curves:
    columns = _few_enough(q, usable(q, table_of(q, rows)), outputs)
    knots = max(4, min(KNOTS, MOST // len(columns)))
    levels = [None if c.numeric else Levels.of(c) for c in columns]
    numbers = [_numbers(c, found) for c, found in zip(columns, levels, strict=True)]
    sizes = [None if found is None else len(found.names) for found in levels]
    terms = [term_of(n, s, knots) for n, s in zip(numbers, sizes, strict=True)]
    model = Additive(terms, numbers, outputs)
    fit = model.fit()
    fidelity = explained(outputs, model.held_out(fit.penalties, FOLDS))
    found = zip(columns, terms, levels, numbers, fit.parts, fit.covariance, strict=True)
    parts = _shown(q, [_Part(*facts) for facts in found], chosen)
    return _curves(q, parts, fit, fidelity, len(outputs))


def _numbers(column: Column, levels: Levels | None) -> Array:
    """Numbers or codes, NaN where there is none."""
    return np.where(column.known, column.numbers, np.nan) if levels is None else levels.codes(column)


def _few_enough(q: Question, columns: list[Column], outputs: Array) -> list[Column]:
    """Of very many columns, those that alone follow the output best."""
    if len(columns) <= WIDEST:
        return columns
    q.note(f"{WIDEST} of {len(columns)} columns: those that alone follow the output best.")
    y, alone = outputs - outputs.mean(), []
    for c in columns:
        levels = None if c.numeric else Levels.of(c)
        n = _numbers(c, levels)
        basis = term_of(n, None if levels is None else len(levels.names), 4).basis(n)
        share = basis.sum(0)
        alone.append(float(((basis.T @ y) ** 2 / np.maximum(share, 1)).sum()))
    best = np.sort(np.argsort(-np.array(alone), kind="stable")[:WIDEST])
    return [columns[int(i)] for i in best]


def _shown(q: Question, parts: list[_Part], chosen: list[int] | None) -> list[_Part]:
    """The columns asked for, or those with the largest parts, in the order of the table."""
    if chosen is not None:
        found = {p.column.index: p for p in parts}
        return [found[j] for j in chosen if j in found]
    best = sorted(np.argsort([-p.size for p in parts], kind="stable")[:FEATURES])
    if len(best) < len(parts):
        q.note(f"Shown are the {len(best)} of {len(parts)} columns with the largest parts. Set features=.")
    return [parts[int(i)] for i in best]


def _curves(q: Question, parts: list[_Part], fit: Fit, fidelity: tuple[float, float], n: int) -> Curves:
    drawn = [_drawn(p) for p in parts]
    stderr = max((float(s.max(initial=0)) for _, _, s, _ in drawn), default=0.0)
    return Curves(
        names=tuple(p.column.name for p in parts),
        x=tuple(x for x, _, _, _ in drawn),
        y=tuple(y for _, y, _, _ in drawn),
        band=tuple(np.stack([y - Z95 * s, y + Z95 * s]) for _, y, s, _ in drawn),
        counts=tuple(c for _, _, _, c in drawn),
        here=None if q.whole else tuple(_here(q, p) for p in parts),
        axis="part of the output",
        fidelity=fidelity,
        error=stderr,
        error_kind="stderr",
        notes=(f"Made from {n} rows; fidelity on rows left out, in {FOLDS} folds. Mean output {fit.intercept:.4g}.",),
    )


def _drawn(part: _Part) -> tuple[NDArray[Any], Array, Array, NDArray[np.int64]]:
    """(points, values, standard errors, rows near each point); missing values only beside categories."""
    stderr = np.sqrt(np.maximum(np.diag(part.covariance), 0))
    gap = np.isnan(part.numbers)
    if part.term.knots is not None:
        k = len(part.term.knots)
        known = part.numbers[~gap]
        return part.term.knots, part.values[:k], stderr[:k], near(known, part.term.knots)
    names = [shown_level(name) for name in part.levels.names] if part.levels is not None else []
    counts = np.bincount(part.numbers[~gap].astype(np.intp), minlength=part.term.size)
    keep = part.term.width if gap.any() else part.term.width - 1
    texts = np.array([*names, MISSING][:keep], object)
    return texts, part.values[:keep], stderr[:keep], np.append(counts, gap.sum())[:keep].astype(np.int64)


def _here(q: Question, part: _Part) -> tuple[Any, float]:
    """The explained row's value, and the curve there."""
    row = table_of(q, q.x)[part.column.index]
    number = _numbers(row, part.levels)
    value = own_value(q, part.column)
    if part.levels is not None:
        code = number[0]
        value = MISSING if np.isnan(code) else shown_level(part.levels.names[int(code)])
    elif not row.numeric:
        value = float("nan")
    return value, float((part.term.basis(number) @ part.values)[0])
