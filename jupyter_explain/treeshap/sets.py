"""Tree SHAP of many rows against background rows, for leaves too deep to tabulate: pairs of rows, by sets.

For one row and one background row, a leaf matters only if every player passes with at least one of the two. Then the
players whom the background row fails must be present (there are a of them), those whom the row fails must be absent
(b), and the Shapley values of this game are known: (a - 1)! b! / (a + b)! for the first, -a! (b - 1)! / (a + b)! for
the others. The background rows that still matter are bits of machine words on the way down, so that only the pairs that
arrive at a leaf are ever looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models.trees import Array, Flags, Ints
from .decisions import Rowset
from .paths import Block, Level

STEP = 128  # background rows whose sets are held at a time
CELLS = 2**14  # leaves times background rows that are taken together: their table stays in the cache
MOST = 64  # players whose failing is noted in the bits of one word
Words = NDArray[np.uint64]
Small = NDArray[np.uint8]


class Sets:
    """Leaves of a block, against background rows.

    Args:
        leaves: (level, places) of the leaves that count; None: all of them.
    """

    def __init__(self, block: Block, leaves: list[tuple[Level, Ints]] | None, background: Rowset) -> None:
        left = block.trees.left
        if leaves is None:
            leaves = [(lv, np.flatnonzero(left[lv.node] < 0)) for lv in block.levels[1:]]
        chosen: dict[int, list[Ints]] = {}
        for lv, places in leaves:
            chosen.setdefault(id(lv), []).append(places)
        self._block = block
        self._leaves = [np.concatenate(chosen.get(id(lv), [np.empty(0, np.intp)])) for lv in block.levels[1:]]
        self.count = sum(map(len, self._leaves))
        self._worth = block.trees.value[self._nodes(), 0] / len(background)
        self._players = sorted(set(np.concatenate([lv.player for lv in block.levels[1:]] or [np.empty(0, np.intp)])))
        step = range(0, len(background), STEP)
        self._others = [_Others(self, background, slice(a, min(len(background), a + STEP))) for a in step]

    def _nodes(self) -> Ints:
        pairs = zip(self._block.levels[1:], self._leaves, strict=True)
        return np.concatenate([lv.node[p] for lv, p in pairs] or [np.empty(0, np.intp)])

    def at_leaves(self, by_level: list[NDArray[Any]]) -> NDArray[Any]:
        """What belongs to the leaves, of arrays over the nodes of every level but the first."""
        return np.concatenate([a[p] for a, p in zip(by_level, self._leaves, strict=True)])

    def passes(self, rows: Rowset, part: slice) -> Iterator[tuple[Level, Flags, Flags]]:
        """Level by level: whether each row passed all tests of the edge's player before, and with this edge too."""
        levels, n = self._block.levels, part.stop - part.start
        passed = np.ones((self._block.nodes + 1, n), bool)  # the last row stands for "no test before" (NONE)
        for up, lv in pairwise(levels):
            before = passed[lv.previous]
            now = before & (np.repeat(rows.left(up.node[up.inner], part), 2, axis=0) == lv.left[:, None])
            passed[lv.first : lv.first + len(lv.node)] = now
            yield lv, before, now

    def add(self, rows: Rowset, part: slice, out: Array) -> None:
        """Add the values of some rows to `out` (players, rows)."""
        if not self.count:
            return
        n = part.stop - part.start
        found, failed, lost = out[:, part], [], [np.zeros((len(self._block.levels[0].node), n), np.uint8)]
        for lv, before, now in self.passes(rows, part):
            failed.append((now, before & ~now))
            lost.append(lost[-1][lv.parent] + failed[-1][1])
        count = self.at_leaves(lost[1:])
        loss = np.zeros((self.count, n))
        for others in self._others:
            gain, less = others.meet([now for now, _ in failed], count)
            found[self._players] += gain
            loss += less
        self._take(loss * self._worth[:, None], [first for _, first in failed], found)

    def _take(self, loss: Array, first: list[Flags], out: Array) -> None:
        """Every leaf's loss (leaves, rows) from the players who fail on its path: gathered going up."""
        below, end = None, len(loss)
        for lv, places, fails in zip(self._block.levels[:0:-1], self._leaves[::-1], first[::-1], strict=True):
            total = np.zeros(fails.shape)
            total[places] = loss[end - len(places) : end]
            end -= len(places)
            if below is not None:
                total[lv.inner] += below[::2] + below[1::2]
            order = np.argsort(lv.player, kind="stable")
            who, starts = np.unique(lv.player[order], return_index=True)
            out[who] -= np.add.reduceat((total * fails)[order], starts, axis=0)
            below = total

    def parts(self, size: int) -> list[slice]:
        """The leaves, a few at a time, for `size` background rows."""
        step = max(1, CELLS // size)
        return [slice(a, min(self.count, a + step)) for a in range(0, self.count, step)]

    def fails(self, first: list[Flags], size: int) -> list[Any]:
        """For the leaves of each part: the players whom each background row fails on the leaf's path.

        Args:
            first: by level (edges, size): whether the row fails the edge's player there for the first time.

        Returns:
            Per part the bits of words (leaves, size), or for more than 64 players a sparse matrix (leaves × size,
            players) of what the leaf holds where the row fails the player.
        """
        slots = [np.searchsorted(self._players, lv.player) for lv in self._block.levels[1:]]
        if len(self._players) <= MOST:
            words = self._words(first, slots, size)
            return [words[part] for part in self.parts(size)]
        from scipy.sparse import csr_array

        marks = self._marks(first, slots, size)
        parts = [(marks[p].transpose(0, 2, 1), self._worth[p, None, None]) for p in self.parts(size)]
        return [csr_array((m * worth).reshape(-1, len(self._players))) for m, worth in parts]

    def _words(self, first: list[Flags], slots: list[Ints], size: int) -> NDArray[Any]:
        """(leaves, size): bits of the players whom the background row fails on the leaf's path."""
        word: Any = np.uint32 if len(self._players) <= 32 else np.uint64
        now, found = np.zeros((len(self._block.levels[0].node), size), word), []
        for lv, fails, slot, places in zip(self._block.levels[1:], first, slots, self._leaves, strict=True):
            now = now[lv.parent] | (fails.astype(word) << slot.astype(word)[:, None])
            found.append(now[places])
        return np.concatenate(found)

    def _marks(self, fails: list[Flags], slots: list[Ints], size: int) -> Flags:
        """(leaves, players, size): whether the background row fails the player on the leaf's path."""
        top = len(self._block.levels[0].node)
        now, found = np.zeros((top, len(self._players), size), bool), []
        for lv, first, slot, places in zip(self._block.levels[1:], fails, slots, self._leaves, strict=True):
            now = now[lv.parent]
            now[np.arange(len(slot)), slot] |= first
            found.append(now[places])
        return np.concatenate(found)

    def table(self, fails: Any, part: slice) -> Any:
        """(leaves × size, players): what the leaf holds where a background row fails a player (of the words' bits)."""
        if not isinstance(fails, np.ndarray):
            return fails
        octets = fails.view(np.uint8).reshape(*fails.shape, -1)
        bits = np.unpackbits(octets, axis=2, bitorder="little", count=len(self._players))
        return (bits * self._worth[part, None, None]).reshape(-1, len(self._players))


class _Others:
    """Up to STEP background rows at the leaves of a block."""

    def __init__(self, pairs: Sets, background: Rowset, part: slice) -> None:
        self._pairs, self._size = pairs, -(-(part.stop - part.start) // 64) * 64
        more = ((0, 0), (0, self._size - (part.stop - part.start)))
        self._pass: list[Words] = []
        failed, lost = [], [np.zeros((len(pairs._block.levels[0].node), self._size), np.uint8)]
        for lv, before, now in pairs.passes(background, part):
            first = np.pad(before & ~now, more)
            self._pass.append(np.packbits(np.pad(now, more), axis=1, bitorder="little").view(np.uint64))
            lost.append(lost[-1][lv.parent] + first)
            failed.append(first)
        self._count: Small = pairs.at_leaves(lost[1:])
        self._all = np.packbits(np.arange(self._size) < part.stop - part.start, bitorder="little").view(np.uint64)
        self._fails = pairs.fails(failed, self._size)

    def meet(self, passed: list[Flags], lost: Small) -> tuple[Array, Array]:
        """What rows gain (players, rows) and lose (leaves, rows) by these background rows.

        Args:
            passed: by level (edges, rows): whether the row passes all tests of the edge's player.
            lost: (leaves, rows) players that the row fails.
        """
        pairs, n = self._pairs, passed[0].shape[1]
        words = len(self._all)
        alive = np.broadcast_to(self._all, (len(pairs._block.levels[0].node), n, words))
        found = []
        for lv, own, now, places in zip(pairs._block.levels[1:], self._pass, passed, pairs._leaves, strict=True):
            free = np.negative(now.view(np.int8)).astype(np.int64).view(np.uint64)  # all bits where the row passes
            alive = alive[lv.parent] & (free[:, :, None] | own[:, None])
            found.append(alive[places])
        arrived = np.concatenate(found)
        gain, loss = np.zeros((len(pairs._players), n)), np.empty((pairs.count, n))
        for part, fails in zip(pairs.parts(self._size), self._fails, strict=True):
            table = pairs.table(fails, part)
            gained, loss[part] = self._join(arrived[part], lost[part], self._count[part], table)
            gain += gained
        return gain, loss

    def _join(self, alive: Words, lost: Small, theirs: Small, table: Any) -> tuple[Array, Array]:
        from scipy.sparse import csr_array

        sets = np.ascontiguousarray(alive.transpose(1, 0, 2))  # rows first: each row is one of the matrix
        n, leaves = sets.shape[:2]
        counts = np.bitwise_count(sets).sum(2, dtype=np.intp)
        cell = _places(sets)
        ends = np.concatenate([[0], np.cumsum(counts.sum(1))])
        width = leaves * self._size
        column = cell - np.repeat(np.arange(n, dtype=np.int32) * width, np.diff(ends))
        most = int(max(lost.max(initial=0), theirs.max(initial=0))) + 1
        plus, minus = _weights(most)
        key = theirs.ravel().astype(np.int32).take(column)
        key += np.repeat((lost.T.astype(np.int32) * most).ravel(), counts.ravel())
        matrix = csr_array((plus.take(key), column, ends.astype(np.int32)), shape=(n, width))
        gain = matrix @ table
        gain = gain if isinstance(gain, np.ndarray) else gain.toarray()
        loss = np.zeros(n * leaves)
        some = np.flatnonzero(counts)
        if len(some):
            starts = np.cumsum(counts.ravel())[some] - counts.ravel()[some]
            loss[some] = np.add.reduceat(minus.take(key), starts)
        return gain.T, loss.reshape(n, leaves).T


def _places(sets: Words) -> NDArray[np.int32]:
    """Numbers of the bits that are set, in order."""
    octets = sets.view(np.uint8).ravel()
    some = np.flatnonzero(octets != 0)
    bit = np.flatnonzero(np.unpackbits(octets[some], bitorder="little").view(np.bool_))
    shift = (8 * (some - np.arange(len(some)))).astype(np.int32)
    return shift.take(bit >> 3) + bit.astype(np.int32)


@cache
def _weights(most: int) -> tuple[Array, Array]:
    """(a - 1)! b! / (a + b)! and a! (b - 1)! / (a + b)! at place b * most + a, for a, b < most."""
    gain, loss = np.zeros((most, most)), np.zeros((most, most))
    for a in range(most):
        for b in range(most):
            if a:
                gain[b, a] = 1 / (a * comb(a + b, a))
            if b:
                loss[b, a] = 1 / (b * comb(a + b, a))
    return gain.ravel(), loss.ravel()
