"""What an answer consists of, strongest first: features, regions of a picture, stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution

Array = NDArray[Any]
PLACES = (
    ("upper left", "top", "upper right"),
    ("left side", "centre", "right side"),
    ("lower left", "bottom", "lower right"),
)


@dataclass(frozen=True)
class Item:
    """One line of a table or one bar.

    Attributes:
        name: feature, region of a picture, or time steps.
        data: the feature's own value, or None where there is none to show.
        value, stderr: contribution and its standard error (None: not known).
    """

    name: str
    data: Any
    value: float
    stderr: float | None = None


@dataclass(frozen=True)
class Ranking:
    """The items with the largest |value|, largest first; `rest` is the sum of the others (None: no others)."""

    top: tuple[Item, ...]
    rest: float | None
    others: int
    total: float

    @property
    def shown(self) -> list[float]:
        """Every number that is drawn as a bar."""
        return [i.value for i in self.top] + ([] if self.rest is None else [self.rest])


def ranking(case: Attribution, most: int) -> Ranking:
    """The `most` strongest features, regions or time ranges of one case; never a "rest" of one."""
    return strongest(items(case), most)


def strongest(found: list[Item], most: int) -> Ranking:
    """Sorted by |value| (ties in the user's order; what is not a number first, so that it is seen)."""
    size = np.abs([i.value for i in found])
    order = np.argsort(-np.where(np.isnan(size), np.inf, size), kind="stable")
    cut = len(found) if len(found) <= most + 1 else most
    others = [found[i].value for i in order[cut:]]
    rest = float(np.sum(others)) if others else None
    total = float(np.sum([i.value for i in found]))
    return Ranking(tuple(found[i] for i in order[:cut]), rest, len(others), total)


def items(case: Attribution) -> list[Item]:
    """What one case is made of, for people: features, ninths of a picture, eighths of every channel of a series."""
    if case.layout.kind == "image":
        return _regions(np.asarray(case.values).sum(-1))
    if case.layout.kind == "series":
        return _stretches(np.asarray(case.values, float), case.layout.names)
    values, data = np.asarray(case.values, float), case.layout.data if case.layout.kind != "text" else None
    cells = [None] * len(values) if data is None else np.asarray(data, object)
    errors = [None] * len(values) if case.stderr is None else [_known(s) for s in np.asarray(case.stderr)]
    return [Item(n, c, float(v), s) for n, c, v, s in zip(case.layout.names, cells, values, errors, strict=True)]


def _known(stderr: float) -> float | None:
    return float(stderr) if np.isfinite(stderr) else None


def _regions(heat: Array) -> list[Item]:
    """Sums over a 3 × 3 grid. Sums have no standard error: that would need the covariances of the pixels."""
    return [
        Item(PLACES[i][j], None, float(cell.sum()))
        for i, band in enumerate(_cut(heat, 0))
        for j, cell in enumerate(_cut(band, 1))
        if cell.size
    ]


def region_sums(heat: Array) -> Array:
    """Sums over the 3 × 3 grid in reading order (9,); what is no number counts nothing."""
    known = np.nan_to_num(np.asarray(heat, float), posinf=0.0, neginf=0.0)
    return np.array([cell.sum() for band in _cut(known, 0) for cell in _cut(band, 1)])


def _stretches(values: Array, names: tuple[str, ...]) -> list[Item]:
    """Sums of each channel over at most eight stretches of time."""
    values = by_channel(values)
    said = stretch_names(names, *values.shape)
    return [Item(n, None, float(s)) for n, s in zip(said, stretch_sums(values[None])[0], strict=True)]


def stretch_sums(values: Array) -> Array:
    """Sums of series (count, channels, steps) over at most eight stretches of each channel, one channel after the
    other: (count, stretches)."""
    starts = [r[0] for r in eighths(values.shape[-1])]
    return np.asarray(np.add.reduceat(values, starts, axis=-1).reshape(len(values), -1))


def stretch_names(names: tuple[str, ...], channels: int, steps: int) -> list[str]:
    """What these stretches are called."""
    of = [f" of {n}" for n in names or [f"channel {c}" for c in range(channels)]] if channels > 1 else [""]
    return [f"{_span(r)}{c}" for c in of for r in eighths(steps)]


def by_channel(values: Array) -> Array:
    """A series' values (channels, steps); those of a map over the steps, which all channels share, summed."""
    return values.sum(0, keepdims=True) if (values == values[:1]).all() else values


def eighths(steps: int) -> list[Array]:
    """The numbers of the steps of at most eight stretches of time."""
    return [r for r in np.array_split(np.arange(steps), 8) if r.size]


def _span(steps: Array) -> str:
    return f"step {steps[0]}" if len(steps) == 1 else f"steps {steps[0]} to {steps[-1]}"


def _cut(a: Array, axis: int) -> list[Array]:
    """Three pieces, the middle one the largest; with fewer than three pixels everything is in the middle."""
    n = a.shape[axis]
    return np.split(a, [n // 3, n - n // 3], axis)
