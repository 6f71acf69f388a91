"""What every answer says about itself, whatever its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

ErrorKind = Literal["exact", "stderr", "gap", "bound", "unknown"]


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
        from ..tables import frame

        return frame(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw the answer with Matplotlib, on `ax` or on a new figure; returns the figure."""
        from ..views import plot

        return plot(self, ax)

    def to_html(self) -> str:
        """The answer as one self-contained HTML page (picture, table, text; no scripts, no network)."""
        from ..views import page

        return page(self)

    def __str__(self) -> str:
        from ..words import summary

        return summary(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from ..views import png

        return {"text/plain": str(self), "image/png": png(self)}


def arrays_of(explanation: Explanation) -> dict[str, NDArray[Any]]:
    """The array fields of an answer, by name (one per input for several inputs)."""
    out = {}
    for f in fields(explanation):
        value = getattr(explanation, f.name)
        if isinstance(value, np.ndarray):
            out[f.name] = value
    return out
