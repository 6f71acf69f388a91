"""What if a feature were different: one editor per column, fed by how the column is distributed, and the edited row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset.columns import Column, column_of
from .errors import Phrase, listed, refuse
from .inputs import Input
from .question import Question
from .rows import Rows, is_frame, length, text_of

EDITORS = 200  # columns that get an editor
LEVELS = 200  # categories that are offered
BINS = 24  # bars of the small histogram
ENDS = (0.01, 0.99)  # quantiles between which a slider runs

Edits = dict[str, Any]


class WhatIf:
    """The edits of one Explorer: what each column may become, and the output before anything was changed.

    Attributes:
        x: the whole input, unedited.
        seen: rows that show how the columns are distributed, or None.
    """

    def __init__(self, x: Input) -> None:
        self.x, self.seen = x, x.rows if x.batch else None
        self._before: tuple[int, tuple[str, ...], NDArray[Any]] | None = None
        self._columns: tuple[Any, list[dict[str, Any]]] = (None, [])

    def row(self, i: int, edits: Edits) -> Input:
        """One row with its edits."""
        return edited(self.x.row(i) if self.x.batch else self.x, edits)

    def saw(self, q: Question, i: int, edits: Edits) -> None:
        """Learn from a posed question: the background, and the outputs of an unedited row."""
        if self.seen is None and length(q.reference) > 1:
            self.seen = q.reference
        if not edits:
            self._before = (i, q.names, q.scores) if q.scores.ndim == 1 else None

    def message(self, i: int, target: Any, one: bool = True) -> dict[str, Any]:
        """What the front end shows: the editors, and the target's name and output before any edit.

        Args:
            i: the row.
            target: the target, as the control has it.
            one: whether the answer is about a row; without one there is nothing to edit.
        """
        if not one:
            return {"columns": [], "before": None}
        key = (i, self.seen is None)
        if self._columns[0] != key:
            self._columns = (key, editors(self.x, self.row(i, {}), self.seen))
        return {"columns": self._columns[1], "before": self._output(i, target)}

    def _output(self, i: int, target: Any) -> dict[str, Any] | None:
        if self._before is None or self._before[0] != i:
            return None
        _, names, scores = self._before
        index = target if isinstance(target, int) else int(np.argmax(scores))
        return {"label": names[index], "score": float(scores[index])}


def editable(x: Input) -> bool:
    """Whether single columns of the input can be changed."""
    return x.kind == "table" and not isinstance(x.rows, tuple)


def editors(x: Input, row: Input, data: Rows | None) -> list[dict[str, Any]]:
    """What the front end needs to edit each column: its range or its categories, and only counts of its values.

    Args:
        x: the whole input (one row or a dataset).
        row: the explained row, unedited.
        data: rows that show how each column is distributed, or None.
    """
    if not editable(x):
        return []
    seen = x.rows if data is None else data
    return [_editor(column_of(seen, i, x.names[i]), _cell(row.rows, i)) for i in range(min(EDITORS, len(x.names)))]


def read_edits(edits: Any, x: Input, data: Rows | None) -> Edits:
    """The checked edits: a number for a numeric column, a category that occurs (or the present value) for another.

    Raises:
        ValueError, TypeError: unknown columns, values of the wrong kind, or an input without columns.
    """
    if not isinstance(edits, Mapping):
        raise TypeError(f"what if: edits must be a dict of column and value; got {type(edits).__name__}")
    if edits and not editable(x):
        raise refuse("what if", "needs a table: only its columns can be edited", Phrase(f"{x.kind} input"))
    return {str(name): _checked(str(name), value, x, data) for name, value in edits.items()}


def edited(row: Input, edits: Edits) -> Input:
    """The row with some of its columns changed; the user's own row stays as it is."""
    if not edits:
        return row
    rows = row.rows.copy()
    for name, value in edits.items():
        i = row.names.index(name)
        if is_frame(rows):
            rows = rows.assign(**{rows.columns[i]: _like(rows.iloc[:, i], value)})
        else:
            rows = rows.astype(np.result_type(rows, np.float64)) if _fraction(rows, value) else rows
            rows[:, i] = value
    return replace(row, rows=rows)


