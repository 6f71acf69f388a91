"""How much worse the predictions get when a column is shuffled."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import check_table
from ..dataset.shuffled import Shuffled
from ..dataset.soon import SHARE, THEN, early, parts, spans
from ..explanation import Scores
from ..method import Stream, method
from ..params import Between, Choice, Free
from ..question import Question
from ..rows import Rows, length, take
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
ROWS = 20_000  # more rows than these say the same; a random choice of them stands for the dataset
Z95 = 1.96


@method(
    "Permutation importance",
    needs=("predict", "data", "table"),
    axioms=("dummy",),
    cites=(
        "Breiman 2001 doi:10.1023/A:1010933404324",
        "Fisher, Rudin and Dominici 2019 arXiv:1801.01489",
        "Strobl et al. 2008 doi:10.1186/1471-2105-9-307",
        "Molnar et al. 2023 arXiv:2006.04628",
    ),
    baseline=False,
    row=False,
)
def permutation_importance(
    q: Question,
    *,
    scorer: Annotated[Any, Free("a scikit-learn scorer name or a callable", text=True)] = None,
    repeats: Annotated[int, Between(1, 1000, log=True)] = 10,
    kind: Annotated[str, Choice("marginal", "conditional")] = "marginal",
) -> Stream:
    """How much the score of the predictions drops when a column, or a group of columns, is shuffled.

    With `labels=` (the true outcomes of the rows) the score is a scikit-learn scorer, and a drop may well be negative:
    it is never clipped. Without labels it is the mean absolute change of the model's own output, which says what the
    model uses, not what is useful. Every column has its own shuffles. The interval is about the shuffles alone: other
    data would give other numbers. Columns that go together share their importance: shuffle them as one with `groups=`.

    The marginal kind shuffles a column over all rows, which makes rows that cannot occur where columns depend on each
    other. The conditional kind shuffles it among rows that are alike in the other columns (the leaves of a tree that
    predicts it from them, grown on other rows): it asks what a column says beyond the others, and a column that they
    determine gets about 0.

    Where a model takes long for all rows, the first answers are means over small random parts of the rows, each
    shuffled by itself; how the parts differ is their error. The last answer is about all rows.

    Settings:
        scorer: scikit-learn scorer, accuracy or r2 by default; a callable takes (estimator, X, y), or
            (outcomes, predictions); larger is better.
        repeats: how often every column is shuffled.
        kind: shuffle over all rows ("marginal"), or among rows alike in the other columns ("conditional").
    """
    check_table(q)
    players = q.masker.groups  # type: ignore[attr-defined]
    whole, moments = Shuffled(q, players, *_rows(q), scorer or None), Mean(len(players))
    strata = whole.strata() if kind == "conditional" else None
    rng, first = q.rng("permutation_importance"), 2
    for answer in _soon(q, whole, repeats) if strata is None else ():
        first = THEN
        yield answer
    for size in q.rounds(whole.cost, repeats, first):
        moments.add(whole.drops(rng, size, strata))
        yield _answer(q, moments, whole.name, whole.base)


def _soon(q: Question, whole: Shuffled, repeats: int) -> Stream:
    """Answers from parts of the rows, as long as parts can be scored and no class is lacking."""
    n, k, rng = length(whole.data), len(whole.players), q.rng("parts")
    few = early(q, 2 * whole.cost, 2 * k * whole.seconds)
    found, moments = parts(q, n, k, few, repeats * whole.cost // SHARE) if few else [], Mean(k)
    for first, last in spans(len(found)):
        if not all(map(whole.represented, found[first:last])):
            return
        try:
            for rows in found[first:last]:
                moments.add(whole.part(rows).drops(rng, 1, None))
        except ValueError:
            return
        size = len(found[0])
        q.upcoming = last * size * k if 2 * last <= len(found) else min(THEN, repeats) * whole.cost
        yield replace(_answer(q, moments, whole.name, whole.base), notes=(f"So far from {last * size} of {n} rows.",))


def _rows(q: Question) -> tuple[Rows, NDArray[Any] | None]:
    """The dataset and its outcomes, at most ROWS of them."""
    n = length(q.data)
    if n <= ROWS:
        return q.data, q.truth
    chosen = np.sort(q.rng("rows").choice(n, ROWS, replace=False))
    q.note(f"{ROWS} of {n} rows, chosen at random.")
    q.data = take(q.data, chosen)
    return q.data, None if q.truth is None else q.truth[chosen]


def _answer(q: Question, moments: Mean, measure: str, base: float | None) -> Scores:
    """Means over the repeats; with one repeat nothing is known about the error."""
    mean, n, names = moments.mean, moments.count, q.masker.players  # type: ignore[attr-defined]
    what = measure.removeprefix("drop of ") if base is not None else ""
    common: dict[str, Any] = {
        "target": what,
        "names": names,
        "values": mean,
        "measure": measure,
        "base": base,
        "draws": n,
    }
    if n < 2:
        return Scores(**common, error=float(np.abs(mean).max()), error_kind="unknown")
    stderr = moments.stderr * small_sample(n - 1)
    ends: dict[str, Any] = {"low": mean - Z95 * stderr, "high": mean + Z95 * stderr, "stderr": stderr}
    return Scores(**common, **ends, error=float(stderr.max()), error_kind="stderr")
