"""A small tree that stands in for the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column
from ..errors import Phrase, refuse
from ..explanation import Categories, Tree
from ..method import Stream, method
from ..params import Between
from ..question import Question
from ..rows import Rows, copied, length, take
from ..rules.decisions import by_class
from ..rules.predicates import cell, said
from ..surrogates.standins import Levels, explained, samples, shown_level, table_of, usable

Array = NDArray[np.float64]
HELD = 3  # every third row tests the tree that the others make
DEEPEST = 8
LEAST, SHARE = 5, 0.01  # fewest rows of a leaf: LEAST, or SHARE of those that make the tree
ENDLESS = 1e300  # a cut above all numbers: it asks whether there is one
CLASSES = 50  # of more outputs, the tree is about the target alone


@method(
    "Tree surrogate",
    needs=("predict", "data", "table"),
    cites=(
        "Craven and Shavlik 1996 (surrogates and their fidelity; NIPS 8)",
        "Breiman et al. 1984 doi:10.1201/9781315139470",
    ),
    baseline=False,
)
def tree_surrogate(q: Question, *, depth: Annotated[int, Between(1, DEEPEST)] = 3) -> Stream:
    """A small decision tree, fitted to the model's own outputs: a readable stand-in, with its fidelity.

    Two thirds of the rows make the tree; the others test it, at every depth from 0 to 8: R² is the share of the
    output's variance there that it explains, and for a classifier also the share of rows that get the model's class.
    It is made from the model's outputs, never from true outcomes; of a classifier, from the scores of all classes at
    once. Questions are about raw columns, those about categories as sets. A missing value goes its own way.

    Settings:
        depth: questions one after the other, at most.
    """
    whole = by_class(q) and len(q.scores) <= CLASSES
    if whole:  # the same tree for every class; the target says which score stands at the nodes
        q.notes[:] = [n for n in q.notes if not n.startswith("Target chosen")]
    order, outputs = np.empty(0, np.intp), np.empty((0, len(q.scores) if whole else 1))
    for some in samples(q):
        outputs = np.concatenate([outputs, _outputs(q, take(q.data, some), whole)])
        order = np.concatenate([order, some])
        yield _answer(q, take(q.data, order), outputs, depth, whole)


def _outputs(q: Question, rows: Rows, whole: bool) -> Array:
    """The scores of all classes (n, classes), or the target's output (n, 1)."""
    if not whole:
        return q.outputs(rows)[:, None]
    scores = q.responses(length(rows), lambda part: copied(take(rows, part)), q.model.predict).astype(float)
    bad = int((~np.isfinite(scores).all(1)).sum())
    if bad:
        raise refuse(q.model.title, "must return finite numbers", Phrase(f"NaN or infinity for {bad} rows"))
    return scores


def _answer(q: Question, rows: Rows, outputs: Array, depth: int, whole: bool) -> Tree:
    """The tree that two thirds of the rows make, and how it does on the others."""
    held = np.arange(len(outputs)) % HELD == HELD - 1
    k = q.target.index if whole and isinstance(q.target.index, int) else 0
    made = table_of(q, take(rows, np.flatnonzero(~held)))
    coding = _Coding.of(usable(q, made), outputs[~held, k])
    grown = _grown(q, coding.numbers(made), outputs[~held])
    tested = _by_depth(grown, coding.numbers(table_of(q, take(rows, np.flatnonzero(held)))))
    quality = _quality(outputs[held], grown.value[tested], k, whole)
    cut = _cut(grown, depth)
    path, own = _own(q, coding, cut)
    _note_constant(q, outputs[~held, k])
    return Tree(
        yes=cut.left,
        no=cut.right,
        **_asked(coding, cut),
        values=cut.value,
        cover=cut.rows / cut.rows[0],
        names=q.input.names,
        outputs=q.names if whole else (q.target.name,),
        column=k,
        path=path,
        own=own,
        **quality,
        error=float(quality["fidelity_stderr"][depth]),
        error_kind="stderr",
        notes=(f"Made from {int((~held).sum())} rows, tested on {int(held.sum())} others.",),
    )


