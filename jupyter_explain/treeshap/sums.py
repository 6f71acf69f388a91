"""Values added up block by block; of very many trees, what those done so far tell about all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..models.trees import Array, Ints, TreeEnsemble
from .plan import Plan, plan_of

ROWS = 2**16  # rows at a time
FIRST, GROWTH = 8, 4  # blocks of the first answer; each later one is of a quarter more


@dataclass(frozen=True)
class Sum:
    """Values of rows, from some or all of the trees.

    Attributes:
        values: (n, players); from some of the trees, the estimate for all of them.
        base: the output where all players are absent.
        stderr: (n, players) standard errors, or None where every tree is in.
        trees, blocks: how many trees, and blocks of trees, are in.
    """

    values: Array
    base: float
    stderr: Array | None
    trees: int
    blocks: int


def attributions(
    trees: TreeEnsemble, codes: Array, players: Ints, background: Array | None, check: Callable[[], None]
) -> tuple[Array, float]:
    """Shapley values of every row, and the output where all players are absent: the last of `sums`."""
    *_, last = sums(trees, codes, players, background, check)
    return last.values, last.base


def sums(
    trees: TreeEnsemble,
    codes: Array,
    players: Ints,
    background: Array | None,
    check: Callable[[], None],
    seed: int = 0,
) -> Iterator[Sum]:
    """Shapley values of every row; where there are many blocks of trees, first those that some of them tell.

    Args:
        trees: an ensemble with one output.
        codes: encoded rows (n, features).
        players: (features,) player of each feature.
        background: encoded rows (m, features) that absent players take their values from; None: the training rows,
            by the cover of the nodes.
        check: called between parts of the work; raises to stop it.
        seed: of the order in which very many trees are taken.
    """
    yield from planned(plan_of(trees, players, background, check, seed, len(codes)), codes, check)


def planned(plan: Plan, codes: Array, check: Callable[[], None]) -> Iterator[Sum]:
    """What `sums` tells, by a plan."""
    if plan.many and len(codes) <= ROWS:
        yield from _growing(plan, codes, check)
        return
    values = np.empty((len(codes), int(plan.players.max()) + 1))
    for a in range(0, len(codes), ROWS):
        part = codes[a : a + ROWS]
        rows, out = plan.decisions.read(part), np.zeros((values.shape[1], len(part)))
        for i in range(len(plan.parts)):
            for step in plan.work(i, rows):
                check()
                step(out)
        values[a : a + ROWS] = out.T
    yield Sum(values, plan.base, None, len(plan.trees.roots), len(plan.parts))


def _growing(plan: Plan, codes: Array, check: Callable[[], None]) -> Iterator[Sum]:
    rows, shape = plan.decisions.read(codes), (int(plan.players.max()) + 1, len(codes))
    some, due = _Some(shape, len(plan.trees.roots)), FIRST
    for i, roots in enumerate(plan.parts):
        out = np.zeros(shape)
        for step in plan.work(i, rows):
            check()
            step(out)
        some.add(out, len(roots))
        if i + 1 == len(plan.parts):
            yield Sum(np.ascontiguousarray(some.total.T), plan.base, None, some.trees, i + 1)
        elif i + 1 >= due:
            due += max(1, due // GROWTH)
            yield Sum(some.estimate, plan.base, some.stderr, some.trees, i + 1)


class _Some:
    """Sums over blocks of trees that were drawn at random, without replacement (a ratio estimate: per tree)."""

    def __init__(self, shape: tuple[int, int], of: int) -> None:
        self.total, self._squares, self._cross = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.trees, self._of, self._blocks, self._sizes = 0, of, 0, 0.0

    def add(self, values: Array, trees: int) -> None:
        self.total += values
        self._squares += values**2
        self._cross += values * trees
        self.trees, self._blocks, self._sizes = self.trees + trees, self._blocks + 1, self._sizes + trees**2

    @property
    def estimate(self) -> Array:
        """(rows, players): as if all trees were like these."""
        return np.ascontiguousarray(self.total.T) * (self._of / self.trees)

    @property
    def stderr(self) -> Array:
        """(rows, players) standard errors of the estimates."""
        each, n, left = self.total / self.trees, self._blocks, 1 - self.trees / self._of
        scatter = np.maximum(self._squares - 2 * each * self._cross + each**2 * self._sizes, 0)
        return np.sqrt((scatter * (n * left / (n - 1))).T) * (self._of / self.trees)
