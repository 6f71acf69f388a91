"""The same explanation for two groups of rows, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.cohorts import Attributions, Groups, Losses, Shuffles, split
from ..dataset.columns import check_table
from ..dataset.soon import THEN, early, sizes
from ..explanation import Cohorts
from ..method import Stream, method
from ..params import Between, Choice, Free, When
from ..question import Question
from ..shapley.game import small_sample

Array = NDArray[np.float64]


@method(
    "Cohorts",
    needs=("predict", "data", "table"),
    cites=("Fisher, Rudin and Dominici 2019 arXiv:1801.01489", "Mitchell et al. 2019 doi:10.1145/3287560.3287596"),
    baseline=False,
    row=False,
)
def cohorts(
    q: Question,
    *,
    by: Annotated[Any, Free("a column by name or number", text=True)] = None,
    split_at: Annotated[Any, Free("a number, or a category", text=True)] = None,
    of: Annotated[Literal["importance", "attribution"], Choice("importance", "attribution")] = "importance",
    repeats: Annotated[int, Between(2, 200, log=True), When("of", "importance")] = 10,
    rows: Annotated[int, Between(5, 2000, log=True), When("of", "attribution")] = 100,
) -> Stream:
    """What the model uses for two groups of rows, what it predicts for them, and how right it is: a check for bias.

    Rows are split by one column: below and above a number, or one category and all others. Importance is about
    shuffling a column among the rows of one group: with `labels=` how much the mean error of the predictions grows
    (wrong classes, or squared errors), without labels how much the output changes on average. Attribution is the mean
    size of Shapley values, all against the same 100 rows of the whole dataset. Intervals see the rows of each group as
    a sample of many more. A difference says that the model, or the data, differ between the groups; not why, and not
    whether it is fair. A column is said to be used differently where chance alone would seldom make any of so many
    differ as much (5 %, Bonferroni). Where shuffling all rows takes long, the first answers are about some rows of each
    group.

    Settings:
        by: the column that splits; by default the first with categories, else the one that matters most.
        split_at: a number (by default the median), or the category of group A (by default the most frequent).
        of: importance by shuffling, or mean size of attributions.
        repeats: how often every column is shuffled.
        rows: rows of each group that are explained.
    """
    check_table(q)
    groups = split(q, *(None if isinstance(v, str) and not v.strip() else v for v in (by, split_at)))
    losses = Losses(q, groups)
    if of == "importance":
        yield from _importance(q, groups, losses, repeats)
        return
    parts = Attributions(q, groups, rows)
    for done in parts.rounds():
        yield _answer(q, groups, losses, parts, done)


def _importance(q: Question, groups: Groups, losses: Losses, repeats: int) -> Stream:
    parts, first = Shuffles(q, groups, losses, repeats), 2
    for answer in _soon(q, groups, losses, parts.cost, repeats):
        first = THEN
        yield answer
    for done in parts.rounds(first):
        yield _answer(q, groups, losses, parts, done)


def _soon(q: Question, groups: Groups, losses: Losses, cost: int, repeats: int) -> Stream:
    """Answers from some rows of each group, where all rows would keep somebody waiting."""
    n = sum(map(len, groups.members))
    few = early(q, 2 * cost, 2 * (cost // n) * losses.seconds)
    for size in sizes(q, n, cost // n, few, repeats) if few else ():
        some = groups.some(size / n, q.rng("some rows"))
        parts = Shuffles(q, some, losses, 2)
        parts.more(2)
        found = _answer(q, groups, losses, parts, False)
        note = f"So far from {sum(map(len, some.members))} of {n} rows."
        yield replace(found, error=float(found.stderr.max(initial=0)), notes=(note,))


def _answer(q: Question, groups: Groups, losses: Losses, parts: Any, done: bool) -> Cohorts:
    values, stderr, noise = parts.found()
    scores = losses.means()
    outputs = [_mean(losses.outputs[m]) for m in groups.members]
    return Cohorts(
        groups=groups.names,
        sizes=np.array([len(m) for m in groups.members], np.int64),
        names=parts.names,
        values=values,
        stderr=stderr,
        outputs=np.array([m for m, _ in outputs]),
        output_stderr=np.array([s for _, s in outputs]),
        scores=None if scores is None else scores[0],
        score_stderr=None if scores is None else scores[1],
        measure=parts.measure,
        score=losses.name,
        by=groups.column,
        error=noise,
        error_kind="exact" if done and noise == 0 else "stderr",
    )


def _mean(values: Array) -> tuple[float, float]:
    n = len(values)
    if n < 2:
        return float(values.mean()), 0.0
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) * small_sample(n - 1)
