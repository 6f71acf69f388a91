"""Surfaces as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Surface
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Surface)
def _surface(e: Surface) -> pd.DataFrame:
    """One line per grid point: both columns by name, value, stderr where known, rows (near the point)."""
    j, i = np.indices(e.z.shape).reshape(2, -1)
    columns: dict[str, Any] = {e.names[0]: list(e.x[i]), e.names[1]: list(e.y[j]), "value": e.z.ravel()}
    if e.stderr is not None:
        columns["stderr"] = e.stderr.ravel()
    return _pandas().DataFrame(columns | {"rows": e.counts.ravel()})
