"""Regressors that predict the exponential of a sum: of counts, costs or waiting times, mostly."""

from __future__ import annotations

from typing import Any

OBJECTIVES = frozenset({
    "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft",  # XGBoost
    "poisson", "gamma", "tweedie",  # LightGBM
})  # fmt: skip


def is_logarithmic(regressor: Any) -> bool:
    """Whether a fitted regressor predicts the exponential of a sum, as its loss or its objective tells."""
    loss = getattr(regressor, "_loss", None) or getattr(regressor, "_base_loss", None)
    objective = getattr(regressor, "objective", None)
    named = isinstance(objective, str) and objective in OBJECTIVES
    return named or type(getattr(loss, "link", None)).__name__ == "LogLink"
