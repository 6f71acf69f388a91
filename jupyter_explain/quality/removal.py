"""Outputs while parts of the input go (or come) in the order of an explanation, beside random orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..explanation import Curves, Verdict
from ..question import Question
from ..rows import length
from ..shapley.game import small_sample
from ..stats import Mean
from .judging import Judged

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
FIRST = 4  # random orders of the first answer
TOGETHER = 2**22  # flags of coalitions that are held at a time
Z95 = 1.96


class Removal:
    """Curves of one explanation.

    Args:
        q: the question.
        of: the explanation, or what makes it.
        steps: most points of a curve; with more players, several go at each.
        comes: whether parts come (insertion) instead of going (deletion).
    """

    def __init__(self, q: Question, of: Any, steps: int, comes: bool) -> None:
        self._q, self._comes = q, comes
        self.judged = Judged(q, of)
        self._cuts = np.unique(np.linspace(0, q.players, min(steps, q.players) + 1).round().astype(np.intp))
        self._refs = np.arange(length(q.reference))
        self._rng = q.rng("random orders")
        ranks = _ranks(self.judged.players(), q)
        self._ends = self._both_ends()
        self._own = self._curves(np.tile(ranks, (len(self._refs), 1)), self._refs)
        back = self._curves(np.tile(q.players - 1 - ranks, (len(self._refs), 1)), self._refs)
        self.own, self.back = self._own.mean(0), back.mean(0)
        self._away, self._wins = Mean(len(self._cuts) + 1), Mean(1)  # the last is the area

    @property
    def shares(self) -> Array:
        """Share of the players that went (or came) at each point."""
        return self._cuts / self._q.players

    @property
    def better(self) -> Literal["lower", "higher"]:
        """Which area speaks for the explanation."""
        return "higher" if self._comes else "lower"

    def rounds(self, repeats: int) -> Iterator[None]:
        """More and more random orders, each against one reference row."""
        players = self._q.players
        for n in self._q.rounds(max(1, len(self._cuts) - 2), repeats, first=FIRST):
            ranks = np.argsort(self._rng.random((n, players)), axis=1)
            refs = self._rng.integers(len(self._refs), size=n)
            away = self._curves(ranks, refs) - self._own[refs]  # the same row hides parts in both: less to chance
            areas = np.trapezoid(away, self.shares, axis=1)
            self._away.add(np.column_stack([away, areas]))
            worse = -areas if self._comes else areas
            self._wins.add(((worse > 0) + 0.5 * (worse == 0))[:, None])
            yield

    def answer(self) -> Curves:
        """Both curves and what they say."""
        n = self._away.count
        *found, area = self._away.stderr * small_sample(n - 1) if n > 1 else np.zeros(len(self.own) + 1)
        chance, stderr = self.own + self._away.mean[:-1], np.array(found)
        return Curves(
            names=(self.judged.title,),
            x=(self.shares,),
            y=(chance,),
            band=(np.stack([chance - Z95 * stderr, chance + Z95 * stderr]),),
            counts=(np.full(len(chance), n, np.int64),),
            own=(self.own,),
            lines=(self.back[None],),
            kind="both",
            along="share inserted" if self._comes else "share removed",
            verdict=self._verdict(chance, float(area)),
            error=float(stderr.max() if n > 1 else np.ptp(chance)),
            error_kind="stderr" if n > 1 else "unknown",
        )

    def _verdict(self, chance: Array, stderr: float) -> Verdict:
        area = lambda y: float(np.trapezoid(y, self.shares))  # noqa: E731
        return Verdict(
            judged=self.judged.title,
            area=area(self.own),
            chance=area(chance),
            stderr=stderr,
            reverse=area(self.back),
            beats=float(self._wins.mean[0]),
            draws=self._away.count,
            better=self.better,
        )

    def _both_ends(self) -> tuple[Array, Array]:
        """Outputs (references,) at the first and the last point, the same for every order."""
        none = self._q.value(np.zeros((len(self._refs), self._q.players), bool), self._refs)
        full = np.full(len(self._refs), self._q.output)
        return (none, full) if self._comes else (full, none)

    def _curves(self, ranks: Ints, refs: Ints) -> Array:
        """Outputs (n, points) along orders: `ranks` (n, players) says when each player goes (or comes)."""
        cuts, out = self._cuts[1:-1], np.empty((len(ranks), len(self._cuts)))
        out[:, 0], out[:, -1] = self._ends[0][refs], self._ends[1][refs]
        step = max(1, TOGETHER // max(1, cuts.size * ranks.shape[1]))
        for start in range(0, len(ranks) if cuts.size else 0, step):
            some, behind = ranks[start : start + step, None, :], refs[start : start + step]
            there = some < cuts[:, None] if self._comes else some >= cuts[:, None]
            asked = self._q.value(there.reshape(-1, ranks.shape[1]), np.repeat(behind, cuts.size))
            out[start : start + step, 1:-1] = asked.reshape(-1, cuts.size)
        return out


def _ranks(values: Array, q: Question) -> Ints:
    """When each player goes: the largest value first; equal values in random order."""
    if not np.ptp(values):
        q.note("All values are equal: their order is a random one.")
    order = np.lexsort((q.rng("ties").random(len(values)), -values))
    return np.argsort(order)
