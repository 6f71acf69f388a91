"""Contributions to a series as they travel: with the trace that they belong to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..drawn import Array, cut
from ..explanation import Attribution
from ..tables.cases import channels_first
from ..tables.ranking import by_channel, eighths, stretch_sums

BYTES = 180_000  # of all arrays together
CHANNELS = 32  # channels that are sent, in the user's order
SUMMED = 256  # channels whose sums are sent
LONGEST = 40  # letters of a channel's name
STEPS = 1200  # of a channel; a screen has no more


def series(e: Attribution) -> tuple[dict[str, Any], list[Array]]:
    """`values`, and `trace` and `stderr` where there are any, each (channels, steps); `sums` over stretches of time
    (of all channels together, where they have the same).

    Of more steps than can be drawn, `step` neighbours become one: the strongest contribution with the largest error,
    and the number of the trace that is farthest from the channel's mean, so that no peak is lost.
    """

    def channels(values: Any) -> Array:
        return channels_first(np.asarray(values, float), e.layout, 1)[0]

    values = channels(e.values)
    total, length = values.shape
    found = {"values": values[:CHANNELS]}
    data = None if e.layout.data is None else np.asarray(e.layout.data)
    if data is not None and data.size == values.size and data.dtype.kind in "fiub":
        found["trace"] = channels(data)[:CHANNELS]
    if e.stderr is not None:
        found["stderr"] = channels(e.stderr)[:CHANNELS]
    most = min(STEPS, BYTES // (4 * len(found) * len(found["values"])))
    step = max(1, math.ceil(length / most))
    arrays = [np.ascontiguousarray(thinned(a, step, centred=name == "trace"), "<f4") for name, a in found.items()]
    sums = stretch_sums(by_channel(values)[None, :SUMMED])
    arrays.append(np.ascontiguousarray(sums, "<f4"))
    layout = {"kind": "series", "channels": len(arrays[0]), "steps": arrays[0].shape[1], "step": step}
    names = [cut(n, LONGEST) for n in e.layout.names[:CHANNELS]]
    layout |= {
        "length": length,
        "of": total,
        "names": names,
        "ends": [int(r[-1]) + 1 for r in eighths(length)],
        "arrays": [*found, "sums"],
    }
    return layout, arrays


def thinned(a: Array, step: int, centred: bool) -> Array:
    """Of each `step` neighbours the one with the largest size, or farthest from the mean of its row."""
    if step == 1:
        return a
    rest = -a.shape[1] % step
    full = np.pad(a, ((0, 0), (0, rest)), mode="edge").reshape(len(a), -1, step)
    size = np.abs(full - (a.mean(1)[:, None, None] if centred else 0))
    return np.take_along_axis(full, np.argmax(size, 2)[..., None], 2)[..., 0]
