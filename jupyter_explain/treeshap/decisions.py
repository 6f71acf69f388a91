"""Which way rows go at every node: rows as ranks among the thresholds, so that a comparison is one small integer's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models.trees import Array, Flags, Ints, TreeEnsemble


class Decisions:
    """The splits of an ensemble, made ready for many rows."""

    def __init__(self, trees: TreeEnsemble) -> None:
        self._trees = trees
        self._columns, self._row = np.unique(trees.feature, return_inverse=True)
        self._row = self._row.astype(np.intp)
        numeric = (trees.left >= 0) & (trees.category < 0)
        self._marks = [np.unique(trees.threshold[numeric & (self._row == i)]) for i in range(len(self._columns))]
        most = max((len(m) for m in self._marks), default=0)
        self.dtype: Any = np.uint16 if most < 2**16 - 1 else np.uint32
        self._rank = np.zeros(len(trees.left), self.dtype)
        for i, marks in enumerate(self._marks):
            mine = numeric & (self._row == i)
            self._rank[mine] = np.searchsorted(marks, trees.threshold[mine])

    def read(self, codes: Array) -> Rowset:
        """Encoded rows (n, features), ready to be sent through the trees."""
        ranks = np.empty((len(self._columns), len(codes)), self.dtype)
        for i, (column, marks) in enumerate(zip(self._columns, self._marks, strict=True)):
            ranks[i] = np.searchsorted(marks, codes[:, max(column, 0)])  # missing values come after every threshold
        return Rowset(self, ranks, codes, bool(np.isnan(codes).any()))

    def left(self, node: Ints, rows: Rowset, part: slice) -> Flags:
        """(nodes, rows): whether each row goes left."""
        trees = self._trees
        out: Flags = rows.ranks[:, part][self._row[node]] <= self._rank[node, None]
        special = trees.category[node] >= 0
        if rows.gaps:
            special = special | trees.missing_left[node]
        for i in np.flatnonzero(special):
            out[i] = trees.goes_left(rows.codes[part, trees.feature[node[i]]], node[i : i + 1])
        return out


class Rowset:
    """Rows as ranks (columns, n) and as codes (n, features)."""

    def __init__(self, decisions: Decisions, ranks: NDArray[Any], codes: Array, gaps: bool) -> None:
        self._decisions, self.ranks, self.codes, self.gaps = decisions, ranks, codes, gaps

    def __len__(self) -> int:
        return len(self.codes)

    def left(self, node: Ints, part: slice) -> Flags:
        """(nodes, rows of `part`): whether each row goes left."""
        return self._decisions.left(node, self, part)


@dataclass(frozen=True, eq=False)
class Background:
    """Rows that absent players take their values from, with their weights (rows,)."""

    rows: Rowset
    weights: Array

    @classmethod
    def equal(cls, rows: Rowset) -> Background:
        """Every row with the same weight, 1 in all."""
        return cls(rows, np.full(len(rows), 1 / len(rows)))
