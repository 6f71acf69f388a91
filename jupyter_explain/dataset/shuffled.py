"""Rows on which columns are shuffled, and by how much that changes the score of the predictions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..question import Question
from ..rows import Rows, length, take
from .columns import column
from .scoring import Judge, settled
from .strata import Conditions, shuffled_within
from .variants import Swap, Variants, asked

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
Players = list[NDArray[np.intp]]
SWEEP = 2**18  # rows that are asked about before they are scored
CLASSES = 32  # different outcomes; more are numbers
HARDLY = 0.1  # share of a column's variance


class Shuffled:
    """Rows on which players (columns, or groups of columns) are shuffled.

    Attributes:
        players: the columns of each.
        data: the rows.
        name, base: what is measured, and its value for the untouched rows, or None where that has no meaning.
        cost: evaluations for one shuffle of every player.
        seconds: that it took to measure the untouched rows.
    """

    def __init__(
        self, q: Question, players: Players, data: Rows, truth: NDArray[Any] | None, scorer: Any, values: Any = None
    ) -> None:
        self._q, self.players, self.data, self._truth, self._scorer = q, players, data, truth, scorer
        self._values = values or {int(j): column(q, j).values for p in players for j in p}
        started = time.perf_counter()
        self._ask, self.name, self.base = _measure(q, data, truth, scorer)
        self.seconds = time.perf_counter() - started
        self.cost = length(data) * len(players)

    def part(self, rows: Labels) -> Shuffled:
        """Some of the rows."""
        truth, values = (
            None if self._truth is None else self._truth[rows],
            {j: v[rows] for j, v in self._values.items()},
        )
        return Shuffled(self._q, self.players, take(self.data, rows), truth, self._scorer, values)

    def represented(self, rows: Labels) -> bool:
        """Whether all outcomes are among those of some rows, where they are classes."""
        if self._truth is None or len(every := np.unique(self._truth)) > CLASSES:
            return True
        return len(np.unique(self._truth[rows])) == len(every)

    def drops(self, rng: np.random.Generator, size: int, strata: list[Labels] | None) -> Array:
        """(size, players): importances of fresh shuffles, over all rows or within strata of each player."""
        n = length(self.data)
        swaps = [self._swap(rng, k, strata) for _ in range(size) for k in range(len(self.players))]
        step = max(1, SWEEP // n)  # a bounded number of rows at a time
        found = [self._ask(swaps[a : a + step]) for a in range(0, len(swaps), step)]
        return np.concatenate(found).reshape(size, len(self.players))

    def _swap(self, rng: np.random.Generator, k: int, strata: list[Labels] | None) -> Swap:
        which = rng.permutation(length(self.data)) if strata is None else shuffled_within(rng, strata[k])
        columns = tuple(map(int, self.players[k]))
        return Swap(columns, tuple(self._values[j] for j in columns), which)

    def strata(self) -> list[Labels]:
        """The strata of every player; where little is left to shuffle, a note says so."""
        q, names, n = self._q, self._q.masker.players, length(self.data)  # type: ignore[attr-defined]
        conditions = Conditions(q, self.data)
        found = [conditions.strata(p) for p in self.players]
        hardly = [n for n, s in zip(names, found, strict=True) if 0 < s.left < HARDLY]
        if hardly:
            q.note(f"The other columns leave less than {HARDLY:.0%} of the variance to shuffle of: {listed(hardly)}.")
        alone = max((s.alone for s in found), default=0)
        if alone > n / 100:
            q.note(f"Up to {alone} of {n} rows have no other row like them, and keep their value.")
        if len(self.players) == 1:
            q.note("There is no other column: all rows are alike, and the column is shuffled over all of them.")
        return [s.labels for s in found]


Ask = Callable[[list[Swap]], Array]


def _measure(q: Question, data: Rows, truth: NDArray[Any] | None, scorer: Any) -> tuple[Ask, str, float | None]:
    """(importance of swaps, what it is, score of the untouched data)."""
    if truth is None:
        if scorer is not None:
            raise refuse(q.who, "a scorer needs labels= (the true outcomes of the rows)", Phrase("no labels"))
        before = q.outputs(data)
        q.note("No labels given: importance is the mean absolute change of the model's own output.")
        return (lambda swaps: _changes(q, data, swaps, before)), "mean absolute change of the output", None
    judge = Judge(q, data, truth, scorer)
    return (lambda swaps: _losses(q, judge, data, swaps)), f"drop of {judge.name}", judge.base


def _changes(q: Question, data: Rows, swaps: list[Swap], before: Array) -> Array:
    after = asked(q.outputs_of, data, swaps)
    return np.array([np.abs(settled(a, before) - before).mean() for a in after])


def _losses(q: Question, judge: Judge, data: Rows, swaps: list[Swap]) -> Array:
    answers, out = judge.answers(swaps), np.empty(len(swaps))
    for k, swap in enumerate(swaps):
        q.check()
        rows = Variants(data, [swap])(slice(0, length(data))) if judge.looks else None
        out[k] = judge.base - judge.score({name: a[k] for name, a in answers.items()}, rows)
    return out
