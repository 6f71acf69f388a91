"""Distributions and cohorts as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Cohorts, Distributions
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Distributions)
def _distributions(e: Distributions) -> pd.DataFrame:
    """feature, low, high (of a bin) or category, one column of counts per group; missing values in a line apart."""
    tables = []
    for i, name in enumerate(e.names):
        counts = np.concatenate([e.counts[i].T, e.missing[i][None]])
        bins = len(counts) - 1
        numbers = e.x[i].dtype.kind == "f"
        low, high = (e.x[i][:-1], e.x[i][1:]) if numbers else ([np.nan] * bins, [np.nan] * bins)
        columns: dict[str, Any] = {"feature": name, "low": [*low, np.nan], "high": [*high, np.nan]}
        columns["category"] = [*([""] * bins if numbers else e.x[i]), "missing"]
        tables.append(_pandas().DataFrame(columns | {g: counts[:, k] for k, g in enumerate(e.groups)}))
    return _pandas().concat(tables, ignore_index=True)


@frame.register(Cohorts)
def _cohorts(e: Cohorts) -> pd.DataFrame:
    """feature, value and stderr of both groups, difference and its stderr; in the order of the table."""
    difference, stderr = e.difference
    columns: dict[str, Any] = {"feature": list(e.names)}
    for k, group in enumerate(e.groups):
        columns |= {group: e.values[k], f"{group} stderr": e.stderr[k]}
    return _pandas().DataFrame(columns | {"difference": difference, "difference stderr": stderr})
