"""Which way is the cheapest for these trees and this many rows; what was made for it is kept while there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np

from ..models.trees import Array, Ints, TreeEnsemble
from .decisions import Background, Decisions, Rowset
from .meetings import Meetings
from .pairs import FEW_ROWS, Pairs
from .paths import Block, block_of, expected
from .quadrature import Walk
from .tables import Tables
from .units import MOST_BITS, Units

NODES, AGAINST_NODES = 16_000, 4_000  # nodes of a block: without a background, with one (many more numbers a node)
DEEP, DEEP_NODES = 1_000, 2_000  # nodes of a tree that is deep; of a block of such trees, for many rows (for the cache)
MANY = 16  # blocks from which on the trees are taken in random order, so that some of them tell about all
WALK_CELLS, TABLE_ROWS = 2**19, 1024  # nodes × rows of a walk; rows looked up together
PAIR_ROWS = 1024  # rows that are paired with the background together
KEPT = 192 * 2**20  # bytes kept with a model; what is more is made again each time
SCORED = 2**20  # rows times trees that are followed to their leaves together
VERY_FEW = 4  # rows that go down the trees with each of the background
FEW = 16  # rows for which no tables are made without a background
# nanoseconds of one step (measured; only their ratios matter)
WALK_COST, BUILD_COST, LOOK_COST = 8.0, 6.0, 4.0
# the same against a background: of a table's number; at a leaf, of a background row, a pair, and a row of many
FILL_COST, OTHER_COST, PAIR_COST, PATTERN_COST = 30.0, 25.0, 3.0, 40.0
AGAIN = 8  # questions for which tables that are kept are made
WEIGHTED = ("tables", "all", "deep")  # what is made for the weights of the background rows
Step = Callable[[Array], None]  # adds to an array (players, rows)
T = TypeVar("T")


class Plan:
    """Everything about an ensemble that does not depend on the rows that are explained.

    Attributes:
        parts: roots of the trees of each block.
        many: whether there are so many trees that they are taken in random order.
        outputs: (m,) of the background rows.
        background: the background rows, read, with their weights (at first equal), or None.
        base: the output where all players are absent.
    """

    def __init__(
        self,
        trees: TreeEnsemble,
        players: Ints,
        background: Array | None,
        check: Callable[[], None] = lambda: None,
        seed: int = 0,
        size: int | None = None,
    ) -> None:
        self.trees, self.players = trees, players
        self.many = _many(trees, background)
        self.parts = _parts(trees, size or _size(background), seed if self.many else None)
        self.decisions = Decisions(trees)
        self.background = None if background is None else Background.equal(self.decisions.read(background))
        self.outputs = np.empty(0) if background is None else scores(trees, background, check)
        self._equal: Plan | None = None  # the same with equal weights
        self._kept: dict[Any, Any] = {}
        self._room = KEPT
        self._at = -1  # the block at work, and what was made for it
        self._now: dict[Any, Any] = {}
        self.base = expected(trees) if background is None else float(self.outputs.mean())

    def weighted(self, weights: Array) -> Plan:
        """The same with other weights; what depends on them is made for each block and not kept."""
        plan = copy(self)
        plan._equal, plan.background = self, self.background and replace(self.background, weights=weights)
        plan._kept, plan._room, plan._at = {}, 0, -1
        return plan

    def work(self, i: int, rows: Rowset) -> Iterator[Step]:
        """Steps that add up what the trees of one block give."""
        if i != self._at:
            self._at, self._now = i, {}
        return self._by_cover(i, rows) if self.background is None else self._against(i, rows, self.background)

    def block(self, i: int) -> Block:
        """Some of the trees, level by level."""
        return self._made(("block", i), lambda: block_of(self.trees, self.players, self.parts[i]))

    def walk(self, i: int) -> Walk:
        """A block, ready for the quadrature."""
        return self._made(("walk", i), lambda: Walk(self.block(i)))

    def units(self, i: int) -> Units:
        """A block cut into units."""
        return self._made(("units", i), lambda: Units(self.block(i)))

    def tables(self, i: int) -> Tables:
        """The tables of a block."""
        return self._made(("tables", i), lambda: Tables(self.units(i), self.background))

    def _made(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What is kept under this key, or else made now."""
        if self._equal is not None and key[0] not in WEIGHTED:
            return self._equal._made(key, make)
        for known in (self._kept, self._now):
            if key in known:
                found: T = known[key]
                return found
        made = make()
        fits = (size := held(made)) <= self._room
        self._room -= size if fits else 0
        (self._kept if fits else self._now)[key] = made
        return made

    def _by_cover(self, i: int, rows: Rowset) -> Iterator[Step]:
        if len(rows) <= FEW or not self._tables_pay(i, len(rows)):
            walk = self.walk(i)
            return _steps(walk, rows, max(1, WALK_CELLS // walk.block.nodes))
        return _steps(self.tables(i), rows, TABLE_ROWS)

    def _tables_pay(self, i: int, n: int) -> bool:
        """Whether tables cost less than the quadrature, and hold every leaf."""
        units, block = self.units(i), self.block(i)
        if any(map(len, units.deep)):
            return False
        build = 0.0 if ("tables", i) in self._kept else BUILD_COST * Tables.size(units)
        return build + n * LOOK_COST * 2 * len(units) < n * WALK_COST * block.nodes * ((block.widest + 1) // 2)

    def _against(self, i: int, rows: Rowset, background: Background) -> Iterator[Step]:
        if not self._tables_replace_pairs(i, len(rows), len(background.rows)):
            few = len(rows) <= VERY_FEW
            pairs = self._pairs(i, "all", rows, background)
            yield from self.meetings(i, background.rows).steps(rows, background.weights) if few else pairs
            return
        yield from _steps(self.tables(i), rows, TABLE_ROWS)
        if any(map(len, self.units(i).deep)):
            yield from self._pairs(i, "deep", rows, background)

    def _tables_replace_pairs(self, i: int, n: int, m: int) -> bool:
        """Whether tables cost less than pairs of n and m rows; if they hold every leaf and are kept, a share counts."""
        if ("tables", i) in self._kept:
            return True
        leaves, numbers = self.block(i).patterns(MOST_BITS)
        pairs = m * (OTHER_COST + PAIR_COST * n) if n <= FEW_ROWS else PATTERN_COST * (n + m)
        lasting = self.block(i).widest <= MOST_BITS and 8 * numbers <= self._room
        return FILL_COST * numbers / (AGAIN if lasting else 1) < pairs * leaves

    def pairs(self, i: int, which: str, background: Background, few: bool) -> Pairs:
        """The background at the leaves of a block: at "all", or at those too "deep" for tables."""
        leaves = self.block(i).leaves if which == "all" else self.units(i).deep
        return self._made((which, i, few), lambda: Pairs(self.block(i), leaves, background, few))

    def meetings(self, i: int, background: Rowset) -> Meetings:
        """The background at every node of a block."""
        return self._made(("meetings", i), lambda: Meetings(self.block(i), background))

    def _pairs(self, i: int, which: str, rows: Rowset, background: Background) -> Iterator[Step]:
        pairs = self.pairs(i, which, background, len(rows) <= FEW_ROWS)
        for a in range(0, len(rows), PAIR_ROWS):
            yield from pairs.steps(rows, slice(a, min(len(rows), a + PAIR_ROWS)))


def held(thing: Any) -> int:
    """Bytes of the arrays that something made for a block consists of, without those of what it was made from."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, (list, tuple, dict)):
        return sum(map(held, thing.values() if isinstance(thing, dict) else thing))
    own = [] if isinstance(thing, type) else getattr(thing, "__dict__", {}).values()
    return sum(held(v) for v in own if not isinstance(v, (TreeEnsemble, Block, Units, Rowset)))


def _steps(way: Walk | Tables, rows: Rowset, step: int) -> Iterator[Step]:
    for a in range(0, len(rows), step):
        part = slice(a, min(len(rows), a + step))
        yield lambda out, part=part: way.add(rows, part, out)  # type: ignore[misc]


def _size(background: Array | None) -> int:
    return NODES if background is None else AGAINST_NODES


def _many(trees: TreeEnsemble, background: Array | None) -> bool:
    return bool(trees.sizes.sum() > _size(background) * MANY)


def _parts(trees: TreeEnsemble, size: int, seed: int | None) -> list[Ints]:
    """Roots in parts of whole trees with about `size` nodes each; with a seed, in random order."""
    order = np.arange(len(trees.roots))
    if seed is not None:
        order = np.random.default_rng(seed).permutation(order)
    which = np.cumsum(trees.sizes[order]) // size
    return np.split(trees.roots[order], np.flatnonzero(np.diff(which)) + 1)


def scores(trees: TreeEnsemble, rows: Array, check: Callable[[], None]) -> Array:
    """Outputs of many rows, in parts that fit into memory."""
    step, found = max(1, SCORED // max(1, len(trees.roots))), []
    for a in range(0, len(rows), step):
        check()
        found.append(trees.scores(rows[a : a + step])[:, 0])
    return np.concatenate(found)


def plan_of(
    trees: TreeEnsemble, players: Ints, background: Array | None, check: Callable[[], None], seed: int, rows: int
) -> Plan:
    """The plan of this ensemble for so many rows, these players and background; the newest two are kept with it."""
    digest = None if background is None else blake2b(np.ascontiguousarray(background).tobytes()).digest()
    deep = background is None and rows > FEW and trees.sizes.mean() > DEEP
    size = DEEP_NODES if deep else _size(background)
    key = ("plan", players.tobytes(), digest, size, seed if _many(trees, background) else 0)
    plan: Plan = trees.memo.pop(key, None) or Plan(trees, players, background, check, seed, size)
    while sum(k[0] == "plan" for k in trees.memo) > 1:
        trees.memo.pop(next(k for k in list(trees.memo) if k[0] == "plan"))
    trees.memo[key] = plan
    return plan