def _note_constant(q: Question, output: Array) -> None:
    """Say so where the output never changes."""
    if np.ptp(output) <= 1e-12 * max(1e-300, float(np.abs(output).max())):
        q.note("The output is the same for all rows: there is nothing to stand in for.")


def _asked(coding: _Coding, tree: _Grown) -> dict[str, Any]:
    """What the nodes ask, about raw columns: `feature`, `threshold` or `categories`, and where a gap goes."""
    inner = tree.left >= 0
    places = np.array([c.index for c in coding.columns], np.intp)
    sets = {int(i): coding.asked(int(tree.feature[i]), float(tree.threshold[i])) for i in np.flatnonzero(inner)}
    by_set = {i: asked for i, asked in sets.items() if asked is not None}
    numeric = inner & ~np.isin(np.arange(len(inner)), list(by_set))
    return {
        "feature": np.where(inner, places[np.maximum(tree.feature, 0)], -1),
        "threshold": np.where(numeric, np.clip(tree.threshold, -ENDLESS, ENDLESS), 0.0),
        "missing": tree.missing & inner,
        "categories": by_set,
    }


@dataclass(frozen=True)
class _Coding:
    """Columns as numbers: categories by their rank, from the lowest mean output to the highest.

    For a single output, cutting that order gives the best set of categories at the root (Breiman et al. 1984, § 9.4).
    """

    columns: list[Column]
    levels: dict[int, Levels]
    ranks: dict[int, Array]

    @staticmethod
    def of(columns: list[Column], output: Array) -> _Coding:
        levels = {c.index: Levels.of(c) for c in columns if not c.numeric}
        ranks = {}
        for c in columns:
            if not c.numeric:
                codes, n = levels[c.index].codes(c), len(levels[c.index].names)
                means = [output[codes == i].mean() if (codes == i).any() else 0.0 for i in range(n)]
                ranks[c.index] = np.argsort(np.argsort(means, kind="stable")).astype(float)
        return _Coding(columns, levels, ranks)

    def numbers(self, table: list[Column]) -> NDArray[np.float32]:
        """(n, columns), in single precision as the trees compare; what is missing is NaN."""
        return np.stack([self._one(table[c.index]) for c in self.columns], axis=1).astype(np.float32)

    def _one(self, column: Column) -> Array:
        if column.index not in self.levels:
            known = column.known if column.numeric else np.zeros(len(column.values), bool)
            with np.errstate(over="ignore"):
                out = np.where(known, column.numbers if column.numeric else np.nan, np.nan)
                return np.clip(out, -3e38, 3e38)
        codes = self.levels[column.index].codes(column)
        ranked = self.ranks[column.index][np.nan_to_num(codes).astype(np.intp)]
        return np.where(np.isnan(codes), np.nan, ranked)

    def asked(self, place: int, threshold: float) -> Categories | None:
        """The question of a node about categories, by the shorter list; None for numbers."""
        index = self.columns[place].index
        if index not in self.levels:
            return None
        names, ranks = self.levels[index].names, self.ranks[index]
        yes = ranks <= threshold
        inside = yes.sum() <= len(names) / 2
        return Categories(tuple(shown_level(n) for n, y in zip(names, yes, strict=True) if y == inside), not inside)


