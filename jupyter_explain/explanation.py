"""The answers. Each is complete, immutable, carries its own error, and can draw itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

ErrorKind = Literal["exact", "stderr", "gap", "bound", "unknown"]
Values = NDArray[np.float64] | tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Layout:
    """What the values belong to, in the user's own terms.

    Attributes:
        kind: "table", "image", "text" or "series".
        names: one name per feature of a table or token of a text; empty for images.
        data: what was explained, in the shape of the values (numbers or objects).
        channels: the axis of `data` that holds colour channels, or None.
    """

    kind: Literal["table", "image", "text", "series"]
    names: tuple[str, ...] = ()
    data: NDArray[Any] | tuple[NDArray[Any], ...] | None = None
    channels: int | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One complete answer.

    Attributes:
        error: how far the answer may be off, in the answer's own units (see `error_kind`).
        error_kind: "exact" (rounding only), "stderr" (the largest standard error), "gap" (the completeness gap),
            "bound" (an estimated upper bound of the numerical error) or "unknown".
        method, title: registry name and title of the method.
        target, baseline: what was explained and what "absent" meant, in words.
        unit: "logit", "probability", "margin" or "output".
        evals: model evaluations spent (rows or gradients).
        seconds: time spent.
        seed, settings: everything needed to get the same answer again.
        notes: what a reader should know (choices made for them, caps, warnings).
        final: whether the stream ended with this answer because nothing is left to refine.
    """

    error: float
    error_kind: ErrorKind
    method: str = ""
    title: str = ""
    target: str = ""
    target_index: Any = None
    baseline: str = ""
    unit: str = "output"
    evals: int = 0
    seconds: float = 0.0
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    final: bool = False

    @property
    def spread(self) -> float:
        """The size of the answer that `error` is compared with (`error / spread` is the stop rule's ratio)."""
        return 0.0

    def to_frame(self) -> pd.DataFrame:
        """The answer as a pandas DataFrame."""
        from .tables import frame

        return frame(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw the answer with Matplotlib, on `ax` or on a new figure; returns the figure."""
        from .views import plot

        return plot(self, ax)

    def to_html(self) -> str:
        """The answer as one self-contained HTML page (picture, table, text; no scripts, no network)."""
        from .views import page

        return page(self)

    def __str__(self) -> str:
        from .words import summary

        return summary(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from .views import png

        return {"text/plain": str(self), "image/png": png(self)}


@dataclass(frozen=True, kw_only=True, repr=False)
class Attribution(Explanation):
    """How much each part of the input contributes.

    Attributes:
        values: signed contributions in output units, in the shape of the input (a tuple for several inputs).
        stderr: standard errors in the same shape, or None.
        base: the output where everything is absent, or None for methods without a baseline. An array for a batch.
        output: the output that is explained. An array for a batch.
        complete: whether the method promises `sum(values) = output - base`.
        layout: names and data of the input.
    """

    values: Values
    stderr: Values | None = None
    base: float | NDArray[np.float64] | None = None
    output: float | NDArray[np.float64] = 0.0
    complete: bool = False
    layout: Layout = Layout("table")

    @property
    def gap(self) -> float | NDArray[np.float64] | None:
        """`output - base - sum(values)` where the method promises completeness, else None."""
        if not self.complete or self.base is None:
            return None
        gap = np.asarray(self.output) - np.asarray(self.base) - self._total()
        return gap if gap.ndim else float(gap)

    def _total(self) -> NDArray[np.float64]:
        rows = np.ndim(self.output)
        return sum(np.asarray(v).reshape(*np.shape(self.output), -1).sum(rows) for v in parts(self.values))

    @property
    def spread(self) -> float:
        """Largest minus smallest value, at least the largest absolute value."""
        flat = flatten(self.values)
        return float(max(np.ptp(flat), np.abs(flat).max())) if flat.size else 0.0

    def __repr__(self) -> str:
        return str(self)


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

    @property
    def spread(self) -> float:
        """The largest range of a curve."""
        return float(max((np.ptp(y) for y in self.y), default=0.0))

    def __repr__(self) -> str:
        return str(self)


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


def parts(values: Any) -> tuple[Any, ...]:
    """The arrays of a value that may be one array or a tuple of arrays."""
    return values if isinstance(values, tuple) else (values,)


def flatten(values: Any) -> NDArray[Any]:
    """All numbers of a value in one vector."""
    return np.concatenate([np.asarray(v).ravel() for v in parts(values)])


def arrays_of(explanation: Explanation) -> dict[str, NDArray[Any]]:
    """The array fields of an answer, by name (one per input for several inputs)."""
    out = {}
    for f in fields(explanation):
        value = getattr(explanation, f.name)
        if isinstance(value, np.ndarray):
            out[f.name] = value
    return out
