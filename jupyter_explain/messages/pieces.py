"""Players of a text, image or series as they travel: tokens, traces, or the player of every pixel; never a picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..drawn import Array, cut
from ..explanation import Pieces
from .series import CHANNELS, LONGEST, STEPS, thinned

NONE = 65535  # stands for "belongs to no player"


def pieces_layout(pieces: Pieces) -> tuple[dict[str, Any], dict[str, Array]]:
    """(layout, arrays): `map`, the player of each token, pixel (as pictures are shrunk) or step; of a series `trace`
    and `absent` too."""
    fields: dict[str, Any] = {"unit": pieces.unit, "players": list(pieces.names)}
    found = np.where(pieces.map < 0, NONE, pieces.map)
    if pieces.kind == "series":
        return _series(pieces, fields, found)
    if pieces.kind == "image":
        return _image(fields, found)
    from ..wire import text_layout

    return fields | text_layout(pieces.layout), {"map": found}


def _image(fields: dict[str, Any], found: Array) -> tuple[dict[str, Any], dict[str, Array]]:
    from ..wire import SIDE

    step = math.ceil(max(found.shape) / SIDE)
    rows, columns = (_middles(n, step) for n in found.shape)
    small = found[rows][:, columns]
    return fields | {"kind": "image", "height": small.shape[0], "width": small.shape[1]}, {"map": small}


def _series(pieces: Pieces, fields: dict[str, Any], found: Array) -> tuple[dict[str, Any], dict[str, Array]]:
    """The first channels; of more steps than can be drawn the middle ones, of the traces the farthest from the mean."""
    total, length = found.shape
    step = math.ceil(length / STEPS)
    arrays = {"map": found[:CHANNELS][:, _middles(length, step)]}
    for name in ("trace", "absent"):
        if (given := getattr(pieces, name)) is not None:
            arrays[name] = thinned(np.asarray(given[:CHANNELS], float), step, centred=True)
    size = {"channels": len(arrays["map"]), "steps": arrays["map"].shape[1], "step": step, "length": length}
    names = {"names": [cut(n, LONGEST) for n in pieces.layout.names[:CHANNELS]], "of": total}
    return fields | {"kind": "series", "spans": pieces.spans} | size | names, arrays


def _middles(n: int, step: int) -> Array:
    """Places in the middle of every `step` neighbours."""
    return np.minimum(np.arange(0, n, step) + step // 2, n - 1)


def places(chosen: Any) -> list[int]:
    """Which of some players are chosen."""
    return [int(p) for p in np.flatnonzero(chosen)]