@dataclass(frozen=True)
class _Grown:
    """Arrays over the nodes."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    feature: NDArray[np.intp]
    threshold: Array
    missing: NDArray[np.bool_]
    value: Array
    rows: Array

    def children(self, node: NDArray[np.intp], numbers: NDArray[np.float32]) -> NDArray[np.intp]:
        """Where rows (n, columns) go from their nodes (n,); from a leaf nowhere."""
        own = numbers[np.arange(len(node)), np.maximum(self.feature[node], 0)]
        goes = np.where(np.isnan(own), self.missing[node], own <= self.threshold[node])
        return np.where(self.left[node] < 0, node, np.where(goes, self.left[node], self.right[node]))


def _grown(q: Question, numbers: NDArray[np.float32], outputs: Array) -> _Grown:
    """A tree of full depth; a smaller one is its upper part."""
    try:
        from sklearn.tree import DecisionTreeRegressor
    except ImportError as error:
        rule = 'scikit-learn must be installed (pip install "jupyter-explain[sklearn]"); rule_list needs nothing'
        raise refuse(q.who, rule, Phrase("an environment without it")) from error
    least = max(LEAST, int(SHARE * len(numbers)))
    model = DecisionTreeRegressor(max_depth=DEEPEST, min_samples_leaf=least, random_state=0).fit(numbers, outputs)
    tree = model.tree_
    gaps = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count)).astype(bool)
    children = (tree.children_left.astype(np.intp), tree.children_right.astype(np.intp))
    rows = tree.weighted_n_node_samples
    met = np.asarray(np.isnan(numbers).any(axis=0), bool)  # where training met no gap, one goes with the larger side
    larger = rows[np.maximum(children[0], 0)] >= rows[np.maximum(children[1], 0)]
    gaps = np.where(met[np.maximum(tree.feature, 0)], gaps, larger)
    return _Grown(*children, tree.feature.astype(np.intp), tree.threshold, gaps, tree.value[:, :, 0], rows)


def _by_depth(tree: _Grown, numbers: NDArray[np.float32]) -> NDArray[np.intp]:
    """(depths, n) the node of each row at every depth."""
    found = [np.zeros(len(numbers), np.intp)]
    for _ in range(DEEPEST):
        found.append(tree.children(found[-1], numbers))
    return np.array(found)


def _quality(true: Array, said: Array, k: int, whole: bool) -> dict[str, Any]:
    """Fidelity by depth, from outputs (n, outputs) and what the tree says (depths, n, outputs)."""
    found = np.array([explained(true[:, k], s[:, k]) for s in said])
    out = {"fidelity": found[:, 0], "fidelity_stderr": found[:, 1]}
    if whole:
        same = np.array([_agreement(true.argmax(1), s.argmax(1)) for s in said])
        out |= {"agreement": same[:, 0], "agreement_stderr": same[:, 1]}
    return out


def _agreement(true: NDArray[np.intp], said: NDArray[np.intp]) -> tuple[float, float]:
    """Share of equal classes, and its standard error (Agresti and Coull 1998), never 0."""
    n, same = len(true), int((true == said).sum())
    near = (same + 2) / (n + 4)
    return same / n, float(np.sqrt(near * (1 - near) / (n + 4)))


def _cut(tree: _Grown, depth: int) -> _Grown:
    """The upper part, nodes in the order of the levels."""
    order, level, at = [], [0], 0
    left, right = tree.left.copy(), tree.right.copy()
    while level:
        order += level
        if at == depth:
            left[level] = right[level] = -1
        level = [int(side[n]) for n in level if left[n] >= 0 for side in (left, right)]
        at += 1
    keep = np.array(order, np.intp)
    place = np.full(len(left), -1, np.intp)
    place[keep] = np.arange(len(keep))
    yes, no = (np.where(side[keep] >= 0, place[side[keep]], -1) for side in (left, right))
    rest = (tree.feature[keep], tree.threshold[keep], tree.missing[keep], tree.value[keep], tree.rows[keep])
    return _Grown(yes, no, *rest)


def _own(q: Question, coding: _Coding, tree: _Grown) -> tuple[NDArray[np.intp], dict[int, str]]:
    """The explained row's way, and its values there; nothing where all rows are explained."""
    if q.whole:
        return np.empty(0, np.intp), {}
    table = table_of(q, q.x)
    numbers, path = coding.numbers(table), [0]
    while tree.left[path[-1]] >= 0:
        path.append(int(tree.children(np.array(path[-1:]), numbers)[0]))
    places = {coding.columns[int(tree.feature[n])].index for n in path[:-1]}
    return np.array(path, np.intp), {j: said(cell(table[j], 0)) for j in sorted(places)}
