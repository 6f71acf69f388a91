"""Gradients along the straight path from the baseline to the input."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, ErrorKind, parts
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..params import Between, Choice, When
from ..quadrature import BIG, Quadrature, fixed_rule
from ..question import MEMORY, Question
from ..rows import Rows, between, each, length, take, weighted_sum
from ..shapley.game import small_sample

Array = NDArray[np.float64]
SLICE = 64  # gradients held at a time by a fixed rule
FEW = 10  # gradients of a fixed rule that may all miss the places where the output changes
RULES = ("adaptive", "gauss-legendre", "midpoint", "left", "right", "trapezoid")


@method(
    "Integrated gradients",
    needs=("gradient",),
    axioms=("completeness", "dummy", "linearity"),
    cites=("Sundararajan et al. 2017 arXiv:1703.01365",),
)
def integrated_gradients(
    q: Question,
    *,
    rule: Annotated[str, Choice(*RULES)] = "adaptive",
    steps: Annotated[int, Between(1, 2000, log=True), When("rule", *RULES[1:])] = 50,
    at: LAYER = None,
) -> Stream:
    """(x - baseline) times the mean gradient on the straight line between them; sums to output - base.

    With several baseline rows it is the mean over them, each with its own path. The adaptive rule follows the change
    of the output in every interval, so its gap is small even where single values are not settled: the number to look
    at is its error estimate.

    Settings:
        rule: where gradients are taken; "adaptive" refines where they change and knows its own error.
        steps: number of gradients of a fixed rule (a trapezoid takes one more).
        at: a layer, whose output is then explained instead of the input; the line runs between what it puts out for
            the baseline and for the input.
    """
    at_layer(q, at, against=True)
    yield from _adaptive(q) if rule == "adaptive" else _fixed(q, rule, steps)


def along(q: Question, ref: Rows, alphas: Array) -> tuple[Array, Array]:
    """(x - ref) · gradient, flat (k, d), and outputs (k,) at places on the path."""
    outputs, grads = q.gradient(between(ref, q.x, alphas))
    delta = each(lambda x, b: x - b, q.x, ref)
    shares = q.fold(each(lambda g, d: g * d, grads, delta))
    flat = [s.reshape(len(alphas), -1) for s in parts(shares)]
    return (flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)), outputs


def _weighted(q: Question, ref: Rows, nodes: Array, weights: Array) -> Array:
    """The rule's sum over one path, a few gradients at a time; all of them share x - ref."""
    total, step = each(lambda x: np.zeros(x.shape[1:]), q.x), min(SLICE, q.pace.size)
    for start in range(0, len(nodes), step):
        part = slice(start, start + step)
        _, grads = q.gradient(between(ref, q.x, nodes[part]))
        total = each(lambda t, g, w=weights[part]: t + weighted_sum(w.astype(g.dtype), g), total, grads)
    shares = q.fold(each(lambda t, x, b: t[None] * (x - b), total, q.x, ref))
    return np.concatenate([s.ravel() for s in parts(shares)])


def numbers(q: Question) -> int:
    """Numbers in the answer: those of the input(s), one for each token of a text."""
    return sum(a.size for a in parts(q.fold(q.x)))


def shaped(q: Question, flat: Array) -> Any:
    """A flat vector in the shape of the input(s)."""
    like = parts(q.fold(q.x))
    if not isinstance(q.x, tuple):
        return flat.reshape(like[0].shape)
    cuts = np.cumsum([a.size for a in like])[:-1]
    return tuple(v.reshape(a.shape) for v, a in zip(np.split(flat, cuts), like, strict=True))