def _like(column: Any, value: Any) -> Any:
    """A column of one row that holds `value` and keeps its type where the type can hold it."""
    import pandas as pd

    whole = getattr(column.dtype, "kind", "O") in "iu" and float(value) != int(value)
    return pd.Series([value], index=column.index, dtype=float if whole else column.dtype)


def _fraction(rows: NDArray[Any], value: Any) -> bool:
    return rows.dtype.kind in "iub" and float(value) != int(value)


def _checked(name: str, value: Any, x: Input, data: Rows | None) -> Any:
    if name not in x.names:
        raise refuse("what if", f"edits must name columns ({listed(x.names, 8)})", name)
    column = column_of(x.rows if data is None else data, x.names.index(name), name)
    if not column.numeric:
        return _level(name, value, column, x)
    number = _finite(value)
    if number is None:
        raise refuse("what if", f"{name!r} must be a finite number", value)
    return number


def _level(name: str, value: Any, column: Column, x: Input) -> Any:
    """The category itself, found by its text: a front end sends texts."""
    own = [_cell(x.rows, x.names.index(name), i) for i in range(min(length(x.rows), 1))]
    known = {text_of(v): v for v in [*own, *column.levels]}
    text = text_of(value)
    if text not in known and (text := text.removesuffix(" 00:00:00")) not in known:
        raise refuse("what if", f"{name!r} must be one of {listed(known, 8)}", value)
    return known[text]


def _editor(column: Column, value: Any) -> dict[str, Any]:
    common = {"name": column.name, "value": _plain(value)}
    if not column.numeric:
        levels = [text_of(v) for v in column.common()[:LEVELS]]
        return common | {"kind": "choice", "choices": [*levels, *({text_of(value)} - set(levels))], "bars": []}
    numbers = column.numbers[np.isfinite(column.numbers)]
    if len(numbers) > BINS:
        numbers = np.clip(numbers, *np.quantile(numbers, ENDS, method="nearest"))  # extremes are single rows
    own = _finite(value)
    every = numbers if own is None else np.append(numbers, own)
    every = every if len(every) else np.zeros(1)
    low, high = float(every.min()), float(every.max())
    whole = bool(np.all(every == np.round(every)))
    return common | {"kind": "number", "low": low, "high": high, "whole": whole, "bars": _bars(numbers, low, high)}


def _bars(numbers: NDArray[np.float64], low: float, high: float) -> list[int]:
    """Heights of a histogram in percent of its highest bar; nothing where there is no distribution to show."""
    if len(numbers) < BINS or high <= low:
        return []
    counts = np.histogram(numbers, BINS, (low, high))[0]
    return [round(100 * float(c) / float(counts.max())) for c in counts]


def _finite(value: Any) -> float | None:
    """A finite number, or None for everything else."""
    number = float(value) if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) else np.nan  # type: ignore[arg-type]
    return number if np.isfinite(number) else None


def _plain(value: Any) -> Any:
    """A number or text as JSON takes it; None for a missing number."""
    missing = isinstance(value, float) and not np.isfinite(value)
    return None if missing else text_of(value) if _finite(value) is None else _finite(value)


def _cell(rows: Rows, i: int, row: int = 0) -> Any:
    return rows.iloc[row, i] if is_frame(rows) else np.asarray(rows)[row].ravel()[i]


def code(x: Input, row: str, edits: Edits) -> tuple[str, str]:
    """(lines that make the edited row, its name) for a copy of the call; `row` is the code of the unedited one."""
    if not edits:
        return "", row
    if is_frame(x.rows):
        return f"row = {row}.assign(**{edits!r})\n", "row"
    places = [x.names.index(name) for name in edits]
    return f"row = {row}.astype(float)\nrow[..., {places}] = {list(edits.values())}\n", "row"
