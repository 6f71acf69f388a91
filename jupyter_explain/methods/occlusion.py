"""How much the output drops when a window is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..explanation import Attribution, ErrorKind
from ..inside.cam import over_input
from ..inside.hiding import Hiding, enclosing
from ..inside.places import plane
from ..maskers.image import channels_and_steps
from ..method import Stream, method
from ..params import Between, OnlyFor
from ..question import Question
from ..rows import length
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
NOT_TABLES = OnlyFor("image", "series", "text")
AT_ONCE, FIRST_ROWS = 4096, 16  # evaluations that a table's first answer may cost; baseline rows of it where more
ROUNDS = 8  # about as many answers as a picture's windows are shown in


@method(
    "Occlusion",
    axioms=("dummy", "linearity"),
    cites=("Zeiler and Fergus 2014 arXiv:1311.2901",),
    exact=True,
)
def occlusion(
    q: Question,
    *,
    window: Annotated[int | tuple[int, ...] | None, Between(1, 4096, per_axis=True), NOT_TABLES] = None,
    stride: Annotated[int | tuple[int, ...] | None, Between(1, 4096, per_axis=True), NOT_TABLES] = None,
) -> Stream:
    """Output minus the output with a window hidden behind the baseline; overlapping windows are averaged.

    A table's window is one column (or group). A picture is first covered with windows four times as large, then
    with the real ones; until then the error is unknown. With several baseline rows the outputs are averaged (of a
    table's many, first over some). One evaluation is one window and baseline row; of a convolutional network only
    what the window changes in each layer is computed, where that is less.

    Settings:
        window: pixels, one number or one per axis, an eighth of the longer side by default; steps of one channel of a
            series, or channels and steps; words of a text, one by default.
        stride: steps between windows, half the window by default; places between windows are 0.
    """
    if q.input.kind == "text":
        yield _spans(q, window, stride)
    elif q.input.kind == "table":
        yield from _columns(q)
    elif q.grouped:
        yield _segments(q)
    else:
        yield from _windows(q, _per_axis(q, window, 8), stride)


def _columns(q: Question) -> Stream:
    """Leave one player out, against more and more of the baseline rows where they are many."""
    masks, rows = ~np.eye(q.players, dtype=bool), length(q.reference)
    size = np.array([len(g) for g in getattr(q.masker, "groups", [[0]] * q.players)])
    order, drops = q.rng("occlusion").permutation(rows), Mean(q.players)
    first = rows if rows * q.players <= AT_ONCE else FIRST_ROWS
    for n in q.rounds(q.players, rows, first, growth=1):
        some = order[drops.count : drops.count + n]
        hidden = q.value(np.tile(masks, (n, 1)), np.repeat(some, q.players)).reshape(n, q.players)
        drops.add(q.output - hidden)
        yield _left_out(q, drops, size, rows)


def _left_out(q: Question, drops: Mean, size: NDArray[np.intp], rows: int) -> Attribution:
    """What is known of some or all of the baseline rows, which are drawn without replacement."""
    values = q.masker.share(drops.mean * size)
    if drops.count == rows:
        return Attribution(values=values, output=q.output, error=0.0, error_kind="exact")
    stderr = drops.stderr * small_sample(drops.count - 1) * np.sqrt(1 - drops.count / rows)
    shared = q.masker.share(stderr * size)
    error = float(stderr.max(initial=0))
    return Attribution(values=values, stderr=shared, output=q.output, error=error, error_kind="stderr")


def _spans(q: Question, window: int | tuple[int, ...] | None, stride: int | tuple[int, ...] | None) -> Attribution:
    """Windows over the players of a text, one by one unless the user says more."""
    (wide,) = _fit(1 if window is None else window, (q.players,))
    (step,) = _fit(max(1, wide // 2) if stride is None else stride, (q.players,))
    cover = np.zeros((0, q.players), bool)
    for place in _places((q.players,), (wide,), (step,)):
        cover = np.concatenate([cover, np.zeros((1, q.players), bool)])
        cover[-1][place] = True
    drops, seen = q.output - q.value(~cover), cover.sum(0)
    values = np.where(seen > 0, drops @ cover / np.maximum(seen, 1), 0.0)
    size = np.array([len(g) for g in q.masker.groups])  # type: ignore[attr-defined]
    return Attribution(values=q.masker.share(values * size), output=q.output, error=0.0, error_kind="exact")


def _segments(q: Question) -> Attribution:
    """Leave one segment of the user's map out; every position shows its segment's drop."""
    drop = q.output - _without_segments(q)
    size = q.masker.share(np.ones(q.players))
    positions = q.x.size / np.prod(_plane(q))
    values = q.masker.share(drop) / size / positions
    return Attribution(values=values, output=q.output, error=0.0, error_kind="exact")


def _without_segments(q: Question) -> Array:
    """Outputs (players,) with each segment hidden."""
    ids = getattr(q.masker, "map", np.empty(0))
    if ids.ndim == 3 and ids.shape[1:] == _plane(q) and (ids == ids[:1]).all():
        hiding = Hiding(q, *enclosing(ids[0] == np.arange(q.players)[:, None, None]))
        if hiding.follows:
            return hiding.outputs(range(q.players))
    return q.value(~np.eye(q.players, dtype=bool))


def _windows(q: Question, window: tuple[int, ...], stride: int | tuple[int, ...] | None) -> Stream:
    shape = _plane(q)
    steps = _sizes(q, stride) if stride is not None else tuple(max(1, w // 2) for w in window)
    larger = (1, 4) if q.input.kind == "series" else (4, 4)
    coarse = tuple(min(n, w * k) for n, w, k in zip(shape, window, larger, strict=True))
    places, wide = list(_places(shape, window, steps)), list(_places(shape, coarse, coarse))
    hiding = Hiding(q, places, also=wide)
    total, seen = _totals(q, hiding, range(len(places), len(places) + len(wide)), wide)
    guess = total / np.maximum(seen, 1)
    order, (total, seen), done = q.rng("occlusion").permutation(len(places)), np.zeros((2, *shape)), 0
    refs, rounds = length(q.reference), 2 if hiding.follows else ROUNDS
    q.upcoming = refs * max(1, len(places) // rounds)
    yield _answer(q, guess, float(np.abs(guess).max() * 2), "unknown")
    for n in q.rounds(refs, len(places), max(1, len(places) // rounds), rounds // 2):
        which = order[done : done + n]
        part, count = _totals(q, hiding, which, [places[i] for i in which])
        total, seen, done = total + part, seen + count, done + n
        values = np.where(seen > 0, total / np.maximum(seen, 1), guess if done < len(places) else 0.0)
        if done == len(places) and not seen.all():
            q.note(f"{int((seen == 0).sum())} of {seen.size} places are in no window (a smaller stride covers all): 0.")
        rest = float(np.abs(values).max() * 2) if done < len(places) else 0.0
        yield _answer(q, values, rest, "unknown" if done < len(places) else "exact")


def _answer(q: Question, values: Array, error: float, kind: ErrorKind) -> Attribution:
    """A map over positions: colour channels share a position's drop equally, a series' channels have their own."""
    series = values.T if q.input.layout == "TC" else values
    own = q.input.to_model(series[None]) if q.input.kind == "series" else over_input(q, values)
    return Attribution(values=own, output=q.output, error=error, error_kind=kind)


def _totals(q: Question, hiding: Hiding, which: Any, places: list[tuple[slice, ...]]) -> tuple[Array, Array]:
    """Sum of the drops at every position, and how many windows cover it."""
    total, seen = np.zeros((2, *_plane(q)))
    for place, drop in zip(places, q.output - hiding.outputs(which), strict=True):
        total[place] += drop
        seen[place] += 1
    return total, seen


def _plane(q: Question) -> tuple[int, ...]:
    """Height and width of a picture, channels and steps of a series."""
    return channels_and_steps(q.input) if q.input.kind == "series" else plane(q)


def _places(shape: tuple[int, ...], window: tuple[int, ...], steps: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Windows that cover every position (up to a stride of their size); the last in each direction ends at the edge."""
    axes = []
    for n, w, s in zip(shape, window, steps, strict=True):
        starts = list(range(0, max(1, n - w + 1), s))
        if starts[-1] + w < n:
            starts.append(n - w)
        axes.append([slice(i, i + w) for i in starts])
    return product(*axes)


def _per_axis(q: Question, window: int | tuple[int, ...] | None, share: int) -> tuple[int, ...]:
    shape = _plane(q)
    return _sizes(q, window if window is not None else max(1, round(max(shape) / share)))


def _sizes(q: Question, size: int | tuple[int, ...]) -> tuple[int, ...]:
    """Of a window or stride; one number is that many steps of a single channel of a series."""
    given = size if isinstance(size, tuple) else (size,)
    return _fit((1, *given) if q.input.kind == "series" and len(given) == 1 else size, _plane(q))


def _fit(size: int | tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """One size per axis, never larger than the input."""
    sizes = size if isinstance(size, tuple) else (size,) * len(shape)
    if len(sizes) != len(shape):
        raise refuse("Occlusion", f"window and stride take one number, or {len(shape)} (one per axis)", size)
    return tuple(min(s, n) for s, n in zip(sizes, shape, strict=True))
