"""Series with stretches of time hidden or kept: each channel's trace, and where it goes behind the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Pieces
from ..words import several, shorten
from .canvas import WIDTH, plain_axes, ticks
from .colors import AGAINST, FOR, ink
from .fonts import minus, write

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
CHANNELS = 6  # drawn of each choice
STEP = 1.16  # from one channel to the next, in heights of a channel
HEAD = 0.5  # of the words over a choice
SHADE = 0.16  # how much colour is on what a choice is about


def size_traces(pieces: Pieces, blocks: int) -> tuple[float, float]:
    """Inches."""
    channels = min(CHANNELS, len(pieces.map))
    return WIDTH, blocks * (channels * (0.62 if channels == 1 else 0.42) + 0.28) + 0.3


def draw_traces(
    ax: Any, pieces: Pieces, shown: Sequence[Flags], heads: Sequence[str], keep: Flags | None = None
) -> None:
    """One block for each choice; arguments as of `draw_pieces`."""
    channels, steps = min(CHANNELS, len(pieces.map)), pieces.map.shape[1]
    high = channels * STEP + HEAD
    ax.set_axis_on()
    plain_axes(ax)
    ax.set(xlim=(-0.5, steps - 0.5), ylim=(len(shown) * high - STEP + 1, 0))
    ticks(ax, 0, steps - 1)
    more = f"; first {channels} of {several(len(pieces.map), 'channel')}" if len(pieces.map) > channels else ""
    ax.set_xlabel(f"step{more}", fontsize=8, color=ink(ax).soft)
    for k, (place, head) in enumerate(zip(shown, heads, strict=True)):
        top, rule = k * high + HEAD, keep is not None and k == 0
        write(ax, (-0.5, top), minus(shorten(head, 90)), shift=(0, 3), va="bottom", fontsize=8.5, color=ink(ax).text)
        there = np.where(pieces.map < 0, True, pieces.outlined(place))
        for c in range(channels):
            _channel(ax, pieces, c, top + c * STEP, there[c], rule)


def _channel(ax: Any, pieces: Pieces, c: int, top: float, there: Flags, rule: bool) -> None:
    """A trace where it is there; under a rule the rest may be there or not, else it goes behind the baseline."""
    paper, (own, absent) = ink(ax), _scaled(pieces, c)
    marked, color = (there, FOR) if rule else (~there, AGAINST)
    for first, end in _runs(marked):
        ax.axvspan(first - 0.5, end - 0.5, *_inside(ax, top), color=color, alpha=SHADE, linewidth=0)
    lines = [(own, paper.soft, 0.8), (np.where(_widened(there), own, np.nan), paper.text, 1.2)]
    if absent is not None and not rule:
        lines.append((np.where(_widened(~there), absent, np.nan), AGAINST, 1.2))
    for trace, look, width in lines:
        ax.plot(top + 0.94 - 0.88 * trace, color=look, linewidth=width, solid_joinstyle="round")
    names = pieces.layout.names
    name = shorten(names[c], 14) if names else f"channel {c}" if len(pieces.map) > 1 else ""
    style = {"ha": "right", "va": "center", "fontsize": 8, "color": paper.soft}
    write(ax, (-0.5, top + 0.5), name, shift=(-5, 0), **style)


def _inside(ax: Any, top: float) -> tuple[float, float]:
    """A band in shares of the axes' height, from below."""
    low, high = ax.get_ylim()
    return (low - top - 1) / (low - high), (low - top) / (low - high)


def _scaled(pieces: Pieces, c: int) -> tuple[Array, Array | None]:
    """A channel's trace and its baseline from 0 to 1, on one scale."""
    both = [np.asarray(a[c], float) for a in (pieces.trace, pieces.absent) if a is not None]
    known = np.concatenate(both)
    known = known[np.isfinite(known)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    own, *absent = [(a - low) / (high - low or 1.0) for a in both]
    return own, absent[0] if absent else None


def _runs(there: Flags) -> list[tuple[int, int]]:
    """First step and the one after the last of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _widened(there: Flags) -> Flags:
    """With one step more at the end of every stretch, so that lines meet."""
    return there | np.concatenate([[False], there[:-1]])
