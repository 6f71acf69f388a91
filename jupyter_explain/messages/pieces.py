"""Players of a text or image as they travel: the tokens, or the player of every pixel; never a picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..drawn import Array
from ..explanation import Pieces

NONE = 65535  # stands for "belongs to no player"


def pieces_layout(pieces: Pieces) -> tuple[dict[str, Any], Array]:
    """(layout, player of each token or pixel, as pictures are shrunk)."""
    from ..wire import SIDE, text_layout

    fields: dict[str, Any] = {"unit": pieces.unit, "players": list(pieces.names)}
    found = np.where(pieces.map < 0, NONE, pieces.map)
    if pieces.picture is None:
        return fields | text_layout(pieces.layout), found.astype("<f4")
    step = math.ceil(max(found.shape) / SIDE)
    rows, columns = (np.minimum(np.arange(0, n, step) + step // 2, n - 1) for n in found.shape)
    small = found[rows][:, columns]
    size = {"height": small.shape[0], "width": small.shape[1]}
    return fields | {"kind": "image"} | size, np.ascontiguousarray(small, "<f4")


def places(chosen: Any) -> list[int]:
    """Which of some players are chosen."""
    return [int(p) for p in np.flatnonzero(chosen)]
