"""SAGE: how much of the model's success each column accounts for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import check_table, column
from ..dataset.scoring import check_numbers, classes_of, finite, takes
from ..dataset.variants import Swap, Together, Variants
from ..errors import Phrase, listed, refuse
from ..explanation import Scores
from ..method import Stream, method
from ..params import Between, Free
from ..question import Question
from ..rows import length, take
from ..rules.decisions import by_class
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
Loss = Callable[[Any, Array], Array]
Z95 = 1.96
FEW = 40  # draws: of losses with a heavy tail, fewer tell too little of it
MEANS = {  # scikit-learn's scorers that are the mean of a loss
    "neg_log_loss": "log_loss",
    "accuracy": "zero_one_loss",
    "neg_mean_squared_error": "squared_error",
    "neg_mean_absolute_error": "absolute_error",
}
SMALLEST = 1e-12  # probabilities are not allowed below, so that one sure mistake has a finite loss
ROUNDING = 1e-6  # by which probabilities may leave 0 to 1


@method(
    "SAGE",
    needs=("predict", "data", "table"),
    axioms=("dummy", "symmetry"),
    cites=("Covert, Lundberg and Lee 2020 arXiv:2004.00668",),
    baseline=False,
    row=False,
)
def sage(
    q: Question,
    *,
    scorer: Annotated[Any, Free("a loss, a scorer that is the mean of one, or a callable", text=True)] = None,
    repeats: Annotated[int, Between(1, 1024, log=True)] = 64,
) -> Stream:
    """Shapley values of the loss: how much the predictions get better, on average, as a column becomes known.

    With `labels=` (the true outcomes of the rows) the loss compares predictions with them: log loss for classifiers,
    squared error otherwise. Without labels it is the squared distance from the model's own output, which says what
    the output varies with. Values sum to the loss with no column known less the loss with all; they may be negative.
    One draw is one row, one order of the columns, and `repeats` random rows for the columns not yet known, over
    which the prediction is averaged. Columns that are correlated share their credit. With few repeats the average
    prediction is rough, and values are biased towards columns that enter late.

    Settings:
        scorer: the loss: "log_loss", "zero_one_loss", "squared_error" or "absolute_error", the name of scikit-learn's
            scorer that is the mean of one ("neg_log_loss", "accuracy", "neg_mean_squared_error", …), or a callable
            (outcomes (n,), predictions (n, outputs)) -> losses (n,).
        repeats: random rows over which the prediction of a partly known row is averaged.
    """
    check_table(q)
    truth, loss, name = _judged(q, scorer or None)
    groups, names = q.masker.groups, q.masker.players  # type: ignore[attr-defined]
    values = {int(j): column(q, j).values for g in groups for j in g}
    rng, moments = q.rng("sage"), Mean(len(groups))
    turns = _turns(length(q.data), rng)
    for n in q.rounds(repeats * (len(groups) + 1), first=2):
        which = np.fromiter(turns, np.intp, n)
        orders = [rng.permutation(len(groups)) for _ in range(n)]
        asked = [_steps(q, groups, values, o, int(r), rng, repeats) for o, r in zip(orders, which, strict=True)]
        predicted = _predictions(q, Together(asked), truth is None or not by_class(q)).reshape(
            n, len(groups) + 1, repeats, -1
        )
        drops = -np.diff(_losses(loss, predicted.mean(2), truth, which), axis=1)
        moments.add(np.array([d[np.argsort(o)] for d, o in zip(drops, orders, strict=True)]))
        yield _answer(moments, names, name)


def _turns(rows: int, rng: np.random.Generator) -> Iterator[int]:
    """Rows in shuffled rounds: none twice before all were there once."""
    while True:
        yield from rng.permutation(rows)


def _steps(
    q: Question, groups: Any, values: dict[int, Any], order: Any, row: int, rng: np.random.Generator, m: int
) -> Variants:
    """Random rows in which first no column, then one more at a time, is that of the row."""
    background = take(q.data, rng.integers(length(q.data), size=m))
    swaps, known = [Swap((), (), row)], []
    for k in order:
        known += [int(j) for j in groups[k]]
        swaps.append(Swap(tuple(known), tuple(values[j] for j in known), row))
    return Variants(background, swaps)


def _predictions(q: Question, rows: Together, own: bool) -> Array:
    """All outputs (n, outputs) as probabilities where the model is a classifier; the target's output for its own."""
    if own:
        return q.outputs_of(len(rows), rows)[:, None]
    found = finite(q, np.asarray(q.responses(len(rows), rows, q.model.predict), float))
    if q.model.unit != "logit" or found.shape[1] < 2:
        return found
    if q.model.net is None:  # the log-odds of every class
        return np.asarray(1 / (1 + np.exp(-found)))
    e = np.exp(found - found.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True))


