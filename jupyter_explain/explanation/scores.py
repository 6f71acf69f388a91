"""One number for each column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Scores(Explanation):
    """One number for each column, or group of columns, of a dataset.

    Attributes:
        names: the columns or groups.
        values: their scores (m,), signed.
        low, high: 95 % interval of each score (m,), or None.
        stderr: standard error of each score (m,), or None.
        measure: what is measured, in words.
        base: the measure of the untouched data, or None where that has no meaning.
        draws: how many draws each score is a mean of.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    stderr: NDArray[np.float64] | None = None
    measure: str = "output"
    base: float | None = None
    draws: int = 0

    @property
    def spread(self) -> float:
        """Largest minus smallest score, at least the largest absolute value."""
        return float(max(np.ptp(self.values), np.abs(self.values).max())) if self.values.size else 0.0

    def __repr__(self) -> str:
        return str(self)
