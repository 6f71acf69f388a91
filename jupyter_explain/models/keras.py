"""Keras 3 on another backend than torch: it only predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..rows import Rows
from . import Model
from .function import numbers

PROBABILITIES = ("softmax", "sigmoid")


def predicting(net: Any, link: str) -> Model:
    """A Keras model on another backend."""
    if link != "identity":
        raise refuse("link", "must be 'identity' for Keras on another backend than torch", link)

    def predict(rows: Rows) -> NDArray[np.float64]:
        from keras import ops

        more = {"training": False} if getattr(net, "_call_has_training_arg", False) else {}
        out = net(list(rows) if isinstance(rows, tuple) else rows, **more)
        return numbers(ops.convert_to_numpy(_first(out)), rows, type(net).__name__, whole=True)

    return Model(type(net).__name__, predict, unit_of(net), classes=True, source=net)


def _first(out: Any) -> Any:
    if isinstance(out, dict):
        out = list(out.values())
    return out[0] if isinstance(out, (list, tuple)) else out


def unit_of(net: Any) -> str:
    """What the outputs are, as far as the last layer says."""
    last = net.layers[-1] if getattr(net, "layers", None) else None
    named = getattr(getattr(last, "activation", None), "__name__", "")
    return "probability" if named in PROBABILITIES else "logit"
