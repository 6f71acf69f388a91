"""What can be present or absent in a text or an image, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attribution import Layout

AGAIN = re.compile(r" \(\d+\)$")


@dataclass(frozen=True, repr=False)
class Pieces:
    """Players of an input that is no table.

    Attributes:
        unit: what one of them is: "word", "token" or "segment".
        names: a name of its own for each.
        map: player of each token (tokens,) or pixel (height, width); -1: of none.
        layout: the tokens of a text.
        picture: of an image: height × width × (1 or 3), from 0 to 1.
        absent: the same for the baseline, where that is a single image.
    """

    unit: str
    names: tuple[str, ...]
    map: NDArray[np.intp]
    layout: Layout
    picture: Any = None
    absent: Any = None

    @property
    def share(self) -> NDArray[np.float64]:
        """Which part of the tokens or pixels each player is (players,)."""
        inside = self.map[self.map >= 0]
        return np.bincount(inside, minlength=len(self.names)) / max(1, len(inside))

    def said(self, player: int) -> str:
        """A player in a sentence: words are quoted."""
        name = self.names[player]
        if self.unit == "segment":
            return name
        again = AGAIN.search(name)  # a word that occurs again has a number, which is no part of it
        return f"“{name[: again.start()]}”{again[0]}" if again else f"“{name}”"

    def several(self, players: list[int], most: int = 6) -> str:
        """Some players in a sentence: words by name, segments by number and area."""
        if self.unit == "segment" and len(players) > 1:
            area = 100 * float(self.share[players].sum())
            return f"{len(players)} of {len(self.names)} segments ({area:.2g} % of the picture)"
        names = [self.said(p) for p in players[:most]]
        names += [f"{len(players) - most} more {self.unit}s"] if len(players) > most else []
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def outlined(self, players: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which tokens or pixels belong to some players; what belongs to none never does."""
        return np.append(players, False)[self.map]
