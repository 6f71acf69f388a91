"""Class-activation maps as answers about the input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, ErrorKind
from ..inputs import CHANNELS
from ..question import Question
from .places import Places, plane

Array = NDArray[np.float64]


def enlarged(a: Array, size: tuple[int, ...]) -> Array:
    """A map at another size, linear between the centres of its places (torch's `align_corners=False`)."""
    for axis, n in enumerate(size):
        old = a.shape[axis]
        at = np.clip((np.arange(n) + 0.5) * old / n - 0.5, 0, old - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape(-1, *[1] * (a.ndim - axis - 1))
        a = np.take(a, low, axis) * (1 - share) + np.take(a, np.minimum(low + 1, old - 1), axis) * share
    return a


def over_plane(q: Question, a: Array) -> Array:
    """A map over the plane, repeated over colour channels, in the model's order (1, …)."""
    axis, shape = CHANNELS.get(q.input.layout), q.input.to_user(q.x)[0].shape
    user = a if axis is None else np.expand_dims(a, axis)
    return q.input.to_model(np.broadcast_to(user, shape)[None].copy())


def over_input(q: Question, a: Array) -> Array:
    """The same as contributions: colour channels share a place's value equally."""
    return over_plane(q, a * (a.size / q.x.size))


def answer(
    q: Question, found: Places, raw: Array, channels: int, error: float = 0.0, kind: ErrorKind = "exact"
) -> Attribution:
    """The map of a layer as an answer about the input."""
    grid = " × ".join(map(str, found.grid))
    q.note(f"Map of {grid} places at {found.layer} ({channels} channels), enlarged linearly.")
    if found.prefix:
        q.note(f"Tokens before those of the {q.input.kind}, which have no place on it: {found.prefix}.")
    notes = () if raw.max() > 0 else ("Nothing here speaks for the target: no number is positive.",)
    values = over_input(q, enlarged(raw, plane(q)))
    return Attribution(values=values, output=q.output, notes=notes, error=error, error_kind=kind)
