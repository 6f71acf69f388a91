"""Tree SHAP against background rows, pair by pair: for few rows.

For one row and one background row, a leaf matters only if every player passes with at least one of the two. Then the
players whom the background row fails must be present (there are a of them), those whom the row fails must be absent
(b), and the Shapley values of this game are known: (a - 1)! b! / (a + b)! for the first, -a! (b - 1)! / (a + b)! for
the others.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..models.trees import Array, Ints
from .decisions import Rowset
from .paths import Block, Level

MOST = 64  # players on a path: one bit each
CELLS = 2**21  # pairs times leaves looked at together
Bits = NDArray[Any]  # unsigned integers


class Pairs:
    """Leaves of a block, against background rows.

    Args:
        leaves: (level, places) of the leaves that count; None: all of them.
    """

    def __init__(self, block: Block, leaves: list[tuple[Level, Ints]] | None, background: Rowset) -> None:
        if leaves is None:
            left = block.trees.left
            leaves = [(lv, np.flatnonzero(left[lv.node] < 0)) for lv in block.levels[1:]]
        self._block, self._background = block, background
        self._leaves = {id(lv): places for lv, places in leaves if len(places)}
        widest = max((int(lv.count[p].max()) for lv, p in leaves if len(p)), default=0)
        if widest > MOST:
            raise refuse("Tree SHAP", f"paths may test at most {MOST} columns against a baseline", Phrase(str(widest)))
        self._dtype: Any = np.uint16 if widest <= 16 else np.uint32 if widest <= 32 else np.uint64
        self._theirs = self._patterns(background, slice(0, len(background)))

    @property
    def count(self) -> int:
        """Number of leaves."""
        return sum(map(len, self._leaves.values()))

    def _patterns(self, rows: Rowset, part: slice) -> dict[int, Bits]:
        """Which players of each leaf's path pass, by level: (leaves, rows)."""
        levels, n = self._block.levels, part.stop - part.start
        now: Bits = np.full((len(levels[0].node), n), np.iinfo(self._dtype).max, self._dtype)
        out = {}
        for up, lv in pairwise(levels):
            goes = np.repeat(rows.left(up.node[up.inner], part), 2, axis=0) == lv.left[:, None]
            bit = self._dtype(1) << lv.slot.astype(self._dtype)
            now = now[lv.parent] & np.where(goes, np.iinfo(self._dtype).max, ~bit[:, None])
            if id(lv) in self._leaves:
                out[id(lv)] = now[self._leaves[id(lv)]]
        return out

    def add(self, rows: Rowset, part: slice, out: Array) -> None:
        """Add the values of some rows to `out` (players, rows)."""
        ours = self._patterns(rows, part)
        found = out[:, part]
        for lv in self._block.levels[1:]:
            places = self._leaves.get(id(lv))
            if places is None:
                continue
            value = self._block.trees.value[lv.node[places], 0] / len(self._background)
            for k in np.unique(lv.count[places]):
                mine = np.flatnonzero(lv.count[places] == k)
                step = max(1, CELLS // (ours[id(lv)].shape[1] * len(self._background)))
                for a in range(0, len(mine), step):
                    at = mine[a : a + step]
                    players = lv.players[places[at], :k]
                    self._join(ours[id(lv)][at], self._theirs[id(lv)][at], value[at], players, found)

    def _join(self, ours: Bits, theirs: Bits, value: Array, players: Ints, out: Array) -> None:
        """Add what some leaves with k players give; `ours` (n, rows), `theirs` (n, background)."""
        k = players.shape[1]
        full = self._dtype((1 << k) - 1)
        ours, theirs = ours & full, theirs & full
        leaf, row, other = np.nonzero((ours[:, :, None] | theirs[:, None, :]) == full)
        absent, present = full ^ ours, full ^ theirs  # those the row fails; those the background row fails
        a = np.bitwise_count(present)[leaf, other]
        b = np.bitwise_count(absent)[leaf, row]
        gain, loss = _weights(k)
        must, wont = present[leaf, other], absent[leaf, row]
        plus, minus = gain[a, b] * value[leaf], loss[a, b] * value[leaf]
        n = out.shape[1]
        for slot in range(k):
            place = players[leaf, slot] * n + row
            bit = self._dtype(1 << slot)
            worth = np.where(must & bit, plus, 0.0) - np.where(wont & bit, minus, 0.0)
            out += np.bincount(place, worth, minlength=out.size).reshape(out.shape)


@cache
def _weights(k: int) -> tuple[Array, Array]:
    """(a - 1)! b! / (a + b)! and a! (b - 1)! / (a + b)! for a, b = 0…k."""
    gain, loss = np.zeros((k + 1, k + 1)), np.zeros((k + 1, k + 1))
    for a in range(k + 1):
        for b in range(k + 1 - a):
            if a:
                gain[a, b] = factorial(a - 1) * factorial(b) / factorial(a + b)
            if b:
                loss[a, b] = factorial(a) * factorial(b - 1) / factorial(a + b)
    return gain, loss
