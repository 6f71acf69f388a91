"""Feature maps as they travel: numbers about every channel, and the maps of as many as fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Maps

TYPES[Maps] = "maps"
BYTES = 150_000  # of the maps together
PAGE = 64  # maps that always travel
MOST = 4096  # channels of which anything is sent: the strongest


@drawn.register(Maps)
def _maps(e: Maps) -> tuple[dict[str, Any], list[Array]]:
    """Per channel `which`, `min`, `mean`, `max`, `active`, `strength`, `dead`; `maps` of the first `sent` of them.

    The maps are numbers, or bytes between each map's min and max where numbers would be too many; `step` places a side
    are averaged to one where even these would be.
    """
    which = e.order[:MOST]
    step = _step(e.maps.shape)
    small = _averaged(e.maps[which], step)
    cells = small[0].size
    bytes_each = 4 if 4 * small.size <= BYTES else 1
    sent = min(len(which), max(1, BYTES // (bytes_each * cells)))
    known = np.where(np.isfinite(e.maps[which]), e.maps[which], 0)
    low, high = known.min((1, 2)), known.max((1, 2))
    found = {"which": which, "min": low, "mean": known.mean((1, 2)), "max": high}
    found |= {"active": e.active[which], "strength": e.strength[which], "dead": e.dead[which]}
    arrays = [np.ascontiguousarray(a, "<f4") for a in found.values()]
    maps = small[:sent]
    arrays.append(np.ascontiguousarray(maps, "<f4") if bytes_each == 4 else _bytes(maps, low[:sent], high[:sent]))
    layout = {"kind": "maps", "height": small.shape[1], "width": small.shape[2], "sent": sent, "step": step}
    layout |= {"channels": len(e.maps), "layer": e.layer, "shape": list(e.shape), "over": e.over}
    return layout | {"arrays": [*found, "maps"]}, arrays


def _step(shape: tuple[int, ...]) -> int:
    """Places a side that become one, so that a page of maps fits as bytes."""
    count, height, width = min(shape[0], PAGE), shape[1], shape[2]
    step = 1
    while count * math.ceil(height / step) * math.ceil(width / step) > BYTES:
        step += 1
    return step


def _averaged(maps: Array, step: int) -> Array:
    """Means of step × step places; at the edges of those that are there."""
    if step == 1:
        return maps
    down, across = (np.arange(0, n, step) for n in maps.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(maps, down, 1), across, 2)
    size = np.diff(np.append(down, maps.shape[1]))[:, None] * np.diff(np.append(across, maps.shape[2]))
    return np.asarray(sums / size)


def _bytes(maps: Array, low: Array, high: Array) -> Array:
    """0 is the map's smallest number, 255 its largest."""
    span = np.where(high > low, high - low, 1)[:, None, None]
    scaled = np.nan_to_num((maps - low[:, None, None]) / span * 255)
    return np.ascontiguousarray(scaled.round().clip(0, 255), np.uint8)
