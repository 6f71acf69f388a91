"""Integrated gradients step by step: output and running sum on the way, and some of the steps below."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..explanation import Attribution, OrderSteps, PathSteps
from ..normalization import brightness
from ..tables.cases import channels_first
from ..tables.ranking import stretch_names, stretch_sums
from ..words import number, shorten
from . import orders
from .canvas import DPI, WIDTH, figure, outline, plain_axes, scale
from .colors import DARK, diverging, ink, limit, sign_color
from .fonts import minus, write

Array = NDArray[Any]
CURVES = 1.7  # inches of the curves
BELOW = 2.1  # inches of the lines of a table or text
GAP = 0.42  # inches between the two
LEFT, RIGHT = 0.62, 1.15  # inches beside what is drawn
FRAMES = 5
LINES = 6
SUM = {False: "#1f66d6", True: "#7fabff"}  # on light and dark paper


def check(e: Attribution) -> PathSteps | OrderSteps:
    """The steps of an answer that has them.

    Raises:
        ValueError: for any other.
    """
    if e.steps is None:
        raise refuse(
            "plot", "kind='steps' needs an answer that shows how it came about (ig_path, orders=True)", e.method
        )
    return e.steps


def room(e: Attribution) -> tuple[float, float]:
    """Inches."""
    if isinstance(e.steps, OrderSteps):
        return orders.room(e.steps)
    if e.layout.kind != "image":
        return WIDTH, CURVES + BELOW + 2 * GAP
    rows, high = _rows(e), _frame(e)[1]
    return WIDTH, CURVES + GAP + 0.1 + rows * (high + 0.08) + 0.08


def png_steps(e: Attribution, dpi: int = DPI, dark: bool = False, words: bool = False) -> bytes:
    """The steps as PNG bytes, on light or dark paper."""
    drawn, out = figure(e, dark, words, steps, room), BytesIO()
    drawn.set_dpi(dpi)
    drawn.canvas.print_png(out)
    return out.getvalue()


def steps(e: Attribution, ax: Any) -> None:
    """Draw the steps into axes."""
    found, (wide, high) = check(e), room(e)
    plain_axes(ax)
    if isinstance(found, OrderSteps):
        orders.strips(found, ax)
        return
    ax.set_xlim(0, wide)
    ax.set_ylim(high, 0)
    place = lambda low, up: ax.inset_axes((LEFT / wide, low / high, 1 - (LEFT + RIGHT) / wide, up / high))  # noqa: E731
    _curves(found, place(high - CURVES + 0.1, CURVES - 0.35))
    if e.layout.kind == "image":
        _pictures(e, found, ax)
        return
    _lines(e, found, place(0.3, BELOW))


def _axes(ax: Any) -> None:
    paper = ink(ax)
    ax.set_facecolor("none")
    ax.set_axisbelow(True)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(paper.line)
    ax.grid(visible=False)
    ax.yaxis.grid(visible=True, color=paper.line, linewidth=0.6)
    ax.tick_params(colors=paper.soft, labelsize=8, length=0)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["baseline", "t = 0.25", "t = 0.5", "t = 0.75", "input"])
    ax.locator_params(axis="y", nbins=5)


def _curves(found: PathSteps, ax: Any) -> None:
    _axes(ax)
    paper = ink(ax)
    change = found.outputs - found.outputs[0]
    ax.plot(found.places, change, color=paper.line, linewidth=5, solid_capstyle="butt", clip_on=False)
    ax.plot(found.places, found.sums, color=SUM[paper is DARK], linewidth=1.5, clip_on=False)
    ax.set_ylim(*_span(np.concatenate([change, found.sums])))
    look: dict[str, Any] = {"fontsize": 8, "va": "bottom"}
    top = {"xycoords": "axes fraction", **look}
    words = "change of the output (grey), sum of the attributions (blue)"
    write(ax, (0, 1), words, shift=(0, 6), color=paper.soft, **top)
    said = {"shift": (5, 0), "color": paper.text, **look, "va": "center"}
    ends = minus(f"change {number(float(change[-1]))}\nsum {number(float(found.sums[-1]))}")
    write(ax, (1, float(change[-1])), ends, **said)
    at = found.saturation
    if at is None:
        return
    ax.axvline(at, color=paper.soft, linewidth=0.9, linestyle=(0, (1, 2)))
    style = {"xycoords": ax.get_xaxis_transform(), "ha": "right" if at > 0.5 else "left", "color": paper.soft}
    words = f"90 % of the change at t = {at:.2f}"
    write(ax, (at, 0.04), words, shift=(-4 if at > 0.5 else 4, 0), **(look | style))


def _span(values: Array) -> tuple[float, float]:
    low, high = float(min(0, values.min())), float(max(0, values.max()))
    air = 0.05 * (high - low) or 1.0
    return low - air, high + air


# tables, texts and series


def _lines(e: Attribution, found: PathSteps, ax: Any) -> None:
    """What the strongest features have collected so far, as lines with their names."""
    _axes(ax)
    paper = ink(ax)
    collected, names = _parts(e, found)
    order = np.argsort(-np.abs(collected[-1]), kind="stable")[:LINES]
    ax.set_ylim(*_span(collected[:, order]))
    ends = _apart(collected[-1, order], *ax.get_ylim())
    for i, y in zip(order, ends, strict=True):
        final = float(collected[-1, i])
        ax.plot(found.ends, collected[:, i], color=sign_color(final), linewidth=1.6, clip_on=False)
        text = minus(f"{shorten(names[i], 12)} {number(final)}")
        write(ax, (1, y), text, shift=(5, 0), va="center", fontsize=8, color=paper.text)
    top = {"xycoords": "axes fraction", "va": "bottom", "fontsize": 8, "color": paper.soft}
    many = collected.shape[1]
    some = f", the strongest {len(order)} of {many}" if many > len(order) else ""
    write(ax, (0, 1), f"collected so far by each{some}", shift=(0, 6), **top)


def _parts(e: Attribution, found: PathSteps) -> tuple[Array, Sequence[str]]:
    """What each feature, token or stretch of a series has collected (places, parts), and their names."""
    collected = found.collected
    if e.layout.kind != "series":
        return collected.reshape(len(collected), -1), e.layout.names
    traces = channels_first(collected, e.layout, len(collected))
    return stretch_sums(traces), stretch_names(e.layout.names, *traces.shape[1:])


def _apart(ends: Array, low: float, high: float) -> list[float]:
    """Heights of the names, pushed apart where lines end close together."""
    order, out = np.argsort(ends, kind="stable"), np.array(ends, float)
    for _ in range(30):
        for one, other in pairwise(order):
            near = max(0.0, out[one] + 0.085 * (high - low) - out[other]) / 2
            out[one], out[other] = out[one] - near, out[other] + near
    return [float(v) for v in out]


# pictures


def _frame(e: Attribution) -> tuple[float, float]:
    """Inches of one picture."""
    high, wide = _map(e.values, e.layout.channels).shape
    across = (WIDTH - LEFT - RIGHT - 0.08 * (FRAMES - 1)) / FRAMES
    return across, min(across * high / wide, 2.4)


def _rows(e: Attribution) -> int:
    return 2 if isinstance(e.steps, PathSteps) and e.steps.start is not None else 1


def _pictures(e: Attribution, found: PathSteps, ax: Any) -> None:
    """The input on the way, and what is collected there, all on one scale."""
    wide, high = _frame(e)
    collected = found.collected
    which = np.linspace(0, len(found.ends) - 1, FRAMES).round().astype(int)
    maps = [_map(collected[k], e.layout.channels) for k in which]
    end = limit(*maps) if np.any(maps) else None
    top, rows = CURVES + GAP + 0.1, _rows(e)
    for j, (k, one) in enumerate(zip(which, maps, strict=True)):
        x = LEFT + j * (wide + 0.08)
        boxes = [(x, x + wide, top + r * (high + 0.08) + high, top + r * (high + 0.08)) for r in range(rows)]
        if rows == 2 and found.start is not None:
            _show(ax, _pixels(e, found, float(found.ends[k])), boxes[0], {"cmap": "gray", "vmin": 0, "vmax": 1})
        _show(ax, one, boxes[-1], {"cmap": diverging(), "vmin": -(end or 1), "vmax": end or 1})
        write(ax, (x, top), f"t = {found.ends[k]:g}", shift=(0, 4), va="bottom", fontsize=8, color=ink(ax).soft)
    bar = LEFT + FRAMES * (wide + 0.08)
    scale(ax, (bar, bar + 0.13, top + rows * (high + 0.08) - 0.08, top + (rows - 1) * (high + 0.08)), end)


def _show(ax: Any, pixels: Array, box: tuple[float, float, float, float], look: dict[str, Any]) -> None:
    plain = {"interpolation": "nearest", "origin": "upper", "aspect": "auto", "clip_on": False}
    ax.imshow(pixels, extent=box, **plain, **(look if pixels.ndim == 2 else {}))
    outline(ax, box)


def _map(values: Any, channels: int | None) -> Array:
    """Height × width: the sum over channels."""
    a = np.asarray(values, float)
    a = a if channels is None else a.sum(channels)
    return a.reshape(a.shape[-2:])


def _pixels(e: Attribution, found: PathSteps, place: float) -> Array:
    """The picture on the way, from 0 to 1."""
    data, start = np.asarray(e.layout.data), np.asarray(found.start, float)
    a: Any = brightness(start + place * (data - start), data, e.layout.normalization, e.layout.channels)
    if e.layout.channels is None:
        return a.reshape(a.shape[-2:])
    a = np.moveaxis(a, e.layout.channels, -1)
    a = a.reshape(a.shape[-3:])
    return a[..., :3] if a.shape[-1] in (3, 4) else a.mean(-1)
