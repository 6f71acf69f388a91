"""The explained inputs of an answer one by one, in one fixed form whatever form the user gave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, Layout, parts

Array = NDArray[Any]


def cases(e: Attribution, first: int | None = None) -> list[Attribution]:
    """The explained inputs one by one, in one fixed form whatever form the user gave.

    Returns:
        One answer per input: values (d,) for tables and texts, (H, W, C) for images, (C, T) for series, data likewise
        (None where it does not fit the values), numbers for base and output.
    """
    count = 1 if np.ndim(e.output) == 0 else len(np.asarray(e.output))
    if e.layout.kind == "text" and count_of(e) is not None:
        return _texts(e, count if first is None else min(first, count))
    values = _rows(e.values, e.layout, count)
    stderr = None if e.stderr is None else _rows(e.stderr, e.layout, count)
    data = _data(e.layout, count, values.shape)
    base = None if e.base is None else np.broadcast_to(np.asarray(e.base, float).ravel(), (count,))
    names = _names(e.layout, values.shape[1]) if values.ndim == 2 else e.layout.names
    channels = -1 if values.ndim == 4 else -2 if values.ndim == 3 else None
    return [
        replace(
            e,
            values=values[i],
            stderr=None if stderr is None else stderr[i],
            base=None if base is None else float(base[i]),
            output=float(np.asarray(e.output, float).ravel()[i]),
            layout=replace(e.layout, names=names, data=None if data is None else data[i], channels=channels),
        )
        for i in range(count if first is None else min(first, count))
    ]


def _texts(e: Attribution, count: int) -> list[Attribution]:
    """Texts of a batch: each has its own tokens, without those that only fill the row up."""
    found, data = [], np.asarray(e.layout.data)
    for i in range(count):
        own = [p for p in data[i] if p is not None]
        values, stderr = np.asarray(e.values)[i, : len(own)], None
        if e.stderr is not None:
            stderr = np.asarray(e.stderr)[i, : len(own)]
        base = None if e.base is None else float(np.ravel(e.base)[i])
        layout = Layout("text", tuple(str(p).strip() for p in own), data[i, : len(own)])
        output = float(np.ravel(e.output)[i])
        found.append(replace(e, values=values, stderr=stderr, base=base, output=output, layout=layout))
    return found


def count_of(e: Attribution) -> int | None:
    """How many inputs a batch has; None for the answer to one input."""
    return None if np.ndim(e.output) == 0 else len(np.asarray(e.output))


def _rows(values: Any, layout: Layout, count: int) -> Array:
    """Values or data with a leading axis of `count`, see `cases`."""
    arrays = [np.asarray(v) for v in parts(values)]
    if layout.kind == "image":
        return _pictures(arrays[0], layout.channels, count)
    if layout.kind == "series":
        return channels_first(arrays[0], layout, count)
    if len({a.dtype.kind for a in arrays}) > 1:
        arrays = [a.astype(object) for a in arrays]  # numbers stay numbers beside texts
    flat = np.concatenate([a.reshape(count, -1) for a in arrays], axis=1)
    return _per_name(flat, len(layout.names))


def channels_first(values: Any, layout: Layout, count: int) -> Array:
    """A series' values or data as (count, channels, steps)."""
    a = np.asarray(values)
    a = a.swapaxes(-1, -2) if layout.channels == -1 else a
    return a.reshape(count, -1, a.shape[-1])


def _data(layout: Layout, count: int, shape: tuple[int, ...]) -> Array | None:
    """What was explained, where it fits the values one to one."""
    if layout.data is None or any(np.size(a) % count for a in parts(layout.data)):
        return None
    data = _rows(layout.data, layout, count)
    return data if data.shape == shape else None


def _pictures(a: Array, channels: int | None, count: int) -> Array:
    """(count, H, W, C)."""
    if channels is None:
        return a.reshape(count, *a.shape[-2:], 1)
    return np.moveaxis(a.reshape(count, *a.shape[-3:]), channels, -1)


def _per_name(flat: Array, names: int) -> Array:
    """One number per name: embeddings (tokens × dimensions) are summed, which needs numbers."""
    width = flat.shape[1]
    if names in (0, width) or width % names or flat.dtype.kind not in "fiub":
        return flat
    return flat.reshape(len(flat), names, -1).sum(2)


def _names(layout: Layout, width: int) -> tuple[str, ...]:
    return layout.names if len(layout.names) == width else tuple(f"x{i}" for i in range(width))
