"""Colours: orange speaks for, purple against, zero is neutral; never red and green."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOR, AGAINST = "#d9730d", "#7a5bd0"


@dataclass(frozen=True)
class Ink:
    """Colours of text, secondary text, hairlines and paper that can be read on each other."""

    text: str
    soft: str
    line: str
    paper: str


LIGHT = Ink("#1f2328", "#59636e", "#d1d9e0", "#ffffff")
DARK = Ink("#e6edf3", "#9da7b1", "#3d444d", "#14171b")


def ink(ax: Any) -> Ink:
    """The ink that can be read on a figure, whatever style its owner uses."""
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(ax.figure.figure.get_facecolor())
    return DARK if alpha > 0.5 and 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else LIGHT


def sign_color(value: float) -> str:
    """Orange for, purple against."""
    return FOR if value >= 0 else AGAINST


@lru_cache(maxsize=1)
def diverging() -> Any:
    """Matplotlib's PuOr, reversed, with an odd number of colours: the middle one belongs to zero alone.

    The outermost tenth at both ends is left out: nearly black, it would make strong values of either sign look alike.
    """
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["PuOr_r"](np.linspace(0.1, 0.9, 257)))


def limit(*heats: NDArray[Any]) -> float:
    """Where the colours end on both sides: the 99th percentile of |values|, one scale for all pictures given.

    The largest value where most are zero; 1 where all are.
    """
    sizes = np.abs(np.concatenate([np.asarray(h, float).ravel() for h in heats]))
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size or not sizes.max():
        return 1.0
    return float(np.percentile(sizes, 99)) or float(sizes.max())


def beyond(end: float, *heats: NDArray[Any]) -> tuple[int, int, float, int]:
    """(how many are stronger than the colours show, of how many, the strongest, how many are not numbers)."""
    sizes = np.abs(np.concatenate([np.asarray(h, float).ravel() for h in heats]))
    known = sizes[np.isfinite(sizes)]
    return int((known > end).sum()), sizes.size, float(known.max(initial=0)), sizes.size - known.size
