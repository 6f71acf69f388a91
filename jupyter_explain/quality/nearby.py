"""Inputs that differ a little from the explained one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import parts
from ..question import Question
from ..rows import Rows, is_frame, length, take

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


def box(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Even in [-1, 1]."""
    return rng.uniform(-1, 1, shape)


def bell(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal."""
    return rng.standard_normal(shape)


class Nearby:
    """The explained input, moved a little.

    A column of a table moves by a share of its standard deviation over the data (else over the baseline rows; with a
    single one of those, by a share of its own size), a picture or series by a share of its range.

    Args:
        q: the question.
        radius: that share.

    Raises:
        ValueError: if nothing can move.
    """

    def __init__(self, q: Question, radius: float) -> None:
        self._q, self._radius = q, radius
        self._scales = _of_columns(q) if q.input.kind == "table" else [np.ptp(np.asarray(a)) for a in parts(q.x)]
        if not any(np.any(s) for s in self._scales):
            raise refuse(q.who, "x must hold floating-point numbers that vary", Phrase(f"{q.input.kind} input"))

    def draw(self, rng: np.random.Generator, n: int, shape: Draw) -> tuple[Rows, Array]:
        """n inputs, and by how much they were moved (n, values) in the order of an explanation's values."""
        if is_frame(self._q.x):
            return self._frames(rng, n, shape)
        given = parts(self._q.x)
        steps = [self._step(rng, n, a, s, shape) for a, s in zip(given, self._scales, strict=True)]
        rows = [(a + d).astype(a.dtype) for a, d in zip(given, steps, strict=True)]
        if isinstance(self._q.x, tuple):
            return tuple(rows), np.concatenate([d.reshape(n, -1) for d in steps], 1)
        return rows[0], np.asarray(self._q.input.to_user(steps[0]), float).reshape(n, -1)

    def _step(self, rng: np.random.Generator, n: int, a: Any, scale: Any, shape: Draw) -> Array:
        return self._radius * np.asarray(scale) * shape(rng, (n, *a.shape[1:]))

    def _frames(self, rng: np.random.Generator, n: int, shape: Draw) -> tuple[Rows, Array]:
        rows = take(self._q.x, np.zeros(n, np.intp)).copy()
        steps = self._radius * self._scales[0] * shape(rng, (n, rows.shape[1]))
        for j in np.flatnonzero(self._scales[0]):
            own = rows.iloc[:, j].array
            rows.isetitem(int(j), (own + steps[:, j]).astype(own.dtype))
        return rows, steps


def _of_columns(q: Question) -> list[Array]:
    """How far the columns of each input spread; 0 for those that hold no fractions."""
    many = q.data if q.data is not None and length(q.data) > 1 else q.reference
    if is_frame(q.x):
        kinds = [getattr(t, "kind", "O") for t in q.x.dtypes]
        pairs = [(q.x.iloc[:, j], many.iloc[:, j]) for j in range(len(kinds))]
        found = [_spread(a, b) if k == "f" else 0.0 for k, (a, b) in zip(kinds, pairs, strict=True)]
        return [np.nan_to_num(np.array(found, float))]
    return [np.nan_to_num(_spread(a, b)) for a, b in zip(parts(q.x), parts(many), strict=True)]


def _spread(own: Any, many: Any) -> Any:
    own, many = np.asarray(own, float), np.asarray(many, float)
    return np.abs(own[0]) if len(many) < 2 else np.ma.filled(np.ma.masked_invalid(many).std(0), 0.0)
