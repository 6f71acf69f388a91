"""Exact Shapley values of tree ensembles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..maskers.table import read_groups
from ..method import Stream, method
from ..models.columnwise import Fed, fed
from ..models.trees import NODE_BYTES, TreeEnsemble, forget, nodes, read
from ..params import Choice
from ..question import Question
from ..rows import Rows, is_frame, length, take
from ..shapley.game import small_sample
from ..treeshap import Sum, sums

Array = NDArray[np.float64]
FEW = 64
MOST_ROWS = 20_000  # baseline rows that are used; of more, so many are drawn
CLOSE = 1e-4  # libraries add up hundreds of leaves in single precision


@method(
    "Tree SHAP",
    needs=("trees", "table"),
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Lundberg et al. 2020 doi:10.1038/s42256-019-0138-9", "Janzing et al. 2020 arXiv:1910.13413"),
    exact=True,
    batch=True,
    alone=True,
)
def tree_shap(
    q: Question, *, perturbation: Annotated[str, Choice("auto", "path", "interventional")] = "auto"
) -> Stream:
    """Shapley values of a tree ensemble, exactly, read off its trees.

    Interventional: absent columns take their values from baseline rows (all of them are used). Path-dependent: an
    absent column's test sends a row both ways, by the share of training rows that went there; needs no baseline.
    With correlated columns the two differ, and neither is wrong. Boosted classifiers are explained on the margin. At
    the end of a Pipeline whose other steps treat every column by itself, all that is made of a raw column (its one-hot
    columns, say) is one player: the values are those of the raw columns, as exact as without the Pipeline. Thousands of
    trees are taken in random order: until all are in, answers are estimates with standard errors from those that are.

    Settings:
        perturbation: "interventional", "path", or "auto" (interventional if you gave a baseline).
    """
    by_path = perturbation == "path" or (perturbation == "auto" and q.baseline.chosen)
    trees, sign = _single(q)
    codes = _encoded(q, trees, q.x)
    trees, first = _checked(q, trees, codes, sign)
    groups, _ = read_groups(q.groups, q.input)
    players, columns = _players(q, groups)
    background = None if by_path else _encoded(q, trees, _fewer(q))
    if by_path:
        words = "the training rows, by the cover of each node"
        q.baseline = replace(q.baseline, name="cover", words=words, chosen=False)
    output = first if len(codes) == 1 else _outputs(q, trees, codes, sign)
    for found in sums(trees, codes, players, background, q.check, q.seed):
        yield _answer(q, found, sign, output, lambda phi: _shared(phi, groups, columns))


def _answer(q: Question, found: Sum, sign: float, output: Array, shared: Callable[[Array], Array]) -> Attribution:
    """The values, or what some of the trees tell about them."""
    many, error = length(q.x) > 1, 0.0
    stderr = None if found.stderr is None else small_sample(found.blocks - 1) * shared(found.stderr)
    if stderr is not None:
        error = float(stderr.max())
    return Attribution(
        values=shared(found.values) if sign > 0 else -shared(found.values),
        stderr=stderr,
        base=np.full(len(output), sign * found.base) if many else sign * found.base,
        output=output if many else float(output[0]),
        complete=True,
        error=error,
        error_kind="exact" if stderr is None else "stderr",
        notes=() if stderr is None else (f"From {found.trees:,} of the trees, drawn at random and scaled up to all.",),
    )


def _fewer(q: Question) -> Rows:
    """The baseline rows, or where they are very many, some of them."""
    n = length(q.reference)
    if n <= MOST_ROWS:
        return q.reference
    q.note(f"Of the {n:,} baseline rows, {MOST_ROWS:,} drawn at random are used; the values are exact for these.")
    chosen = np.sort(q.rng("tree_shap background").choice(n, MOST_ROWS, replace=False))
    return take(q.reference, chosen)


def _single(q: Question) -> tuple[TreeEnsemble, float]:
    """The trees of the target's output, and the sign with which they enter it."""
    trees = _read(q)
    if callable(q.target.index):
        raise refuse(q.who, "target must be a class or an output, not a function of the outputs", q.target.index)
    k = q.target.index if isinstance(q.target.index, int) else q.target.index[0]
    if trees.unit == "path length":
        q.note("Explains the average path length: short paths are anomalies. The anomaly score is a curve of it.")
        return _kept(trees, 0), 1.0
    if len(trees.base) == 1:
        return _kept(trees, 0), -1.0 if q.model.classes and k == 0 else 1.0
    return _kept(trees, k), 1.0


def _read(q: Question) -> TreeEnsemble:
    """The trees, unless they are more than may be held (told before they are read, where the model tells)."""
    source = _fed(q).last
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


def _encoded(q: Question, trees: TreeEnsemble, rows: Rows) -> Array:
    if hasattr(q.model.source, "n_features_in_"):
        return trees.encode(_fed(q).made(rows))
    return trees.encode(rows.iloc[:, _order(q, rows)] if is_frame(rows) else rows)


def _fed(q: Question) -> Fed:
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
    order, origin = _order(q, rows), _fed(q).origin
    return order if origin is None else order[origin]


def _checked(q: Question, trees: TreeEnsemble, codes: Array, sign: float) -> tuple[TreeEnsemble, Array]:
    """The trees and the first row's output, if their sum is what the model answers; a changed model is read again.

    Raises:
        ValueError: if the model's output is not the sum of its trees.
    """
    found = sign * trees.scores(codes[:1])[:, 0]
    if trees.unit == "path length" or _agrees(q, found):
        return trees, found
    forget(_fed(q).last)
    trees, sign = _single(q)
    found = sign * trees.scores(codes[:1])[:, 0]
    if not _agrees(q, found):
        rule = "the model's output must be the sum of its trees (try link='margin')"
        raise refuse(q.who, rule, Phrase(f"{q.output:.6g} where the trees sum to {found[0]:.6g}"))
    return trees, found


def _agrees(q: Question, found: Array) -> bool:
    return bool(abs(found[0] - q.output) <= CLOSE * max(1.0, abs(q.output)))


def _outputs(q: Question, trees: TreeEnsemble, codes: Array, sign: float) -> Array:
    """What is explained: the trees' sum in double precision, or for many rows the model's own (faster) answer."""
    if trees.unit == "path length" or len(codes) <= FEW:
        return sign * trees.scores(codes)[:, 0]
    return q.outputs(q.x)


def _players(q: Question, groups: list[NDArray[np.intp]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Player of each column of the trees, and of each column of the input."""
    of = np.empty(len(q.input.names), np.intp)
    for player, columns in enumerate(groups):
        of[columns] = player
    return of[raw_columns(q, take(q.x, slice(0, 1)))], of


def _shared(phi: Array, groups: list[NDArray[np.intp]], of: NDArray[np.intp]) -> Any:
    """A group's value in equal parts to its columns."""
    if phi.shape[1] == len(groups) == len(of) and (of == np.arange(len(of))).all():
        return phi  # many rows are not copied
    full = np.zeros((len(phi), len(groups)))
    full[:, : phi.shape[1]] = phi[:, : len(groups)]
    return (full / [len(g) for g in groups])[:, of]
