"""The lasso's whole path against the model's outputs."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, wanted
from ..explanation import Curves
from ..method import Stream, method
from ..params import Free
from ..question import Question
from ..rows import take
from ..shapley.game import small_sample
from ..surrogates.grouped_lasso import block, coding_of, levels_of, problem
from ..surrogates.standins import explained, samples, table_of, usable

Array = NDArray[np.float64]
FOLDS = 10
STEPS = 41
LOWEST = -3.0  # power of ten of the smallest penalty, as a share of the largest
NAMED = 6
WIDEST = 100  # columns, and no more than a quarter of the rows
ALONE = "those that alone follow the output best, on the same rows: R² may be a little too high."
DRAWN = 9  # columns that are drawn where the user names none
Z95 = 1.96


@method(
    "LASSO surrogate",
    needs=("predict", "data", "table"),
    cites=(
        "Tibshirani 1996 doi:10.1111/j.2517-6161.1996.tb02080.x",
        "Yuan and Lin 2006 doi:10.1111/j.1467-9868.2005.00532.x",
    ),
    baseline=False,
)
def lasso_surrogate(
    q: Question, *, features: Annotated[str | None, Free("columns, by name", text=True)] = None
) -> Stream:
    """A linear stand-in for the model with fewer and fewer columns: the whole path of the LASSO.

    The model's outputs are fitted by all columns, each with standard deviation 1, under a penalty on the sizes of their
    coefficients. One curve for each raw column: its coefficient, in units of the output, against the penalty as a share
    of the one that leaves nothing (powers of ten). A column of categories comes and goes as a whole (group LASSO); its
    curve is the standard deviation of its part, without a sign. Missing numbers count as the column's mean. R² is from
    tenfold cross-validation, and so are the bands (jackknife over the folds).

    Settings:
        features: columns to draw, with commas between; empty draws those with the largest coefficients.
    """
    chosen = wanted(q, features)
    order, outputs = np.empty(0, np.intp), np.empty(0)
    for some in samples(q):
        outputs = np.concatenate([outputs, q.outputs(take(q.data, some))])
        order = np.concatenate([order, some])
        yield _answer(q, usable(q, table_of(q, take(q.data, order))), outputs, chosen)


def _answer(q: Question, columns: list[Column], y: Array, chosen: list[int] | None) -> Curves:
    columns, blocks = _few_enough(q, columns, y)
    shares = np.linspace(0, LOWEST, STEPS)
    fold = np.arange(len(y)) % FOLDS
    coding = coding_of(blocks)
    whole = problem(coding(blocks), y, coding.groups)
    penalties = whole.largest() * 10**shares
    sizes = _sizes(columns, whole.path(penalties, q.check), coding.groups)
    said, others = np.empty((STEPS, len(y))), []
    for k in range(FOLDS):
        said[:, fold == k], effect = _fold(q, columns, blocks, y, fold != k, penalties)
        others.append(effect)
    stderr = _jackknife(np.array(others))
    fits = np.array([explained(y, s) for s in said])
    best, few = _chosen(fits, sizes)
    drawn = _drawn(q, columns, np.abs(sizes[best]), chosen)
    reach = Z95 * small_sample(FOLDS - 1) * stderr[::-1]
    curve = sizes[::-1]
    return Curves(
        names=tuple(columns[j].name for j in drawn),
        x=tuple(shares[::-1].copy() for _ in drawn),
        y=tuple(curve[:, j] for j in drawn),
        band=tuple(np.stack([curve[:, j] - reach[:, j], curve[:, j] + reach[:, j]]) for j in drawn),
        counts=tuple(np.full(STEPS, len(y), np.int64) for _ in drawn),
        axis="coefficient per standard deviation",
        fidelity=(float(fits[best, 0]), float(fits[best, 1])),
        along="the penalty (powers of ten of the largest)",
        error=float(stderr.max(initial=0)),
        error_kind="stderr",
        notes=_notes(columns, fits, sizes, shares, best, few, len(y)),
    )


def _few_enough(q: Question, columns: list[Column], y: Array) -> tuple[list[Column], list[Array]]:
    """The columns as numbers; of very many, those that alone follow the output best."""
    blocks = [block(c, levels_of(c)) for c in columns]
    most = min(WIDEST, max(NAMED, len(y) // 4))
    if len(columns) <= most:
        return columns, blocks
    q.notes[:] = [n for n in q.notes if not n.endswith(ALONE)]  # of fewer rows
    q.note(f"{most} of {len(columns)} columns: {ALONE}")
    coding = coding_of(blocks)
    moment = (y - y.mean()) @ coding(blocks)
    best = np.argsort([-np.linalg.norm(moment[g]) for g in coding.groups], kind="stable")[:most]
    return [columns[j] for j in sorted(best)], [blocks[j] for j in sorted(best)]


def _fold(
    q: Question, columns: list[Column], blocks: list[Array], y: Array, made: Any, penalties: Array
) -> tuple[Array, Array]:
    """(what the other rows' path says of the rows of a fold (penalties, n), its sizes (penalties, columns))."""
    coding = coding_of([b[made] for b in blocks])
    z = coding(blocks)
    slopes = problem(z[made], y[made], coding.groups).path(penalties, q.check)
    return y[made].mean() + slopes @ z[~made].T, _sizes(columns, slopes, coding.groups)


def _sizes(columns: list[Column], slopes: Array, groups: list[slice]) -> Array:
    """(penalties, raw columns): a number's coefficient, the size of a group's."""
    found = [
        slopes[:, g].sum(1) if c.numeric else np.linalg.norm(slopes[:, g], axis=1)
        for c, g in zip(columns, groups, strict=True)
    ]
    return np.stack(found, axis=1)


def _jackknife(others: Array) -> Array:
    """Standard errors from fits that each leave out a fold (folds, …)."""
    return np.sqrt((FOLDS - 1) * others.var(0))


def _chosen(fits: Array, sizes: Array) -> tuple[int, int]:
    """The best penalty, and the largest one whose R² is within a standard error of it."""
    best = int(np.argmax(fits[:, 0]))
    few = int(np.flatnonzero(fits[:, 0] >= fits[best, 0] - fits[best, 1])[0])
    return best, few


def _drawn(q: Question, columns: list[Column], sizes: Array, chosen: list[int] | None) -> list[int]:
    """Places of the columns that the user names, else of those with the largest coefficients."""
    if chosen is not None:
        places = {c.index: j for j, c in enumerate(columns)}
        return [places[j] for j in chosen if j in places] or list(range(min(DRAWN, len(columns))))
    if len(columns) > DRAWN:
        q.note(f"Curves of the {DRAWN} columns with the largest coefficients. Set features=.")
    return [int(j) for j in np.argsort(-sizes, kind="stable")[:DRAWN]]


def _notes(
    columns: list[Column], fits: Array, sizes: Array, shares: Array, best: int, few: int, rows: int
) -> tuple[str, ...]:
    """How well the model is met with how many columns, and with which."""
    if not sizes.any():
        return ("The output is the same for all rows, or no column goes with it: no coefficient.",)
    count = lambda k: int((sizes[k] != 0).sum())  # noqa: E731
    said = (
        f"On other rows (tenfold cross-validation over {rows}) the best linear stand-in has R² {fits[best, 0]:.3f} ± "
        f"{fits[best, 1]:.3f} with {count(best)} of {len(columns)} columns, at penalty {shares[best]:.2g}."
    )
    order = [j for j in np.argsort(-np.abs(sizes[few]), kind="stable") if sizes[few, j]]
    names = [columns[j].name for j in order[:NAMED]] + [f"{len(order) - NAMED} more"] * (len(order) > NAMED)
    less = ""
    if count(few) < count(best) and order:
        less = f"As good within a standard error: {count(few)} columns, at {shares[few]:.2g} ({', '.join(names)})."
    return tuple(filter(None, (said, less)))
