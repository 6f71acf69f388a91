"""A number over two columns: a coloured plane with the rows, the explained row and the line of the decision."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Surface
from ..explanation.surface import edges, numeric, places
from ..words import number, shorten, wrapped
from .canvas import LINE, WIDTH, draw, outline, plain_axes, size
from .colors import AGAINST, FOR, diverging, ink
from .fonts import breadth, minus, write

HIGH = 4.3  # inches of the plane
LEFT, RIGHT, BELOW, ABOVE = 0.95, 1.05, 0.85, 0.1


@size.register(Surface)
def _size(e: Surface) -> tuple[float, float]:
    return WIDTH, HIGH + _below(e) + ABOVE


def _below(e: Surface) -> float:
    """Inches under the plane: ticks, the name of the column and the legend, which may have many lines."""
    return BELOW + LINE * max(0, len(_legend(e)) - 2)


@draw.register(Surface)
def _draw(e: Surface, ax: Any) -> None:
    ax.set_axis_off()
    wide, high = _size(e)
    width = min(wide - LEFT - RIGHT, 1.35 * HIGH)
    box = (LEFT / wide, _below(e) / high, width / wide, HIGH / high)
    panel = ax.inset_axes(box)
    plain_axes(panel)
    ends = (edges(places(e.x)), edges(places(e.y)))
    low, high_z = limits(e)
    look: dict[str, Any] = {"cmap": "cividis" if e.centre is None else diverging(), "vmin": low, "vmax": high_z}
    panel.pcolormesh(*ends, e.z, shading="flat", linewidth=0, rasterized=True, **look)
    _empty(e, ends, panel)
    _dots(e, panel)
    _border(e, panel)
    own = places_of(e)
    panel.set_xlim(*_with(ends[0], own[0] if own else None))
    panel.set_ylim(*_with(ends[1], own[1] if own else None))
    if own is not None:
        panel.plot(*own, "o", color="white", markersize=9, markeredgecolor="#111317", markeredgewidth=2.4, zorder=6)
    _axes(e, panel)
    _bar(ax, (box[0] + box[2] + 0.15 / wide, box[1], 0.16 / wide, box[3]), e, low, high_z)
    write(
        ax,
        (0, 0),
        "\n".join(_legend(e)),
        xycoords="axes fraction",
        shift=(0, 2),
        va="bottom",
        fontsize=8,
        color=ink(ax).soft,
    )


def limits(e: Surface) -> tuple[float, float]:
    """Ends of the colours: symmetric about the centre where there is one."""
    if e.centre is None:
        low, high = float(e.z.min()), float(e.z.max())
        return (low, high) if high > low else (low - 0.5, high + 0.5)
    reach = float(np.abs(e.z - e.centre).max()) or 0.5
    return e.centre - reach, e.centre + reach


def places_of(e: Surface) -> tuple[float, float] | None:
    """Where the explained row is drawn, or None where it lies on no axis."""
    if e.here is None:
        return None
    found = []
    for value, axis in zip(e.here[:2], (e.x, e.y), strict=True):
        texts = [] if numeric(axis) else [str(v) for v in axis]
        if not numeric(axis) and str(value) not in texts:
            return None
        found.append(float(value) if numeric(axis) else float(texts.index(str(value))))
    return (found[0], found[1]) if np.isfinite(found).all() else None


def _with(ends: Any, own: float | None) -> tuple[float, float]:
    """Both ends, with room for the explained row."""
    low, high = float(ends[0]), float(ends[-1])
    air = 0.03 * (high - low)
    return (low if own is None else min(low, own - air)), (high if own is None else max(high, own + air))


def _empty(e: Surface, ends: Any, ax: Any) -> None:
    """Grid points without rows near them are hatched."""
    from matplotlib.collections import PolyCollection

    x, y = ends
    boxes = [
        [(x[i], y[j]), (x[i + 1], y[j]), (x[i + 1], y[j + 1]), (x[i], y[j + 1])] for j, i in np.argwhere(e.counts == 0)
    ]
    if boxes:
        paper = ink(ax).paper
        ax.add_collection(PolyCollection(boxes, facecolor=paper, alpha=0.45, linewidth=0, zorder=2))
        hatch: dict[str, Any] = {"facecolor": "none", "edgecolor": "#8a8f98", "hatch": "////", "linewidth": 0}
        ax.add_collection(PolyCollection(boxes, zorder=2, **hatch))


def _dots(e: Surface, ax: Any) -> None:
    if e.dots is None or not len(e.dots):
        return
    x, y, rows, kind = e.dots.T
    area = 70 * rows / rows.max() + 2
    color = [("#30363d" if k < 0 else FOR if k else AGAINST) for k in kind]
    ax.scatter(x, y, s=area, c=color, alpha=0.75, edgecolors="white", linewidths=0.5, zorder=3)


def _border(e: Surface, ax: Any) -> None:
    from matplotlib.collections import LineCollection

    if e.border is not None and len(e.border):
        lines = e.border.reshape(-1, 2, 2)
        ax.add_collection(LineCollection(list(lines), colors="white", linewidths=3.4, zorder=4))
        ax.add_collection(LineCollection(list(lines), colors="#111317", linewidths=1.8, zorder=5))


def _axes(e: Surface, ax: Any) -> None:
    paper = ink(ax)
    outline(ax, (*ax.get_xlim(), *ax.get_ylim()))
    for place, text in _ticks(e.x, ax.get_xlim()):
        style = {"xycoords": ax.get_xaxis_transform(), "ha": "center", "va": "top", "fontsize": 8}
        write(ax, (place, 0), text, shift=(0, -4), color=paper.soft, **style)
    found = _ticks(e.y, ax.get_ylim())
    for place, text in found:
        style = {"xycoords": ax.get_yaxis_transform(), "ha": "right", "va": "center", "fontsize": 8}
        write(ax, (0, place), text, shift=(-4, 0), color=paper.soft, **style)
    title = {"xycoords": "axes fraction", "ha": "center", "fontsize": 9, "color": paper.text}
    write(ax, (0.5, 0), shorten(e.names[0], 60), shift=(0, -18), va="top", **title)
    left = breadth([t for _, t in found], 8) + 10
    write(ax, (0, 0.5), shorten(e.names[1], 44), shift=(-left, 0), va="center", rotation=90, **title)


def _ticks(x: Any, span: tuple[float, float]) -> list[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    if not numeric(x):
        return [(k, shorten(t, max(4, 60 // len(x)))) for k, t in enumerate(x)]
    return [(t, minus(f"{t:g}")) for t in MaxNLocator(6).tick_values(*span) if span[0] <= t <= span[1]]


def _bar(ax: Any, box: tuple[float, float, float, float], e: Surface, low: float, high: float) -> None:
    bar = ax.inset_axes(box)
    plain_axes(bar)
    look: dict[str, Any] = {"cmap": "cividis" if e.centre is None else diverging(), "aspect": "auto", "origin": "lower"}
    bar.imshow(np.linspace(low, high, 257)[:, None], extent=(0, 1, low, high), vmin=low, vmax=high, **look)
    outline(bar, (0, 1, low, high))
    middle = [] if e.centre is None else [e.centre]
    for value in (high, *middle, low):
        va = "top" if value == high else "bottom" if value == low else "center"
        write(bar, (1, value), minus(number(value)), shift=(4, 0), va=va, fontsize=8, color=ink(ax).soft)


def _legend(e: Surface) -> list[str]:
    """What the marks mean, line by line."""
    said = [f"colour: {e.axis}"]
    if e.dots is not None and len(e.dots):
        kinds = f" (orange {e.classes[1]}, purple {e.classes[0]})" if len(e.classes) == 2 else ""
        said.append(f"dots: rows, the larger the more{kinds}")
    said += ["hatched: no rows near"] if (e.counts == 0).any() else []
    said += ["line: the decision changes"] if e.border is not None and len(e.border) else []
    said += ["white: the explained row"] if e.here is not None else []
    return wrapped(" · ".join(said), 112)
