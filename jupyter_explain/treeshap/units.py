"""A block cut into units: small subtrees whose outcome for a row is a pattern of few bits.

A unit is a node with at most two levels of splits below it. Its bits are one per player on the path to it (does the
row pass all that player's tests?) and one per split inside (does the row go left?). One table over all patterns then
stands for up to four leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models.trees import Array, Flags, Ints
from .decisions import Rowset
from .paths import NONE, Block, Level

MOST_BITS = 10
HEIGHT = 2  # levels of splits inside a unit; with 2 it has at most 3 splits
Patterns = NDArray[np.uint16]
Facts = tuple[Any, ...]  # the arrays of Leaves, without its bits


@dataclass(frozen=True, eq=False)
class Step:
    """How the patterns of one level follow from those above: only paths that lead to units are kept."""

    parent: Ints
    split: Ints
    left: Flags
    bit: Patterns


@dataclass(frozen=True, eq=False)
class Leaves:
    """Leaves of units that have equally many players on their paths and equally many bits.

    Attributes:
        unit: (n,) unit of each leaf.
        value: (n,) what it holds.
        players, shares: (n, k) its path's players and their shares of training rows.
        path: how many of the unit's bits are path players; the others are splits.
        inside: (n, HEIGHT, 3) the unit's bits of its last splits, the outcome they need, and the slot they concern
            (NONE: no such split).
        bits: bits of the units.
    """

    unit: Ints
    value: Array
    players: Ints
    shares: Array
    path: Ints
    inside: Ints
    bits: int


class Units:
    """The units of a block, in the order of their numbers.

    Attributes:
        bits: (units,) bits of each.
        path, players: (units,) and (units, width) players on the path to each: how many, and who.
        leaves: leaves in groups.
        deep: places, at every level, of leaves whose paths have more players than a table can hold.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self._height, self._splits = _measure(block)
        self.deep: list[Ints] = []
        self._steps: list[Step] = []
        self._found: list[tuple[int, Ints]] = []  # (kept level, places among the kept)
        self._inner: list[tuple[Ints, Ints, Ints]] = []  # (units, bit, node)
        self.bits, self.path = (np.empty(0, np.intp) for _ in range(2))
        self.players = np.empty((0, MOST_BITS), np.intp)
        self._cut()

    def __len__(self) -> int:
        return len(self.bits)

    def _cut(self) -> None:
        """From the roots down: a node becomes a unit as soon as it fits."""
        levels = self._block.levels
        kept, inside = np.arange(len(levels[0].node)), _nothing(levels[0])
        groups: list[Facts] = []
        for depth, lv in enumerate(levels):
            size = lv.count + self._splits[depth]
            fits = (self._height[depth] <= HEIGHT) & (size <= MOST_BITS)
            chosen = fits[kept]
            new = kept[chosen]
            self._found.append((depth, np.flatnonzero(chosen)))
            inside.start(new, len(self) + np.arange(len(new)), lv.count[new])
            self._more(size[new], lv.count[new], lv.players[new])
            self._note_splits(lv, inside)
            groups += inside.leaves(lv, self._block)
            stay = kept[~chosen]
            self.deep.append(stay[self._block.trees.left[lv.node[stay]] < 0])
            if depth + 1 == len(levels):
                break
            place = np.full(len(lv.node), NONE)
            place[kept] = np.arange(len(kept))
            open_ = np.zeros(len(lv.node), bool)
            open_[stay] = True
            kept = self._step(lv, levels[depth + 1], place, open_)
            inside = inside.below(lv, levels[depth + 1], self._splits[depth + 1])
        self.leaves = _grouped(groups, self.bits)

    def _more(self, bits: Ints, path: Ints, players: Ints) -> None:
        """Note units of one level."""
        wide = np.full((len(bits), MOST_BITS), NONE)
        wide[:, : players.shape[1]] = players[:, :MOST_BITS]
        self.bits, self.path = np.append(self.bits, bits), np.append(self.path, path)
        self.players = np.concatenate([self.players, wide])

    def _step(self, up: Level, lv: Level, place: Ints, open_: Flags) -> Ints:
        kept = np.flatnonzero(open_[lv.parent])
        bit = (1 << np.minimum(lv.slot[kept], 15)).astype(np.uint16)
        parent = lv.parent[kept]
        self._steps.append(Step(place[parent], up.node[parent], lv.left[kept], ~bit))
        return kept

    def _note_splits(self, lv: Level, inside: _Inside) -> None:
        for side in (lv.left, ~lv.left):  # apart, so that no unit occurs twice
            mine = np.flatnonzero((inside.unit >= 0) & (self._block.trees.left[lv.node] >= 0) & side)
            if len(mine):
                self._inner.append((inside.unit[mine], inside.bit[mine], lv.node[mine]))

    def patterns(self, rows: Rowset, part: slice) -> Patterns:
        """The pattern of every unit for every row (units, rows)."""
        n = part.stop - part.start
        out = np.empty((len(self), n), np.uint16)
        now, at = np.full((len(self._block.levels[0].node), n), 0xFFFF, np.uint16), 0
        for depth, places in self._found:
            if depth:
                step = self._steps[depth - 1]
                goes = rows.left(step.split[::2], part)
                passes = np.repeat(goes, 2, axis=0)
                passes[1::2] = ~goes
                now = now[step.parent] & (_spread(passes) | step.bit[:, None])
            out[at : at + len(places)] = now[places]
            at += len(places)
        for units, bit, node in self._inner:
            wrong = ~rows.left(node, part)
            out[units] &= ~(wrong.astype(np.uint16) << bit.astype(np.uint16)[:, None])
        return out & ((1 << self.bits) - 1).astype(np.uint16)[:, None]


