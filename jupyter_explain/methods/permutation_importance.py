"""How much worse the predictions get when a column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import check_table, column
from ..dataset.scoring import Judge, settled
from ..dataset.strata import Conditions, shuffled_within
from ..dataset.variants import Swap, Variants, asked
from ..errors import Phrase, listed, refuse
from ..explanation import Scores
from ..method import Stream, method
from ..params import Between, Choice, Free
from ..question import Question
from ..rows import Rows, length, take
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
ROWS = 20_000  # more rows than these say the same; a random choice of them stands for the dataset
SWEEP = 2**18  # rows that are asked about before they are scored
Z95 = 1.96
HARDLY = 0.1  # share of a column's variance


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

    Settings:
        scorer: scikit-learn scorer, accuracy or r2 by default; a callable takes (estimator, X, y), or
            (outcomes, predictions); larger is better.
        repeats: how often every column is shuffled.
        kind: shuffle over all rows ("marginal"), or among rows alike in the other columns ("conditional").
    """
    check_table(q)
    data, truth = _rows(q)
    ask, name, base = _measure(q, data, truth, scorer or None)
    groups, names = q.masker.groups, q.masker.players  # type: ignore[attr-defined]
    moments, rng = Mean(len(groups)), q.rng("permutation_importance")
    values = {int(j): column(q, j).values for g in groups for j in g}
    within = (
        _strata(q, data, groups, names) if kind == "conditional" else [np.zeros(length(data), np.intp)] * len(groups)
    )
    for size in q.rounds(length(data) * len(groups), repeats, first=2):
        swaps = [_shuffled(rng, g, values, w, kind) for _ in range(size) for g, w in zip(groups, within, strict=True)]
        moments.add(np.concatenate(list(_drops(ask, swaps, data))).reshape(size, len(groups)))
        yield _answer(moments, names, name, base)


def _rows(q: Question) -> tuple[Rows, NDArray[Any] | None]:
    """The dataset and its outcomes, at most ROWS of them."""
    n = length(q.data)
    if n <= ROWS:
        return q.data, q.truth
    chosen = np.sort(q.rng("rows").choice(n, ROWS, replace=False))
    q.note(f"{ROWS} of {n} rows, chosen at random.")
    q.data = take(q.data, chosen)
    return q.data, None if q.truth is None else q.truth[chosen]


Ask = Callable[[list[Swap]], Array]


def _measure(q: Question, data: Rows, truth: NDArray[Any] | None, scorer: Any) -> tuple[Ask, str, float | None]:
    """(importance of swaps, what it is, score of the untouched data)."""
    if truth is None:
        if scorer is not None:
            raise refuse(q.who, "a scorer needs labels= (the true outcomes of the rows)", Phrase("no labels"))
        before = q.outputs(data)
        q.note("No labels given: importance is the mean absolute change of the model's own output.")
        return (lambda swaps: _changes(q, data, swaps, before)), "mean absolute change of the output", None
    judge = Judge(q, data, truth, scorer)
    return (lambda swaps: _losses(q, judge, data, swaps)), f"drop of {judge.name}", judge.base


def _changes(q: Question, data: Rows, swaps: list[Swap], before: Array) -> Array:
    after = asked(q.outputs_of, data, swaps)
    return np.array([np.abs(settled(a, before) - before).mean() for a in after])


def _losses(q: Question, judge: Judge, data: Rows, swaps: list[Swap]) -> Array:
    answers, out = judge.answers(swaps), np.empty(len(swaps))
    for k, swap in enumerate(swaps):
        q.check()
        rows = Variants(data, [swap])(slice(0, length(data))) if judge.looks else None
        out[k] = judge.base - judge.score({name: a[k] for name, a in answers.items()}, rows)
    return out


def _drops(ask: Ask, swaps: list[Swap], data: Rows) -> Iterator[Array]:
    """The importance of every swap, a bounded number of rows at a time."""
    step = max(1, SWEEP // length(data))
    for start in range(0, len(swaps), step):
        yield ask(swaps[start : start + step])


def _shuffled(
    rng: np.random.Generator, group: NDArray[np.intp], values: dict[int, Any], within: NDArray[np.intp], kind: str
) -> Swap:
    """The columns of a group, shuffled together: over all rows, or within strata."""
    which = shuffled_within(rng, within) if kind == "conditional" else rng.permutation(len(within))
    return Swap(tuple(map(int, group)), tuple(values[int(j)] for j in group), which)


def _strata(q: Question, data: Rows, groups: Any, names: tuple[str, ...]) -> list[NDArray[np.intp]]:
    """The strata of every group; where little is left to shuffle, a note says so."""
    conditions = Conditions(q, data)
    found = [conditions.strata(g) for g in groups]
    hardly = [n for n, s in zip(names, found, strict=True) if 0 < s.left < HARDLY]
    if hardly:
        q.note(f"The other columns leave less than {HARDLY:.0%} of the variance to shuffle of: {listed(hardly)}.")
    alone = max((s.alone for s in found), default=0)
    if alone > length(data) / 100:
        q.note(f"Up to {alone} of {length(data)} rows have no other row like them, and keep their value.")
    if len(groups) == 1:
        q.note("There is no other column: all rows are alike, and the column is shuffled over all of them.")
    return [s.labels for s in found]


def _answer(moments: Mean, names: tuple[str, ...], measure: str, base: float | None) -> Scores:
    """Means over the repeats; with one repeat nothing is known about the error."""
    mean, n = moments.mean, moments.count
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
