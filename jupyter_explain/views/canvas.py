"""Figures without pyplot: nothing global is read or written, so any thread may draw."""

from __future__ import annotations

from functools import singledispatch
from io import BytesIO
from typing import Any

import numpy as np

from ..explanation import Attribution, Explanation
from ..tables import cases, count_of, items
from ..words import CAUTION, facts, number, sentence, summary, tidy, title, width, wrapped
from .colors import DARK, LIGHT, ink
from .fonts import minus, write

WIDTH = 7.8  # inches
DPI = 110
LINE = 0.17  # inches between lines of small text
LINES = 4  # lines of notes in a picture; the text has them all


@singledispatch
def draw(e: Explanation, ax: Any) -> None:
    """Draw an answer into a Matplotlib axes; every answer type registers its own. Without one: its text."""
    ax.set_axis_off()
    write(ax, (0, 1), summary(e), xycoords="axes fraction", va="top", color=ink(ax).text)


@singledispatch
def size(e: Explanation) -> tuple[float, float]:
    """Width and height in inches that the drawing wants, without title and footer."""
    return WIDTH, 0.3 + LINE * summary(e).count("\n")


def plot(e: Explanation, ax: Any = None, drawing: Any = draw, room: Any = size) -> Any:
    """Draw an answer.

    Args:
        e: the answer.
        drawing, room: what draws it into axes, and how many inches that wants.
        ax: Matplotlib axes to draw into; None makes a figure with a title, the sentence and what to trust.

    Returns:
        matplotlib.figure.Figure: not known to pyplot, so nothing needs closing.
    """
    if ax is None:
        return figure(e, drawing=drawing, room=room)
    write(
        ax,
        (0, 1),
        minus(title(e)),
        xycoords="axes fraction",
        shift=(0, 20),
        va="bottom",
        weight="bold",
        color=ink(ax).text,
    )
    drawing(e, ax)
    return ax.figure.figure


def png(e: Explanation, dpi: int = DPI, dark: bool = False, words: bool = True) -> bytes:
    """The picture as PNG bytes, on light or dark paper, with or without the words around it."""
    drawn, out = figure(e, dark, words), BytesIO()
    drawn.set_dpi(dpi)
    drawn.canvas.print_png(out)
    return out.getvalue()


def figure(e: Explanation, dark: bool = False, words: bool = True, drawing: Any = draw, room: Any = size) -> Any:
    """A new figure: title and sentence, drawing, and how far to trust it."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from .drawing import Drawing

    paper = DARK if dark else LIGHT
    wide, high = room(e)
    columns = int((wide - 0.3) * 72 / 5.3)
    above = _unorphaned(minus(sentence(e)), columns) if sentence(e) else []
    below = _foot(e, int(columns * 1.2))
    head, foot = (0.42 + 0.19 * len(above), 0.14 + LINE * len(below)) if words else (0.0, 0.0)
    total = head + high + foot
    engine = ConstrainedLayoutEngine(
        rect=(0.1 / wide, foot / total, 1 - 0.2 / wide, high / total), w_pad=0.04, h_pad=0.02, wspace=0, hspace=0
    )
    fig = Drawing((wide, total), dpi=DPI, facecolor=paper.paper, edgecolor=paper.paper, layout=engine)
    ax = fig.add_subplot()
    drawing(e, ax)
    if not words:
        return fig
    frame = {"xycoords": "figure fraction", "in_layout": False, "va": "top"}
    left = 0.14 / wide
    write(ax, (left, 1 - 0.13 / total), minus(title(e)), fontsize=11.5, weight="bold", color=paper.text, **frame)
    write(ax, (left, 1 - 0.38 / total), "\n".join(above), fontsize=9, color=paper.text, **frame)
    write(ax, (left, (foot - 0.06) / total), "\n".join(below), fontsize=8, color=paper.soft, **frame)
    return fig


def _unorphaned(text: str, columns: int) -> list[str]:
    """Wrapped so that no single word is left for the last line."""
    lines = wrapped(text, columns)
    short = len(lines) > 1 and width(lines[-1]) < 0.2 * columns
    return wrapped(text, int(0.86 * columns)) if short else lines


def trust(e: Explanation) -> list[str]:
    """The facts below a picture, and how to read its whiskers."""
    said = facts(e)
    if isinstance(e, Attribution) and count_of(e) is None and any(i.stderr for i in items(cases(e)[0])):
        said += ["± one standard error, whiskers 95 %"] if e.layout.kind != "text" else []
    return said


def _foot(e: Explanation, columns: int) -> list[str]:
    notes = [n for n in e.notes if not n.startswith("Baseline chosen")]  # the baseline is named already
    lines = [*wrapped(" · ".join(trust(e)), columns), *(line for n in notes for line in wrapped(n, columns))]
    return [*lines[: LINES + 1], CAUTION]


def plain_axes(ax: Any) -> None:
    """No frame, ticks or grid, whatever the owner's style says."""
    ax.grid(False)
    ax.set_axisbelow(True)
    ax.set_facecolor("none")
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(which="both", length=0, labelsize=8, left=False, right=False, top=False, bottom=False)
    ax.tick_params(labelleft=False, labelright=False, labeltop=False, labelbottom=False)
    ax.set_xlabel("")
    ax.set_ylabel("")


