"""Rows that are alike in the other columns: within them a column can be shuffled without making up impossible rows.

A regression tree predicts the column from all others; its leaves are the strata. Every half of the rows falls into the
leaves of a tree that was grown on the other half: a tree that follows its own rows' noise would leave too little of the
column to shuffle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..question import Question
from ..rows import Rows
from ..surrogates.standins import Levels, table_of
from .columns import Column

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
LEAF = 10  # rows of a leaf, at least, where the tree was grown
GROWN = 4000  # rows that a tree is grown on, at most


@dataclass(frozen=True)
class Strata:
    """A partition of the rows for one group of columns.

    Attributes:
        labels: (n,) the stratum of every row.
        left: share of the columns' variance that is left within the strata: what there is to shuffle.
        alone: rows that share their stratum with no other row, and so stay as they are.
    """

    labels: Labels
    left: float
    alone: int


class Conditions:
    """Finds the strata of any group of columns of a dataset."""

    def __init__(self, q: Question, data: Rows) -> None:
        self._q = q
        self._coded = [_coded(c) for c in table_of(q, data)]
        n = len(self._coded[0])
        order = q.rng("strata").permutation(n)
        self._halves = (np.sort(order[: n // 2]), np.sort(order[n // 2 :]))

    def strata(self, group: NDArray[np.intp]) -> Strata:
        """Strata for shuffling some columns given all others."""
        self._q.check()
        own = _standard(np.concatenate([self._coded[j] for j in group], axis=1))
        rest = [c for j, c in enumerate(self._coded) if j not in group]
        labels = np.zeros(len(own), np.intp)
        if rest and own.any():
            others = np.concatenate(rest, axis=1).astype(np.float32)
            grown, other = self._halves
            for k, (here, there) in enumerate(((grown, other), (other, grown))):
                if len(here):
                    labels[there] = 2 * self._leaves(others, own, here, there) + k
        _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
        means = np.stack([np.bincount(labels, own[:, k]) for k in range(own.shape[1])], axis=1) / counts[:, None]
        left = float(((own - means[labels]) ** 2).sum() / max(1e-300, float((own**2).sum())))
        return Strata(labels, left, int((counts == 1).sum()))

    def _leaves(self, others: NDArray[np.float32], own: Array, here: Labels, there: Labels) -> Labels:
        try:
            from sklearn.tree import DecisionTreeRegressor
        except ImportError as error:
            rule = "kind='conditional' needs scikit-learn (pip install \"jupyter-explain[sklearn]\")"
            raise refuse(self._q.who, rule, Phrase("an environment without it")) from error
        here = here[:: -(-len(here) // GROWN)]
        tree = DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=0).fit(others[here], own[here])
        return np.asarray(tree.apply(others[there]), np.intp)


def shuffled_within(rng: np.random.Generator, labels: Labels) -> Labels:
    """For every row a random other row of its stratum, each of them once; a row that is alone keeps its own.

    In a random circle of the stratum's rows every row takes the next one's place: all other rows are equally likely.
    """
    order = np.lexsort((rng.random(len(labels)), labels))
    first = np.flatnonzero(np.diff(labels[order], prepend=-1))
    following = np.roll(order, -1)
    following[np.append(first[1:], len(order)) - 1] = order[first]
    out = np.empty_like(order)
    out[order] = following
    return out


def _coded(column: Column) -> Array:
    """A column as numbers (n, k): itself, with missing values below all others; or one for each category."""
    if not column.numeric:
        levels = Levels.of(column)
        return np.asarray(levels.codes(column)[:, None] == np.arange(len(levels.names)), float)
    found = column.numbers
    if not column.known.any():
        return np.zeros((len(found), 1))
    low, high = float(found[column.known].min()), float(found[column.known].max())
    return np.where(column.known, found, low - (high - low) - 1)[:, None]


def _standard(coded: Array) -> Array:
    """Centred, and in units of the standard deviation: the columns of a group count alike."""
    centred = coded - coded.mean(0)
    size = centred.std(0)
    return centred / np.where(size > 1e-12 * np.abs(coded).max(0, initial=1e-300), size, np.inf)
