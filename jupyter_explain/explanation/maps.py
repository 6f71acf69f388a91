"""What a layer puts out for one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .attribution import Layout
from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Maps(Explanation):
    """What a layer puts out for one input: one map per channel, all on one scale.

    Attributes:
        maps: the layer's own numbers (channels, height, width), neither rectified nor stretched. A series or a text has
            maps of height 1, a layer without places (a vector) maps of one place.
        names: one name per channel.
        layer: the layer's name in the model.
        shape: the shape of its output, without the rows.
        dead: channels that say nothing for this input (channels,): see `dead_channels`.
        over: what the places of a map are: "image", "steps", "tokens" or "unit" (a single place).
        layout: the explained input.
    """

    maps: NDArray[np.float64]
    names: tuple[str, ...]
    layer: str
    shape: tuple[int, ...]
    dead: NDArray[np.bool_]
    over: Literal["image", "steps", "tokens", "unit"] = "image"
    layout: Layout | None = None

    @property
    def spread(self) -> float:
        """Largest minus smallest number."""
        known = self.maps[np.isfinite(self.maps)]
        return float(np.ptp(known)) if known.size else 0.0

    @property
    def strength(self) -> NDArray[np.float64]:
        """Mean absolute number of each channel (channels,); what is not finite counts as nothing."""
        return np.abs(np.where(np.isfinite(self.maps), self.maps, 0)).mean((1, 2))

    @property
    def order(self) -> NDArray[np.intp]:
        """The channels from the strongest, the dead ones last."""
        return np.lexsort((-self.strength, self.dead))

    @property
    def active(self) -> NDArray[np.float64]:
        """Share of each channel's places with a number above zero (channels,)."""
        return (self.maps > 0).mean((1, 2))

    def __repr__(self) -> str:
        return str(self)


def dead_channels(maps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Channels (m, height, width) that are the same everywhere or nowhere above zero; single places that are zero."""
    if maps[0].size == 1:
        return maps.reshape(len(maps)) == 0
    low, top = ends(maps)
    return (top <= 0) | (top == low)


def ends(maps: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smallest and largest number of each channel (m, height, width); NaN where there is one.

    One axis after the other: both at once is several times slower where channels come last in memory.
    """
    return maps.min(1).min(1), maps.max(1).max(1)
