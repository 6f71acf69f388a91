"""How much each part of an input contributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..normalization import Normalization
from .base import Explanation
from .local_fit import LocalFit
from .steps import OrderSteps, PathSteps

Values = NDArray[np.float64] | tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Layout:
    """What the values belong to, in the user's own terms.

    Attributes:
        kind: "table", "image", "text" or "series".
        names: one name per feature of a table, token of a text or channel of a series; empty for images, and for
            series whose channels nobody named.
        data: what was explained, in the shape of the values (numbers or objects).
        channels: the axis of `data` that holds the channels of a picture or series, counted from the end, or None.
        normalization: how the numbers of a picture were made of pixels, or None.
    """

    kind: Literal["table", "image", "text", "series"]
    names: tuple[str, ...] = ()
    data: NDArray[Any] | tuple[NDArray[Any], ...] | None = None
    channels: int | None = None
    normalization: Normalization | None = None


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
        fit: the local linear model that the values are the slopes of, and neighbours that it was fitted to (LIME).
        steps: how the answer came about, for methods that show it.
    """

    values: Values
    stderr: Values | None = None
    base: float | NDArray[np.float64] | None = None
    output: float | NDArray[np.float64] = 0.0
    complete: bool = False
    layout: Layout = Layout("table")
    fit: LocalFit | None = None
    steps: PathSteps | OrderSteps | None = None

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

    def plot(self, ax: Any = None, kind: Literal["auto", "waterfall", "steps"] = "auto") -> Any:
        """Draw the answer with Matplotlib, on `ax` or on a new figure; returns the figure.

        Args:
            ax: Matplotlib axes, or None.
            kind: "auto" (what suits the input) or, for one row of a table whose values add up, "waterfall": the same
                bars end to end, from base to output; or "steps" (`ig_path`; `permutation_shap` with
                orders=True): how the answer came about.

        Raises:
            ValueError: for another kind, where the values promise no sum, or where there are no steps.
        """
        from ..errors import refuse
        from ..views import plot, steps, waterfall

        if kind == "auto":
            return plot(self, ax)
        if kind == "steps":
            steps.check(self)
            return plot(self, ax, steps.steps, steps.room)
        if kind != "waterfall":
            raise refuse("plot", "kind must be 'auto', 'waterfall' or 'steps'", kind)
        waterfall.check(self)
        return plot(self, ax, waterfall.waterfall, waterfall.room)

    def __repr__(self) -> str:
        return str(self)


def parts(values: Any) -> tuple[Any, ...]:
    """The arrays of a value that may be one array or a tuple of arrays."""
    return values if isinstance(values, tuple) else (values,)


def flatten(values: Any) -> NDArray[Any]:
    """All numbers of a value in one vector."""
    return np.concatenate([np.asarray(v).ravel() for v in parts(values)])
