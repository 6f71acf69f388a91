"""Rows put together column by column: from reference rows, redrawn where a rule asks for something else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..maskers.table import _pool
from ..question import Question
from ..rows import Rows, frame_of, is_frame, length
from .predicates import Predicate, columns_of

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
LARGE = 4096  # values of a column, from which on places are drawn until they fit
TRIES = 4


class Mixtures:
    """Random rows that meet a rule.

    A draw is one reference row. A column that does not meet the rule is redrawn, on its own, among the reference
    values that do and the explained row's own value; all other columns stay together as they are.
    """

    def __init__(self, q: Question) -> None:
        self._x, self.size = q.x, length(q.reference)
        self._pools = _pools(q.reference, q.x)
        self._met: dict[tuple[int, str, str], Flags] = {}
        self.columns = columns_of(_table(self._pools), q.input.names)

    def meets(self, predicates: list[Predicate]) -> dict[int, Flags]:
        """For each column that has predicates: which pool values meet all of them."""
        out: dict[int, Flags] = {}
        for p in predicates:
            key = (p.column, p.kind, repr(p.value))
            if key not in self._met:
                self._met[key] = p.holds(self.columns[p.column])
            holds = self._met[key]
            out[p.column] = out[p.column] & holds if p.column in out else holds
        return out

    def draw(self, rng: np.random.Generator, n: int, meets: dict[int, Flags]) -> Places:
        """n rows as places in the pool (n, columns)."""
        refs = rng.integers(self.size, size=n)
        places = np.repeat(refs[:, None], len(self.columns), axis=1)
        for column, fits in meets.items():
            wrong = np.flatnonzero(~fits[refs])
            places[wrong, column] = _among(fits, rng, len(wrong))
        return places

    def rows(self, places: Places) -> Rows:
        """Fresh rows, in the form that the model takes."""
        if is_frame(self._x):
            chosen = zip(self._pools.items(), places.T, strict=True)
            return frame_of({name: pool.take(where) for (name, pool), where in chosen})
        made, start = [], 0
        for pool in self._pools:
            stop = start + pool.shape[1]
            made.append(pool[places[:, start:stop], np.arange(pool.shape[1])])
            start = stop
        if isinstance(self._x, tuple):
            return tuple(m.reshape(-1, *x.shape[1:]) for m, x in zip(made, self._x, strict=True))
        return made[0].reshape(-1, *self._x.shape[1:])


def _among(fits: Flags, rng: np.random.Generator, n: int) -> Places:
    """n random places that fit; of a large pool few are looked at."""
    if len(fits) <= LARGE:
        return rng.choice(np.flatnonzero(fits), n)
    out = rng.integers(len(fits), size=n)
    for _ in range(TRIES):
        wrong = np.flatnonzero(~fits[out])
        if not len(wrong):
            return out
        out[wrong] = rng.integers(len(fits), size=len(wrong))
    wrong = np.flatnonzero(~fits[out])
    out[wrong] = rng.choice(np.flatnonzero(fits), len(wrong))
    return out


def _table(pools: Any) -> Rows:
    """The pools as rows; the last is the explained one."""
    if not isinstance(pools, dict):
        return tuple(pools)
    return frame_of(pools)


def _pools(reference: Rows, x: Rows) -> Any:
    """All values that each column can take, the explained row's own last."""
    if is_frame(x):
        return {c: _pool(reference[c], x[c]) for c in x.columns}
    pairs = zip(reference, x, strict=True) if isinstance(x, tuple) else [(reference, x)]
    return [np.concatenate([r, one]).reshape(len(r) + 1, -1) for r, one in pairs]
