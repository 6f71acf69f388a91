"""Text in pictures: literal (no formulas), with a font that has the characters, silent where none has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from ..words import clean

MAIN = "DejaVu Sans"  # comes with Matplotlib: the same picture everywhere, and it has the minus sign
# Fonts that systems bring for what the main one lacks, in order of preference.
OTHERS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti TC",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "Yu Gothic",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Emoji",
    "Segoe UI Symbol",
)
MISSING = "□"


def label(text: str) -> tuple[str, dict[str, Any]]:
    """(what can be drawn, properties of the Text): user names stay as they are, `$` included."""
    text = clean(text)
    families, known = [MAIN], _characters(MAIN)
    for name in _installed():
        lacking = {ord(c) for c in text} - known
        if not lacking:
            break
        if lacking & _characters(name):
            families.append(name)
            known |= _characters(name)
    drawn = "".join(c if ord(c) in known else MISSING for c in text)
    return drawn, {"fontfamily": families, "parse_math": False, "usetex": False}


def write(place: Any, xy: tuple[float, float], text: str, **style: Any) -> Any:
    """A literal text on an axes or figure; `xycoords` and an offset in points (`shift`) as for annotations."""
    shift = style.pop("shift", None)
    lines = [label(line) for line in text.split("\n")]
    families: list[str] = list(dict.fromkeys(f for _, look in lines for f in look["fontfamily"]))
    look = {**lines[0][1], "fontfamily": families, "fontsize": 9, "annotation_clip": False} | style
    drawn = "\n".join(line for line, _ in lines)
    if shift is not None:
        look |= {"xytext": shift, "textcoords": "offset points"}
    return place.annotate(drawn, xy, **look)


def minus(text: str) -> str:
    """Numbers in pictures have a real minus sign; the hyphens of names stay."""
    return re.sub(r"(?<![^\s(])-(?=\d)|(?<=\de)-(?=\d)", "−", text)


def breadth(texts: Iterable[str], points: float) -> float:
    """About how wide the widest text is, in points: exact for numbers, on the safe side for words."""
    return max((sum(map(_advance, text)) * points for text in texts), default=0.0)


def _advance(char: str) -> float:
    """Width of a character in the main font, in units of the font size."""
    if char in "., -":
        return 0.361 if char == "-" else 0.318
    if char in "+−±<>=#~":
        return 0.838
    return 1.0 if ord(char) > 0x2E7F or char in "mwMW%@" else 0.64


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    names = {f.name for f in fontManager.ttflist}
    return tuple(name for name in OTHERS if name in names)


@cache
def _characters(family: str) -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family=[family]))).get_charmap())
