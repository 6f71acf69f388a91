"""What an anchor is made of: its conditions, and random cases that meet them.

A case is a row of whole numbers, one for each part that can be otherwise (a column: which of the values it may take; a
player: present or hidden), and after those whatever else the field needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column
from ..explanation import Condition, Other, Pieces, Toggle
from ..question import Question
from ..rows import Rows, length, take
from .bandits import interval, once
from .candidates import Candidates, Chosen
from .mixtures import Mixtures
from .players import pieces_of, read_players
from .predicates import cell, columns_of, conditions, said

Cases = NDArray[np.intp]
Flags = NDArray[np.bool_]
ROWS = 20_000  # data rows for quantiles and coverage; of more, a random choice
DOUBT = 0.05  # of the interval of a coverage


class Field(Protocol):
    """Conditions and cases.

    Attributes:
        offered: what rules may ask for (see `anchoring.Offered`).
        rows: data rows that a coverage rests on; 0 where it is a matter of counting.
    """

    offered: Any
    rows: int

    @property
    def pieces(self) -> Pieces | None:
        """Players of a text or image."""

    def draw(self, rng: np.random.Generator, rule: Chosen, n: int) -> Cases:
        """n random cases that meet a rule."""

    def inputs(self, cases: Cases) -> Rows:
        """Cases as the model takes them."""

    def changed(self, case: Cases) -> Flags:
        """Which units (columns that go together, players) of one case differ from the explained input."""

    def kept(self, case: Cases, changed: Flags) -> Cases:
        """The case with only some of its changes left, for each row of `changed` (m, units)."""

    def conditions(self, rule: Chosen) -> tuple[Condition, ...]:
        """The conditions of a rule."""

    def covered(self, rule: Chosen) -> tuple[float, float, float]:
        """Share of the cases that meet a rule, and its interval."""

    def other(self, case: Cases) -> Other:
        """What is different in a case, in words."""


class TableField:
    """Columns: cuts at quantiles and categories; cases are mixed from reference rows."""

    pieces = None

    def __init__(self, q: Question, bins: int) -> None:
        self._mixtures, data = Mixtures(q), _data(q)
        self.rows, names = length(data), q.input.names
        q.claim(9.0 * self.rows * len(names) * bins, "conditions in all rows", "use fewer columns or bins")
        self._units = [np.asarray(g) for g in q.masker.groups]  # type: ignore[attr-defined]
        pool, own = self._mixtures.columns, self._mixtures.size
        self.offered = Candidates(columns_of(data, names), pool, own, self._units, bins)
        self._own = {c.index: cell(c, own) for c in pool}
        self._common: dict[int, set[str]] = {}

    def draw(self, rng: np.random.Generator, rule: Chosen, n: int) -> Cases:
        """Rows as places in the pool of values."""
        return self._mixtures.draw(rng, n, self._mixtures.meets(self.offered.predicates(rule)))

    def inputs(self, cases: Cases) -> Rows:
        """Fresh rows."""
        return self._mixtures.rows(cases)

    def changed(self, case: Cases) -> Flags:
        """Units with a value that reads otherwise."""
        differs = np.array([self._said(c, case[c.index]) != said(self._own[c.index]) for c in self._columns])
        return np.array([differs[unit].any() for unit in self._units])

    def kept(self, case: Cases, changed: Flags) -> Cases:
        """The explained row's own values in all other columns."""
        out = np.repeat(case[None], len(changed), axis=0)
        for u, unit in enumerate(self._units):
            for j in unit:
                out[~changed[:, u], j] = self._mixtures.size
        return out

    def conditions(self, rule: Chosen) -> tuple[Condition, ...]:
        """One for each column."""
        return conditions(self.offered.predicates(rule), self._own)

    def covered(self, rule: Chosen) -> tuple[float, float, float]:
        """Of the data rows, with a 95 % interval."""
        share = self.offered.coverage(rule)
        low, high = interval(share, self.rows, once(DOUBT))
        return share, float(low), float(high)

    def other(self, case: Cases) -> Other:
        """Changed values, one for each column; known are those with what only one row has, and more than half a row."""
        found = [(c, self._said(c, case[c.index]), said(self._own[c.index])) for c in self._columns]
        moved = [(c, there, own) for c, there, own in found if there != own]
        rare = any(not c.numeric and there not in self._shared(c) for c, there, _ in moved)
        much = len(moved) > max(1, len(found) // 2)
        return Other(tuple((c.name, own, there) for c, there, own in moved), known=rare or much)

    @property
    def _columns(self) -> Sequence[Column]:
        return self._mixtures.columns

    def _said(self, column: Column, place: int) -> str:
        return said(cell(column, int(place)))

    def _shared(self, column: Column) -> set[str]:
        if column.index not in self._common:
            self._common[column.index] = {said(v) for v in column.common()} | {said(float("nan"))}
        return self._common[column.index]


class PieceField:
    """Players of a text, image or series: a condition is that one is present; in a case every other one is hidden with
    even odds, as the masker hides it."""

    rows = 0

    def __init__(self, q: Question) -> None:
        self._q, self.pieces = q, pieces_of(q)
        self._active = np.flatnonzero(q.masker.changed().any(0))
        self.offered = Presence(self.pieces.names, [int(p) for p in self._active])

    def draw(self, rng: np.random.Generator, rule: Chosen, n: int) -> Cases:
        """Which players are present (n, players), and behind which reference row the others hide."""
        cases = np.ones((n, len(self.pieces.names) + 1), np.intp)
        cases[:, self._active] = rng.random((n, len(self._active))) < 0.5
        cases[:, list(rule)] = 1
        cases[:, -1] = rng.integers(length(self._q.reference), size=n)
        return cases

    def inputs(self, cases: Cases) -> Rows:
        """Rows with the absent players hidden."""
        return self._q.masker(cases[:, :-1] > 0, cases[:, -1])

    def changed(self, case: Cases) -> Flags:
        """Hidden players."""
        return case[:-1] == 0

    def kept(self, case: Cases, changed: Flags) -> Cases:
        """Everybody else is present."""
        return np.column_stack([~changed, np.full(len(changed), case[-1])]).astype(np.intp)

    def conditions(self, rule: Chosen) -> tuple[Condition, ...]:
        """Players that stay."""
        return tuple(Condition(self.pieces.names[p], self.pieces.said(p)) for p in rule)

    def covered(self, rule: Chosen) -> tuple[float, float, float]:
        """One half for each player that has to be present."""
        share = self.offered.coverage(rule)
        return share, share, share

    def other(self, case: Cases) -> Other:
        """Hidden players."""
        return Other((), hidden=self.changed(case))


class Presence:
    """Conditions that players are present."""

    def __init__(self, names: tuple[str, ...], active: list[int]) -> None:
        self._names, self._active = names, active
        self.places = [[p] for p in active]

    def coverage(self, rule: Chosen) -> float:
        """Share of all choices of present players in which these are present."""
        return float(0.5 ** len(rule))

    def tightest(self, group: int) -> Chosen:
        """The only condition there is."""
        return tuple(self.places[group])

    def looser(self, rule: Chosen) -> list[Chosen]:
        """Without one of the players."""
        return [tuple(p for p in rule if p != left) for left in rule]

    def read(self, rule: Any, who: str, names: Sequence[str]) -> Chosen:
        """The players that the user names; those that nothing can hide are always there."""
        return tuple(p for p in read_players(rule, self._names, who, "rule") if p in self._active)

    def toggles(self, rule: Chosen) -> tuple[Toggle, ...]:
        """Every player that can be hidden."""
        return tuple(Toggle(self._names[p], self._names[p], p in rule) for p in self._active)


def field_of(q: Question, bins: int) -> TableField | PieceField:
    """What rules about the question's input are made of."""
    return TableField(q, bins) if q.input.kind == "table" else PieceField(q)


def _data(q: Question) -> Rows:
    """The rows that quantiles and coverage are about."""
    data = q.reference if q.data is None else q.data
    n = length(data)
    if n <= ROWS:
        return data
    q.note(f"Quantiles and coverage from {ROWS} of {n} rows, chosen at random.")
    return take(data, np.sort(q.rng("rows").choice(n, ROWS, replace=False)))
