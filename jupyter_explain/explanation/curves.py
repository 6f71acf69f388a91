"""How the output changes with single columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .base import Explanation


@dataclass(frozen=True)
class Verdict:
    """What a curve in the order of an explanation says beside curves in random orders.

    Attributes:
        judged: what made the explanation.
        area: mean output along its order.
        chance, stderr: that along random orders, and its standard error.
        reverse: that along the order turned round.
        beats: share of random orders that do worse.
        draws: random orders so far.
        better: which area speaks for the explanation.
    """

    judged: str
    area: float
    chance: float
    stderr: float
    reverse: float
    beats: float
    draws: int
    better: Literal["lower", "higher"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Curves(Explanation):
    """How the output changes with single columns of a dataset; one curve per column.

    Attributes:
        names: the columns.
        x: grid of each column: numbers (k,), or texts (k,) where the column holds categories.
        y: the average over the rows at each grid point (k,).
        band: (2, k) per column, low and high end of a 95 % interval of `y`, with the rows as a sample of many more.
        lines: one line per row (rows, k) per column, or None.
        rows: which row of the dataset each line belongs to (rows,), or None.
        counts: how many rows of the dataset are near each grid point (k,); 0 means that the curve extrapolates.
        own: the explained row's line (k,) per column, or None where no single row is explained.
        here: the explained row's own value and output (x, y) per column, or None.
        kind: what is to be drawn: "average", "individual" or "both".
        axis: what `y` is, in words.
        fidelity: where the curves add up to a stand-in for the model: share of the output's variance on other rows that
            it explains (R²), and its standard error; else None. Along a penalty: that of the best stand-in.
        along: what `x` is, in words, where it is not the column's own value ("": it is).
        verdict: of curves that judge an explanation: then `y` is the mean over random orders, `own` the explanation's
            order, and the one line is that order turned round.
    """

    names: tuple[str, ...]
    x: tuple[NDArray[Any], ...]
    y: tuple[NDArray[np.float64], ...]
    band: tuple[NDArray[np.float64], ...]
    counts: tuple[NDArray[np.int64], ...]
    lines: tuple[NDArray[np.float64], ...] | None = None
    rows: NDArray[np.int64] | None = None
    own: tuple[NDArray[np.float64], ...] | None = None
    here: tuple[tuple[Any, float], ...] | None = None
    kind: Literal["average", "individual", "both"] = "average"
    axis: str = "output"
    fidelity: tuple[float, float] | None = None
    along: str = ""
    verdict: Verdict | None = None

    @property
    def spread(self) -> float:
        """The largest range of a curve."""
        return float(max((np.ptp(y) for y in self.y), default=0.0))

    def __repr__(self) -> str:
        return str(self)
