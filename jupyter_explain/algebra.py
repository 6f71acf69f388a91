"""Matrix products and inverses in pieces too small for the linear algebra library to start threads.

Small products come in thousands, and waiting for threads costs the other processors more than the product takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SMALL = 2**18  # multiplications of a matrix product that stays on one thread
FEWEST = 8  # rows of a piece; with fewer, the products are so large that threads are worth their while
ALONE, MANY = 48, 400  # sizes of matrices that are inverted on one thread, and that are worth several


def product(a: Array, b: Array) -> Array:
    """aᵀ b, in pieces too small for the linear algebra library to start threads (waiting for them costs more)."""
    step = _rows(a.shape[1] * b.shape[1])
    if step is None:
        return np.asarray(a.T @ b, float)
    out = np.zeros((a.shape[1], b.shape[1]))  # added up one by one: together the pieces can be a gigabyte
    for i in range(0, len(a), step):
        out += a[i : i + step].T @ b[i : i + step]
    return out


def times(a: Array, b: Array) -> Array:
    """a b, or each of several, in pieces like `product`."""
    step = _rows(b.shape[-2] * b.shape[-1])
    if step is None:
        return np.asarray(a @ b, float)
    return np.concatenate([a[..., i : i + step, :] @ b for i in range(0, max(1, a.shape[-2]), step)], axis=-2)


def _rows(each: int) -> int | None:
    """How many rows make a piece, at so many multiplications each; None where the work is worth threads."""
    return SMALL // max(1, each) if FEWEST * each <= SMALL else None


def inverse(matrix: Array) -> Array:
    """Inverses of positive definite matrices (…, n, n), by halves so small that no threads are started.

    Larger ones are worth their threads.
    """
    n = matrix.shape[-1]
    if n <= ALONE or n > MANY:
        return np.asarray(np.linalg.inv(matrix), float)
    half = n // 2
    one = inverse(matrix[..., :half, :half])
    across = times(one, matrix[..., :half, half:])
    other = inverse(matrix[..., half:, half:] - times(matrix[..., half:, :half], across))
    corner = times(across, other)
    turned = np.swapaxes(corner, -1, -2)
    first = one + times(corner, np.swapaxes(across, -1, -2))
    return np.concatenate([np.concatenate([first, -corner], -1), np.concatenate([-turned, other], -1)], -2)
