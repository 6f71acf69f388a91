"""Counterfactuals as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explanation import Examples
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Examples)
def _examples(e: Examples) -> pd.DataFrame:
    """The explained row, then one row per example: decision, output, distance, and every column."""
    rows = [dict(zip(e.names, values, strict=True)) for values in (e.original, *e.rows)]
    found = _pandas().DataFrame(rows, columns=list(e.names), index=["row", *range(1, len(e.rows) + 1)])
    found.insert(0, "decision", [e.decision, *e.decisions])
    found.insert(1, "output", [e.output, *map(float, e.outputs)])
    found.insert(2, "distance", [0.0, *map(float, e.distances)])
    return found