def ticks(ax: Any, low: float, high: float, count: int = 5) -> None:
    """A few numbers below the picture, with hairlines up through it."""
    from matplotlib.ticker import MaxNLocator

    places = [t for t in MaxNLocator(count).tick_values(low, high) if low <= t <= high]
    labels = [minus(tidy(f"{t:.6g}")) for t in places]
    paper = ink(ax)
    ax.set_xticks(places)
    for place, text in zip(places, labels, strict=True):
        style = {"xycoords": ax.get_xaxis_transform(), "ha": "center", "va": "top", "fontsize": 8}
        write(ax, (place, 0), text, shift=(0, -4), color=paper.soft, **style)
        ax.axvline(place, color=paper.line, linewidth=0.6, zorder=-1)


def scale(
    ax: Any, box: tuple[float, float, float, float], end: float | None, trans: Any = None, unit: str = "output"
) -> None:
    """A colour bar with numbers and words in `box` (left, right, bottom, top) of the axes; `end` None: all zero.

    Shares (of attention, say) speak neither for nor against anything.
    """
    from .colors import diverging

    left, right, bottom, top = box
    paper, where = ink(ax), trans or ax.transData
    ramp = np.linspace(1, -1, 257)[:, None] if end else np.zeros((2, 1))
    ax.imshow(
        ramp,
        cmap=diverging(),
        vmin=-1,
        vmax=1,
        extent=(left, right, bottom, top),
        transform=where,
        aspect="auto",
        interpolation="nearest",
        origin="upper",
        clip_on=False,
    )
    outline(ax, (left, right, bottom, top), where)
    says = ("", "") if unit == "share" else (" for", " against")
    words = [(top, f"+{number(end)}{says[0]}"), (bottom, f"−{number(end)}{says[1]}")] if end else []
    for y, text in [*words, ((top + bottom) / 2, "0")]:
        va = {top: "top", bottom: "bottom"}.get(y, "center")
        write(ax, (right, y), text, xycoords=where, shift=(5, 0), va=va, fontsize=8, color=paper.soft)


def outline(ax: Any, box: tuple[float, float, float, float], trans: Any = None, **style: Any) -> None:
    """A hairline around a picture."""
    from matplotlib.patches import Rectangle

    left, right, bottom, top = box
    look: dict[str, Any] = {"fill": False, "edgecolor": ink(ax).line, "linewidth": 0.8, "clip_on": False} | style
    patch = Rectangle((left, bottom), right - left, top - bottom, transform=trans or ax.transData, **look)
    ax.add_artist(patch)
