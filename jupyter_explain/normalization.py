"""How the numbers that a model takes were made of pixels, so that pictures look right and "black" is black."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, listed, refuse

Array = NDArray[Any]
NAMED = {  # mean and standard deviation of pixels from 0 to 1, as published with the models
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5,), (0.5,)),
}
BEYOND = 0.25  # of the whole range, how far a pixel may lie outside it (resizing overshoots) before it is a mistake


@dataclass(frozen=True)
class Normalization:
    """(pixel - mean) / std, channel by channel.

    Attributes:
        mean, std: of pixels, one for each channel or one for all.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def top(self) -> float:
        """The lightest pixel (the darkest is 0): 1, or 255 where the means are those of bytes."""
        return 255.0 if max(self.mean) > 1 else 1.0

    def undone(self, a: Array, axis: int) -> Array:
        """Pixels (dark 0, light 1) of numbers with their channels along `axis`; not cut."""
        mean, std = self._along(a, axis)
        return np.asarray((a * std + mean) / self.top)

    def done(self, pixels: Array, axis: int) -> Array:
        """The model's numbers of such pixels."""
        mean, std = self._along(pixels, axis)
        return np.asarray((pixels * self.top - mean) / std)

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest number that a pixel of any channel can be."""
        ends = [(p - m) / s for p in (0.0, self.top) for m, s in zip(self.mean, self.std, strict=True)]
        return min(ends), max(ends)

    def _along(self, a: Array, axis: int) -> tuple[Array, Array]:
        shape = [1] * a.ndim
        shape[axis] = -1
        return np.reshape(self.mean, shape), np.reshape(self.std, shape)


def read_normalization(value: Any) -> Normalization | None:
    """What the user says: None, a name, or (mean, std), each a number or one number per channel.

    Raises:
        ValueError: for anything else, or a standard deviation that is not above zero.
    """
    if value is None or isinstance(value, Normalization):
        return value
    if isinstance(value, str) and value in NAMED:
        return Normalization(*NAMED[value])
    rule = f"must be {listed(map(repr, NAMED))}, or (mean, std) of the pixels, each a number or one per channel"
    try:
        mean, std = (tuple(map(float, v if isinstance(v, Iterable) else (v,))) for v in value)
    except (TypeError, ValueError):
        raise refuse("normalization", rule, value) from None
    count = max(len(mean), len(std))
    mean, std = (v * count if len(v) == 1 else v for v in (mean, std))
    if not len(mean) == len(std) >= 1 or not np.isfinite(mean + std).all() or min(std) <= 0:
        raise refuse("normalization", rule, value)
    return Normalization(mean, std)


def check_pixels(how: Normalization, a: Array, axis: int) -> None:
    """Refuse a normalization with another number of channels, or that the numbers were not made by.

    Raises:
        ValueError: if the pixels would lie far outside their range.
    """
    if len(how.mean) not in (1, a.shape[axis]):
        given = Phrase(f"{len(how.mean)} of each for {a.shape[axis]} channels")
        raise refuse("normalization", "mean and std must be as many as x has channels", given)
    pixels = how.undone(a, axis)
    low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))
    if low < -BEYOND or high > 1 + BEYOND:
        rule = "must be the one that x was made with, so that its pixels are from 0 (dark) to 1 (light)"
        raise refuse("normalization", rule, Phrase(f"pixels from {low:.3g} to {high:.3g}"))


def value_range(a: Array) -> tuple[float, float]:
    """The range that pixels live in: 0…255 for bytes, 0…1 or -1…1 where it fits, else the input's own."""
    if a.dtype == np.uint8:
        return 0.0, 255.0
    low, high = float(a.min()), float(a.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= -1 and high <= 1:
        return -1.0, 1.0
    return low, high


def lives_in_pixels(a: Array) -> bool:
    """Whether its range is one that pixels have, and not just its own."""
    return a.dtype == np.uint8 or (float(a.min()) >= -1 and float(a.max()) <= 1)


def brightness(a: Array, like: Array, how: Normalization | None, axis: int | None) -> Array:
    """Pixels from 0 (dark) to 1 (light).

    Args:
        a: numbers of pictures.
        like: the picture in whose range they live, where nobody said how its numbers were made.
        how, axis: how they were made, and the axis of the channels.
    """
    if how is not None:
        return np.clip(how.undone(a, -1 if axis is None else axis), 0.0, 1.0)
    low, high = value_range(like)
    return np.clip((a.astype(float) - low) / ((high - low) or 1.0), 0.0, 1.0)
