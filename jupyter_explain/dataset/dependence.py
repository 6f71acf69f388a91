"""Partial dependence of two columns at once: the mean output over the rows with both columns set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Surface
from ..method import Stream
from ..question import Question
from ..rows import length, take
from ..shapley.game import small_sample
from ..stats import Mean
from .planes import Plane, own_place, plane_over, where_rows_are
from .tree_dependence import trees_of
from .variants import asked

Array = NDArray[np.float64]
FIRST = 32  # rows of the first answer
SPREAD = 128  # rows that tell the errors, where the averages can be read off trees


def dependence_surface(q: Question, pair: tuple[int, int], grid: Any) -> Stream:
    """Answers over more and more rows, in random order; exact for the dataset when all are done."""
    plane = plane_over(q, pair, grid)
    swaps, total = plane.swaps(), length(q.data)
    facts = where_rows_are(q, plane) | {"here": _here(q, plane)}
    moments, start = Mean(len(swaps)), 0
    trees = trees_of(q)
    order = q.rng("partial_dependence").permutation(total)
    for n in q.rounds(len(swaps), total, FIRST, growth=1):
        rows = take(q.data, order[start : start + n])
        moments.add(asked(q.outputs_of, rows, swaps).T)
        start += n
        yield _answer(plane, moments, total, facts)
        if trees is not None and start >= SPREAD:
            q.note(f"The averages are read off the trees, over all rows; the errors are from {start} of them.")
            yield _answer(plane, moments, total, facts, trees.means([swaps])[0])
            return


def _here(q: Question, plane: Plane) -> tuple[Any, Any, float] | None:
    return None if q.whole else (*own_place(q, plane), q.output)


def _answer(plane: Plane, moments: Mean, total: int, facts: dict[str, Any], means: Array | None = None) -> Surface:
    """The means so far; or `means` over all rows, read off the trees."""
    seen = moments.count
    stderr = moments.stderr * small_sample(seen - 1) if seen > 1 else np.zeros_like(moments.mean)
    done = seen == total or means is not None
    if means is not None:
        stderr = stderr * np.sqrt(seen / total)
    left = 0.0 if done else np.sqrt(1 - seen / total)
    return Surface(
        names=(plane.x.column.name, plane.y.column.name),
        x=plane.x.x,
        y=plane.y.x,
        z=(moments.mean if means is None else means).reshape(plane.shape),
        stderr=stderr.reshape(plane.shape) if seen > 1 else None,
        error=float(stderr.max() * left),
        error_kind="exact" if done else "stderr",
        axis="mean output",
        **facts,
    )
