"""Which way is the cheapest for these trees and this many rows."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np

from ..models.trees import Array, Ints, TreeEnsemble
from .decisions import Decisions, Rowset
from .pairs import Pairs
from .paths import Block, blocks, expected
from .quadrature import Walk
from .sets import Sets
from .tables import Tables
from .units import Units

WALK_NODES, TABLE_NODES = 16_000, 16_000  # nodes of a block: large for one row, small for the cache with many
WALK_CELLS, TABLE_ROWS = 2**18, 1024  # nodes × rows of a walk; rows looked up together
KEPT = 256 * 2**20  # bytes of tables kept with a model; what is more is computed again each time
SCORED = 2**20  # rows times trees that are followed to their leaves together
FEW = 16  # rows for which no tables are made without a background, and no sets with one
# nanoseconds of one step (measured; only their ratios matter)
WALK_COST, PAIR_COST, BUILD_COST, LOOK_COST = 8.0, 4.0, 6.0, 4.0


def attributions(
    trees: TreeEnsemble, codes: Array, players: Ints, background: Array | None, check: Callable[[], None]
) -> tuple[Array, float]:
    """Shapley values of every row, and the output where all players are absent.

    Args:
        trees: an ensemble with one output.
        codes: encoded rows (n, features).
        players: (features,) player of each feature.
        background: encoded rows (m, features) that absent players take their values from; None: the training rows,
            by the cover of the nodes.
        check: called between parts of the work; raises to stop it.

    Returns:
        Values (n, players) and the base.
    """
    plan = _plan(trees, players, background)
    rows, out = plan.decisions.read(codes), np.zeros((int(players.max()) + 1, len(codes)))
    work = plan.against_rows if background is not None else plan.by_cover
    for part in work(rows):
        check()
        part(out)
    return np.ascontiguousarray(out.T), plan.base


class Plan:
    """Everything about an ensemble that does not depend on the rows that are explained."""

    def __init__(self, trees: TreeEnsemble, players: Ints, background: Array | None) -> None:
        self.trees, self.players = trees, players
        self.decisions = Decisions(trees)
        self.background = None if background is None else self.decisions.read(background)
        self._walks: list[Walk] | None = None
        self._blocks: list[Block] | None = None
        self._units: dict[int, Units] = {}
        self._tables: dict[int, Tables] = {}
        self._sets: dict[tuple[int, bool], Sets] = {}
        self._kept = 0
        self.base = expected(trees) if background is None else _mean(trees, background)

    def walks(self) -> list[Walk]:
        """The trees, ready for the quadrature."""
        if self._walks is None:
            self._walks = [Walk(b) for b in blocks(self.trees, self.players, WALK_NODES)]
        return self._walks

    def small_blocks(self) -> list[Block]:
        """The trees in blocks for tables."""
        if self._blocks is None:
            self._blocks = blocks(self.trees, self.players, TABLE_NODES)
        return self._blocks

    def by_cover(self, rows: Rowset) -> Any:
        """Steps that add up the path-dependent values."""
        if len(rows) <= FEW or not self._tables_pay(len(rows)):
            for walk in self.walks():
                step = max(1, WALK_CELLS // walk.block.nodes)
                yield from _steps(walk, rows, step)
            return
        for i, _ in enumerate(self.small_blocks()):
            yield from _steps(self.tables(i), rows, TABLE_ROWS)

    def _tables_pay(self, n: int) -> bool:
        """Whether tables cost less than the quadrature, and hold every leaf."""
        units = [self.units(i) for i in range(len(self.small_blocks()))]
        if any(u.deep for u in units):
            return False
        size = sum(Tables.size(u) for u in units)
        nodes = sum(b.nodes * ((b.widest + 1) // 2) for b in self.small_blocks())
        build = BUILD_COST * size * (len(self._tables) < len(units))
        return build + n * LOOK_COST * 2 * sum(len(u) for u in units) < n * WALK_COST * nodes

    def against_rows(self, rows: Rowset) -> Any:
        """Steps that add up the values against the background rows."""
        for i, block in enumerate(self.small_blocks()):
            units = self.units(i)
            leaves = block.nodes / 2
            pairs = PAIR_COST * leaves * len(rows) * len(self.background or ())
            if i not in self._tables and pairs < BUILD_COST * Tables.size(units):
                yield from self._pairs(i, block, None, rows)
                continue
            yield from _steps(self.tables(i), rows, TABLE_ROWS)
            if units.deep:
                yield from self._pairs(i, block, units.deep, rows)

    def _pairs(self, i: int, block: Block, leaves: Any, rows: Rowset) -> Any:
        """Steps for leaves of a block (None: all), pair by pair; made once while there is room."""
        if self.background is None:
            raise TypeError("pairs need background rows")
        if len(rows) <= FEW:
            yield from _steps(Pairs(block, leaves, self.background), rows, 64)
            return
        key = (i, leaves is None)
        sets = self._sets.get(key) or Sets(block, leaves, self.background)
        if key not in self._sets and self._kept + sets.nbytes <= KEPT:
            self._sets[key] = sets
            self._kept += sets.nbytes
        yield from _steps(sets, rows, 64)

    def units(self, i: int) -> Units:
        """A block cut into units."""
        if i not in self._units:
            self._units[i] = Units(self.small_blocks()[i])
        return self._units[i]

    def tables(self, i: int) -> Tables:
        """The tables of a block: kept while there is room."""
        if i in self._tables:
            return self._tables[i]
        made = Tables(self.units(i), self.background)
        if self._kept + made.nbytes <= KEPT:
            self._tables[i] = made
            self._kept += made.nbytes
        return made


def _steps(way: Walk | Tables | Pairs | Sets, rows: Rowset, step: int) -> Any:
    for a in range(0, len(rows), step):
        part = slice(a, min(len(rows), a + step))
        yield lambda out, part=part: way.add(rows, part, out)


def _mean(trees: TreeEnsemble, rows: Array) -> float:
    """Mean output of many rows, in parts that fit into memory."""
    step = max(1, SCORED // max(1, len(trees.roots)))
    return float(np.concatenate([trees.scores(rows[a : a + step]) for a in range(0, len(rows), step)]).mean())


def _plan(trees: TreeEnsemble, players: Ints, background: Array | None) -> Plan:
    """The plan of this ensemble for these players and background; the newest two are kept with it."""
    digest = None if background is None else blake2b(np.ascontiguousarray(background).tobytes()).digest()
    key = ("plan", players.tobytes(), digest)
    plan = trees.memo.pop(key, None) or Plan(trees, players, background)
    while sum(k[0] == "plan" for k in trees.memo) > 1:
        trees.memo.pop(next(k for k in list(trees.memo) if k[0] == "plan"))
    trees.memo[key] = plan
    return plan
