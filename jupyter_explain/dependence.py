"""Partial dependence of two columns at once: the mean output over the rows with both columns set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .explanation import Surface
from .method import Stream
from .planes import Plane, own_place, plane_over, where_rows_are
from .question import Question
from .rows import length, take
from .shapley import small_sample
from .stats import Mean
from .variants import Variants

Array = NDArray[np.float64]
FIRST = 32  # rows of the first answer


def dependence_surface(q: Question, pair: tuple[int, int], grid: Any) -> Stream:
    """Answers over more and more rows, in random order; exact for the dataset when all are done."""
    plane = plane_over(q, pair, grid)
    swaps, total = plane.swaps(), length(q.data)
    facts = where_rows_are(q, plane) | {"here": _here(q, plane)}
    moments, start = Mean(len(swaps)), 0
    order = q.rng("partial_dependence").permutation(total)
    for n in q.rounds(len(swaps), total, FIRST, growth=1):
        rows = take(q.data, order[start : start + n])
        variants = Variants(rows, swaps)
        moments.add(q.outputs_of(len(variants), variants).reshape(len(swaps), n).T)
        start += n
        yield _answer(plane, moments, total, facts)


def _here(q: Question, plane: Plane) -> tuple[Any, Any, float] | None:
    return None if q.whole else (*own_place(q, plane), q.output)


def _answer(plane: Plane, moments: Mean, total: int, facts: dict[str, Any]) -> Surface:
    seen = moments.count
    stderr = moments.stderr * small_sample(seen - 1) if seen > 1 else np.zeros_like(moments.mean)
    left = np.sqrt(1 - seen / total)
    return Surface(
        names=(plane.x.column.name, plane.y.column.name),
        x=plane.x.x,
        y=plane.y.x,
        z=moments.mean.reshape(plane.shape),
        stderr=stderr.reshape(plane.shape) if seen > 1 else None,
        error=float(stderr.max() * left),
        error_kind="exact" if seen == total else "stderr",
        axis="mean output",
        **facts,
    )
