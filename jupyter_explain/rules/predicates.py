"""Conditions on single columns: `worst radius > 16.8`, `city = Rome`; cut at quantiles, and written as they are meant.

A cut is the shortest decimal number between two values of the data that are neighbours or nearly so: what a reader sees
is exactly what is tested, and a cut is seldom anybody's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, column_of
from ..explanation import Condition
from ..numerals import brief, decimal
from ..rows import Rows, is_frame, text_of

Flags = NDArray[np.bool_]
Array = NDArray[np.float64]
LONGEST = 40  # characters of a value in a condition


@dataclass(frozen=True)
class Predicate:
    """One condition.

    Attributes:
        column, name: which column.
        kind: ">" and "≤" (numbers), "=" (categories) or "missing".
        value: the cut or the category.
    """

    column: int
    name: str
    kind: Literal[">", "≤", "=", "missing"]
    value: Any = None

    @property
    def text(self) -> str:
        """The condition in words."""
        return _text(self.name, [self])

    def holds(self, column: Column) -> Flags:
        """Where it holds in a column of any table with these columns; a missing value is in no interval."""
        if self.kind == "missing":
            return ~column.known
        out = np.zeros(len(column.values), bool)
        if self.kind == "=":
            out[column.known] = np.asarray(column.values[column.known], object) == self.value
            return out
        with np.errstate(invalid="ignore"):
            return column.numbers > self.value if self.kind == ">" else column.numbers <= self.value


def conditions(predicates: Iterable[Predicate], own: dict[int, Any] | None = None) -> tuple[Condition, ...]:
    """The predicates of a rule, one condition for each column, in the order of the table; `own`: a row's values."""
    by: dict[int, list[Predicate]] = {}
    for p in sorted(predicates, key=lambda p: p.column):
        by.setdefault(p.column, []).append(p)
    return tuple(
        Condition(some[0].name, _text(some[0].name, some), "" if own is None else said(own[j]))
        for j, some in by.items()
    )


def _text(name: str, some: Sequence[Predicate]) -> str:
    """`a < name ≤ b` for two cuts; the tightest of several."""
    above = [p.value for p in some if p.kind == ">"]
    most = [p.value for p in some if p.kind == "≤"]
    if above and most:
        return f"{decimal(max(above))} < {name} ≤ {decimal(min(most))}"
    if above or most:
        return f"{name} > {decimal(max(above))}" if above else f"{name} ≤ {decimal(min(most))}"
    return f"{name} is missing" if some[0].kind == "missing" else f"{name} = {said(some[0].value)}"


def said(value: Any) -> str:
    """A row's own value: four significant digits, long texts cut in the middle."""
    if isinstance(value, (float, np.floating)):
        return "missing" if np.isnan(value) else brief(float(value))
    text = " ".join(text_of(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 13]}…{text[-12:]}"


def columns_of(rows: Rows, names: Sequence[str]) -> list[Column]:
    """All columns of a table; of several inputs, one behind the other."""
    if is_frame(rows):
        return [column_of(rows, j, n) for j, n in enumerate(names)]
    parts = rows if isinstance(rows, tuple) else (rows,)
    flat = np.concatenate([np.asarray(p).reshape(len(p), -1) for p in parts], axis=1)
    return [column_of(flat, j, n) for j, n in enumerate(names)]


def cell(column: Column, row: int) -> Any:
    """One value: a float, a category, or NaN."""
    if column.numeric:
        return float(column.numbers[row])
    return np.asarray(column.values[row : row + 1], object)[0] if column.known[row] else float("nan")


def cuts(numbers: Array, bins: int) -> list[float]:
    """At most `bins` - 1 cuts among known numbers, within 1 % of the rows of a quantile; none if all are the same."""
    distinct = np.unique(numbers)
    if len(distinct) < 2:
        return []
    below = distinct[:-1]
    if len(distinct) > bins:
        shares = np.linspace(0, 1, bins + 1)[1:-1]
        below = np.unique(np.minimum(np.quantile(numbers, shares, method="inverted_cdf"), distinct[-2]))
    whole = bool((distinct == distinct.round()).all())
    room = len(numbers) // 100 if len(distinct) > bins else 0  # rows that a cut may be off its quantile, to be short
    return list(dict.fromkeys(_between(*_ends(np.sort(numbers), value, room), whole) for value in below))


def _ends(ordered: Array, value: float, room: int) -> tuple[float, float]:
    """Values between which a cut above `value` may be: the next one, or `room` rows further on both sides."""
    after = int(np.searchsorted(ordered, value, side="right"))
    low, high = ordered[max(0, after - 1 - room)], ordered[min(len(ordered) - 1, after + room)]
    return float(low), float(high)


def _between(low: float, high: float, whole: bool) -> float:
    """The shortest decimal number c with low <= c < high, near the middle; a whole one among whole numbers."""
    middle = low / 2 + high / 2
    tries = (float(f"{middle:.{digits}g}") for digits in range(1, 18))
    best = next((c for c in tries if low <= c < high), low)
    return best if not whole or best == round(best) else float(np.floor(middle))


def of_row(data: Column, own: Column, row: int, bins: int) -> list[Predicate]:
    """The conditions that a row of `own` meets, cut at the quantiles of `data`: one for each cut; its category; that
    it is missing."""
    make = lambda kind, value=None: Predicate(data.index, data.name, kind, value)  # noqa: E731
    if not own.known[row]:
        return [make("missing")]
    if not (data.numeric and own.numeric):
        return [make("=", np.asarray(own.values[row : row + 1], object)[0])]
    value = own.numbers[row]
    some = np.append(data.numbers[data.known], value)
    return [make(">" if value > cut else "≤", cut) for cut in cuts(some, bins)]


def of_column(column: Column, bins: int, least: int) -> list[Predicate]:
    """All conditions on a column (both sides of every cut, categories, missing) that `least` rows or more meet."""
    make = lambda kind, value=None: Predicate(column.index, column.name, kind, value)  # noqa: E731
    found = [make("missing")]
    if column.numeric:
        found += [make(kind, cut) for cut in cuts(column.numbers[column.known], bins) for kind in ("≤", ">")]
    else:
        found += [make("=", level) for level in column.frequent()]
    kept = [(p, int(p.holds(column).sum())) for p in found]
    return [p for p, n in kept if least <= n < len(column.values)]
