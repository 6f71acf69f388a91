"""An Explorer's controls as a small dictionary for JSON, and back: neither data nor a model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from numbers import Integral, Real
from typing import Any

from ..controls import CONTROLS
from ..errors import listed, refuse

KEPT = tuple(name for name in CONTROLS if name != "lang")
VERSION, LEFT_OUT = "jupyter_explain", "left_out"
LONGEST = 100  # items of a list; a longer one is data


def written(controls: Mapping[str, Any]) -> dict[str, Any]:
    """The controls in JSON's own types; names of those that cannot be written down are under "left_out"."""
    state: dict[str, Any] = {VERSION: _version()}
    settings: dict[str, Any] = {}
    left: list[str] = []
    _keep(state, {k: controls[k] for k in KEPT if k != "settings"}, left)
    _keep(settings, controls["settings"], left, "settings.")
    return state | {"settings": settings} | ({LEFT_OUT: left} if left else {})


@cache
def _version() -> str:
    return version("jupyter-explain")


def _keep(into: dict[str, Any], values: Mapping[str, Any], left: list[str], prefix: str = "") -> None:
    for name, value in values.items():
        try:
            into[name] = plain(value)
        except TypeError:
            left.append(prefix + name)


def plain(value: Any) -> Any:
    """The value in JSON's own types.

    Raises:
        TypeError: if it has none (a function, rows of data, a network, nan).
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    if isinstance(value, (list, tuple)) and len(value) <= LONGEST:
        return [plain(v) for v in value]
    if isinstance(value, Mapping) and len(value) <= LONGEST:
        return {str(k): plain(v) for k, v in value.items()}
    raise TypeError(type(value).__name__)


def read(state: Any) -> dict[str, Any]:
    """The changes that a state asks for.

    Raises:
        ValueError: if it is not a state.
    """
    if not isinstance(state, Mapping):
        raise refuse("state", "must be a dictionary that state() returned, or a part of one", state)
    changes = {k: v for k, v in state.items() if k not in (VERSION, LEFT_OUT)}
    strange = [k for k in changes if k not in KEPT]
    if strange:
        raise refuse("state", f"names are {listed(KEPT)}", strange[0])
    if isinstance(changes.get("target"), list):
        changes["target"] = tuple(changes["target"])
    return changes
