"""What a rule about one row may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column
from ..errors import listed, refuse
from ..explanation import Toggle
from .predicates import Predicate, conditions, of_row

Flags = NDArray[np.bool_]
Chosen = tuple[int, ...]  # a rule: places of its candidates, ascending
TOGGLES = 40  # conditions that are offered


@dataclass(frozen=True)
class Candidate:
    """One predicate, or all predicates of a group of columns."""

    predicates: tuple[Predicate, ...]

    @property
    def text(self) -> str:
        """In words."""
        return " and ".join(c.text for c in conditions(self.predicates))

    @property
    def sides(self) -> frozenset[tuple[int, str]]:
        """What it bounds: a column from above, from below, …"""
        return frozenset((p.column, p.kind) for p in self.predicates)


class Candidates:
    """All conditions that a row meets, and how they are named.

    Attributes:
        every: the candidates.
        holds: where they hold in the data (candidates, rows), and `count` in how many rows (candidates,).
    """

    def __init__(self, data: Sequence[Column], own: Sequence[Column], row: int, groups: Any, bins: int) -> None:
        self._groups = [[int(j) for j in g] for g in groups]
        self._data, self._own, self._row = data, own, row
        found = [self._of_column(j, bins) for j in range(len(data))]
        self.every: list[Candidate] = []
        self.places: list[list[int]] = []  # the candidates of each group
        for group in self._groups:
            made = [Candidate((p,)) for p in found[group[0]]]
            if len(group) > 1:
                together = tuple(p for j in group for p in found[j])
                made = [Candidate(together)] if together else []
            self.places.append(list(range(len(self.every), len(self.every) + len(made))))
            self.every += made
        rows = len(data[0].values)
        self.holds: Flags = np.array([self._holds(c) for c in self.every]).reshape(-1, rows)
        self.count = self.holds.sum(1)

    def _of_column(self, j: int, bins: int) -> list[Predicate]:
        """The row's predicates on a column; one that every value meets says nothing."""
        data, own = self._data[j], self._own[j]
        return [p for p in of_row(data, own, self._row, bins) if not (p.holds(own).all() and p.holds(data).all())]

    def _holds(self, candidate: Candidate) -> Flags:
        return np.logical_and.reduce([p.holds(self._data[p.column]) for p in candidate.predicates])

    def coverage(self, rule: Chosen) -> float:
        """Share of the data rows that meet a rule."""
        return float(self.holds[list(rule)].all(0).mean())

    def predicates(self, rule: Chosen) -> list[Predicate]:
        """All predicates of a rule."""
        return [p for c in rule for p in self.every[c].predicates]

    def tightest(self, group: int) -> Chosen:
        """The narrowest condition on a group: of every side the candidate that fewest rows meet."""
        best: dict[Any, int] = {}
        for c in self.places[group]:
            side = self.every[c].sides
            if side not in best or self.count[c] < self.count[best[side]]:
                best[side] = c
        return tuple(sorted(best.values()))

    def looser(self, rule: Chosen) -> list[Chosen]:
        """The rule with one bound left out, or moved to the next cut."""
        out = []
        for c in rule:
            rest = [other for other in rule if other != c]
            wider = [k for k, v in enumerate(self.every) if v.sides == self.every[c].sides and self._widens(k, c)]
            out.append(tuple(rest))
            if wider:
                out.append(tuple(sorted([*rest, min(wider, key=lambda k: (self.count[k], k))])))
        return list(dict.fromkeys(out))

    def _widens(self, k: int, c: int) -> bool:
        return bool(self.count[k] > self.count[c])

    def conditions(self, rule: Chosen) -> int:
        """How many groups a rule asks about."""
        return sum(any(c in places for c in rule) for places in self.places)

    def read(self, rule: Any, who: str, names: Sequence[str]) -> Chosen:
        """The rule that the user names: a list of columns (every condition on them) and conditions by their text.

        Raises:
            ValueError: for something that is neither.
        """
        named = [rule] if isinstance(rule, str) else rule
        if not isinstance(named, (list, tuple)) or not all(isinstance(n, str) for n in named):
            raise refuse(who, "rule must be a list of columns or conditions, as texts", rule)
        known = self._texts()
        of = {names[j]: self.tightest(g) for g, group in enumerate(self._groups) for j in group}
        strange = [n for n in named if n not in known and n not in of]
        if strange:
            offered = listed([t.text for t in self.toggles(())], 6)
            words = f"rule must name columns of x, or conditions that x meets ({offered})"
            raise refuse(who, words, strange[0])
        return tuple(sorted({c for n in named for c in known.get(n, of.get(n, ()))}))

    def _texts(self) -> dict[str, Chosen]:
        """Every condition by its text, two-sided ones too."""
        out: dict[str, Chosen] = {c.text: (i,) for i, c in enumerate(self.every)}
        for places in self.places:
            for pair in ((a, b) for a in places for b in places if a < b):
                out.setdefault(self._words(pair), pair)
        return out

    def _words(self, rule: Chosen) -> str:
        return " and ".join(c.text for c in conditions(self.predicates(rule)))

    def toggles(self, rule: Chosen) -> tuple[Toggle, ...]:
        """One condition for each group: the rule's own (never left out), or the narrowest one to put in."""
        out = []
        for g, places in enumerate(self.places):
            mine = tuple(c for c in rule if c in places)
            if some := mine or self.tightest(g):
                names = " + ".join(dict.fromkeys(p.name for p in self.predicates(some)))
                out.append(Toggle(names, self._words(some), bool(mine)))
        room = TOGGLES - sum(t.on for t in out)
        off = [t for t in out if not t.on][: max(0, room)]
        return tuple(t for t in out if t.on or t in off)
