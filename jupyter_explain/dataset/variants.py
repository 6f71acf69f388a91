"""A dataset many times over, each time with some columns replaced; rows are made only when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rows import Rows, concat, frame_of, is_frame, length, take

BLOCK = 64  # swaps of a row that are asked about side by side


@dataclass(frozen=True)
class Swap:
    """In row r, column `columns[i]` shows `values[i][which[r]]`; one number for `which` means every row."""

    columns: tuple[int, ...]
    values: tuple[Any, ...]
    which: NDArray[np.intp] | int


class Variants:
    """All rows of a dataset under the first swap, then under the second, …: `variants(slice)` makes these rows."""

    def __init__(self, data: Rows, swaps: Sequence[Swap]) -> None:
        self.swaps, self._size = swaps, length(data)
        wide = _widened(data, swaps)
        self._columns = wide.columns if is_frame(wide) and _alike(wide) else None
        self._data = wide.to_numpy() if self._columns is not None else wide

    def __len__(self) -> int:
        return len(self.swaps) * self._size

    def __call__(self, part: slice) -> Rows:
        """Fresh rows, which a model may write into."""
        rows = self._which(part)
        if is_frame(self._data):
            return self._frame(rows, part)
        out = self._data[rows]
        for swap, at, there in self._pieces(part):
            for column, values in zip(swap.columns, swap.values, strict=True):
                out[at, column] = _picked(values, swap.which, there)
        return out if self._columns is None else _data_frame(out, self._columns)

    def _which(self, part: slice) -> NDArray[np.intp]:
        """The row of the dataset behind each row of a part."""
        return np.arange(part.start, part.stop) % self._size

    def _frame(self, rows: NDArray[np.intp], part: slice) -> Rows:
        names = list(self._data.columns)
        some = take(self._data, rows)
        made = {name: _plain(some[name]) for name in names}
        for swap, at, there in self._pieces(part):
            for column, values in zip(swap.columns, swap.values, strict=True):
                made[names[column]][at] = _picked(values, swap.which, there)
        return _data_frame(made, self._data.columns)

    def _pieces(self, part: slice) -> Iterator[tuple[Swap, slice, slice]]:
        """The swaps that a part covers: where in the part, and which rows of the dataset."""
        n = self._size
        for block in range(part.start // n, -(-part.stop // n)):
            low, high = max(part.start, block * n), min(part.stop, (block + 1) * n)
            yield (
                self.swaps[block],
                slice(low - part.start, high - part.start),
                slice(low - block * n, high - block * n),
            )


class Crossed(Variants):
    """The same rows in another order: the first row under every swap, then the second row, …

    Neighbours differ in a column or two and take the same ways through trees, which makes large batches faster.
    """

    def _which(self, part: slice) -> NDArray[np.intp]:
        return np.arange(part.start, part.stop) // len(self.swaps)

    def _pieces(self, part: slice) -> Iterator[tuple[Swap, slice, slice]]:
        step = len(self.swaps)
        for k, swap in enumerate(self.swaps):
            first = part.start + (k - part.start) % step
            count = -(-(part.stop - first) // step)
            if count > 0:
                yield swap, slice(first - part.start, None, step), slice(first // step, first // step + count)


class Together:
    """Several variants behind each other, so that the model can be asked for all of them in few calls."""

    def __init__(self, parts: Sequence[Variants]) -> None:
        self._parts = parts
        self.ends = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __call__(self, part: slice) -> Rows:
        """Fresh rows."""
        spans = zip(self._parts, self.ends[:-1], self.ends[1:], strict=True)
        cuts = [(v, max(part.start, a) - a, min(part.stop, b) - a) for v, a, b in spans]
        made = [v(slice(int(low), int(high))) for v, low, high in cuts if low < high]
        return made[0] if len(made) == 1 else concat(made)


def asked(ask: Callable[[int, Callable[[slice], Rows]], NDArray[Any]], data: Rows, swaps: Sequence[Swap]) -> Any:
    """What `ask(n, rows)` (such as the question's `outputs_of`) says of the dataset under every swap: (swaps, rows, …).

    Rows that are alike are asked about together.
    """
    wide = _widened(data, swaps)
    rows = Together([Crossed(wide, swaps[i : i + BLOCK]) for i in range(0, len(swaps), BLOCK)])
    found, n = ask(len(rows), rows), length(data)
    parts = [found[a:b].reshape(n, (b - a) // n, *found.shape[1:]).swapaxes(0, 1) for a, b in pairwise(rows.ends)]
    return np.concatenate(parts)


def _picked(values: Any, which: NDArray[np.intp] | int, rows: slice) -> Any:
    return values[which] if isinstance(which, int) else values[which[rows]]


def _plain(series: Any) -> Any:
    """A column as an array of its own: numpy's where pandas keeps it as one, but for times, whose gaps are pandas'."""
    plain = isinstance(series.dtype, np.dtype) and series.dtype.kind not in "mM"
    return series.to_numpy(copy=True) if plain else series.array.copy()


def _alike(frame: Any) -> bool:
    """Whether all columns are numbers of one type, so that a matrix can stand for the frame."""
    kinds = set(frame.dtypes)
    return len(kinds) == 1 and isinstance(first := next(iter(kinds)), np.dtype) and first.kind in "fiub"


def _data_frame(content: Any, columns: Any) -> Any:
    if not isinstance(content, dict):
        import pandas as pd

        return pd.DataFrame(content, columns=columns, copy=False)
    frame = frame_of(content, copy=False)
    frame.columns = columns
    return frame


def _widened(data: Rows, swaps: Sequence[Swap]) -> Rows:
    """The dataset with whole-number columns as floats where fractions are to be put in."""
    if getattr(data, "dtype", None) is not None and data.dtype.kind not in "iub":
        return data
    pairs = {(c, v.dtype) for s in swaps for c, v in zip(s.columns, s.values, strict=True) if _fractions(v)}
    if not is_frame(data):
        return data.astype(float) if pairs else data
    names = [data.columns[c] for c, _ in pairs if getattr(data.dtypes.iloc[c], "kind", "O") in "iu"]
    return data.astype({n: "Float64" if _nullable(data[n]) else float for n in names}) if names else data


def _fractions(values: Any) -> bool:
    return getattr(values.dtype, "kind", "O") == "f"


def _nullable(series: Any) -> bool:
    return not isinstance(series.dtype, np.dtype)
