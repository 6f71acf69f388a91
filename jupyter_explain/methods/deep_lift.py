"""DeepLIFT: differences from a baseline, carried back operation by operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import listed, refuse
from ..explanation import Attribution, ErrorKind, parts
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..params import Free
from ..question import Question
from ..rows import any_change, each, length, take
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
RULES = ("rescale", "reveal-cancel")


@method(
    "DeepLIFT",
    needs=("gradient", "layers"),
    axioms=("completeness",),
    cites=(
        "Shrikumar et al. 2017 arXiv:1704.02685",
        "Ancona et al. 2018 arXiv:1711.06104",
        "Lundberg and Lee 2017 arXiv:1705.07874",
    ),
)
def deep_lift(
    q: Question,
    *,
    rules: Annotated[Any, Free("a rule, or rules by place", text=True)] = "rescale",
    at: LAYER = None,
) -> Stream:
    """What each number adds to output - base, carried back through the network by differences instead of slopes.

    Two forward passes and one backward pass for each baseline row; several rows are averaged (DeepSHAP). Saturated
    units still count, unlike with gradients. Activations, max-pooling, softmax, products, normalisations, attention and
    recurrent layers (unless packed) keep the sum exact; an operation without a rule keeps its gradient, is named, and
    shows in the gap. It depends on how the network computes its function, and on the baseline: one that a normalisation
    finds nearly constant makes large values of both signs, whose sum is still right.

    Settings:
        rules: "rescale", or "reveal-cancel" (positive and negative changes before an activation apart); or a mapping
            from layer name, module type, position, "conv", "linear" or "*" to one of them.
        at: a layer, whose output is then explained instead of the input.
    """
    from ..models.backward import DeepLift
    from ..models.backward.book import Book

    at_layer(q, at, against=True)
    rule = DeepLift(q.who, Book(q.who, _entries(q.who, rules)))
    n = length(q.reference)
    order, done, base = q.rng("deep_lift").permutation(n), 0, 0.0
    means = each(lambda a: Mean(a.shape[1:]), q.fold(q.x))
    for k in q.rounds(1, n):
        refs = take(q.reference, order[done : done + k])
        rows = each(lambda a, k=k: a if k == 1 else np.repeat(np.asarray(a), k, axis=0), q.x)
        both, slopes = q.gradient(rows, rule=rule, against=refs)
        each(lambda m, s: m.add(s), means, q.fold(each(_shares, rows, refs, slopes)))
        base, done = base + float(both[:, 1].sum()), done + k
        if done == k:
            q.require_change(any_change(slopes), base / done)
        _remark(q, rule)
        yield _answer(q, means, base / done, float(both[0, 0]), n)


def _shares(x: NDArray[Any], base: NDArray[Any], slopes: NDArray[Any]) -> Array:
    """Differences times slopes, in double precision."""
    out = np.subtract(x, base, dtype=float)
    out *= slopes
    return out


def _entries(who: str, rules: Any) -> dict[Any, str]:
    entries = dict(rules) if isinstance(rules, Mapping) else {"*": rules}
    for value in entries.values():
        if not isinstance(value, str) or value not in RULES:
            raise refuse(who, f"rules must be {listed(map(repr, RULES))}, or a mapping from places to these", value)
    return entries


def _remark(q: Question, rule: Any) -> None:
    if rule.plain:
        names = listed(sorted(rule.plain))
        q.note(f"No rule for {names}: its gradient was used, and the gap says what that costs.")
    if rule.rescaled_instead:
        q.note("Some activations do not directly follow a layer with weights; they got the rescale rule.")


def _answer(q: Question, means: Any, base: float, output: float, references: int) -> Attribution:
    values = each(lambda m: m.mean[None], means)
    count = parts(means)[0].count
    gap = abs(output - base - sum(float(v.sum()) for v in parts(values)))
    facts: dict[str, Any] = {"base": base, "output": output, "complete": True}
    kind: ErrorKind = "gap" if count == references else "stderr" if count > 1 else "unknown"
    if kind != "stderr":
        error = gap if kind == "gap" else float(sum(np.abs(v).sum() for v in parts(values)))
        return Attribution(values=values, error=error, error_kind=kind, **facts)
    left = small_sample(count - 1) * (1 - count / references) ** 0.5
    stderr = each(lambda m: m.stderr[None] * left, means)
    error = float(max(s.max() for s in parts(stderr)))
    return Attribution(values=values, stderr=stderr, error=error, error_kind="stderr", **facts)
