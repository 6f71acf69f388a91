"""One tree of a fitted model, read alone: quick also where the model has ten thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..rows import Rows
from .sklearn import accepted
from .trees import Array, Tree, TreeEnsemble, join, reader_of

Levels = dict[int, list[Any]]


@dataclass(frozen=True)
class Read:
    """What a reader finds.

    Attributes:
        tree: the tree; its leaves hold its own prediction (a forest's tree) or what it adds (a boosted one).
        count: trees there are for this output.
        unit: "probability", "margin", "output" or "path length".
        adds: whether the model adds its trees up (else it averages them, or there is one).
        encode: rows as the tree sees them.
        both: whether one tree stands for both of two classes; what it adds to the second, it takes from the first.
        impurity: (nodes,) and what is measured, or None.
        levels: names of the categories of columns that are split by category, by code.
    """

    tree: Tree
    count: int
    unit: str
    adds: bool
    encode: Callable[[Rows], Array]
    both: bool = False
    impurity: tuple[Array, str] | None = None
    levels: Levels = field(default_factory=dict)


@dataclass(frozen=True)
class OneTree:
    """A tree with its columns.

    Attributes:
        read: what the reader found.
        nodes: the same tree as an ensemble of one, which knows where rows go.
        names: the columns that it tests.
        made: whether a Pipeline makes these columns from the raw ones.
    """

    read: Read
    nodes: TreeEnsemble
    names: tuple[str, ...]
    made: bool
    encode: Callable[[Rows], Array]

    def path(self, rows: Rows) -> tuple[NDArray[np.intp], Array]:
        """The nodes of the first row's way from the root to its leaf, and the row as the tree sees it."""
        codes, found = self.encode(rows)[:1], [0]
        while self.nodes.left[found[-1]] >= 0:
            at = np.array(found[-1:], np.intp)
            goes = self.nodes.goes_left(codes[0, self.nodes.feature[at]], at)[0]
            found.append(int((self.nodes.left if goes else self.nodes.right)[at][0]))
        return np.array(found, np.intp), codes[0]


def grows(source: Any) -> bool:
    """Whether a model is a tree, has trees, or is a Pipeline that ends in one of these (told by the type alone)."""
    return source is not None and reader_of(last(source)) is not None


def one_tree(source: Any, output: int, number: int, names: tuple[str, ...], who: str) -> OneTree:
    """A tree of a fitted model.

    Args:
        source: the user's model.
        output: the output whose trees are meant, where each output has its own.
        number: which of them, from 0.
        names: columns of the input, in the model's order.
        who: the method, for errors.

    Raises:
        ValueError: if there is no such tree, or it cannot be read.
    """
    final = last(source)
    reader = import_module(f".readers.{reader_of(final)}", __package__)
    most = reader.count(final, output)
    if number >= most:
        known = "the model has one tree: tree must be 0" if most == 1 else f"tree must be a number from 0 to {most - 1}"
        raise refuse(who, known, number)
    found: Read = reader.one(final, output, number)
    nodes = join([found.tree], [0], np.zeros(1), found.unit, found.encode)
    made = final is not source
    columns, rows_of = _made(source, names) if made else (names, _kept(source))
    return OneTree(found, nodes, columns, made, lambda rows: found.encode(rows_of(rows)))


def tree_count(source: Any, output: int) -> int:
    """How many trees an output has."""
    final = last(source)
    return int(import_module(f".readers.{reader_of(final)}", __package__).count(final, output))


def last(source: Any) -> Any:
    """The estimator at the end of a Pipeline, however deep."""
    while is_pipeline(source):
        source = source.steps[-1][1]
    return source


def is_pipeline(source: Any) -> bool:
    return any(c.__name__ == "Pipeline" and c.__module__.startswith("sklearn") for c in type(source).__mro__)


def _kept(source: Any) -> Callable[[Rows], Rows]:
    return accepted(source) if hasattr(source, "n_features_in_") else lambda rows: rows


def _made(source: Any, names: tuple[str, ...]) -> tuple[tuple[str, ...], Callable[[Rows], Rows]]:
    """The columns that a Pipeline hands to its last step, and how it makes them."""
    steps, accept = [], accepted(source)
    while is_pipeline(source):
        steps += [step for _, step in source.steps[:-1] if step is not None and not isinstance(step, str)]
        source = source.steps[-1][1]

    def through(rows: Rows) -> Rows:
        rows = accept(rows)
        for step in steps:
            rows = step.transform(rows)
        return rows.toarray() if hasattr(rows, "toarray") else rows

    return _named(steps, names, source), through


def _named(steps: list[Any], names: tuple[str, ...], last: Any) -> tuple[str, ...]:
    """The names that the steps give their columns, or numbers."""
    known: Any = np.array(names, object)
    try:
        for step in steps:
            known = step.get_feature_names_out(known)
    except Exception:  # noqa: BLE001  (steps of one's own seldom can say)
        return tuple(f"made column {j}" for j in range(last.n_features_in_))
    return tuple(map(str, known))


def averaged(tree: Tree) -> Tree:
    """The tree with a value at every node: the mean of its leaves', by their cover."""
    value, cover = np.array(tree.value, float), np.where(tree.left < 0, tree.cover, 0.0).astype(float)
    for node in _bottom_up(tree):
        sides = [tree.left[node], tree.right[node]]
        weight = cover[sides] if cover[sides].sum() > 0 else np.ones(2)
        value[node] = weight @ value[sides] / weight.sum()
        cover[node] = cover[sides].sum()
    return replace(tree, value=value)


def _bottom_up(tree: Tree) -> list[int]:
    """Inner nodes, children first."""
    order, inner = [0], []
    for node in order:  # grows while it runs
        if tree.left[node] >= 0:
            inner.append(node)
            order += [int(tree.left[node]), int(tree.right[node])]
    return inner[::-1]
