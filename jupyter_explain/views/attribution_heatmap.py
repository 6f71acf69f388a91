"""Pictures: what was explained beside the map of contributions, summed over the colour channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..words import number, several, wrapped
from .canvas import WIDTH, outline, plain_axes, scale
from .colors import beyond, diverging, ink, limit
from .fonts import minus, write

Array = NDArray[Any]
Box = tuple[float, float, float, float]
HIGH, WIDE = 2.9, 2.8  # inches that one picture may take
CAPTION = 0.72  # inches for the words above and below


def size_one(case: Attribution) -> tuple[float, float]:
    """Inches."""
    high, wide = np.shape(case.values)[:2]
    zoom = min(HIGH / high, WIDE / wide)
    pair = 2.2 if _stacked(high, wide) else 1.0
    return WIDTH, max(zoom * high * pair, 1.0) + CAPTION


def size_many(found: list[Attribution]) -> tuple[float, float]:
    """Inches."""
    high, wide = np.shape(found[0].values)[:2]
    columns, rows = _grid(len(found))
    cell = min(1.9, 6.2 / columns * high / (2.05 * wide))
    return WIDTH, rows * (cell + 0.3) + CAPTION


def one(case: Attribution, ax: Any) -> None:
    """Draw one case: input and map, with the colour bar."""
    heat = np.asarray(case.values, float).sum(-1)
    high, wide = heat.shape
    gap = 0.06 * max(high, wide)
    end = limit(heat) if np.any(heat) else None
    _prepare(ax)
    at = (0.0, 0.0)
    if case.layout.data is not None:
        _picture(ax, case, at, "input")
        at = (0.0, high + 2.2 * gap) if _stacked(high, wide) else (wide + gap, 0.0)
    _map(ax, heat, end, at)
    _above(ax, at, "attribution" if end else "attribution: zero everywhere")
    bar = 0.045 * max(high, wide)
    scale(ax, (at[0] + wide + gap, at[0] + wide + gap + bar, at[1] + high, at[1]), end)
    right, bottom = at[0] + wide + gap + bar, at[1] + high
    _close(ax, right, bottom)
    _caption(ax, bottom, _words(case, end, 1, heat))


def many(found: list[Attribution], count: int, ax: Any) -> None:
    """Draw a batch: pairs of input and map, all on one scale."""
    heats = [np.asarray(c.values, float).sum(-1) for c in found]
    high, wide = heats[0].shape
    gap = 0.06 * max(high, wide)
    end = limit(*heats) if np.any(heats) else None
    columns, rows = _grid(len(found))
    _prepare(ax)
    pair = 2 if found[0].layout.data is not None else 1
    step = (pair * wide + 0.3 * gap + 3 * gap, high + 4 * gap)
    for i, (case, heat) in enumerate(zip(found, heats, strict=True)):
        x, y = (i % columns) * step[0], (i // columns) * step[1]
        if pair == 2:
            _picture(ax, case, (x, y), "")
        _map(ax, heat, end, (x + (pair - 1) * (wide + 0.3 * gap), y))
        _above(ax, (x, y), f"row {i}: {case.unit} {minus(number(float(case.output)))}")
    right, bottom = columns * step[0] - 2 * gap, (rows - 1) * step[1] + high
    bar = 0.08 * max(high, wide)
    scale(ax, (right, right + bar, min(bottom, 2 * high), 0), end)
    _close(ax, right + bar, bottom)
    first = f"first {len(found)} of {several(count, 'row')} · " if count > len(found) else ""
    _caption(ax, bottom, first + "one scale for all · " + _words(found[0], end, len(found), *heats))


def _grid(count: int) -> tuple[int, int]:
    columns = count if count <= 3 else 2 if count == 4 else 3
    return columns, -(-count // columns)


def _stacked(high: int, wide: int) -> bool:
    return wide > 1.8 * high


def _prepare(ax: Any) -> None:
    plain_axes(ax)
    ax.set_autoscale_on(False)


def _close(ax: Any, right: float, bottom: float) -> None:
    ax.set_xlim(0, right)
    ax.set_ylim(bottom, 0)
    ax.set_aspect("equal", adjustable="box", anchor="W")


def _box(at: tuple[float, float], shape: tuple[int, ...]) -> Box:
    return at[0], at[0] + shape[1], at[1] + shape[0], at[1]


def _picture(ax: Any, case: Attribution, at: tuple[float, float], name: str) -> None:
    """The input: in colour with three channels, else in grey."""
    pixels = _pixels(np.asarray(case.layout.data))
    look = {} if pixels.ndim == 3 else {"cmap": "gray", "vmin": 0, "vmax": 1}
    box = _box(at, pixels.shape)
    ax.imshow(pixels, extent=box, interpolation="nearest", origin="upper", clip_on=False, **look)
    outline(ax, box)
    _above(ax, at, name)


def _pixels(data: Array) -> Array:
    """Brightness from 0 to 1: bytes and 0…1 as they are, anything else from its smallest to its largest number."""
    a = np.nan_to_num(np.asarray(data, float))
    a = a if a.shape[-1] in (3, 4) else a.mean(-1)
    low, high = float(a.min()), float(a.max())
    if low >= 0 and high <= 1:
        return a[..., :3] if a.ndim == 3 else a
    if data.dtype == np.uint8:
        low, high = 0.0, 255.0
    a = (a - low) / (high - low or 1.0)
    return a[..., :3] if a.ndim == 3 else a


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


def _words(case: Attribution, end: float | None, count: int, *heats: Array) -> str:
    """What the colours leave out."""
    channels = np.shape(case.values)[-1]
    said = [f"sum over {channels} channels"] if channels > 1 else []
    if end is None:
        said.append("all attributions are zero")
    else:
        more, total, strongest, strange = beyond(end, *heats)
        said.append(f"colours end at ±{number(end)}")
        if more:
            said.append(
                f"{several(more, 'pixel')} of {several(total, '').strip().removesuffix('s').strip()} beyond, "
                f"up to {number(strongest)}"
            )
        if strange:
            said.append(f"{several(strange, 'pixel')} not a number (hatched)")
    return " · ".join(said)
