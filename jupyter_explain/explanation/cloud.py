"""The attributions of many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Explanation

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, repr=False)
class Cloud(Explanation):
    """How much each column contributes in each of many rows of a dataset.

    Attributes:
        names: the columns.
        values: attributions in output units (rows, columns), signed.
        rows: which rows of the dataset they belong to (rows,), in random order.
        data: these rows themselves, in the same order (never sent to a browser, nor in a page or table).
        total: rows of the dataset.
        means, stderr: mean |value| of each column and its standard error, as an estimate of the mean over the whole
            dataset (columns,).
        of: the method that explained each row.
        here: values of the explained row (columns,), or None where no row is explained.
        own: the explained row's data, a number or a text per column, or None.
    """

    names: tuple[str, ...]
    values: Array
    rows: NDArray[np.intp]
    data: Any
    total: int
    means: Array
    stderr: Array
    of: str
    here: Array | None = None
    own: tuple[float | str, ...] | None = None

    @property
    def spread(self) -> float:
        """The largest mean |value|."""
        return float(self.means.max(initial=0))

    @property
    def order(self) -> NDArray[np.intp]:
        """The columns, largest mean |value| first."""
        return np.argsort(-self.means, kind="stable")

    @property
    def positive(self) -> Array:
        """Share of rows where the column speaks for the output; a zero speaks for nothing (columns,)."""
        return (self.values > 0).mean(0)

    def __repr__(self) -> str:
        return str(self)