def _losses(loss: Loss, predicted: Array, truth: Any, which: NDArray[np.intp]) -> Array:
    """(draws, steps) losses of predictions (draws, steps, outputs)."""
    n, steps, outputs = predicted.shape
    target = predicted[:, -1, 0] if truth is None else truth[which]
    found = loss(np.repeat(target, steps), predicted.reshape(n * steps, outputs))
    return found.reshape(n, steps)


def _judged(q: Question, scorer: Any) -> tuple[Any, Loss, str]:
    """(outcomes as the loss takes them or None, the loss, its name)."""
    if q.truth is None:
        if scorer is not None:
            raise refuse(q.who, "a scorer needs labels= (the true outcomes of the rows)", Phrase("no labels"))
        q.note("No labels given: the loss is the squared distance from the model's own output.")
        return None, _squared, "variance of the output explained"
    classes = classes_of(q, q.truth) if by_class(q) else None
    name = scorer or ("squared_error" if classes is None else "log_loss")
    name = MEANS.get(name, name) if isinstance(name, str) else name
    if callable(name):
        return q.truth, _checked(q, name), f"drop of {getattr(name, '__name__', 'loss')}"
    losses: dict[str, Loss] = (
        {"squared_error": _squared, "absolute_error": _absolute}
        if classes is None
        else {"log_loss": _of_probabilities(q), "zero_one_loss": _mistake}
    )
    if not isinstance(name, str) or name not in losses:
        names = [n for n in (*losses, *MEANS) if MEANS.get(n, n) in losses]
        rule = f"scorer must be a mean over rows, {listed(map(repr, names))}, or a callable (outcomes, predictions)"
        raise refuse(q.who, rule, scorer)
    if scorer is None:
        q.note(f"Loss chosen for you: {name}.")
    if classes is None:
        check_numbers(q, q.truth)
    truth = q.truth if classes is None else np.searchsorted(classes, q.truth, sorter=np.argsort(classes))
    if classes is not None:
        truth = np.argsort(classes)[truth]
    return truth, losses[name], f"drop of {name}"


def _of_probabilities(q: Question) -> Loss:
    """The log loss, which means nothing for other outputs."""

    def loss(outcomes: Any, predicted: Array) -> Array:
        if predicted.min() < -ROUNDING or predicted.max() > 1 + ROUNDING:
            rule = "outputs must be probabilities for the log loss (or choose another scorer=, or link=)"
            raise refuse(q.who, rule, Phrase(f"{q.model.unit} from {predicted.min():.3g} to {predicted.max():.3g}"))
        return _log(outcomes, predicted)

    return loss


def _checked(q: Question, scorer: Any) -> Loss:
    if not takes(scorer, 2):
        raise refuse(q.who, "scorer must be a callable (outcomes, predictions) -> a loss for each row", scorer)

    def loss(outcomes: Any, predicted: Array) -> Array:
        found = np.asarray(scorer(outcomes, predicted), float)
        if found.shape != (len(outcomes),) or not np.isfinite(found).all():
            raise refuse(q.who, f"the scorer must return {len(outcomes)} finite losses", found)
        return found

    return loss


def _squared(outcomes: Any, predicted: Array) -> Array:
    return np.asarray((predicted[:, 0] - np.asarray(outcomes, float)) ** 2)


def _absolute(outcomes: Any, predicted: Array) -> Array:
    return np.abs(predicted[:, 0] - np.asarray(outcomes, float))


def _log(outcomes: Any, predicted: Array) -> Array:
    return -np.log(np.maximum(predicted[np.arange(len(outcomes)), np.asarray(outcomes, int)], SMALLEST))


def _mistake(outcomes: Any, predicted: Array) -> Array:
    return np.asarray(predicted.argmax(1) != np.asarray(outcomes, int), float)


def _answer(moments: Mean, names: tuple[str, ...], measure: str) -> Scores:
    mean, n = moments.mean, moments.count
    stderr = moments.stderr * small_sample(n - 1)
    ends: dict[str, Any] = {"low": mean - Z95 * stderr, "high": mean + Z95 * stderr, "stderr": stderr}
    facts: dict[str, Any] = {"measure": measure, "draws": n, "error": float(stderr.max()), "error_kind": "stderr"}
    notes = (f"Only {n} draws: where few rows make most of the loss, errors are larger than stated.",) * (n < FEW)
    return Scores(names=names, values=mean, notes=notes, **ends, **facts)
