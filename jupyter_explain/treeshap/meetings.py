"""Tree SHAP against background rows, for very few rows: each goes down the trees with each background row.

Where the two go the same way at a node, both ways of the player tested there are the same. Where they part, the pair
goes both ways: with the row if the player is present, with the background row if it is absent; once a player has been
decided, later tests of it follow. A pair arrives at few of the leaves, so this is less than asking every leaf. What an
arrival gives to whom is as in `pairs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from ..models.trees import Array, Flags, Ints
from .decisions import Rowset
from .pairs import Step, flags, gains
from .paths import Block, Level
from .patterns import Bits, word

TOGETHER = 2**16  # pairs that set out together


@dataclass(frozen=True, eq=False)
class Gate:
    """The inner nodes of a level.

    Attributes:
        number: (nodes of the level,) their numbers, or -1 for leaves.
        bit: (inner nodes,) the bit of the player tested.
        others: (inner nodes, background rows) who of the background goes left.
    """

    number: Ints
    bit: Bits
    others: Flags


@dataclass(frozen=True, eq=False)
class Couples:
    """Pairs of rows on their way, at the nodes of one level; each field has one number for each of them.

    Attributes:
        place: the node.
        row, other: who they are.
        present, absent: players decided so far, as bits by slot.
    """

    place: Ints
    row: Ints
    other: Ints
    present: Bits
    absent: Bits

    def at(self, some: Flags) -> Couples:
        """Some of them."""
        return Couples(self.place[some], self.row[some], self.other[some], self.present[some], self.absent[some])


class Meetings:
    """Leaves of a block, against background rows."""

    def __init__(self, block: Block, background: Rowset) -> None:
        self._block, self._count = block, len(background)
        self._word = word(block.widest)
        self._gates = [self._gate(up, down, background) for up, down in pairwise(block.levels)]

    def steps(self, rows: Rowset, weights: Array) -> Iterator[Step]:
        """Steps that add the values of the rows against background rows with these weights."""
        left = [rows.left(up.node[up.inner], slice(0, len(rows))) for up in self._block.levels[:-1]]
        together = max(1, TOGETHER // (len(rows) * len(self._block.levels[0].node)))
        for a in range(0, self._count, together):
            yield partial(self._go, left, np.arange(a, min(self._count, a + together)), weights)

    def _gate(self, up: Level, down: Level, background: Rowset) -> Gate:
        number = np.full(len(up.node), -1)
        number[up.inner] = np.arange(len(up.inner))
        bit = np.left_shift(1, down.slot[::2]).astype(self._word)
        return Gate(number, bit, background.left(up.node[up.inner], slice(0, self._count)))

    def _go(self, left: list[Flags], others: Ints, weights: Array, out: Array) -> None:
        levels = self._block.levels
        trees = np.arange(len(levels[0].node))
        place, row, other = (g.ravel() for g in np.meshgrid(trees, np.arange(out.shape[1]), others, indexing="ij"))
        none = np.zeros(len(place), self._word)
        pairs = Couples(place, row, other, none, none)
        for up, gate, goes in zip(levels, self._gates, left, strict=False):
            inner = gate.number[pairs.place] >= 0
            self._arrive(up, pairs.at(~inner), weights, out)
            pairs = _further(gate, goes, pairs.at(inner))
        self._arrive(levels[-1], pairs, weights, out)

    def _arrive(self, level: Level, pairs: Couples, weights: Array, out: Array) -> None:
        """Add what pairs at leaves give to those whom they decided."""
        pairs = pairs.at((pairs.present | pairs.absent) != 0)
        if not len(pairs.place):
            return
        k = level.players.shape[1]
        gain, a, b = gains(k), np.bitwise_count(pairs.present), np.bitwise_count(pairs.absent)
        value = self._block.trees.value[level.node[pairs.place], 0] * weights[pairs.other]
        given = flags(pairs.present, k) * (gain[b, a] * value)[:, None]
        given -= flags(pairs.absent, k) * (gain[a, b] * value)[:, None]
        whose = level.players[pairs.place] * out.shape[1] + pairs.row[:, None]
        there = given != 0  # no slot without a player is ever decided
        out += np.bincount(whose[there], given[there], out.size).reshape(out.shape)


def _further(gate: Gate, goes: Flags, pairs: Couples) -> Couples:
    """The pairs at the next level; `goes` (inner nodes, rows) tells which rows go left."""
    i = gate.number[pairs.place]
    ours, theirs, bit = ~goes[i, pairs.row], ~gate.others[i, pairs.other], gate.bit[i]
    parted = ours != theirs
    with_row = np.flatnonzero(~parted | ((pairs.absent & bit) == 0))
    with_other = np.flatnonzero(parted & ((pairs.present & bit) == 0))
    both = np.concatenate([with_row, with_other])
    bit = np.where(parted, bit, 0).astype(bit.dtype)
    return Couples(
        np.concatenate([(2 * i + ours)[with_row], (2 * i + theirs)[with_other]]),
        pairs.row[both],
        pairs.other[both],
        np.concatenate([(pairs.present | bit)[with_row], pairs.present[with_other]]),
        np.concatenate([pairs.absent[with_row], (pairs.absent | bit)[with_other]]),
    )
