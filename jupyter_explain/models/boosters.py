"""Bare boosters of XGBoost and LightGBM (their scikit-learn wrappers are estimators like any other)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..rows import Rows, is_frame
from . import Model
from .function import numbers


def model_of(booster: Any, link: str) -> Model:
    """Wrap a booster: what it predicts, or its margin; a binary score becomes one column per class."""
    library = type(booster).__module__.partition(".")[0]
    ask, objective, columns = _xgboost(booster, link) if library == "xgboost" else _lightgbm(booster, link)
    binary = objective.startswith("binary") and objective != "binary:hinge"
    classes = binary or objective.startswith(("multi:softprob", "multiclass"))
    if link == "logit" or (link == "probability" and not classes):
        raise refuse(library, "link must be 'identity' or 'margin' for a bare booster", link)
    unit = "margin" if link == "margin" else "probability" if classes else "output"

    def predict(rows: Rows) -> NDArray[np.float64]:
        out = numbers(ask(rows), rows, library)
        if not binary or out.shape[1] > 1:
            return out
        return np.concatenate([-out if link == "margin" else 1 - out, out], axis=1)

    return Model(f"{library} booster", predict, unit, (), classes, source=booster, columns=columns)


def _xgboost(booster: Any, link: str) -> tuple[Callable[[Rows], Any], str, tuple[str, ...] | None]:
    import json

    import xgboost

    names = booster.feature_names
    learner = json.loads(booster.save_config())["learner"]

    def ask(rows: Rows) -> Any:
        named = {} if is_frame(rows) else {"feature_names": names, "feature_types": booster.feature_types}
        data = xgboost.DMatrix(rows, enable_categorical=True, **named)
        return booster.predict(data, output_margin=link == "margin")

    return ask, learner["objective"]["name"], tuple(names) if names else None


def _lightgbm(booster: Any, link: str) -> tuple[Callable[[Rows], Any], str, tuple[str, ...] | None]:
    objective = str(booster.dump_model(num_iteration=1).get("objective", ""))
    names = tuple(booster.feature_name())

    def ask(rows: Rows) -> Any:
        return booster.predict(rows, raw_score=link == "margin")

    return ask, objective, names
