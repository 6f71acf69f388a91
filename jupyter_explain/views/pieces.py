"""Texts with words struck through or kept, pictures and series with parts hidden, one block for each choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, Pieces
from ..words import shorten
from .attribution_text import LINES, PLAIN, SIZE, Word, _flow, _ground, _room, blend
from .canvas import WIDTH
from .colors import AGAINST, FOR, ink
from .fonts import minus, write
from .pieces_series import draw_traces, size_traces

Flags = NDArray[np.bool_]
HEAD = 16.0  # points of the words over a block
GAP = 8.0  # points between blocks
HIGH = 2.0  # inches of one picture
VEIL = 0.72  # how much of what is hidden is covered
EDGE = 1.6  # points of an outline


def size_pieces(pieces: Pieces, blocks: Sequence[Flags]) -> tuple[float, float]:
    """Inches."""
    many = max(1, len(blocks))
    if pieces.kind == "series":
        return size_traces(pieces, many)
    if pieces.kind == "text":
        lines = min(LINES, _words(pieces, np.ones(len(pieces.names), bool), None)[-1].line + 1)
        return WIDTH, many * (HEAD + lines * PLAIN + GAP) / 72
    high, wide = pieces.picture.shape[:2]
    across, down = _grid(pieces, many)
    zoom = min(HIGH / high, (WIDTH - 0.4) / (1.06 * wide * across))
    return WIDTH, zoom * high * (1.06 * down - 0.06) + HEAD / 72 + 0.1


def _grid(pieces: Pieces, many: int) -> tuple[int, int]:
    """Pictures across and down: what the model was shown is beside a single choice, else below each."""
    both = pieces.absent is not None
    return (2, 1) if both and many == 1 else (many, 2 if both else 1)


def draw_pieces(
    ax: Any, pieces: Pieces, shown: Sequence[Flags], heads: Sequence[str], keep: Flags | None = None
) -> None:
    """Draw one block for each choice of players that are shown (players,).

    Args:
        ax: axes.
        pieces: the players.
        shown: who is there, one array for each block.
        heads: words over each block.
        keep: players that a rule keeps: these are marked instead of those that are hidden.
    """
    if not len(shown):
        write(ax, (0, 1), "none found", xycoords="axes fraction", shift=(0, -14), fontsize=9, color=ink(ax).soft)
    elif pieces.kind == "series":
        draw_traces(ax, pieces, shown, heads, keep)
    elif pieces.kind == "text":
        _texts(ax, pieces, shown, heads, keep)
    else:
        _pictures(ax, pieces, shown, heads, keep)


def _words(pieces: Pieces, shown: Flags, ax: Any) -> list[Word]:
    """The tokens in lines, with 1 where a token is there."""
    there = np.where(pieces.map < 0, True, pieces.outlined(shown)).astype(float)
    case = Attribution(values=there, output=0.0, layout=pieces.layout, error=0.0, error_kind="exact")
    return _flow(case, _room(ax), numbers=False)


def _texts(ax: Any, pieces: Pieces, shown: Sequence[Flags], heads: Sequence[str], keep: Flags | None) -> None:
    paper, top = ink(ax), 0.0
    at = {"xycoords": "axes fraction"}
    for place, head in zip(shown, heads, strict=True):
        write(ax, (0, 1), minus(head), shift=(0, -top - 10), va="baseline", fontsize=8.5, color=paper.soft, **at)
        words = [w for w in _words(pieces, place, ax) if w.line < LINES]
        marked = [False] * len(words) if keep is None else list(pieces.outlined(keep))
        for w, kept in zip(words, marked, strict=False):
            y = -(top + HEAD + w.line * PLAIN)
            if kept:
                _ground(ax, (w.left, y - 15), w.width, 15, blend(0.45, paper.paper))
            color = paper.text if w.value else paper.soft if keep is not None else AGAINST
            middle = w.left + w.width / 2
            style = {"ha": "center", "va": "baseline", "fontsize": SIZE, "weight": "bold" if kept else "normal", **at}
            write(ax, (0, 1), w.name, shift=(middle, y - 11.4), color=color, **style)
            if not w.value and (keep is None or place is not shown[0]):
                _ground(ax, (w.left, y - 8.4), w.width, 1.1, color)
        top += HEAD + (words[-1].line + 1) * PLAIN + GAP


def _pictures(ax: Any, pieces: Pieces, shown: Sequence[Flags], heads: Sequence[str], keep: Flags | None) -> None:
    """Each choice: the picture with its outline, and what the model was shown."""
    paper = ink(ax)
    high, wide = pieces.picture.shape[:2]
    step, (across, down) = 1.06 * wide, _grid(pieces, len(shown))
    ax.set(xlim=(0, step * across - 0.06 * wide), ylim=(high * (1.06 * down - 0.06), 0))
    ax.set_aspect("equal", anchor="NW")
    for k, (place, head) in enumerate(zip(shown, heads, strict=True)):
        left, there = k * step, np.where(pieces.map < 0, True, pieces.outlined(place))
        rule = keep is not None and k == 0
        plain = pieces.absent is not None and not rule
        _picture(ax, pieces.picture if plain else _veiled(pieces.picture, there, paper.paper), left, 0)
        edge = pieces.outlined(keep) if keep is not None and rule else ~there
        _outline(ax, edge, left, 0, FOR if rule else AGAINST)
        if pieces.absent is not None:
            corner = (left, 1.06 * high) if down == 2 else (step, 0)
            _picture(ax, np.where(there[..., None], pieces.picture, pieces.absent), *corner)
        words = shorten(head, max(12, 90 // len(shown)))
        write(ax, (left, 0), minus(words), shift=(0, 4), va="bottom", fontsize=8.5, color=paper.text)


def _veiled(picture: Any, there: Flags, paper: str) -> Any:
    from matplotlib.colors import to_rgb

    full = np.broadcast_to(picture, (*picture.shape[:2], 3))
    return np.where(there[..., None], full, (1 - VEIL) * full + VEIL * np.array(to_rgb(paper)))


def _picture(ax: Any, picture: Any, left: float, top: float) -> None:
    from matplotlib.image import AxesImage

    high, wide = picture.shape[:2]
    image = AxesImage(ax, interpolation="nearest", extent=(left, left + wide, top + high, top))
    image.set_data(np.broadcast_to(picture, (high, wide, 3)))
    ax.add_artist(image)


def _outline(ax: Any, inside: Flags, left: float, top: float, color: str) -> None:
    """Lines between pixels inside and outside."""
    from matplotlib.collections import LineCollection

    padded = np.pad(inside, 1)
    down = np.argwhere(padded[:, 1:] != padded[:, :-1])  # between neighbours in a row
    across = np.argwhere(padded[1:] != padded[:-1])
    lines = [[(left + x, top + y - 1), (left + x, top + y)] for y, x in down]
    lines += [[(left + x - 1, top + y), (left + x, top + y)] for y, x in across]
    ax.add_collection(LineCollection(lines, colors=color, linewidths=EDGE, capstyle="projecting", clip_on=False))
