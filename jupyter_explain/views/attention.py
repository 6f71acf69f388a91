"""Attention: a matrix for every layer and head, all on one scale; of a single layer also its mean, with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attention
from ..tables.attention import pairs
from ..words import number, sentence, several, shorten, title
from .canvas import WIDTH, draw, outline, plain_axes, size
from .colors import ink
from .fonts import minus, write
from .page import body, picture, rendered, text

Array = NDArray[Any]
HEADS, LAYERS = 8, 8  # more than that are averaged over heads
ACROSS, MOST = 6, 24  # means in a row, means in all
NAMED = 24  # tokens whose names fit beside a matrix
NAMES = 1.5  # inches for names
BAR = 0.75  # inches for the colour bar and its numbers
GAP = 0.1


@dataclass(frozen=True)
class Tile:
    """One matrix, where it is drawn (inches from the upper left), and what stands above it."""

    matrix: Array
    x: float
    y: float
    side: float
    above: str = ""


def _tiles(e: Attention) -> list[Tile]:
    if len(e.layers) == 1:
        return _of_one(e)
    layers, heads = e.matrices.shape[:2]
    if layers <= LAYERS and heads <= HEADS:
        side = min(1.05, (WIDTH - NAMES - BAR - 0.3) / heads - GAP)
        return [
            Tile(e.matrices[i, j], NAMES + j * (side + GAP), 0.2 + i * (side + GAP), side, "" if i else f"head {j}")
            for i in range(layers)
            for j in range(heads)
        ]
    side = (WIDTH - BAR - 0.3) / ACROSS - GAP
    shown = e.mean[-MOST:]
    names = brief(e.layers)[-MOST:]
    return [
        Tile(m, i % ACROSS * (side + GAP), 0.2 + i // ACROSS * (side + 0.3), side, shorten(names[i], 18))
        for i, m in enumerate(shown)
    ]


def _of_one(e: Attention) -> list[Tile]:
    """The mean with its tokens' names, and the heads beside it."""
    named = len(e.tokens) <= NAMED
    left, top, side = (NAMES, 1.0, 2.7) if named else (0.0, 0.2, 3.0)
    heads = e.matrices[0]
    if len(heads) == 1:
        return [Tile(heads[0], left, top, side)]
    right = left + side + 0.3
    across = int(np.ceil(np.sqrt(min(len(heads), 16))))
    small = min(1.0, (WIDTH - BAR - 0.3 - right) / across - GAP)
    tiles = [
        Tile(m, right + i % across * (small + GAP), top + i // across * (small + 0.24), small, f"head {i}")
        for i, m in enumerate(heads[:16])
    ]
    return [Tile(e.mean[0], left, top, side, "" if named else "mean over heads"), *tiles]


@size.register(Attention)
def _size(e: Attention) -> tuple[float, float]:
    return WIDTH, max(t.y + t.side for t in _tiles(e)) + 0.3


@draw.register(Attention)
def _draw(e: Attention, ax: Any) -> None:
    plain_axes(ax)
    tiles = _tiles(e)
    top = max(float(t.matrix.max(initial=0)) for t in tiles) or 1.0
    for t in tiles:
        box = (t.x, t.x + t.side, t.y + t.side, t.y)
        look = {"vmin": 0, "vmax": top, "cmap": "cividis", "interpolation": "nearest", "aspect": "auto"}
        ax.imshow(t.matrix, extent=box, origin="upper", clip_on=False, **look)
        outline(ax, box)
        _say(ax, (t.x + t.side / 2, t.y), t.above, (0, 3), ha="center", va="bottom")
    right, bottom = max(t.x + t.side for t in tiles), max(t.y + t.side for t in tiles)
    _bar(ax, right + 0.12, tiles[0].y, min(bottom, tiles[0].y + 2.7), top)
    _names(e, ax, tiles)
    _say(ax, (0, bottom), _caption(e, tiles), (0, -6), va="top")
    ax.set_xlim(0, max(right + BAR, WIDTH - 0.3))
    ax.set_ylim(bottom + 0.05, 0)
    ax.set_aspect("equal", adjustable="box", anchor="W")


def _say(ax: Any, at: tuple[float, float], words: str, shift: tuple[float, float], **look: Any) -> None:
    if words:
        write(ax, at, words, xycoords="data", shift=shift, fontsize=8, color=ink(ax).soft, **look)


def _bar(ax: Any, x: float, high: float, low: float, top: float) -> None:
    """The scale with its numbers."""
    box = (x, x + 0.14, low, high)
    ramp = np.linspace(1, 0, 256)[:, None]
    ax.imshow(ramp, cmap="cividis", extent=box, aspect="auto", interpolation="nearest", origin="upper", clip_on=False)
    outline(ax, box)
    for y, words, va in ((high, number(top, 2), "top"), (low, "0", "bottom")):
        _say(ax, (x + 0.14, y), words, (4, 0), va=va)


def _names(e: Attention, ax: Any, tiles: list[Tile]) -> None:
    """Names of the layers beside their rows, or of the tokens beside a single matrix."""
    first = tiles[0]
    if len(e.layers) > 1:
        rows = [t for t in tiles if t.x == NAMES] if first.x == NAMES else []
        for t, name in zip(rows, brief(e.layers), strict=False):
            _say(ax, (NAMES, t.y + t.side / 2), shorten(name, 22), (-6, 0), ha="right", va="center")
        return
    if len(e.tokens) > NAMED:
        return
    step = first.side / len(e.tokens)
    for i, name in enumerate(e.tokens):
        at = (i + 0.5) * step
        _say(ax, (first.x, first.y + at), shorten(name, 18), (-4, 0), ha="right", va="center")
        _say(ax, (first.x + at, first.y), shorten(name, 14), (0, 3), ha="center", va="bottom", rotation=90)


def brief(names: tuple[str, ...]) -> list[str]:
    """`layers.0` of `blocks.layers.0.attention`, where all others begin and end alike."""
    split = [n.split(".") for n in names]
    least = min(map(len, split))
    head = next((k for k in range(least) if len({s[k] for s in split}) > 1), least)
    tail = next((k for k in range(least - head) if len({s[-1 - k] for s in split}) > 1), 0)
    return [".".join(s[max(0, head - 1) : len(s) - tail]) for s in split]


def _caption(e: Attention, tiles: list[Tile]) -> str:
    """What is drawn, and what is not."""
    layers, heads = e.matrices.shape[:2]
    said = ["rows look, columns are looked at", "one scale for all"]
    if layers > 1 and tiles[0].x != NAMES:
        said.insert(0, "means over heads")
        if layers > MOST:
            said.append(f"the last {MOST} of {layers} layers")
    elif layers == 1 and heads > 1:
        more = "" if heads <= 16 else f"; the first 16 of {several(heads, 'head')}"
        said.insert(0, f"large: mean over heads{more}")
    return minus(" · ".join(said))


@body.register(Attention)
def _page(e: Attention) -> str:
    """The strongest weights as a table."""
    found = pairs(e.mean[-1], 50)
    rows = [[e.tokens[i], e.tokens[j], number(w)] for i, j, w in found]
    words = f"strongest in {e.layers[-1]}, averaged over its heads"
    table = rendered(["from", "to", "weight"], rows, [], words)
    return f"<p>{text(sentence(e))}</p>\n{picture(e, title(e))}\n{table}"
