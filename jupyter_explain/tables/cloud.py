"""Clouds as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explanation import Cloud
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Cloud)
def _cloud(e: Cloud) -> pd.DataFrame:
    """feature, size (mean |value|), stderr, mean (signed), positive (share of rows); in the order of the table."""
    columns = {"feature": list(e.names), "size": e.means, "stderr": e.stderr, "mean": e.values.mean(0)}
    return _pandas().DataFrame(columns | {"positive": e.positive})