def _spread(flags: Flags) -> Patterns:
    """All bits set where true."""
    return np.negative(flags.view(np.int8)).astype(np.int16).view(np.uint16)


def _measure(block: Block) -> tuple[list[Ints], list[Ints]]:
    """Levels of splits below each node (0 at leaves), and number of splits from it down."""
    height: list[Ints] = []
    splits: list[Ints] = []
    for lv in block.levels[::-1]:
        h, s = np.zeros(len(lv.node), np.intp), np.zeros(len(lv.node), np.intp)
        if len(lv.inner):
            h[lv.inner] = 1 + height[-1].reshape(-1, 2).max(1)
            s[lv.inner] = 1 + splits[-1].reshape(-1, 2).sum(1)
        height.append(h)
        splits.append(s)
    return height[::-1], splits[::-1]


@dataclass(eq=False)
class _Inside:
    """Where each node of a level stands in its unit: unit, own bit, path players of the unit, splits passed."""

    unit: Ints
    bit: Ints
    path: Ints
    splits: Ints

    def start(self, nodes: Ints, units: Ints, players: Ints) -> None:
        self.unit[nodes], self.bit[nodes], self.path[nodes] = units, players, players

    def below(self, up: Level, lv: Level, splits: Ints) -> _Inside:
        """The same for the children; a unit's splits are numbered: itself, left child, right child."""
        parent, m = lv.parent, len(lv.node)
        unit, path = self.unit[parent], self.path[parent]
        mate = splits.reshape(-1, 2)[:, 0] > 0  # the left child splits, so the right one is the third
        bit = path + np.where(lv.left, 1, 1 + np.repeat(mate, 2))
        done = self.splits[parent].copy()
        which = np.where(done[:, 0, 0] == NONE, 0, 1)
        rows = np.flatnonzero(unit >= 0)
        done[rows, which[rows]] = np.stack([self.bit[parent], lv.left.astype(np.intp), lv.slot], axis=1)[rows]
        return _Inside(unit, bit, path, done) if m else _nothing(lv)

    def leaves(self, lv: Level, block: Block) -> list[Facts]:
        trees = block.trees
        mine = np.flatnonzero((self.unit >= 0) & (trees.left[lv.node] < 0))
        out = []
        for k in np.unique(lv.count[mine][lv.count[mine] > 0]):  # a tree that is one leaf explains nothing
            at = mine[lv.count[mine] == k]
            facts = (trees.value[lv.node[at], 0], lv.players[at, :k], lv.shares[at, :k], self.path[at], self.splits[at])
            out.append((self.unit[at], *facts))
        return out


def _nothing(lv: Level) -> _Inside:
    m = len(lv.node)
    none = np.full(m, NONE)
    return _Inside(none.copy(), none.copy(), np.zeros(m, np.intp), np.full((m, HEIGHT, 3), NONE))


def _grouped(parts: list[Facts], bits: Ints) -> list[Leaves]:
    """Leaves of all levels by number of players and bits of their unit."""
    out = []
    for k in sorted({p[2].shape[1] for p in parts}):
        unit, *facts = (np.concatenate(c) for c in zip(*(p for p in parts if p[2].shape[1] == k), strict=True))
        for b in np.unique(bits[unit]):
            mine = bits[unit] == b
            value, players, shares, path, inside = (f[mine] for f in facts)
            out.append(Leaves(unit[mine], value, players, shares, path, inside, int(b)))
    return out
