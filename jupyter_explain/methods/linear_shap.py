"""Exact Shapley values of linear models."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..maskers.table import read_groups
from ..method import Stream, method
from ..models.linear import LinearModel, read
from ..params import Choice, Needs
from ..question import Question
from ..rows import is_frame, length
from ..shapley.game import all_masks, shapley_of

Array = NDArray[np.float64]
CLOSE = 1e-6


@method(
    "Linear SHAP",
    needs=("linear", "table"),
    axioms=("completeness", "symmetry", "linearity"),
    cites=("Lundberg and Lee 2017 arXiv:1705.07874", "Chen et al. 2020 arXiv:2006.16234"),
    exact=True,
    batch=True,
)
def linear_shap(
    q: Question,
    *,
    perturbation: Annotated[
        str, Choice("interventional", "conditional"), Needs("conditional", "background", "dozen")
    ] = "interventional",
) -> Stream:
    """Shapley values of a linear model, exactly, from its coefficients.

    Interventional: each column's coefficient times its distance from the mean of the baseline rows ("true to the
    model"). Conditional: absent columns are guessed from the present ones, as if the baseline rows were Gaussian
    ("true to the data"); a column that the model ignores then gets credit for what it tells about others. Classifiers
    are explained on the margin, and so are models of counts and costs (Poisson, gamma, Tweedie), whose margin is a
    logarithm. At the end of a Pipeline whose other steps treat every column by itself, all that is
    made of a raw column (its one-hot columns, say) is one player.

    Settings:
        perturbation: "interventional", or "conditional" (Gaussian, at most 12 players).
    """
    model = read(q.model.source)
    k, sign = _output(q, model)
    slopes, intercept = sign * model.slopes[k], sign * float(model.intercepts[k])
    x, rows = model.encode(q.x), model.encode(q.reference)
    output = x @ slopes + intercept
    if abs(output[0] - q.output) > CLOSE * max(1.0, abs(q.output)):
        given = Phrase(f"{q.output:.6g} where the coefficients give {output[0]:.6g}")
        raise refuse(q.who, "the model's output must be linear in its columns (try link='margin')", given)
    groups, _ = read_groups(q.groups, q.input)
    fitted = _fitted(q)
    columns = [np.flatnonzero(np.isin(model.origin, fitted[g])) for g in groups]
    centre = rows.mean(0)
    if perturbation == "conditional":
        phi = _conditional(q, x - centre, slopes, _covariance(q, rows), columns)
    else:
        phi = np.stack([(x - centre)[:, c] @ slopes[c] for c in columns], axis=1)
    values = np.empty((len(x), len(q.input.names)))
    for player, group in enumerate(groups):
        values[:, group] = phi[:, player, None] / len(group)
    base, many = float(centre @ slopes) + intercept, length(q.x) > 1
    yield Attribution(
        values=values,
        base=np.full(len(x), base) if many else base,
        output=output if many else float(output[0]),
        complete=True,
        error=0.0,
        error_kind="exact",
    )


def _output(q: Question, model: LinearModel) -> tuple[int, float]:
    """Row of the coefficients that the target is, and its sign."""
    if callable(q.target.index):
        raise refuse(q.who, "target must be a class or an output, not a function of the outputs", q.target.index)
    k = q.target.index if isinstance(q.target.index, int) else q.target.index[0]
    if len(model.slopes) == 1:
        return 0, -1.0 if q.model.classes and k == 0 else 1.0
    return k, 1.0


def _fitted(q: Question) -> NDArray[np.intp]:
    """Place among the model's columns of each column of the input."""
    names = q.model.columns
    if is_frame(q.x) and names:
        return np.array([names.index(str(n)) for n in q.x.columns], np.intp)
    return np.arange(len(q.input.names))


def _covariance(q: Question, rows: Array) -> Array:
    if len(rows) <= rows.shape[1]:
        q.note(f"{len(rows)} baseline rows are too few to know how {rows.shape[1]} columns go together.")
    return np.atleast_2d(np.cov(rows, rowvar=False))


def _conditional(q: Question, away: Array, slopes: Array, covariance: Array, players: list[NDArray[np.intp]]) -> Array:
    """Shapley values (n, players) of the game v(S) = slopes · E[x - mean | the columns of S]."""
    d = len(players)
    games = np.zeros((len(away), 2**d))
    for code, mask in enumerate(all_masks(d)):
        q.check()
        if mask.any():
            known = np.concatenate([p for p, present in zip(players, mask, strict=True) if present])
            weight = np.linalg.pinv(covariance[np.ix_(known, known)], hermitian=True) @ (covariance[known] @ slopes)
            games[:, code] = away[:, known] @ weight
    games[:, -1] = away @ slopes
    return shapley_of(games)
