"""Pictures: what was explained beside the map of contributions, summed over the colour channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, Layout
from ..normalization import brightness
from ..words import grouped, number, several, wrapped
from .canvas import WIDTH, outline, plain_axes, scale
from .colors import beyond, diverging, ink, limit
from .fonts import minus, write

Array = NDArray[Any]
Box = tuple[float, float, float, float]
HIGH = 2.9  # inches that one picture may take
CAPTION = 0.66  # inches for the words above and below
NUMBERS = 1.15  # inches for the words of the colour bar


@dataclass(frozen=True)
class Plan:
    """Where everything goes, in pixels of the explained picture.

    Attributes:
        high, wide: one picture.
        gap: between pictures.
        inputs, maps: upper left corners.
        right, bottom: where the colour bar begins, where the pictures end.
    """

    high: int
    wide: int
    gap: float
    inputs: tuple[tuple[float, float], ...]
    maps: tuple[tuple[float, float], ...]
    right: float
    bottom: float

    @property
    def bar(self) -> float:
        """Width of the colour bar."""
        return 0.8 * self.gap

    def size(self, most: float) -> tuple[float, float]:
        """Inches of the whole, with a picture at most `most` high."""
        zoom = min(most / self.high, (WIDTH - NUMBERS) / (self.right + self.bar))
        return WIDTH, max(zoom * self.bottom, 0.9) + CAPTION


def _plan_one(case: Attribution) -> Plan:
    """Input and map side by side; wide ones below each other."""
    high, wide = np.shape(case.values)[:2]
    gap = 0.06 * max(high, wide)
    if case.layout.data is None:
        return Plan(high, wide, gap, (), ((0, 0),), wide + gap, high)
    if wide > 1.8 * high:
        below = high + max(0.3 * high, gap)
        return Plan(high, wide, gap, ((0, 0),), ((0, below),), wide + gap, below + high)
    return Plan(high, wide, gap, ((0, 0),), ((wide + gap, 0),), 2 * (wide + gap), high)


def _plan_many(found: list[Attribution]) -> Plan:
    """Pairs of input and map in a grid."""
    high, wide = np.shape(found[0].values)[:2]
    gap, count = 0.09 * max(high, wide), len(found)
    columns = count if count <= 3 else 2 if count == 4 else 3
    pair = 2 if found[0].layout.data is not None else 1
    across, down = pair * wide + 2.2 * gap, high + 2.6 * gap
    corners = tuple(((i % columns) * across, (i // columns) * down) for i in range(count))
    maps = tuple((x + (pair - 1) * (wide + 0.2 * gap), y) for x, y in corners)
    bottom = corners[-1][1] + high
    return Plan(high, wide, gap, corners if pair == 2 else (), maps, columns * across - gap, bottom)


def size_one(case: Attribution) -> tuple[float, float]:
    """Inches."""
    return _plan_one(case).size(HIGH)


def size_many(found: list[Attribution]) -> tuple[float, float]:
    """Inches."""
    return _plan_many(found).size(1.9)


def one(case: Attribution, ax: Any) -> None:
    """Draw one case: input and map, with the colour bar."""
    plan = _plan_one(case)
    end, heats = _paint(ax, [case], plan)
    for at in plan.inputs:
        _above(ax, at, "input")
    _above(ax, plan.maps[0], "attribution" if end else "attribution: zero everywhere")
    _caption(ax, plan.bottom, _words(case, end, heats))


def many(found: list[Attribution], count: int, ax: Any) -> None:
    """Draw a batch: pairs of input and map, all on one scale."""
    plan = _plan_many(found)
    end, heats = _paint(ax, found, plan)
    for i, (case, at) in enumerate(zip(found, plan.inputs or plan.maps, strict=True)):
        _above(ax, at, f"row {i}: {case.unit} {minus(number(float(case.output)))}")
    first = f"first {len(found)} of {several(count, 'row')} · " if count > len(found) else ""
    _caption(ax, plan.bottom, f"{first}one scale for all · {_words(found[0], end, heats)}")


def _paint(ax: Any, found: list[Attribution], plan: Plan) -> tuple[float | None, Array]:
    """Pictures, maps and colour bar; returns where the colours end (None: all zero) and the maps."""
    heats = np.array([np.asarray(c.values, float).sum(-1) for c in found])
    end = limit(heats) if np.any(heats) else None
    plain_axes(ax)
    for case, at in zip(found, plan.inputs, strict=False):
        _picture(ax, case, at)
    for heat, at in zip(heats, plan.maps, strict=True):
        _map(ax, heat, end, at)
    bar_top = plan.maps[0][1]
    bar_bottom = min(plan.bottom, bar_top + max(plan.high, min(2.3 * plan.high, plan.bottom)))
    scale(ax, (plan.right, plan.right + plan.bar, bar_bottom, bar_top), end, unit=found[0].unit)
    ax.set_xlim(0, plan.right + plan.bar)
    ax.set_ylim(plan.bottom, 0)
    ax.set_aspect("equal", adjustable="box", anchor="W")
    return end, heats


def _box(at: tuple[float, float], shape: tuple[int, ...]) -> Box:
    return at[0], at[0] + shape[1], at[1] + shape[0], at[1]


def _picture(ax: Any, case: Attribution, at: tuple[float, float]) -> None:
    """The input: in colour with three channels, else in grey."""
    pixels = _pixels(case.layout)
    look = {} if pixels.ndim == 3 else {"cmap": "gray", "vmin": 0, "vmax": 1}
    box = _box(at, pixels.shape)
    ax.imshow(pixels, extent=box, interpolation="nearest", origin="upper", clip_on=False, **look)
    outline(ax, box)


def _pixels(layout: Layout) -> Array:
    """Brightness from 0 to 1 in the range that the pixels live in; channels that are no colours are averaged."""
    data = np.asarray(layout.data)
    known = np.nan_to_num(data) if data.dtype.kind == "f" else data
    a = brightness(known, known, layout.normalization, layout.channels)
    return a[..., :3] if a.shape[-1] in (3, 4) else a.mean(-1)


def _map(ax: Any, heat: Array, end: float | None, at: tuple[float, float]) -> None:
    """Nearest neighbour: no resolution is pretended. What is not a number is hatched."""
    box, top = _box(at, heat.shape), end or 1.0
    if not np.isfinite(heat).all():
        outline(ax, box, hatch="////", zorder=0)
    ax.imshow(
        np.ma.masked_invalid(heat),
        cmap=diverging(),
        vmin=-top,
        vmax=top,
        extent=box,
        interpolation="nearest",
        origin="upper",
        clip_on=False,
    )
    outline(ax, box)


def _above(ax: Any, at: tuple[float, float], text: str) -> None:
    write(ax, at, text, xycoords="data", shift=(0, 4), va="bottom", fontsize=8, color=ink(ax).soft)


def _caption(ax: Any, bottom: float, text: str) -> None:
    lines = "\n".join(wrapped(text, 112))
    write(ax, (0, bottom), lines, xycoords="data", shift=(0, -6), va="top", fontsize=8, color=ink(ax).soft)


def _words(case: Attribution, end: float | None, heats: Array) -> str:
    """What the colours leave out."""
    channels = np.shape(case.values)[-1]
    said = [f"sum over {channels} channels"] if channels > 1 else []
    if end is None:
        return " · ".join([*said, "all attributions are zero"])
    more, total, strongest, strange = beyond(end, heats)
    said.append(f"colours end at ±{number(end)}")
    if more:
        said.append(f"{grouped(more)} of {several(total, 'pixel')} beyond, up to {number(strongest)}")
    if strange:
        said.append(f"{several(strange, 'pixel')} not a number (hatched)")
    return " · ".join(said)
