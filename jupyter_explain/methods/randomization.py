"""Whether an explanation depends on what the network has learned."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..explanation import Curves, flatten
from ..method import Stream, method
from ..models import Model
from ..params import Between, Free
from ..quality.judging import Judged, finished
from ..question import Question
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
FEW = 5  # draws from which their spread says something
Z95 = 1.96


@method(
    "Randomization",
    needs=("gradient", "layers", "numbers"),
    cites=("Adebayo et al. 2018 arXiv:1810.03292",),
    usual=20_000,
)
def randomization(
    q: Question,
    *,
    of: Annotated[Any, Free("an explanation, or the name of an attribution method", text=True)] = "auto",
    draws: Annotated[int, Between(1, 100, log=True)] = 8,
) -> Stream:
    """A sanity check: how alike an explanation stays while the network's layers lose what they learned, last one first.

    In a private copy the weights of one layer after another, from the output down to the input, become random numbers
    with the mean and spread that they had; after each the same method explains again. The curve is the rank
    correlation with the first explanation; 1 means the same order of all values. An explanation that is still alike
    when every layer is random does not show what the network has learned.

    Settings:
        of: the explanation that is judged, or a method whose explanation is made first; "auto" takes the usual one.
        draws: how often the whole network is made random.
    """
    from ..models.randomized import Cascade, stages

    judged = Judged(q, of)
    steps = stages(q.model.net)  # type: ignore[arg-type]
    if not steps[0]:
        raise refuse(q.who, "needs a network with weights", Phrase("one without any"))
    budget = min(max(1, judged.answer.evals), judged.usual_cost(judged.answer.method))
    before, evals = judged.values, q.evals
    if not np.ptp(before):
        q.note("All values are equal, so they have no order that could be lost: every correlation counts as 0.")
    whole = _alike(before, _values(q, judged, q.model, budget))
    cost, rng = max(q.evals - evals, budget), q.rng("randomization")
    q.note(f"Made random, one after the other: {listed([' + '.join(n or 'the rest' for n in s) for s in steps], 20)}.")
    moments = Mean((len(steps), 2))
    for n in q.rounds(cost * len(steps), draws, least=2):
        for _ in range(n):
            cascade, found = Cascade(q.model, rng), []
            for names in steps:
                cascade.forget(names)
                found.append(_alike(before, _values(q, judged, cascade.model, budget)))
            moments.add(np.array([found]))
        yield _answer(judged.title, whole, moments)


def _values(q: Question, judged: Judged, model: Model, budget: int) -> Array:
    return flatten(finished(q, judged.again(model, q.x), budget).values).astype(float)


def _alike(one: Array, other: Array) -> tuple[float, float]:
    """Spearman's rank correlation of the values, and of their sizes."""
    return _correlation(one, other), _correlation(np.abs(one), np.abs(other))


def _correlation(one: Array, other: Array) -> float:
    a, b = _ranks(one), _ranks(other)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def _ranks(values: Array) -> Array:
    """Ranks around 0; equal values share theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ranks = middle[which.ravel()]
    return np.asarray(ranks - ranks.mean())


def _answer(title: str, whole: tuple[float, float], moments: Mean) -> Curves:
    n = moments.count
    mean = np.concatenate([[whole], moments.mean])
    stderr = np.zeros(len(mean))
    if n > 1:
        stderr[1:] = moments.stderr[:, 0] * small_sample(n - 1)
    y, reach = mean[:, 0], Z95 * stderr
    return Curves(
        names=(title,),
        x=(np.arange(len(y), dtype=float),),
        y=(y,),
        band=(np.stack([y - reach, y + reach]),),
        counts=(np.full(len(y), n, np.int64),),
        own=(mean[:, 1],),
        axis="rank correlation",
        along="steps of layers made random, from the output down",
        error=float(stderr.max() if n >= FEW else 1.0),
        error_kind="stderr" if n >= FEW else "unknown",
    )
