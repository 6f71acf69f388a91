"""Gradients averaged over baseline rows and places on the way from them."""

from typing import Any

import numpy as np

from ..explanation import Attribution
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..question import Question
from ..rows import any_change, between, each, length, take
from ..shapley.game import small_sample
from ..stats import Mean

TOGETHER = 4  # draws of an answer at least: single ones would take networks longer


@method(
    "Expected gradients",
    needs=("gradient",),
    axioms=("completeness", "dummy", "linearity"),
    cites=("Erion et al. 2021 doi:10.1038/s42256-021-00343-w", "Lundberg and Lee 2017 arXiv:1705.07874"),
)
def expected_gradients(q: Question, *, at: LAYER = None) -> Stream:
    """Mean of (x - baseline row) · gradient at random places between random baseline rows and x (GradientSHAP).

    Baseline rows are dealt in shuffled rounds and places are stratified, so the stated standard error, which treats
    draws as independent, errs on the safe side.

    Settings:
        at: a layer, whose output is then explained instead of the input; the lines run between what it puts out for
            the baseline and for the input.
    """
    at_layer(q, at, against=True)
    rng, n = q.rng("expected_gradients"), length(q.reference)
    means = each(lambda a: Mean(a.shape[1:]), q.fold(q.x))
    deck, base, moved = rng.permutation(n), float(q.base_outputs.mean()), False
    for k in q.rounds(1, least=TOGETHER):
        while len(deck) < k:
            deck = np.concatenate([deck, rng.permutation(n)])
        refs, deck = take(q.reference, deck[:k]), deck[k:]
        alphas = (rng.permutation(k) + rng.random(k)) / k
        _, grads = q.gradient(between(refs, q.x, alphas))
        shares = q.fold(each(lambda x, b, g: (x - b) * np.asarray(g, float), q.x, refs, grads))
        each(lambda m, s: m.add(s), means, shares)
        moved = moved or any_change(grads)
        q.require_change(moved, base)
        if q.looked_at:
            yield _answer(q, means, base)


def _answer(q: Question, means: Mean | tuple[Mean, ...], base: float) -> Attribution:
    values = each(lambda m: m.mean[None], means)
    first = means[0] if isinstance(means, tuple) else means
    facts: dict[str, Any] = {"base": base, "output": q.output, "complete": True}
    if first.count < 2:
        size = sum(float(np.abs(v).sum()) for v in (values if isinstance(values, tuple) else (values,)))
        return Attribution(values=values, error=size, error_kind="unknown", **facts)
    stderr = each(lambda m: m.stderr[None] * small_sample(m.count - 1), means)
    error = max(float(s.max()) for s in (stderr if isinstance(stderr, tuple) else (stderr,)))
    return Attribution(values=values, stderr=stderr, error=error, error_kind="stderr", **facts)
