"""Streaming numerics: running means with standard errors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Mean:
    """Running mean and variance of vectors, added in batches (Chan, Golub and LeVeque 1979)."""

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.count = 0
        self.mean: Array = np.zeros(shape)
        self._squares: Array = np.zeros(shape)

    def add(self, batch: Array) -> None:
        """Add `batch` (n, *shape)."""
        n = len(batch)
        mean = batch[0] if n == 1 else batch.mean(0)
        delta = mean - self.mean
        total = self.count + n
        if self.count:
            self._squares += delta**2 * (self.count * n / total)
        if n > 1:
            off = batch - mean
            self._squares += np.einsum("i...,i...->...", off, off)
        self.mean = self.mean + delta * (n / total)
        self.count = total

    @property
    def variance(self) -> Array:
        """Unbiased variance of one draw; infinite before two draws."""
        if self.count < 2:
            return np.full_like(self.mean, np.inf)
        return self._squares / (self.count - 1)

    @property
    def stderr(self) -> Array:
        """Standard error of the mean; infinite before two draws."""
        return np.sqrt(self.variance / max(self.count, 1))


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
