"""How the output changes with two columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Surface(Explanation):
    """A number over a grid of two columns (or of two directions through the data).

    Attributes:
        names: what lies along x and along y.
        x, y: the grid: numbers (kx,) and (ky,), rising; or texts where a column holds categories.
        z: the number at each grid point (ky, kx).
        stderr: its standard error in the same shape, with the rows as a sample of many more; None where none is known.
        counts: rows of the dataset near each grid point (ky, kx), see `planes.near_both`; 0: extrapolating there.
        dots: where the rows are (m, 4), counted in squares, no row of its own: x, y, rows, and the class that is
            predicted there (-1: not asked). Categories are counted 0, 1, 2, …
        classes: names of the classes of `dots`.
        here: the explained row's own x, y and number, or None.
        border: line pieces (m, 4) as x0, y0, x1, y1 along which the decision changes, or None where nothing is decided.
        decision: what is decided on either side of the border, in words ("" without one).
        centre: the number that is neither high nor low (colours diverge from it), or None.
        axis: what `z` is, in words.
    """

    names: tuple[str, str]
    x: NDArray[Any]
    y: NDArray[Any]
    z: NDArray[np.float64]
    counts: NDArray[np.int64]
    stderr: NDArray[np.float64] | None = None
    dots: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()
    here: tuple[Any, Any, float] | None = None
    border: NDArray[np.float64] | None = None
    decision: str = ""
    centre: float | None = None
    axis: str = "output"

    @property
    def spread(self) -> float:
        """Largest minus smallest number."""
        return float(np.ptp(self.z)) if self.z.size else 0.0

    def __repr__(self) -> str:
        return str(self)


def numeric(x: NDArray[Any]) -> bool:
    """Whether an axis holds numbers."""
    return x.dtype.kind == "f"


def places(x: NDArray[Any]) -> NDArray[np.float64]:
    """Where grid points lie: the numbers, or 0, 1, 2 … for categories."""
    return x if numeric(x) else np.arange(len(x), dtype=float)


def edges(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the neighbourhood of each place begins and ends (k + 1,): halfway to the next."""
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middles = (x[1:] + x[:-1]) / 2
    return np.concatenate([[2 * x[0] - middles[0]], middles, [2 * x[-1] - middles[-1]]])
