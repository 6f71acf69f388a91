"""The neighbours of a local fit as they travel, beside the answer that they belong to."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import Array
from ..explanation import Explanation, LocalFit

FEATURES = 40  # those that count most; the others are in `fitted` all the same
LONGEST = 60  # characters of a name


def with_fit(e: Explanation, layout: dict[str, Any], arrays: list[Array]) -> tuple[dict[str, Any], list[Array]]:
    """The message of an answer, and a part "neighbourhood" where it has a local fit.

    `fit.features` (neighbours, features) are numbers, or bytes where all are 0 or 1; `fit.outputs`, `fit.fitted`,
    `fit.weights` and `fit.distances` have one number per neighbour.
    """
    fit = getattr(e, "fit", None)
    if fit is None:
        return layout, arrays
    chosen = fit.order[:FEATURES]
    bits = bool(np.isnan(fit.scale[chosen]).all())
    found = {
        "features": np.ascontiguousarray(fit.features[:, chosen], np.uint8 if bits else "<f4"),
        "outputs": np.ascontiguousarray(fit.outputs, "<f4"),
        "fitted": np.ascontiguousarray(fit.fitted, "<f4"),
        "weights": np.ascontiguousarray(fit.weights, "<f4"),
        "distances": np.ascontiguousarray(fit.distances, "<f4"),
    }
    parts = layout.get("parts", {}) | {"neighbourhood": _facts(fit, chosen)}
    names = [*layout["arrays"], *(f"fit.{n}" for n in found)]
    return layout | {"parts": parts, "arrays": names}, [*arrays, *found.values()]


def _facts(fit: LocalFit, chosen: Any) -> dict[str, Any]:
    features = [
        {
            "name": _short(fit.names[j]),
            "here": float(fit.here[j]),
            "slope": float(fit.slopes[j]),
            "origin": _known(fit.origin[j]),
            "scale": _known(fit.scale[j]),
        }
        for j in chosen
    ]
    numbers = {"explained": fit.explained, "mass": fit.mass, "width": fit.width, "intercept": fit.intercept}
    places = {"output": fit.output, "fitted": fit.fitted_here}
    return {
        "kind": fit.kind,
        "features": features,
        "total": len(fit.names),
        "count": fit.count,
        **numbers,
        **places,
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
