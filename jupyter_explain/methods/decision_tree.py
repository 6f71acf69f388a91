"""The user's own tree, or one tree of an ensemble, with the row's way through it."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import column_of
from ..errors import refuse
from ..explanation import Categories, Tree
from ..method import Stream, method
from ..models.one_tree import OneTree, one_tree
from ..params import Between
from ..question import Question
from ..rows import is_frame
from ..rules.predicates import cell, said

MOST = 10_000_000
ENDLESS = 1e300  # a cut above all numbers: it asks whether there is one


@method(
    "Decision tree",
    needs=("tree", "table"),
    cites=("Breiman et al. 1984 doi:10.1201/9781315139470",),
    exact=True,
    baseline=False,
    alone=True,
)
def decision_tree(q: Question, *, tree: Annotated[int, Between(0, MOST)] = 0) -> Stream:
    """A decision tree with the row's way through it: your own, or one tree of an ensemble, read off the model.

    It shows the tree as it is: every question, and which answer a missing value gets. A forest's tree gives its own
    prediction, and the forest the mean of all; a boosted tree gives what it adds to the margin (of regressors: to the
    output). At inner nodes stands the mean of the leaves below, by the training weight that reached them. At the end of
    a Pipeline, questions are about the columns that its steps make.

    Settings:
        tree: number of the tree, from 0; where every class has trees of its own, among those of the target's class.
    """
    k = _output(q)
    found = one_tree(q.model.source, k, tree, _columns(q), q.who)
    _remark(q, found, tree)
    path, codes = found.path(q.x)
    yield _answer(q, found, tree, k, path, codes)


def _output(q: Question) -> int:
    """The output that is asked about."""
    if callable(q.target.index):
        raise refuse(q.who, "target must be a class or an output, not a function of the outputs", q.target.index)
    return q.target.index if isinstance(q.target.index, int) else q.target.index[0]


def _columns(q: Question) -> tuple[str, ...]:
    """The columns of the input in the order in which the model was fitted on them."""
    return q.model.columns if is_frame(q.x) and q.model.columns else q.input.names


def _remark(q: Question, found: OneTree, number: int) -> None:
    """What the leaves hold, and which columns are asked about."""
    read = found.read
    if read.count > 1:
        what = "what it adds to the margin" if read.unit == "margin" else "what it adds to the output"
        rest = "the model adds all of them up" if read.adds else "the model averages all of them"
        holds = what if read.adds else "its own path length" if read.unit == "path length" else "its own prediction"
        q.note(f"Tree {number} of {read.count} (counted from 0). Its leaves hold {holds}; {rest}.")
    elif read.adds:
        q.note("The only tree of a boosted model: its leaves hold what it adds to a constant.")
    if found.made:
        q.note("Questions are about the columns that the Pipeline makes, not about the raw ones.")


def _answer(q: Question, found: OneTree, number: int, k: int, path: NDArray[np.intp], codes: Any) -> Tree:
    read, nodes = found.read, found.nodes
    values = np.array(read.tree.value, float)
    if read.both and q.model.classes and k == 0:
        values = -values
    several = values.shape[1] == len(q.names) > 1
    inner = nodes.left >= 0
    categories = _categories(found)
    numeric = inner & (nodes.category < 0)
    asked = {int(j) for j in nodes.feature[path[:-1]]}
    total = nodes.cover[0]
    return Tree(
        yes=nodes.left,
        no=nodes.right,
        feature=np.where(inner, nodes.feature, -1),
        threshold=np.where(numeric, np.clip(nodes.threshold, -ENDLESS, ENDLESS), 0.0),
        missing=nodes.missing_left & inner,
        categories=categories,
        values=values,
        cover=nodes.cover / total if total > 0 else np.ones(len(inner)),
        impurity=None if read.impurity is None else read.impurity[0],
        criterion="" if read.impurity is None else read.impurity[1],
        names=found.names,
        outputs=q.names if several else (q.target.name,),
        column=k if several else 0,
        path=path,
        own={j: _own(q, found, j, codes) for j in sorted(asked)},
        number=number,
        count=read.count,
        unit=read.unit,
        error=0.0,
        error_kind="exact",
    )


def _own(q: Question, found: OneTree, j: int, codes: Any) -> str:
    """The row's value of a column, in words: the raw one where the column is raw."""
    if found.made:
        return said(float(codes[j]))
    if not is_frame(q.x):
        return said(float(np.asarray(q.x)[0, j]))
    place = list(map(str, q.x.columns)).index(found.names[j]) if q.model.columns else j
    return said(cell(column_of(q.x, place, found.names[j]), 0))


def _categories(found: OneTree) -> dict[int, Categories]:
    """Every question about categories, by node: the shorter of the two lists where all are known."""
    nodes, out = found.nodes, {}
    for node in np.flatnonzero(nodes.category >= 0):
        flags = nodes.sets[nodes.category[node]]
        levels = found.read.levels.get(int(nodes.feature[node]))
        others = bool(flags[-1])  # of codes that are not listed
        codes = np.flatnonzero(flags[:-1] != others)
        if levels is None:
            out[int(node)] = Categories(tuple(map(str, codes)), others)
            continue
        yes = [c for c in range(len(levels)) if bool(flags[min(c, len(flags) - 1)])]
        inside = len(yes) <= len(levels) / 2
        named = yes if inside else [c for c in range(len(levels)) if c not in set(yes)]
        out[int(node)] = Categories(tuple(said(levels[c]) for c in named), not inside)
    return out
