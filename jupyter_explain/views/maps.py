"""Feature maps: a mosaic of the strongest channels, all on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Maps
from ..words import number, several
from .canvas import WIDTH, draw, outline, plain_axes, size
from .colors import diverging, ink
from .fonts import minus, write

Array = NDArray[Any]
ACROSS, TOP = 8, 32  # tiles in a row, tiles in all
GAP = 0.28  # between tiles, in tiles; the numbers stand there
ROWS = 48  # channels of a matrix (series, tokens)
BAR = 0.9  # inches for the colour bar and its numbers


@size.register(Maps)
def _size(e: Maps) -> tuple[float, float]:
    if e.over != "image":
        return WIDTH, max(0.6, min(4.0, 0.24 * len(_matrix(e)[0]))) + 0.45
    high, wide = e.maps.shape[1:]
    tile = (WIDTH - BAR) / (ACROSS * (1 + GAP / 2))
    rows = -(-min(TOP, len(e.maps)) // ACROSS)
    return WIDTH, max(1.0, rows * tile * (min(high / wide, 2) + GAP)) + 0.35


@draw.register(Maps)
def _draw(e: Maps, ax: Any) -> None:
    plain_axes(ax)
    low, high = _ends(e.maps)
    if e.over == "image":
        _mosaic(e, ax, low, high)
    else:
        _table(e, ax, low, high)


def _ends(maps: Array) -> tuple[float, float]:
    """From zero, or symmetric where there are negative numbers; all but the outermost half percent."""
    known = maps[np.isfinite(maps)]
    if not known.size:
        return 0.0, 1.0
    reach = float(np.percentile(np.abs(known), 99.5)) or float(np.abs(known).max()) or 1.0
    return (-reach if known.min() < 0 else 0.0), reach


def _look(low: float, high: float) -> dict[str, Any]:
    style = {"vmin": low, "vmax": high, "interpolation": "nearest", "aspect": "auto", "origin": "upper"}
    return style | {"cmap": diverging() if low < 0 else "cividis", "clip_on": False}


def _mosaic(e: Maps, ax: Any, low: float, high: float) -> None:
    order = e.order[:TOP]
    tall = min(e.maps.shape[1] / e.maps.shape[2], 2)
    across, down = 1 + GAP / 2, tall + GAP
    for place, i in enumerate(order):
        x, y = (place % ACROSS) * across, (place // ACROSS) * down
        box = (x, x + 1, y + tall, y)
        ax.imshow(np.ma.masked_invalid(e.maps[i]), extent=box, **_look(low, high))
        outline(ax, box, **({"hatch": "////"} if e.dead[i] else {}))
        words = f"{e.names[i]} dead" if e.dead[i] else e.names[i]
        write(ax, (x + 0.5, y + tall), words, shift=(0, -2), ha="center", va="top", fontsize=7.5, color=ink(ax).soft)
    bottom = (-(-len(order) // ACROSS)) * down
    right = ACROSS * across if len(order) >= ACROSS else len(order) * across
    _bar(ax, (right + 0.05, right + 0.2, min(bottom, 2 * down) - GAP, 0), low, high)
    ax.set_xlim(0, max(right, 4 * across) + 0.2)
    ax.set_ylim(bottom, 0)
    ax.set_aspect("equal")
    more = len(e.maps) - len(order)
    said = f"the {len(order)} strongest of {several(len(e.maps), 'channel')}" if more else "channels, strongest first"
    _caption(ax, f"{said} · one scale for all, {_scale_words(low)}")


def _matrix(e: Maps) -> tuple[Array, Array]:
    """(rows to draw, channel of each row): units in a grid, else a row for each of the strongest channels."""
    if e.over != "unit":
        order = np.sort(e.order[:ROWS])
        return e.maps[order][:, 0], order
    flat = e.maps[:, 0, 0]
    wide = max(1, min(len(flat), 32 if len(flat) > 64 else 16))
    full = np.full(-(-len(flat) // wide) * wide, np.nan)
    full[: len(flat)] = flat
    return full.reshape(-1, wide), np.arange(0, len(flat), wide)


def _table(e: Maps, ax: Any, low: float, high: float) -> None:
    rows, names = _matrix(e)
    count, wide = rows.shape
    box = (0, wide, count, 0)
    ax.imshow(np.ma.masked_invalid(rows), extent=box, **_look(low, high))
    outline(ax, box)
    each = max(1, -(-count // 24))
    for y in range(0, count, each):
        style = {"ha": "right", "va": "center", "fontsize": 7.5, "color": ink(ax).soft}
        dead = " dead" if e.over != "unit" and e.dead[names[y]] else ""
        write(ax, (0, y + 0.5), f"{names[y]}{dead}", shift=(-4, 0), **style)
    _bar(ax, (1.02 * wide, 1.04 * wide, count, 0), low, high)
    ax.set_xlim(0, wide)
    ax.set_ylim(count, 0)
    ax.set_aspect("auto")
    words = "units, read like lines of text" if e.over == "unit" else f"channels down, {e.over} across"
    more = f", the {count} strongest" if e.over != "unit" and count < len(e.maps) else ""
    _caption(ax, f"{words}{more} · {_scale_words(low)}")


def _scale_words(low: float) -> str:
    return "zero is neutral" if low < 0 else "from zero"


def _bar(ax: Any, box: tuple[float, float, float, float], low: float, high: float) -> None:
    left, right, bottom, top = box
    ramp = np.linspace(high, low, 257)[:, None]
    ax.imshow(ramp, extent=(left, right, bottom, top), **_look(low, high))
    outline(ax, box)
    for y, value in ((top, high), (bottom, low), *([((top + bottom) / 2, 0.0)] if low < 0 else [])):
        va = {top: "top", bottom: "bottom"}.get(y, "center")
        style = {"va": va, "fontsize": 8, "color": ink(ax).soft}
        write(ax, (right, y), minus(number(value)), shift=(5, 0), **style)


def _caption(ax: Any, words: str) -> None:
    write(ax, (0, 0), words, xycoords="axes fraction", shift=(0, -5), va="top", fontsize=8, color=ink(ax).soft)