def _fixed(q: Question, rule: str, steps: int) -> Stream:
    nodes, weights = fixed_rule(rule, steps)
    order, total = q.rng("integrated_gradients").permutation(length(q.reference)), np.zeros(numbers(q))
    base = float(q.base_outputs.mean())
    q.upcoming = len(nodes)
    for n, ref in enumerate(order, 1):
        row = take(q.reference, slice(ref, ref + 1))
        total = total + _weighted(q, row, nodes, weights)
        mean = total / n
        q.require_change(bool(mean.any()) or len(nodes) < FEW, base)
        error = abs(q.output - base - float(mean.sum()))
        facts: dict[str, Any] = {"base": base, "output": q.output, "complete": True}
        kind: ErrorKind = "gap" if n == len(order) else "unknown"
        yield Attribution(values=shaped(q, mean), error=error, error_kind=kind, **facts)


def _adaptive(q: Question) -> Stream:
    """Every baseline row's path once, then the worst path again and again."""
    order = q.rng("integrated_gradients").permutation(length(q.reference))
    d = numbers(q)
    keep = len(order) * 15 * d * 8 <= MEMORY // 4
    paths: list[tuple[Quadrature, Rows]] = []
    for ref in order:
        row = take(q.reference, slice(ref, ref + 1))
        base = float(q.base_outputs[ref]) if len(order) == 1 else float(q.outputs(row)[0])
        path = Quadrature(base, q.output, precision(q))
        path.add(*along(q, row, path.nodes))
        if not keep:
            path.drop()
        paths.append((path, row))
        q.require_change(any(p.value.any() for p, _ in paths), float(np.mean([p.start for p, _ in paths])))
        q.upcoming = 16 if len(paths) < len(order) else _asked(_worst(paths))
        yield _answer(q, [p for p, _ in paths], len(order))
    most = MEMORY // (2 * (4 if d > BIG else 8) * d)
    while True:
        worst = _worst(paths)
        if worst is None or sum(len(p._t) for p, _ in paths) > most:
            return
        path, row = worst
        path.add(*along(q, row, path.nodes))
        q.upcoming = _asked(_worst(paths))
        if path.hidden:
            q.note("Part of the change is hidden from the gradient (detach, rounding, steps); the gap is its size.")
        yield _answer(q, [p for p, _ in paths], len(order))


def _worst(paths: list[tuple[Quadrature, Rows]]) -> tuple[Quadrature, Rows] | None:
    """The path with the largest error that can still be refined."""
    left = [pair for pair in paths if not pair[0].settled]
    return max(left, key=lambda pair: float(pair[0].error.max())) if left else None


def _asked(worst: tuple[Quadrature, Rows] | None) -> int:
    """Gradients that refining it costs."""
    return 0 if worst is None else len(worst[0].nodes)


def precision(q: Question) -> float:
    """Relative rounding of the network's arithmetic."""
    dtype = str(q.model.net.dtype) if q.model.net is not None else ""
    return {"torch.float64": 2.0**-52, "torch.float16": 2.0**-10, "torch.bfloat16": 2.0**-7}.get(dtype, 2.0**-23)


def _answer(q: Question, paths: list[Quadrature], references: int) -> Attribution:
    """Mean over the paths so far; its error joins quadrature and, until all rows are in, the choice of rows."""
    values = np.mean([p.value for p in paths], axis=0)
    base = float(np.mean([p.start for p in paths]))
    bound = np.sqrt(np.sum([p.error**2 for p in paths], axis=0)) / len(paths)
    facts: dict[str, Any] = {"base": base, "output": q.output, "complete": True}
    if len(paths) == references:
        return Attribution(values=shaped(q, values), error=float(bound.max()), error_kind="bound", **facts)
    if len(paths) == 1:
        size = float(np.abs(values).sum())
        return Attribution(values=shaped(q, values), error=size, error_kind="unknown", **facts)
    k = len(paths)
    spread = np.std([p.value for p in paths], axis=0, ddof=1) * np.sqrt((1 - k / references) / k)
    stderr = np.hypot(spread * small_sample(k - 1), bound / 2)
    facts |= {"stderr": shaped(q, stderr), "error": float(stderr.max()), "error_kind": "stderr"}
    return Attribution(values=shaped(q, values), **facts)
