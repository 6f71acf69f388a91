"""Rules as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explanation import Rules
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Rules)
def _rules(e: Rules) -> pd.DataFrame:
    """One row per rule: conditions, prediction, precision (or mean), low, high, coverage with its interval, support,
    otherwise, here."""
    names = ("precision", "mean", "low", "high", "coverage", "coverage_low", "coverage_high", "support", "otherwise")
    rows = []
    for rule in e.rules:
        words = {"conditions": " AND ".join(c.text for c in rule.conditions), "prediction": rule.prediction}
        rows.append(words | {n: getattr(rule, n) for n in names} | {"here": rule.here})
    found = _pandas().DataFrame(rows)
    return found.drop(columns="mean" if e.rules[0].mean is None else "precision")
