"""Texts: the words themselves, each on the colour of its contribution, with the larger numbers below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..explanation import Attribution
from ..words import Signed, clean, number, several, shorten
from .canvas import WIDTH
from .colors import AGAINST, FOR, ink
from .fonts import MAIN, minus, write

SIZE, SMALL = 10.0, 6.5  # points of words and of their numbers
PAD, SPACE = 2.0, 3.4  # points inside a word's ground, and between words
ROW, PLAIN = 27.0, 19.0  # points from line to line, with numbers and without
HEAD, FOOT = 15.0, 30.0  # points of a heading in a batch, and of the colour bar
LINES = 40  # of one text; what is longer is cut, and said to be
FAINT = 0.05  # of the largest: smaller numbers are not written


@dataclass(frozen=True)
class Word:
    """One token on the page: its line, and its place in points from the left."""

    name: str
    value: float
    said: str
    line: int
    left: float
    width: float


def size_one(case: Attribution) -> tuple[float, float]:
    """Inches."""
    lines = min(_count(_flow(case, _room(None))), LINES)
    return WIDTH, (lines * ROW + FOOT) / 72


def size_many(found: list[Attribution]) -> tuple[float, float]:
    """Inches."""
    lines = sum(min(_count(_flow(c, _room(None), False)), LINES) for c in found)
    return WIDTH, (lines * PLAIN + len(found) * (HEAD + 6) + FOOT) / 72


def one(case: Attribution, ax: Any) -> None:
    """Draw one text."""
    ax.set_axis_off()
    words, end = _flow(case, _room(ax)), _end([case])
    shown = [w for w in words if w.line < LINES]
    _write(ax, shown, end, 0.0, ROW)
    more = f"first {len(shown)} of {several(len(words), 'token')}" if len(shown) < len(words) else ""
    _bar(ax, end, _count(shown) * ROW + 4, more)


def many(found: list[Attribution], count: int, ax: Any) -> None:
    """Draw a batch, one text below the other, on one scale."""
    ax.set_axis_off()
    end, top, cut = _end(found), 0.0, 0
    for i, case in enumerate(found):
        head = f"row {i}: {case.unit} {minus(number(float(case.output)))}"
        write(ax, (0, 1), head, xycoords="axes fraction", shift=(0, -top), va="top", fontsize=8, color=ink(ax).soft)
        words = _flow(case, _room(ax), False)
        shown = [w for w in words if w.line < LINES]
        _write(ax, shown, end, top + HEAD, PLAIN)
        cut += len(shown) < len(words)
        top += HEAD + 6 + _count(shown) * PLAIN
    said = [f"first {len(found)} of {several(count, 'text')}"] if count > len(found) else []
    said += [f"{several(cut, 'text')} cut"] if cut else []
    _bar(ax, end, top + 2, " · ".join(["one scale for all", *said]))


def _room(ax: Any) -> float:
    """Points for a line; a figure of our own is filled by its only axes once it is laid out."""
    if ax is None or (ax.figure.get_layout_engine() is not None and len(ax.figure.axes) == 1):
        return 72 * (WIDTH - 0.4)
    return float(72 * ax.figure.figure.get_figwidth() * ax.get_position().width)


def _count(words: Sequence[Word]) -> int:
    return words[-1].line + 1 if words else 1


def _end(found: list[Attribution]) -> float:
    """Where the colours end: the largest contribution; 0 where all are zero."""
    sizes = np.abs(np.concatenate([np.ravel(np.asarray(c.values, float)) for c in found]))
    return float(sizes[np.isfinite(sizes)].max(initial=0))


def _flow(case: Attribution, wide: float, numbers: bool = True) -> list[Word]:
    """Words in lines, wrapped as text is; a word longer than a line is shortened."""
    values, out, line, left = np.asarray(case.values, float), [], 0, 0.0
    pieces = case.layout.names if case.layout.data is None else np.asarray(case.layout.data, object)
    spell, end = Signed(values, [] if case.stderr is None else list(np.ravel(case.stderr))), _end([case])
    for k, (name, piece) in enumerate(zip(case.layout.names, pieces, strict=True)):
        value = float(values[k])
        strong = numbers and end > 0 and not abs(value) < FAINT * end
        said = minus(spell(value)) if strong else ""
        word = shorten(name, 60) or "␣"
        size = max(_long(word, SIZE), _long(said, SMALL)) + 2 * PAD
        broken = "\n" in piece[: len(piece) - len(piece.lstrip())] and k > 0
        left += SPACE if piece[:1].isspace() and left else 0.6
        if (left + size > wide or broken) and left > SPACE:
            line, left = line + 1, 0.0
        out.append(Word(word, value, said, line, left, size))
        left += size
    return out


def _write(ax: Any, words: Sequence[Word], end: float, top: float, row: float) -> None:
    paper = ink(ax)
    for w in words:
        y = -(top + w.line * row)
        if math.isfinite(w.value) and end and w.value:
            _ground(ax, (w.left, y - 15), w.width, 15, blend(w.value / end, paper.paper))
        color = readable(blend(w.value / end, paper.paper)) if end and math.isfinite(w.value) else paper.text
        middle = w.left + w.width / 2
        style = {"xycoords": "axes fraction", "ha": "center"}
        write(ax, (0, 1), w.name, shift=(middle, y - 11.4), va="baseline", fontsize=SIZE, color=color, **style)
        if w.said:
            write(ax, (0, 1), w.said, shift=(middle, y - 22), va="baseline", fontsize=SMALL, color=paper.soft, **style)


def _ground(ax: Any, at: tuple[float, float], width: float, height: float, color: Any) -> None:
    """A rectangle in points from the upper left corner."""
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import Affine2D, ScaledTranslation

    corner = ScaledTranslation(0, 1, ax.transAxes)
    points = Affine2D().scale(1 / 72) + ax.figure.figure.dpi_scale_trans + corner
    box = Rectangle(at, width, height, facecolor=color, edgecolor="none", clip_on=False)
    box.set_in_layout(False)
    box.set_transform(points)
    ax.add_artist(box)


def _bar(ax: Any, end: float, top: float, more: str) -> None:
    """The colours with their numbers below the text."""
    paper = ink(ax)
    style = {"xycoords": "axes fraction", "va": "center", "fontsize": 8, "color": paper.soft}
    if not end:
        write(ax, (0, 1), "all attributions are zero", shift=(0, -top - 12), **style)
        return
    steps, left, wide = 61, 96.0, 150.0
    for i in range(steps):
        share = 2 * i / (steps - 1) - 1
        _ground(ax, (left + i * wide / steps, -top - 16), wide / steps + 0.4, 8, blend(share, paper.paper))
    write(ax, (0, 1), f"against −{number(end)}", shift=(left - 5, -top - 12), ha="right", **style)
    write(ax, (0, 1), f"+{number(end)} for", shift=(left + wide + 5, -top - 12), ha="left", **style)
    write(ax, (0, 1), clean(more), shift=(left + wide + 90, -top - 12), ha="left", **style)


def blend(share: float, paper: str) -> tuple[float, float, float]:
    """From the paper (0) to orange (1) or purple (-1)."""
    from matplotlib.colors import to_rgb

    strength = min(1.0, abs(share))
    pairs = zip(to_rgb(paper), to_rgb(FOR if share > 0 else AGAINST), strict=True)
    red, green, blue = (a + (b - a) * strength for a, b in pairs)
    return red, green, blue


def readable(ground: tuple[float, float, float]) -> str:
    """Ink with the better contrast on a colour (relative luminance of WCAG)."""
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in ground]
    return "#14171b" if 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.18 else "#ffffff"


def _long(text: str, points: float) -> float:
    return sum(map(_advance, text)) * points


@cache
def _advance(char: str) -> float:
    """Width of a character in the main font, in units of the font size."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=[MAIN])))
    if ord(char) not in font.get_charmap():
        return 1.0
    font.set_size(100, 72)
    return float(font.load_char(ord(char)).linearHoriAdvance / 65536 / 100)
