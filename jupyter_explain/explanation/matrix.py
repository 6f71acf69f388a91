"""One number for each pair of columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Matrix(Explanation):
    """One number for each pair of a row and a column (of columns of a dataset, mostly).

    Attributes:
        rows, columns: names; equal where every pair is there twice.
        values: the numbers (rows, columns); NaN where a pair has none.
        stderr: standard errors in the same shape, or None.
        low, high: ends of 95 % intervals in the same shape, or None (then `stderr` gives them).
        signed: whether the sign says something (colours diverge from zero), else numbers are sizes from zero up.
        measure: what a number is, in words.
        measures: names of the kinds of numbers where cells hold different ones, else empty.
        which: which of `measures` each cell holds (rows, columns), or None.
        counts: how many rows of data each number rests on (rows, columns), or None.
        diagonal: what the diagonal holds where that is something else than the other cells; "": nothing to see there.
        top: the largest size that a number can have (1 for a correlation), or None.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    stderr: NDArray[np.float64] | None = None
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    signed: bool = True
    measure: str = "output"
    measures: tuple[str, ...] = ()
    which: NDArray[np.int64] | None = None
    counts: NDArray[np.int64] | None = None
    diagonal: str = ""
    top: float | None = None

    @property
    def square(self) -> bool:
        """Whether rows and columns are the same, and every pair is there twice."""
        return self.rows == self.columns and bool(np.array_equal(self.values, self.values.T, equal_nan=True))

    @property
    def pairs(self) -> NDArray[np.intp]:
        """(row, column) of every pair once, without the diagonal of a square; strongest first, unknown ones last."""
        keep = np.ones(self.values.shape, bool)
        keep = np.triu(keep, 1) if self.square else keep
        found = np.argwhere(keep)
        sizes = np.abs(self.values[keep])
        return found[np.argsort(-np.where(np.isnan(sizes), -1.0, sizes), kind="stable")]

    @property
    def spread(self) -> float:
        """The largest size."""
        known = np.abs(self.values[np.isfinite(self.values)])
        return float(known.max(initial=0))

    def __repr__(self) -> str:
        return str(self)


def ends(e: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """95 % intervals of all cells, or None where nothing is known about them."""
    if e.low is not None and e.high is not None:
        return e.low, e.high
    if e.stderr is None:
        return None
    return e.values - 1.96 * e.stderr, e.values + 1.96 * e.stderr


def strongest(e: Matrix, most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, columns): at most `most` of each, those with the strongest pairs, in their own order."""
    if max(e.values.shape) <= most:
        return np.arange(len(e.rows)), np.arange(len(e.columns))
    first, second = e.pairs.T
    if e.square:
        both = np.sort(_leading(np.stack([first, second], 1).ravel(), most))
        return both, both
    return np.sort(_leading(first, most)), np.sort(_leading(second, most))


def _leading(order: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """The first `most` different numbers."""
    found, at = np.unique(order, return_index=True)
    return found[np.argsort(at)][:most]
