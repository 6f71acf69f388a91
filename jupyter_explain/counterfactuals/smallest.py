"""The fewest players whose absence reaches a goal: orders, greedy steps, prunings, then all small sets in turn.

Nothing here asks a model: the search says which sets to hide, the caller answers with their margins (positive where
the goal is reached).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import combinations, islice

import numpy as np

from ..rules.pruning import Array, Flags, pruned

CHUNK = 256  # sets that are tried together when all of a size are
AGAIN = 8  # further orders, with noise, that look for other sets
Tries = tuple[Flags, int]  # sets to hide (m, players), behind which reference row
Asking = Generator[Tries, Array, None]


class Smallest:
    """Search for small sets of players whose absence reaches a goal.

    Args:
        allowed: which players may be hidden (players,).
        references: number of reference rows to hide them behind.
        rng: for the orders with noise.

    Attributes:
        found: sets that reach the goal, each with its reference row.
        proved: all sets of at most so many players were tried, behind every reference row.
        tried: how many sets were tried.
    """

    def __init__(self, allowed: Flags, references: int, rng: np.random.Generator) -> None:
        self._places, self._references, self._rng = np.flatnonzero(allowed), references, rng
        self._n = len(allowed)
        self.found: dict[bytes, tuple[Flags, int]] = {}
        self.proved = self.tried = 0
        self._alone: list[Array] = []  # by reference row: the margin with one player hidden

    @property
    def best(self) -> int:
        """Size of the smallest set found; more than all players where there is none."""
        return min((int(s.sum()) for s, _ in self.found.values()), default=self._n + 1)

    @property
    def exhausted(self) -> bool:
        """Whether every set was tried."""
        return self.proved >= len(self._places)

    def steps(self, hint: Callable[[int], Array | None] | None = None) -> Asking:
        """Sets to try, until the smallest set is known to be the smallest.

        Args:
            hint: for a reference row numbers (players,), the larger the sooner a player should be hidden; or None.
        """
        for ref in range(self._references):
            self._alone.append((yield from self._ask(self._single(np.zeros(self._n, bool)), ref)))
        self.proved = 1
        for ref, alone in enumerate(self._alone):
            yield from self._by_order(alone, ref)
            order = None if hint is None else hint(ref)
            if order is not None:
                yield from self._by_order(order[self._places], ref)
            yield from self._greedy(ref)
        for k in range(AGAIN):
            ref = k % self._references
            alone = self._alone[ref]
            yield from self._by_order(
                alone + self._rng.gumbel(size=len(alone)) * (alone.std() or 1.0), ref, self._other()
            )
        while self.proved + 1 < min(self.best, len(self._places) + 1):
            yield from self._all(self.proved + 1)
            self.proved += 1

    def _ask(self, sets: Flags, ref: int) -> Generator[Tries, Array, Array]:
        margins = yield sets, ref
        self.tried += len(sets)
        for hidden in sets[margins > 0]:
            self._keep(hidden, ref)
        return margins

    def _keep(self, hidden: Flags, ref: int) -> None:
        """Remember a set unless a smaller one is inside it; forget those that it is inside of."""
        known = [s for s, _ in self.found.values()]
        if any((s <= hidden).all() for s in known):
            return
        self.found = {k: v for k, v in self.found.items() if not (hidden <= v[0]).all()}
        self.found[hidden.tobytes()] = (hidden.copy(), ref)

    def _single(self, hidden: Flags) -> Flags:
        """The set with one allowed player more, for each of them."""
        out = np.repeat(hidden[None], len(self._places), axis=0)
        out[np.arange(len(self._places)), self._places] = True
        return out

    def _other(self) -> list[int]:
        """One player of every set that was found: without these, only other sets can be found."""
        return [int(self._rng.choice(np.flatnonzero(hidden))) for hidden, _ in self.found.values()]

    def _by_order(self, scores: Array, ref: int, leave: Sequence[int] = ()) -> Asking:
        """Hide players one after another, the largest score first, until the goal is reached; then prune."""
        order = self._places[np.argsort(-scores, kind="stable")]
        order = order[~np.isin(order, leave)]
        sets = np.zeros((len(order), self._n), bool)
        for k, player in enumerate(order):
            sets[k:, player] = True
        for start in range(0, len(sets), CHUNK):
            part = sets[start : start + CHUNK]
            good = np.flatnonzero((yield from self._ask(part, ref)) > 0)
            if len(good):
                yield from self._pruned(part[good[0]], ref)
                return

    def _pruned(self, hidden: Flags, ref: int) -> Asking:
        search = pruned(hidden)
        try:
            sets = next(search)
            while True:
                sets = search.send((yield from self._ask(sets, ref)))
        except StopIteration:
            return

    def _greedy(self, ref: int) -> Asking:
        """Hide the player that brings the goal nearest, again and again, as long as that may beat the best set."""
        hidden, margins = np.zeros(self._n, bool), self._alone[ref]
        while hidden.sum() + 1 < min(self.best, len(self._places)):
            hidden[self._places[np.argmax(np.where(hidden[self._places], -np.inf, margins))]] = True
            margins = yield from self._ask(self._single(hidden), ref)
            if (margins > 0).any():
                sets = self._single(hidden)
                yield from self._pruned(sets[np.argmax(margins)], ref)
                return

    def _all(self, size: int) -> Asking:
        """Every set of one size, behind every reference row."""
        sets: Iterator[tuple[int, ...]] = combinations(self._places.tolist(), size)
        while some := list(islice(sets, CHUNK)):
            hidden = np.zeros((len(some), self._n), bool)
            hidden[np.arange(len(some))[:, None], np.array(some)] = True
            for ref in range(self._references):
                yield from self._ask(hidden, ref)
