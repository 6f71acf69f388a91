"""What can be present or absent in a text, an image or a series, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .attribution import Layout

AGAIN = re.compile(r" \(\d+\)$")
AREA = {"segment": "picture", "span": "series"}  # of what so many of them are a part
FEW = 3  # spans that are named
ALL = -1  # stands for every channel
Span = tuple[int, int, int]


@dataclass(frozen=True, repr=False)
class Pieces:
    """Players of an input that is no table.

    Attributes:
        unit: what one of them is: "word", "token", "segment" or "span" (of time).
        names: a name of its own for each.
        map: player of each token (tokens,), pixel (height, width) or step (channels, steps); -1: of none.
        layout: the tokens of a text, and the names of a series' channels.
        picture: of an image: height × width × (1 or 3), from 0 to 1.
        trace: of a series: (channels, steps).
        absent: `picture` or `trace` of the baseline, where that is a single input.
        spans: of a series: the channel (ALL: every one), first and last step of each player; None for one that is no
            stretch of time.
    """

    unit: str
    names: tuple[str, ...]
    map: NDArray[np.intp]
    layout: Layout
    picture: Any = None
    trace: Any = None
    absent: Any = None
    spans: tuple[Span | None, ...] = ()

    @property
    def kind(self) -> Literal["text", "image", "series"]:
        """What they are parts of."""
        return "image" if self.picture is not None else "series" if self.trace is not None else "text"

    @property
    def share(self) -> NDArray[np.float64]:
        """Which part of the tokens, pixels or steps each player is (players,)."""
        inside = self.map[self.map >= 0]
        return np.bincount(inside, minlength=len(self.names)) / max(1, len(inside))

    def said(self, player: int) -> str:
        """A player in a sentence: words are quoted."""
        name = self.names[player]
        if self.unit in AREA:
            return name
        again = AGAIN.search(name)  # a word that occurs again has a number, which is no part of it
        return f"“{name[: again.start()]}”{again[0]}" if again else f"“{name}”"

    def time(self, span: Span) -> str:
        """`steps 8 to 15 of pulse`; of all channels only the steps."""
        channel, first, last = span
        steps = f"step {first}" if first == last else f"steps {first} to {last}"
        names = self.layout.names
        return steps if channel == ALL else f"{steps} of {names[channel] if names else f'channel {channel}'}"

    def several(self, players: list[int], most: int = 6) -> str:
        """Some players in a sentence: words by name, segments by number and area, spans by name if these are few."""
        spans = self._merged(players)
        if spans and len(spans) <= FEW:
            return _listed([self.time(s) for s in spans])
        if self.unit in AREA and len(players) > 1:
            area = 100 * float(self.share[players].sum())
            return f"{len(players)} of {len(self.names)} {self.unit}s ({area:.2g} % of the {AREA[self.unit]})"
        names = [self.said(p) for p in players[:most]]
        names += [f"{len(players) - most} more {self.unit}s"] if len(players) > most else []
        return _listed(names)

    def _merged(self, players: list[int]) -> list[Span]:
        """The spans of some players, those that follow each other as one; none where a player has none."""
        out: list[Span] = []
        spans = [self.spans[p] for p in players] if self.spans else []
        for channel, first, last in sorted(s for s in spans if s is not None and None not in spans):
            if out and out[-1][0] == channel and out[-1][2] + 1 == first:
                out[-1] = channel, out[-1][1], last
            else:
                out.append((channel, first, last))
        return out

    def outlined(self, players: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which tokens, pixels or steps belong to some players; what belongs to none never does."""
        return np.append(players, False)[self.map]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
