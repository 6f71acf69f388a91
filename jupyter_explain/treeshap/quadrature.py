"""Path-dependent Tree SHAP of a few rows, or of deep trees: level by level, with Gauss-Legendre nodes.

A leaf whose path tests k players is a product of k factors. Its Shapley value for one player is the integral over t
from 0 to 1 of a product of k - 1 factors linear in t, so ceil(k / 2) nodes are exact. Going down, a node carries the
product of its path's factors at every t; going up, it gathers the leaves below; an edge gives its player what it gained
since the player's last test. The work is the same for every node, however deep.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..models.trees import Array, Ints
from ..stats import gauss_legendre
from .decisions import Rowset
from .paths import NONE, Block, Level

State = NDArray[np.uint8]


class Walk:
    """What the walk down and up needs to know of a block, whatever the rows."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.nodes = max(1, (block.widest + 1) // 2)
        tables = [_tables(lv, block.levels, self.nodes) for lv in block.levels[1:]]
        held = [np.where(block.trees.left[lv.node] < 0, block.trees.value[lv.node, 0], 1.0) for lv in block.levels[1:]]
        self._factor = [t[0] * np.repeat(h, 3) for t, h in zip(tables, held, strict=True)]  # of a leaf with its value
        self._gain = [t[1] for t in tables]
        player = np.concatenate([lv.player for lv in block.levels[1:]] or [np.empty(0, np.intp)])
        self._order = np.argsort(player, kind="stable")
        self._who, self._starts = np.unique(player[self._order], return_index=True)

    def add(self, rows: Rowset, part: slice, out: Array) -> None:
        """Add the values of some rows to `out` (players, rows)."""
        levels, n = self.block.levels, part.stop - part.start
        if len(levels) == 1:
            return
        states = self._states(rows, part)
        room = _Room(self.nodes, n, levels)
        full = [np.ones((self.nodes, len(levels[0].node), n))]
        for lv, factor, state in zip(levels[1:], self._factor, states, strict=True):
            product = factor.take(state, axis=1, out=room.own(lv), mode="clip")
            product *= full[-1].take(lv.parent, axis=1, out=room.scratch(lv), mode="clip")
            full.append(product)
        gained = self._up(full, states, room)
        out[self._who, part] += np.add.reduceat(gained[self._order], self._starts, axis=0)

    def _states(self, rows: Rowset, part: slice) -> list[Ints]:
        """For every edge and row, the row of its tables: 3 edge + (passed so far before) + (passed now too)."""
        levels, n = self.block.levels, part.stop - part.start
        passed = np.ones((self.block.nodes + 1, n), np.uint8)  # the last row stands for "no test before" (NONE)
        out = []
        for up, lv in pairwise(levels):
            goes = np.repeat(rows.left(up.node[up.inner], part), 2, axis=0) == lv.left[:, None]
            before = passed[lv.previous]
            now = before & goes
            passed[lv.first : lv.first + len(lv.node)] = now
            out.append((before + now) + 3 * np.arange(len(lv.node))[:, None])
        return out

    def _up(self, full: list[Array], states: list[Ints], room: _Room) -> Array:
        """What every edge gives its player (edges, rows); the products become sums over the leaves below."""
        gained = np.empty((self.block.nodes - full[0].shape[1], full[0].shape[2]))
        below = None
        levels = self.block.levels[:0:-1]
        for lv, total, gain, state in zip(levels, full[:0:-1], self._gain[::-1], states[::-1], strict=True):
            if below is not None:
                total[:, lv.inner] = below[:, ::2] + below[:, 1::2]
            worth = gain.take(state, axis=1, out=room.scratch(lv), mode="clip")
            worth *= total
            start = lv.first - full[0].shape[1]
            np.add.reduce(worth, axis=0, out=gained[start : start + len(lv.node)])
            below = total
        return gained


class _Room:
    """Memory for the products of all levels and for one more level, asked for once (asking often is slow)."""

    def __init__(self, count: int, rows: int, levels: list[Level]) -> None:
        self._shape = count, rows
        self._top = len(levels[0].node)
        self._own = np.empty(count * rows * (sum(len(lv.node) for lv in levels) - self._top))
        self._scratch = np.empty(count * rows * max(len(lv.node) for lv in levels))

    def own(self, lv: Level) -> Array:
        """(nodes, edges of the level, rows), a place of its own for each level."""
        return self._cut(self._own, lv.first - self._top, len(lv.node))

    def scratch(self, lv: Level) -> Array:
        """As large, the same place for all levels."""
        return self._cut(self._scratch, 0, len(lv.node))

    def _cut(self, room: Array, first: int, size: int) -> Array:
        count, rows = self._shape
        return room[first * count * rows :][: count * size * rows].reshape(count, size, rows)


def _tables(lv: Level, levels: list[Level], count: int) -> tuple[Array, Array]:
    """Factor and gain (nodes, 3 edges) of every edge in its three states.

    States: the player had failed before; fails now; passes still. A passing player's factor is z (1 - t) + t and a
    failing one's z (1 - t), where z is its share of training rows; what it gains is (1 - z) or -z over its factor.
    """
    t, weight = gauss_legendre(count)
    rows = np.arange(len(lv.node))
    now = lv.shares[rows, lv.slot][:, None]
    before = lv.shares[rows, lv.slot][:, None] / _step(lv, levels)[:, None]
    first = (lv.previous == NONE)[:, None]
    hit = now * (1 - t) + t
    old_hit = np.where(first, 1.0, before * (1 - t) + t)
    miss_gain = np.broadcast_to(-1 / (1 - t), hit.shape)
    old_gain = np.where(first, 0.0, (1 - before) / old_hit)
    factor = np.stack([np.broadcast_to(now / before, hit.shape), now * (1 - t) / old_hit, hit / old_hit], axis=1)
    gain = np.stack([np.zeros_like(hit), miss_gain - old_gain, (1 - now) / hit - old_gain], axis=1)
    columns = [np.ascontiguousarray(a.reshape(-1, count).T) for a in (factor, gain * weight)]
    return columns[0], columns[1]


def _step(lv: Level, levels: list[Level]) -> Array:
    """The share of the last test alone: the player's share now over its share before."""
    up = next(u for u, below in pairwise(levels) if below is lv)
    rows = np.arange(len(lv.node))
    known = lv.slot < up.count[lv.parent]
    slot = np.minimum(lv.slot, max(0, up.shares.shape[1] - 1))
    before = up.shares[lv.parent, slot] if up.shares.shape[1] else np.ones(len(rows))
    return lv.shares[rows, lv.slot] / np.where(known, before, 1.0)
