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
from ..models.trees import forget
from ..output_trees import OutputTrees, encoded, fed_model, output_trees, raw_columns
from ..params import Choice, Needs
from ..question import Question
from ..rows import Rows, length, take
from ..shapley.game import small_sample
from ..treeshap import Sum

Array = NDArray[np.float64]
FEW = 64
MOST_ROWS = 20_000  # baseline rows that are used; of more, so many are drawn
CLOSE = 1e-4  # libraries add up hundreds of leaves in single precision


@method(
    "Tree SHAP",
    needs=("ensemble", "table"),
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Lundberg et al. 2020 doi:10.1038/s42256-019-0138-9", "Janzing et al. 2020 arXiv:1910.13413"),
    exact=True,
    batch=True,
    alone=True,
)
def tree_shap(
    q: Question,
    *,
    perturbation: Annotated[str, Choice("auto", "path", "interventional"), Needs("path", "trees")] = "auto",
) -> Stream:
    """Shapley values of a tree ensemble, exactly, read off its trees.

    Interventional: absent columns take their values from baseline rows (all of them are used). Path-dependent: an
    absent column's test sends a row both ways, by the share of training rows that went there; needs no baseline.
    With correlated columns the two differ, and neither is wrong. Boosted classifiers are explained on the margin,
    and so are boosted regressors of counts and costs (Poisson, gamma, Tweedie), whose margin is a logarithm.
    With two classes and `link="probability"`, the values against each baseline row are those on the margin, scaled to
    add up to the change of probability: complete, but not the Shapley values of the probability, which
    `permutation_shap` estimates.

    At the end of a Pipeline whose other steps treat every column by itself, all that is made of a raw column (its
    one-hot columns, say) is one player: the values are those of the raw columns, as exact as without the Pipeline.
    Thousands of trees are taken in random order: until all are in, answers are estimates with standard errors from
    those that are.

    Settings:
        perturbation: "interventional", "path", or "auto" (interventional if you gave a baseline).
    """
    made = output_trees(q)
    free = perturbation == "auto" and q.baseline.chosen and not made.logistic
    by_path = perturbation == "path" or free
    codes = encoded(q, made.trees, q.x)
    made, first = _checked(q, made, codes)
    groups, _ = read_groups(q.groups, q.input)
    players, columns = _players(q, groups)
    background = None if by_path else encoded(q, made.trees, _fewer(q))
    if by_path:
        words = "the training rows, by the cover of each node"
        q.baseline = replace(q.baseline, name="cover", words=words, chosen=False)
    output = first if len(codes) == 1 else _outputs(q, made, codes)
    for found in made.sums(codes, players, background, q):
        yield _answer(q, found, made, output, lambda phi: _shared(phi, groups, columns))


def _answer(q: Question, found: Sum, made: OutputTrees, output: Array, shared: Callable[[Array], Array]) -> Attribution:
    """The values, or what some of the trees tell about them."""
    many, error, base = length(q.x) > 1, 0.0, made.base(found)
    stderr = None if found.stderr is None else small_sample(found.blocks - 1) * shared(found.stderr)
    if stderr is not None:
        error = float(stderr.max())
    return Attribution(
        values=shared(found.values) if made.sign > 0 else -shared(found.values),
        stderr=stderr,
        base=np.full(len(output), base) if many else base,
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


def _checked(q: Question, made: OutputTrees, codes: Array) -> tuple[OutputTrees, Array]:
    """The trees and the first row's output, if that is what the model answers; a changed model is read again.

    Raises:
        ValueError: if the model's output is not made of its trees like this.
    """
    found = made.outputs(codes[:1])
    if made.trees.unit == "path length" or _agrees(q, found):
        return made, found
    forget(fed_model(q).last)
    made = output_trees(q)
    found = made.outputs(codes[:1])
    if not _agrees(q, found):
        how = "the logistic function of the sum" if made.logistic else "the sum"
        rule = f"the model's output must be {how} of its trees (try link='margin')"
        raise refuse(q.who, rule, Phrase(f"{q.output:.6g} where the trees give {found[0]:.6g}"))
    return made, found


def _agrees(q: Question, found: Array) -> bool:
    return bool(abs(found[0] - q.output) <= CLOSE * max(1.0, abs(q.output)))


def _outputs(q: Question, made: OutputTrees, codes: Array) -> Array:
    """What is explained: by the trees in double precision, or for many rows the model's own (faster) answer."""
    if made.trees.unit == "path length" or len(codes) <= FEW:
        return made.outputs(codes)
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
