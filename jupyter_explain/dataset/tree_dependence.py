"""Exact partial dependence of a sum of trees, by counting rows at leaves instead of asking the model at every point.

Fix the columns that are set, and let rows pass both ways at splits on them: the rows that arrive at a leaf are then the
same at every grid point, and the average output is the sum over leaves of (share of rows that arrive) × (value), over
the leaves that a point does not miss. Sets of rows are bits of machine words, so that a split of all rows is one AND.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import question
from ..models.trees import NODE_BYTES, Array, Flags, Ints, TreeEnsemble, nodes
from ..output_trees import encoded, fed_model, output_trees, raw_columns
from ..question import Question
from ..rows import Rows, copied, length, take
from ..treeshap.decisions import Decisions
from .variants import Swap, Variants

Words = NDArray[np.uint64]
LEAST = 1000  # rows from which it pays
ROWS = 8192  # rows whose sets are held at a time
NODES = 2**14  # nodes of the trees that are walked together
CHECKED = 32  # rows of which trees and model must agree
CLOSE = 1e-5


class Trees:
    """The trees of the target's output, with the rows of the dataset as they see them."""

    def __init__(self, q: Question, trees: TreeEnsemble, sign: float, codes: Array) -> None:
        self._q, self._trees, self._sign, self._codes = q, trees, sign, codes
        self._decisions = Decisions(trees)

    def means(self, many: Sequence[list[Swap]]) -> list[Array]:
        """Mean outputs over the rows under every swap; the swaps of one list set the same columns, to one value each.

        The sets of rows that go left at each split are made once for all lists.
        """
        inside = [np.isin(self._trees.feature, self._features(swaps[0].columns)) for swaps in many]
        arrived = np.zeros((len(many), len(self._trees.left)))
        for start in range(0, len(self._codes), ROWS):
            part = _Sets(self._decisions, self._codes[start : start + ROWS])
            for roots in _together(self._trees):
                self._q.check()
                for k, own in enumerate(inside):
                    for leaves, words in part.walk(self._trees, roots, ~own):
                        arrived[k, leaves] += np.bitwise_count(words).sum(1)
        return [self._at(s, own, a) for s, own, a in zip(many, inside, arrived, strict=True)]

    def _at(self, swaps: list[Swap], own: Flags, arrived: Array) -> Array:
        """The means at the points of one list: values of the leaves that each point does not miss."""
        points = encoded(self._q, self._trees, _points(self._q, swaps))
        grid, out = _Sets(self._decisions, points), np.zeros(len(points))
        for roots in _together(self._trees):
            for leaves, words in grid.walk(self._trees, roots, own):
                flags = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : len(points)]
                out += (arrived[leaves] * self._trees.value[leaves, 0]) @ flags
        return np.asarray(self._sign * (self._trees.base[0] + out / len(self._codes)))

    def _features(self, columns: tuple[int, ...]) -> Ints:
        """Where the trees keep some columns of the input."""
        return np.flatnonzero(np.isin(raw_columns(self._q, take(self._q.data, slice(0, 1))), columns))


class _Sets:
    """Sets of rows that go left at each split, as bits."""

    def __init__(self, decisions: Decisions, codes: Array) -> None:
        self._codes, self._rows = codes, decisions.read(codes)
        self._wide = -(-len(codes) // 64)
        self._gaps = {k: self._packed(np.isnan(codes[:, k])[None])[0] for k in np.flatnonzero(np.isnan(codes).any(0))}
        marks = [len(m) for m in decisions._marks]
        below = [self._below(ranks, m) for ranks, m in zip(self._rows.ranks, marks, strict=True)]
        self._left = np.concatenate(
            [*below, np.zeros((1, self._wide), np.uint64)]
        )  # the last: splits without threshold
        self._index = np.minimum(np.cumsum([0, *marks])[decisions._row] + decisions._rank, len(self._left) - 1)

    def _packed(self, flags: Flags) -> Words:
        full = np.zeros((len(flags), self._wide * 64), bool)
        full[:, : flags.shape[1]] = flags
        return np.packbits(full, axis=1, bitorder="little").view(np.uint64)

    def _below(self, ranks: NDArray[Any], marks: int) -> Words:
        """The rows at or below each threshold of one feature (thresholds, words)."""
        out = np.zeros((marks, self._wide), np.uint64)
        rows = np.flatnonzero(ranks < marks)
        np.add.at(out, (ranks[rows].astype(np.intp), rows >> 6), np.uint64(1) << (rows & 63).astype(np.uint64))
        return np.bitwise_or.accumulate(out, axis=0, out=out)

    def _goes_left(self, trees: TreeEnsemble, nodes: Ints) -> Words:
        out: Words = self._left[self._index[nodes]]
        for i in np.flatnonzero(trees.category[nodes] >= 0):
            codes = self._codes[:, trees.feature[nodes[i]]]
            out[i] = self._packed(trees.goes_left(codes, np.repeat(nodes[i], len(codes)))[None])[0]
        for k, missing in self._gaps.items():
            mine = (trees.feature[nodes] == k) & trees.missing_left[nodes] & (trees.category[nodes] < 0)
            out[mine] |= missing
        return out

    def walk(self, trees: TreeEnsemble, roots: Ints, decides: Flags) -> Iterator[tuple[Ints, Words]]:
        """(leaves, rows that arrive there), level by level; where a node does not decide, rows pass both ways."""
        nodes = roots
        sets = np.repeat(self._packed(np.ones((1, len(self._codes)), bool)), len(roots), axis=0)
        while len(nodes):
            leaf = trees.left[nodes] < 0
            if leaf.any():
                yield nodes[leaf], sets[leaf]
            nodes, sets = nodes[~leaf], sets[~leaf]
            if not len(nodes):
                return
            low, high = sets.copy(), sets
            some = np.flatnonzero(decides[nodes])
            if len(some):
                left = self._goes_left(trees, nodes[some])
                low[some] &= left
                high[some] &= ~left
            nodes, sets = np.concatenate([trees.left[nodes], trees.right[nodes]]), np.concatenate([low, high])


def _together(trees: TreeEnsemble) -> Iterator[Ints]:
    """Roots of trees that are walked together."""
    group = (np.cumsum(trees.sizes) - 1) // NODES
    for g in np.unique(group):
        yield trees.roots[group == g]


def _points(q: Question, swaps: list[Swap]) -> Rows:
    """One row under every swap."""
    variants = Variants(copied(take(q.data, slice(0, 1))), swaps)
    return variants(slice(0, len(variants)))


def trees_of(q: Question) -> Trees | None:
    """The trees behind the target's output, where it is their sum and there are rows enough for it to pay."""
    if "trees" not in q.model.can or length(q.data) < LEAST or callable(q.target.index):
        return None
    if NODE_BYTES * nodes(fed_model(q).last) > question.MEMORY:
        return None
    made = output_trees(q)
    if made.trees.unit == "path length":
        return None
    codes = encoded(q, made.trees, q.data)
    some = np.linspace(0, len(codes) - 1, CHECKED).astype(np.intp)
    asked, found = q.outputs(take(q.data, some)), made.outputs(codes[some])
    if np.abs(asked - found).max() > CLOSE * max(1.0, float(np.abs(asked).max())):
        return None
    return Trees(q, made.trees, made.sign, codes)
