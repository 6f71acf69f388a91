"""The search for an anchor: rules grow by one condition at a time, drawn by a bandit, and are then loosened.

Nothing here asks a model: the search says which rules to draw, the caller draws and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .bandits import DOUBT, Arms, interval, once, separate
from .candidates import Chosen

Array = NDArray[np.float64]
BEAM = 2  # rules that are made longer
SHORT = 10  # columns (or groups) that are tried; of more, those that help most in a first screening
SCREEN = 512  # random rules of the screening
FIRST = 16  # draws of a new rule
PULL = 32  # least draws of a rule after the first
ROUNDS = 6  # of the bandit at one level: which rules go on is no claim, and need not be sure
TOGETHER = 512  # draws of new rules between two answers
ENOUGH = 2048  # draws after which a rule that may or may not reach the precision is left


class Level:
    """Some rules and their draws."""

    def __init__(self, rules: Sequence[Chosen], covers: Callable[[Chosen], float], delta: float) -> None:
        self.rules, self.arms, self._covers = list(rules), Arms(len(rules), delta), covers

    @cached_property
    def coverage(self) -> Array:
        """Share of the cases that meet each rule."""
        return np.array([self._covers(r) for r in self.rules])


@dataclass(frozen=True)
class Place:
    """One rule of a level."""

    level: Level
    arm: int

    @property
    def rule(self) -> Chosen:
        """Its candidates."""
        return self.level.rules[self.arm]


class Offered(Protocol):
    """What rules may ask for.

    Attributes:
        places: the candidates of each group.
    """

    places: list[list[int]]

    def coverage(self, rule: Chosen) -> float:
        """Share of the cases that meet a rule."""

    def tightest(self, group: int) -> Chosen:
        """The narrowest condition on a group."""

    def looser(self, rule: Chosen) -> list[Chosen]:
        """The rule with one condition less, or a wider one."""


Pulls = list[tuple[Place, int]]  # rules to draw, and how often


class Search:
    """Search for the rule with the largest coverage among those that reach the precision.

    The l-th level of rules has the probability delta / ((l + 1) (l + 2)) to be wrong about any of them at any time, so
    that all levels together have delta.

    Args:
        candidates: what rules may ask for.
        precision, delta: what to reach, and the probability of claiming it wrongly.
        terms: most conditions of a rule.
        rng: for the screening.
    """

    def __init__(
        self, candidates: Offered, precision: float, delta: float, terms: int, rng: np.random.Generator
    ) -> None:
        self._candidates, self._rng = candidates, rng
        self.precision, self.delta, self.terms = precision, delta, terms
        self._groups = [g for g, places in enumerate(candidates.places) if places]
        self._shown: tuple[tuple[bool, float], Place] | None = None
        self._levels = 0

    def pulls(self) -> Iterator[Pulls]:
        """What to draw next, for ever; the caller counts the hits between two items."""
        found = yield from self._tried([()])
        if not found:
            yield from self._screened()
        for _ in range(self.terms):
            longer = [] if found else self._longer()
            if not longer:
                break
            found = yield from self._tried(longer)
        while found and (looser := self._candidates.looser(self.best().rule)):
            found = yield from self._tried(looser)
        while True:
            yield [(best := self.best(), max(2 * PULL, best.level.arms.draws[best.arm] // 8))]

    def only(self, rule: Chosen) -> Iterator[Pulls]:
        """Draw one rule, for ever."""
        self._open([rule], self.delta)
        yield [(self._place(0), FIRST)]
        while True:
            yield [(self._place(0), max(PULL, self.level.arms.draws[0] // 8))]

    def best(self) -> Place:
        """The rule to show: of those proved the one that covers most. Before there is one, the rule with the largest
        low end; but what was shown before stays until another is better and known as well."""
        arms = self.level.arms
        sure = arms.low >= self.precision
        if sure.any():
            among, value = np.flatnonzero(sure), self.level.coverage
        else:
            most = np.inf if self._shown is None else self._shown[1].level.arms.errors[self._shown[1].arm]
            among, value = np.flatnonzero((arms.errors <= most) & (arms.draws > 0)), arms.low
        for a in sorted(map(int, among), key=lambda a: (-value[a], -arms.means[a]))[:1]:
            score = bool(sure[a]), float(value[a])
            if self._shown is None or score > self._shown[0]:
                self._shown = score, self._place(a)
        if self._shown is None:
            raise RuntimeError("nothing was drawn yet")
        return self._shown[1]

    def _place(self, arm: int) -> Place:
        return Place(self.level, arm)

    def proved(self, place: Place) -> bool:
        """Whether a rule is known to reach the precision."""
        return bool(place.level.arms.low[place.arm] >= self.precision)

    def _open(self, rules: Sequence[Chosen], delta: float | None = None) -> None:
        if self._levels:
            self.best()
        self._levels += 1
        share = self.delta / (self._levels * (self._levels + 1)) if delta is None else delta
        self.level = Level(rules, self._candidates.coverage, share)

    def _tried(self, rules: Sequence[Chosen]) -> Generator[Pulls, None, bool]:
        """Draw some rules: find the most precise, then one that reaches the precision; whether there is one."""
        self._open(rules)
        arms, step = self.level.arms, TOGETHER // FIRST
        for start in range(0, len(rules), step):
            yield [(self._place(a), FIRST) for a in range(start, min(len(rules), start + step))]
        for some in islice(separate(arms, BEAM), ROUNDS):
            yield [(self._place(a), self._more(a)) for a in some]
        means, coverage = arms.means, self.level.coverage
        good = [a for a in range(len(rules)) if means[a] >= self.precision]
        for a in sorted(good, key=lambda a: (-coverage[a], -means[a])):
            while self._undecided(a):
                yield [(self._place(a), self._more(a))]
            if self.proved(self._place(a)):
                return True
        return False

    def _undecided(self, arm: int) -> bool:
        """Whether more draws may still show that a rule reaches the precision."""
        arms = self.level.arms
        n, mean = arms.draws[arm], arms.means[arm]
        hopeful = interval(mean, n, once(DOUBT))[1] >= self.precision
        return bool(hopeful and n < ENOUGH and not self.proved(self._place(arm)))

    def _more(self, arm: int) -> int:
        return int(max(PULL, self.level.arms.draws[arm] // 4))

    def _screened(self) -> Iterator[Pulls]:
        """Of many columns, keep those whose narrowest condition helps most in random rules: in hits, and in margins,
        which still tell something where nearly all rules hit or miss."""
        groups = self._groups
        if len(groups) <= SHORT:
            return
        inside = self._rng.random((SCREEN, len(groups))) < 0.5
        rules = [self._joined(groups[g] for g in np.flatnonzero(row)) for row in inside]
        level = Level(rules, self._candidates.coverage, self.delta)
        yield [(Place(level, a), 1) for a in range(SCREEN)]
        gains = [_gain(told.astype(float), inside) for told in (level.arms.hits, level.arms.margins)]
        best = np.argsort(-np.sum(gains, axis=0), kind="stable")[:SHORT]
        self._groups = sorted(groups[b] for b in best)

    def _joined(self, groups: Iterable[int]) -> Chosen:
        return tuple(sorted(c for g in groups for c in self._candidates.tightest(g)))

    def _longer(self) -> list[Chosen]:
        """The best rules with the narrowest condition on one column more."""
        rules = [self.level.rules[a] for a in self.level.arms.best(BEAM)]
        tight = [self._candidates.tightest(g) for g in self._groups]
        longer = [tuple(sorted({*r, *t})) for r in rules for t in tight if t and not set(t) & set(r)]
        return list(dict.fromkeys(longer))


def _gain(told: Array, inside: NDArray[np.bool_]) -> Array:
    """How much more the rules with each condition have than those without, in standard deviations."""
    within, without = (told @ side / np.maximum(side.sum(0), 1) for side in (inside, ~inside))
    return (within - without) / (told.std() or 1.0)
