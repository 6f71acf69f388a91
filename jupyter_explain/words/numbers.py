"""Numbers as text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..numerals import brief, tidy
from ..rows import text_of
from .text import shorten


def several(count: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `10 000 rows`."""
    return f"{grouped(count)} {one if count == 1 else many or one + 's'}"


def grouped(count: int) -> str:
    """Thousands apart, from 10 000 on."""
    return f"{count:,}".replace(",", " ") if abs(count) >= 10_000 else str(count)


def number(value: float, digits: int = 3) -> str:
    """A number on its own, with significant digits; trailing zeros only where they are rounded (8.6012 is `8.60`)."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    size = abs(float(f"{value:.{digits}g}"))
    if size >= 1e6 or 0 < size < 1e-4:
        return tidy(f"{value:.{digits - 1}e}")
    if size >= 10**digits:
        return f"{value:.0f}"
    exact = float(f"{value:.{digits}g}") == value
    return (f"{value:.{digits}g}" if exact else f"{value:#.{digits}g}").rstrip(".")


def shown(data: Any) -> str:
    """A feature's own value, short; nothing where there is none."""
    if data is None:
        return ""
    if type(data).__name__ in ("NAType", "NaTType"):  # pandas' own, which is not imported for it
        return "missing"
    if isinstance(data, (bool, np.bool_)):
        return "yes" if data else "no"
    if isinstance(data, (float, np.floating)):
        return "missing" if math.isnan(data) else brief(float(data))
    return shorten(text_of(data), 16)


class Signed:
    """Writes numbers that stand in one column alike: `+0.170`, `-0.040`, `0.000`, all with the same decimals.

    Three significant digits of the largest; more where a number or an error would otherwise show as zero.
    """

    def __init__(self, numbers: Iterable[float], errors: Iterable[float | None] = (), digits: int = 3) -> None:
        sizes = [abs(n) for n in numbers if n and math.isfinite(n)]
        known = [e for e in errors if e and math.isfinite(e)]
        top, low = (_place(max(sizes)), _place(min(sizes))) if sizes else (0, 0)
        self.power = not -4 <= top < 6
        places = digits - 1
        fine = min(-_place(min(known)), places + 2 - top) if known else 0
        self.decimals = places if self.power else max(places - top, min(-low, places + 1 - top), fine, 0)

    def __call__(self, value: float, error: float | None = None) -> str:
        if not math.isfinite(value):
            return number(value)
        if self.power:
            text = f"{value:+.{self.decimals}e}" if value else "0"
            mantissa, e, exponent = text.partition("e")
            text = f"{mantissa}e{int(exponent)}" if e else text
        else:
            text = f"{value:+.{self.decimals}f}"
            text = text if float(text) else text[1:]  # no sign on what rounds to zero
        return text if error is None else f"{text} ± {self._size(error)}"

    def _size(self, error: float) -> str:
        """An error is never rounded to nothing."""
        text = f"{error:.{self.decimals}f}"
        return tidy(f"{error:.0e}") if error and (self.power or not float(text)) else text


def _place(size: float) -> int:
    return math.floor(math.log10(size))
