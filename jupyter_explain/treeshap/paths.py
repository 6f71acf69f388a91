"""Trees level by level: which players are tested on the way to each node, and with what share of the training rows.

A *player* owns one or more columns. All tests of one player on a path count as one: the player passes where all do.
An *edge* leads from a node to a child and is numbered, level by level, over a block of trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models.trees import Array, Flags, Ints, TreeEnsemble

TINY = 1e-200  # stands for a share of zero (no training row went there), so that it may be divided by
NONE = -1


@dataclass(frozen=True, eq=False)
class Level:
    """The nodes of a block at one depth.

    Attributes:
        node: (m,) places in the ensemble's arrays.
        parent: (m,) place of the parent in the level above.
        left: (m,) whether the node is a left child.
        player, slot: (m,) the player tested on the edge to the node, and its place among the path's players.
        first: number of the level's first edge.
        previous: (m,) number of the edge with the last test of the same player, or NONE.
        count: (m,) players on the path.
        players, shares: (m, width) players on the path by slot, and their shares of training rows (a product).
        reach: (m,) share of the tree's training rows that reach the node.
        inner: places of the nodes with children; the children of the i-th are 2i and 2i + 1 in the level below.
    """

    node: Ints
    parent: Ints
    left: Flags
    player: Ints
    slot: Ints
    first: int
    previous: Ints
    count: Ints
    players: Ints
    shares: Array
    reach: Array
    inner: Ints


@dataclass(frozen=True, eq=False)
class Block:
    """Some trees of an ensemble, level by level."""

    trees: TreeEnsemble
    levels: list[Level]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return sum(len(level.node) for level in self.levels)

    @property
    def widest(self) -> int:
        """The most players on any path."""
        return max(int(level.count.max()) for level in self.levels)

    @property
    def leaves(self) -> list[Ints]:
        """Places of the leaves at every level; a tree that is one leaf explains nothing and has none."""
        return [np.flatnonzero((self.trees.left[lv.node] < 0) & (lv.count > 0)) for lv in self.levels]

    def patterns(self, most: int) -> tuple[int, int]:
        """Leaves with at most so many players on their paths, and their patterns times players, added up."""
        count = np.concatenate([lv.count[p] for lv, p in zip(self.levels, self.leaves, strict=True)])
        few = count[count <= most]
        return len(few), int((few << few).sum())


def expected(trees: TreeEnsemble) -> float:
    """Mean of an ensemble with one output over the training rows, by cover."""
    node, reach, total = trees.roots, np.ones(len(trees.roots)), float(trees.base[0])
    while len(node):
        inner = trees.left[node] >= 0
        total += float(reach[~inner] @ trees.value[node[~inner], 0])
        above = np.repeat(node[inner], 2)
        node = np.stack([trees.left[node[inner]], trees.right[node[inner]]], axis=1).ravel()
        reach = np.repeat(reach[inner], 2) * _share(trees, node, above)
    return total


def block_of(trees: TreeEnsemble, players: Ints, roots: Ints) -> Block:
    """Some trees of an ensemble, level by level.

    Args:
        trees: an ensemble with one output.
        players: (features,) player of each column.
        roots: the trees' roots.
    """
    return Block(trees, _levels(trees, players, roots))


def _levels(trees: TreeEnsemble, players: Ints, roots: Ints) -> list[Level]:
    n = len(roots)
    zero, none = np.zeros(n, np.intp), np.full(n, NONE, np.intp)
    inner = np.flatnonzero(trees.left[roots] >= 0)
    empty = np.empty((n, 0))
    top = Level(
        roots, none, zero > 0, none, none, 0, none, zero, empty.astype(np.intp), empty, np.ones(n), inner
    )  # fmt: skip
    out, last = [top], np.empty((n, 0), np.intp)
    while len(out[-1].inner):
        level, last = _below(trees, players, out[-1], last)
        out.append(level)
    return out


def _below(trees: TreeEnsemble, owner: Ints, up: Level, last: Ints) -> tuple[Level, Ints]:
    """The next level; `last` (m, width) holds the newest edge of each player on the path."""
    parent = np.repeat(up.inner, 2)
    above = up.node[parent]
    left = np.tile([True, False], len(up.inner))
    node = np.where(left, trees.left[above], trees.right[above])
    player = owner[trees.feature[above]]
    same = up.players[parent] == player[:, None]
    again = same.any(1)
    count = up.count[parent] + ~again
    slot = np.where(again, same.argmax(1) if same.shape[1] else 0, up.count[parent])
    width = int(count.max())
    rows, first = np.arange(len(node)), up.first + len(up.node)
    players = wider(up.players[parent], width, NONE)
    shares, last = wider(up.shares[parent], width, 1.0), wider(last[parent], width, NONE)
    previous = last[rows, slot]
    share = _share(trees, node, above)
    players[rows, slot], last[rows, slot] = player, first + rows
    shares[rows, slot] *= share
    np.maximum(shares, TINY, out=shares)
    inner = np.flatnonzero(trees.left[node] >= 0)
    reach = up.reach[parent] * share
    level = Level(node, parent, left, player, slot, first, previous, count, players, shares, reach, inner)
    return level, last


def _share(trees: TreeEnsemble, node: Ints, above: Ints) -> Array:
    """Share of the parent's training rows that go to the node (half where none came)."""
    whole = trees.cover[trees.left[above]] + trees.cover[trees.right[above]]
    return np.where(whole > 0, trees.cover[node] / np.where(whole > 0, whole, 1), 0.5)


def wider(a: NDArray[Any], width: int, fill: float) -> NDArray[Any]:
    """A table with columns of `fill` added until it has as many as told."""
    more = np.full((len(a), max(0, width - a.shape[1])), fill, a.dtype)
    return np.concatenate([a, more], axis=1)
