"""Where the values of columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Distributions(Explanation):
    """How many rows of a dataset have which values, column by column and group by group.

    Attributes:
        names: the columns.
        x: of each column the borders of its bins (k + 1,), or its categories as texts (k,).
        counts: rows per group and bin or category (groups, k), per column.
        missing: rows without a value (columns, groups).
        cut: rows beyond the outer borders that are counted in the outer bins (columns,).
        groups: names of the groups; one without a split.
        sizes: rows of each group (groups,).
        here: per column the explained row's value and its place: the share of rows below (numbers; equal ones half)
            or the share of rows with the same (categories). None where no row is explained.
        by: what the groups are, in words; "" without a split.
    """

    names: tuple[str, ...]
    x: tuple[NDArray[Any], ...]
    counts: tuple[NDArray[np.int64], ...]
    missing: NDArray[np.int64]
    cut: NDArray[np.int64]
    groups: tuple[str, ...]
    sizes: NDArray[np.int64]
    here: tuple[tuple[Any, float], ...] | None = None
    by: str = ""

    @property
    def spread(self) -> float:
        """Number of rows."""
        return float(self.sizes.sum())

    @property
    def apart(self) -> NDArray[np.float64]:
        """How different the groups are in each column (columns,): half the summed difference of shares, the largest."""
        return np.array([_apart(c) for c in self.counts])

    def __repr__(self) -> str:
        return str(self)


def _apart(counts: NDArray[np.int64]) -> float:
    """Largest total variation distance between a group and all others (0: alike, 1: nothing in common)."""
    found = [0.0]
    for k in range(len(counts) if len(counts) > 1 else 0):
        own, others = counts[k], counts.sum(0) - counts[k]
        if own.sum() and others.sum():
            found.append(float(np.abs(own / own.sum() - others / others.sum()).sum() / 2))
    return max(found)
