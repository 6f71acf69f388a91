"""What SmoothGrad averages: what gradient methods say at many points at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..question import Question
from ..rows import Rows, along, between, each, length, take
from ..stats import gauss_legendre
from .rectified import gradient

NODES = 16  # gradients on each path
EPSILON = 1e-6  # LRP's, as usual


@dataclass(frozen=True)
class Over:
    """A method at points (n, …): `at(question, points, reference rows (n, …)) -> (n, …)`.

    Attributes:
        cost: evaluations of one point.
        based: whether it compares with the baseline.
    """

    at: Callable[[Question, Rows, Rows], Rows]
    cost: int = 1
    based: bool = False


def _product(q: Question, points: Rows, refs: Rows) -> Rows:
    return each(lambda a, g: a * g, points, q.gradient(points)[1])


def _path(q: Question, points: Rows, refs: Rows) -> Rows:
    """Integrated gradients of every point, by a fixed rule."""
    n, (nodes, weights) = length(points), gauss_legendre(NODES)
    again = np.repeat(np.arange(n), NODES)
    ends, starts = take(points, again), take(refs, again)
    _, grads = q.gradient(between(starts, ends, np.tile(nodes, n)))

    def total(g: Any, x: Any, b: Any) -> Any:
        weighted = along(np.tile(weights, n), g) * g
        return weighted.reshape(n, NODES, *g.shape[1:]).sum(1) * (x - b)

    return each(total, grads, points, refs)


def _differences(q: Question, points: Rows, refs: Rows) -> Rows:
    from ..models.backward import DeepLift
    from ..models.backward.book import Book

    rule = DeepLift(q.who, Book(q.who, {"*": "rescale"}))
    slopes = q.gradient(points, rule=rule, against=refs)[1]
    return each(lambda x, b, s: (x - b) * s, points, refs, slopes)


def _relevance(q: Question, points: Rows, refs: Rows) -> Rows:
    from ..models.backward import Lrp
    from ..models.backward.book import Book
    from ..models.backward.lrp_rules import Numbers

    return q.gradient(points, rule=Lrp(q.who, Book(q.who, {"*": Numbers("epsilon", EPSILON)}), EPSILON))[1]


OVER = {
    "saliency": Over(lambda q, points, refs: q.gradient(points)[1]),
    "input_x_gradient": Over(_product),
    "guided_backprop": Over(lambda q, points, refs: gradient(q, points, guided=True)[1]),
    "deconvolution": Over(lambda q, points, refs: gradient(q, points, guided=False)[1]),
    "lrp": Over(_relevance),
    "integrated_gradients": Over(_path, NODES, based=True),
    "deep_lift": Over(_differences, based=True),
}


def dealt(q: Question, done: int, n: int) -> Rows:
    """The reference rows (n, …) that the next n points are compared with: all of them, one after the other."""
    return take(q.reference, np.arange(done, done + n) % length(q.reference))
