"""The trees that make the target's output, and how: as they are or with the other sign, plain or on a curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, refuse
from .models.columnwise import Fed, fed
from .models.trees import NODE_BYTES, Array, TreeEnsemble, nodes, read
from .question import Question
from .rows import Rows, is_frame
from .treeshap import Sum, curved, logistic, sums


@dataclass(frozen=True, eq=False)
class OutputTrees:
    """The trees of the target's output.

    Attributes:
        trees: those of the output.
        sign: with which they enter it.
        logistic: whether it is the logistic function of their sum.
    """

    trees: TreeEnsemble
    sign: float = 1.0
    logistic: bool = False

    def outputs(self, codes: Array) -> Array:
        """What is explained, of encoded rows."""
        found = self.sign * self.trees.scores(codes)[:, 0]
        return logistic(found) if self.logistic else found

    def base(self, found: Sum) -> float:
        """The output where all players are absent."""
        return self.sign * found.base + (self.logistic and self.sign < 0)

    def sums(self, codes: Array, players: NDArray[np.intp], background: Array | None, q: Question) -> Iterator[Sum]:
        """What the trees tell of each player."""
        if self.logistic and background is not None:
            return curved(self.trees, codes, players, background, q.check, q.seed)
        return sums(self.trees, codes, players, background, q.check, q.seed)


def output_trees(q: Question) -> OutputTrees:
    """The trees of the target's output.

    Raises:
        ValueError: for a target that is a function, and for the probability of one of many classes.
    """
    trees = _read(q)
    if callable(q.target.index):
        raise refuse(q.who, "target must be a class or an output, not a function of the outputs", q.target.index)
    k = q.target.index if isinstance(q.target.index, int) else q.target.index[0]
    if trees.unit == "path length":
        q.note("Explains the average path length: short paths are anomalies. The anomaly score is a curve of it.")
        return OutputTrees(_kept(trees, 0))
    curve, many = "trees" not in q.model.can, len(trees.base) > 1
    if curve and many:
        rule = "the probability of one of many classes is no curve of a sum; use link='margin' or permutation_shap"
        raise refuse(q.who, rule, Phrase(f"{len(trees.base)} classes"))
    if curve:
        q.note(
            "Against each baseline row, values of the margin are scaled to add up to the change of probability; "
            "permutation_shap estimates the Shapley values of the probability itself."
        )
    negative = not many and bool(q.model.classes) and k == 0
    return OutputTrees(_kept(trees, k if many else 0), -1.0 if negative else 1.0, curve)


def _read(q: Question) -> TreeEnsemble:
    """The trees, unless they are more than may be held (told before they are read, where the model tells)."""
    source = fed_model(q).last
    _claim(q, nodes(source))
    trees = read(source)
    _claim(q, len(trees.left))
    return trees


def _claim(q: Question, count: int) -> None:
    way_out = "grow fewer or shallower trees, or use permutation_shap, which only asks the model"
    q.claim(NODE_BYTES * count, f"the {count:,} nodes of the trees", way_out)


def _kept(trees: TreeEnsemble, k: int) -> TreeEnsemble:
    """The trees of one output, made once, so that their tables are found again."""
    key = ("single", k)
    if key not in trees.memo:
        trees.memo[key] = trees.single(k)
    return trees.memo[key]


def _order(q: Question, rows: Rows) -> NDArray[np.intp]:
    """Place in `rows` of each column that the model was fitted on."""
    names = q.model.columns
    if is_frame(rows) and names:
        return np.array([list(map(str, rows.columns)).index(n) for n in names], np.intp)
    return np.arange(len(q.input.names))


def encoded(q: Question, trees: TreeEnsemble, rows: Rows) -> Array:
    """Rows as the trees see them."""
    if hasattr(q.model.source, "n_features_in_"):
        return trees.encode(fed_model(q).made(rows))
    return trees.encode(rows.iloc[:, _order(q, rows)] if is_frame(rows) else rows)


def fed_model(q: Question) -> Fed:
    """The model that has the trees, and what reaches it."""
    found = fed(q.model.source)
    if found is None:
        rule = (
            "every step before the trees must make each column of one raw column; permutation_shap takes any Pipeline"
        )
        raise refuse(q.who, rule, q.model.source)
    return found


def raw_columns(q: Question, rows: Rows) -> NDArray[np.intp]:
    """Place in `rows` of the column that each column of the trees is, or is made from."""
    order, origin = _order(q, rows), fed_model(q).origin
    return order if origin is None else order[origin]
