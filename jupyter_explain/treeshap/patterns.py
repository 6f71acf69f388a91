"""Which players of a leaf's path rows fail, as the bits of a word: a *pattern*. Many rows share one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..models.trees import Array, Ints
from .decisions import Rowset
from .paths import NONE, Block, wider

MOST = 64  # players on a path: one bit each
TABLE = 16  # bits up to which patterns are numbered by a table
MARKS = 2**20  # marks in such a table
Bits = NDArray[Any]  # unsigned integers


def word(widest: int) -> Any:
    """The type of words with a bit for each of so many players.

    Raises:
        ValueError: where there are more than 64.
    """
    if widest > MOST:
        raise refuse("Tree SHAP", f"paths may test at most {MOST} columns against a baseline", Phrase(str(widest)))
    return np.uint16 if widest <= 16 else np.uint32 if widest <= 32 else np.uint64


class Patterns:
    """The patterns of some leaves of a block.

    Args:
        leaves: places of the leaves at every level of the block.

    Attributes:
        count: (leaves,) players on the path.
        players: (leaves, width) who they are, by slot.
        value: (leaves,) what each leaf holds.
    """

    def __init__(self, block: Block, leaves: list[Ints]) -> None:
        self._block, self._leaves = block, leaves
        found = list(zip(block.levels, leaves, strict=True))
        self.count = np.concatenate([lv.count[p] for lv, p in found])
        widest = int(self.count.max(initial=0))
        self._dtype = word(widest)
        self.players = np.concatenate([wider(lv.players[p], widest, NONE)[:, :widest] for lv, p in found])
        self.value: Array = block.trees.value[np.concatenate([lv.node[p] for lv, p in found]), 0]

    def __len__(self) -> int:
        return len(self.count)

    def of(self, rows: Rowset, part: slice) -> Bits:
        """(leaves, rows): the players of each leaf's path that each row fails, a bit for each slot."""
        levels = self._block.levels
        now = np.zeros((len(levels[0].node), part.stop - part.start), self._dtype)
        found = [now[self._leaves[0]]]
        for (up, lv), places in zip(pairwise(levels), self._leaves[1:], strict=True):
            goes = rows.left(up.node[up.inner], part)
            fails = np.stack([~goes, goes], axis=1).reshape(-1, goes.shape[1])  # the left child, the right child
            now = now[lv.parent] | (fails.astype(self._dtype) << lv.slot.astype(self._dtype)[:, None])
            found.append(now[places])
        return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Distinct:
    """The different ones among the patterns of each leaf, one leaf after another.

    Attributes:
        leaf, pattern: (different ones,) the patterns, and whose they are.
        place: (leaves, rows) where among them the pattern of each row is.
    """

    leaf: Ints
    pattern: Bits
    place: NDArray[Any]


def distinct(bits: Bits, k: int) -> Distinct:
    """The different patterns of k players (leaves, rows), a few leaves at a time."""
    step, number = (max(1, MARKS >> k), _marked) if k <= TABLE else (max(1, len(bits)), _sorted)
    parts = [number(bits[a : a + step], k) for a in range(0, len(bits), step)]
    before = np.cumsum([0, *(len(p.leaf) for p in parts)])
    leaf = np.concatenate([p.leaf + i * step for i, p in enumerate(parts)])
    place = np.concatenate([p.place + n for p, n in zip(parts, before[:-1], strict=True)])
    return Distinct(leaf, np.concatenate([p.pattern for p in parts]), place)


def _marked(bits: Bits, k: int) -> Distinct:
    """By marks in a table of all patterns."""
    key = bits.astype(np.int32)
    key += np.arange(0, len(bits) << k, 1 << k, dtype=np.int32)[:, None]
    seen = np.zeros(len(bits) << k, bool)
    seen[key] = True
    known = np.flatnonzero(seen)
    number = np.empty(len(seen), np.int32)
    number[known] = np.arange(len(known), dtype=np.int32)
    return Distinct(known >> k, (known & ((1 << k) - 1)).astype(bits.dtype), number.take(key))


def _sorted(bits: Bits, k: int) -> Distinct:
    """By sorting: of patterns that are too long for a table."""
    each = [np.unique(row, return_inverse=True) for row in bits]
    count = np.array([len(values) for values, _ in each], np.intp)
    first = np.cumsum(count) - count
    place = np.stack([inverse for _, inverse in each]) + first[:, None]
    return Distinct(np.repeat(np.arange(len(bits)), count), np.concatenate([v for v, _ in each]), place)


def as_they_are(bits: Bits) -> Distinct:
    """Every row's pattern for itself, equal or not."""
    leaf = np.repeat(np.arange(len(bits)), bits.shape[1])
    return Distinct(leaf, bits.ravel(), np.arange(bits.size).reshape(bits.shape))
