"""What measures of an explanation say, in one sentence each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..explanation import Curves, Scores, Verdict
from .clear import CLEAR
from .numbers import number
from .text import shorten


def judged(v: Verdict) -> str:
    """Mean output in the order of an explanation against random orders."""
    said = f"In the order of {shorten(v.judged)} the mean output is {number(v.area)}"
    chance = f"{number(v.chance)} ± {number(v.stderr, 2)}"
    if abs(v.area - v.chance) <= CLEAR * v.stderr + 1e-9 * abs(v.area):
        return f"{said}, no clear difference from random orders ({chance}; {v.better} is better)."
    beaten = f"it beats {number(100 * v.beats, 3)} % of {v.draws}"
    return f"{said}, in random orders {chance} ({v.better} is better); {beaten}."


def randomized(e: Curves) -> str:
    """What is left of an explanation when the network has forgotten everything."""
    reach = f" ± {number(float(np.ptp(e.band[0][:, -1])) / 2 / CLEAR, 2)}" if e.error_kind != "unknown" else ""
    sizes = "" if e.own is None else f" (of the sizes {number(float(e.own[0][-1]), 2)})"
    said = f"With every layer random, the rank correlation with {shorten(e.names[0])} of the trained network"
    return f"{said} is {number(float(e.y[0][-1]), 2)}{reach}{sizes}; 1 is the same map."


def _infidelity(e: Scores) -> str:
    """The miss, and its share of the miss of saying nothing."""
    miss, _, nothing = map(float, e.values)
    stderr = 0.0 if e.stderr is None else float(e.stderr[0])
    said = (
        f"{shorten(e.names[0])} misses the change of the output by {number(miss)} ± {number(stderr, 2)} (mean square)"
    )
    share = f"{number(100 * miss / nothing, 2)} % of what" if nothing else "where"
    return f"{said}, {share} an explanation of zeros misses{'' if nothing else ' nothing'}."


def _sensitivity(e: Scores) -> str:
    """How far the explanation moved."""
    most, mean = map(float, e.values)
    stderr = 0.0 if e.stderr is None else float(e.stderr[1])
    said = f"The explanation changes by {number(mean)} ± {number(stderr, 2)} of its size on average"
    return f"{said}, by {number(most)} at most ({e.draws} draws)."


MEASURED: dict[str, Callable[[Scores], str]] = {"infidelity": _infidelity, "max_sensitivity": _sensitivity}
