"""A decision tree, and the way of one row through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .base import Explanation

Ints = NDArray[np.intp]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Categories:
    """A question about a category: yes where it is one of `names`, or, with `others`, where it is none of them."""

    names: tuple[str, ...]
    others: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Tree(Explanation):
    """A decision tree: a user's own, one of an ensemble, or one that stands in for a model.

    Arrays are over the nodes, the root first; leaves have `yes == no == -1`.

    Attributes:
        yes, no: (nodes,) child for a yes, and for a no, to the node's question.
        feature: (nodes,) column that is asked about, -1 at leaves.
        threshold: (nodes,) yes where the column is at most this; 0 where the question is another one.
        missing: (nodes,) whether a missing value is answered with yes.
        categories: questions about categories, by node.
        values: (nodes, outputs) what the tree gives there; at inner nodes the mean of the leaves below.
        cover: (nodes,) share of the training weight (of a surrogate: of the rows) that gets there.
        impurity: (nodes,) or None; `criterion` says what it measures.
        names: the columns.
        outputs: names of the outputs that `values` has; `column` is the one that is explained.
        path: (k,) nodes of the explained row's way, root first; empty where no single row is explained.
        own: the explained row's values in words, for the columns asked on its way.
        number, count: which tree of how many; None for a surrogate.
        fidelity: of a surrogate, by depth from 0: share of the output's variance on other rows that it explains (R²).
        fidelity_stderr: its standard error.
        agreement: the same by depth for the share of other rows that get the class that the model gives, or None.
        agreement_stderr: its standard error.
    """

    yes: Ints
    no: Ints
    feature: Ints
    threshold: Array
    missing: NDArray[np.bool_]
    categories: Mapping[int, Categories] = field(default_factory=dict)
    values: Array
    cover: Array
    impurity: Array | None = None
    criterion: str = ""
    names: tuple[str, ...]
    outputs: tuple[str, ...] = ("output",)
    column: int = 0
    path: Ints
    own: Mapping[int, str] = field(default_factory=dict)
    number: int | None = None
    count: int | None = None
    fidelity: Array | None = None
    fidelity_stderr: Array | None = None
    agreement: Array | None = None
    agreement_stderr: Array | None = None

    @property
    def spread(self) -> float:
        """A surrogate's fidelity is a share: 1; else the range of the leaves' values."""
        leaves = self.values[self.yes < 0, self.column]
        return 1.0 if self.fidelity is not None else float(np.ptp(leaves))

    @property
    def parents(self) -> Ints:
        """(nodes,) the parent of each node, -1 for the root."""
        found = np.full(len(self.yes), -1, np.intp)
        inner = np.flatnonzero(self.yes >= 0)
        found[self.yes[inner]] = found[self.no[inner]] = inner
        return found

    @property
    def depths(self) -> Ints:
        """(nodes,) questions asked before each node."""
        found, level, depth = np.zeros(len(self.yes), np.intp), np.array([0], np.intp), 0
        while len(level):
            found[level] = depth
            inner, depth = level[self.yes[level] >= 0], depth + 1
            level = np.concatenate([self.yes[inner], self.no[inner]])
        return found

    @property
    def value(self) -> Array:
        """(nodes,) what the tree gives for the explained output."""
        return self.values[:, self.column]

    def __repr__(self) -> str:
        return str(self)
