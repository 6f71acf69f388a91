"""Streaming numerics: running means with standard errors."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


BLOCK = 2**14  # numbers that a processor's nearest memory holds several times over, in double precision


class Mean:
    """Running mean and variance of vectors, added in batches (Chan, Golub and LeVeque 1979)."""

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.count = 0
        self._mean: Array = np.zeros(shape)
        self._squares: Array | None = None  # until there are two draws
        self._blocks = _blocks(self._mean.shape)

    def add(self, batch: NDArray[Any]) -> None:
        """Add `batch` (n, *shape), of any precision; a block at a time, so that little is held and read twice."""
        if self._squares is None and self.count + len(batch) > 1:
            self._squares = np.zeros(self._mean.shape)
        for block in self._blocks:
            squares = None if self._squares is None else self._squares[block]
            self._add(np.asarray(batch[(slice(None), *block)], float), self._mean[block], squares)
        self.count += len(batch)

    def _add(self, batch: Array, mean: Array, squares: Array | None) -> None:
        """Update a block of the mean and of the squared distances from it, in place."""
        n, total = len(batch), self.count + len(batch)
        new = batch[0] if n == 1 else batch.mean(0)
        delta = new - mean
        mean += delta * (n / total)
        if squares is None:
            return
        if n > 1:
            off = batch - new
            squares += np.einsum("i...,i...->...", off, off)
        if self.count:
            delta *= delta
            delta *= self.count * n / total
            squares += delta

    @property
    def mean(self) -> Array:
        """The mean so far."""
        return self._mean.copy()

    @property
    def variance(self) -> Array:
        """Unbiased variance of one draw; infinite before two draws."""
        if self.count < 2 or self._squares is None:
            return np.full_like(self._mean, np.inf)
        return self._squares / (self.count - 1)

    @property
    def stderr(self) -> Array:
        """Standard error of the mean; infinite before two draws."""
        found = self.variance
        found /= max(self.count, 1)
        return np.sqrt(found, out=found)


def _blocks(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Slices that cover an array, cut along its longest axis."""
    size = int(np.prod(shape))
    if size <= BLOCK:
        return [(slice(None),) * len(shape)]
    axis = int(np.argmax(shape))
    step = max(1, BLOCK * shape[axis] // size)
    return [(*[slice(None)] * axis, slice(k, k + step)) for k in range(0, shape[axis], step)]


@lru_cache(maxsize=64)
def gauss_legendre(n: int) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1]; cached because the nodes are an eigenproblem."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return (nodes + 1) / 2, weights / 2


# Gauss-Kronrod (7, 15) on [-1, 1]: Kronrod 1965; positive half, outermost first (digits as in QUADPACK's qk15).
_KRONROD_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693302,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0.0,
)
_KRONROD_WEIGHTS = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714,
)
_GAUSS_WEIGHTS = (
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
    0.417959183673469387755102040816327,
)


def _kronrod() -> tuple[Array, Array, Array]:
    x, w = np.array(_KRONROD_NODES), np.array(_KRONROD_WEIGHTS)
    gauss = np.zeros(8)
    gauss[1::2] = _GAUSS_WEIGHTS
    mirror = lambda v, sign: np.concatenate([sign * v, v[-2::-1]])  # noqa: E731
    return (mirror(x, -1.0) + 1) / 2, mirror(w, 1.0) / 2, mirror(gauss, 1.0) / 2


KRONROD_NODES, KRONROD_WEIGHTS, GAUSS_WEIGHTS = _kronrod()
