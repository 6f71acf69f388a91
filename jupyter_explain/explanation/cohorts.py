"""The same explanation for two groups of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Explanation

Array = NDArray[np.float64]
SMALL = 30  # rows of a group below which it says little


@dataclass(frozen=True, kw_only=True, repr=False)
class Cohorts(Explanation):
    """The same numbers for two groups of rows of a dataset, and how they differ. Index 0 is group A, 1 is group B.

    Attributes:
        groups: names of the groups.
        sizes: rows of each group (2,).
        names: the columns.
        values, stderr: one number for each group and column, and its standard error, both (2, columns).
        outputs, output_stderr: mean output of each group (2,).
        scores, score_stderr: mean error of the predictions of each group (2,), or None without labels.
        measure: what the values are, in words.
        score: what the scores are, in words; "" without labels.
        by: the column that splits.
    """

    groups: tuple[str, str]
    sizes: NDArray[np.int64]
    names: tuple[str, ...]
    values: Array
    stderr: Array
    outputs: Array
    output_stderr: Array
    scores: Array | None = None
    score_stderr: Array | None = None
    measure: str = "importance"
    score: str = ""
    by: str = ""

    @property
    def spread(self) -> float:
        """The largest value."""
        return float(np.abs(self.values).max(initial=0))

    @property
    def difference(self) -> tuple[Array, Array]:
        """A − B for every column, and its standard error (columns,)."""
        return self.values[0] - self.values[1], np.sqrt((self.stderr**2).sum(0))

    @property
    def small(self) -> tuple[str, ...]:
        """Groups with so few rows that their numbers say little."""
        return tuple(g for g, n in zip(self.groups, self.sizes, strict=True) if n < SMALL)

    def __repr__(self) -> str:
        return str(self)
