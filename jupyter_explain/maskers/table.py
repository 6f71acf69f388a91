"""Tables, column by column: frames, strings and categories survive, and one raw column is one player."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, listed, refuse
from ..inputs import Input
from ..rows import Rows, frame_of, is_frame
from .bits import mixed

Flags = NDArray[np.bool_]


class TableMasker:
    """Hides columns (or groups of columns) of a row behind reference rows."""

    def __init__(self, x: Input, reference: Rows, groups: Any = None) -> None:
        self._x, self._reference = x.rows, reference
        self._pools: dict[Any, Any] = {}
        self.groups, self.players = read_groups(groups, x)
        self._whole = all(len(g) == 1 for g in self.groups)
        self._of = np.empty(len(x.names), np.intp)
        for player, columns in enumerate(self.groups):
            self._of[columns] = player

    def __call__(self, masks: Flags, refs: NDArray[np.intp]) -> Rows:
        """Rows for coalitions."""
        columns = masks if self._whole else masks[:, self._of]
        if is_frame(self._x):
            return self._frame(columns, refs)
        if isinstance(self._x, tuple):
            return self._tuple(columns, refs)
        flat = columns.reshape(len(columns), *self._x.shape[1:])
        return mixed(flat, self._x, self._reference, refs)

    def _frame(self, columns: Flags, refs: NDArray[np.intp]) -> Rows:
        if not self._pools:
            self._pools = {c: _pool(self._reference[c], self._x[c]) for c in self._x.columns}
        last = len(self._reference)
        chosen = zip(self._pools.items(), columns.T, strict=True)
        return frame_of({name: pool.take(np.where(c, last, refs)) for (name, pool), c in chosen})

    def _tuple(self, columns: Flags, refs: NDArray[np.intp]) -> Rows:
        cuts = np.cumsum([a[0].size for a in self._x])[:-1]
        masks = np.split(columns, cuts, axis=1)
        return tuple(
            mixed(m.reshape(len(m), *a.shape[1:]), a, b, refs)
            for m, a, b in zip(masks, self._x, self._reference, strict=True)
        )

    def share(self, phi: NDArray[np.float64]) -> Any:
        """A group's value in equal parts to its columns, so that sums stay what they are."""
        size = np.array([len(g) for g in self.groups])
        flat = (phi / size)[self._of]
        if isinstance(self._x, tuple):
            cuts = np.cumsum([a[0].size for a in self._x])[:-1]
            return tuple(v.reshape(1, *a.shape[1:]) for v, a in zip(np.split(flat, cuts), self._x, strict=True))
        return flat.reshape(1, *self._x.shape[1:])

    def changed(self) -> Flags:
        """Where the row differs from a reference (missing equals missing)."""
        if is_frame(self._x):
            cells = np.stack([_differs(self._x[c].array, self._reference[c].array) for c in self._x.columns], axis=1)
        else:
            parts = self._x if isinstance(self._x, tuple) else (self._x,)
            others = self._reference if isinstance(self._x, tuple) else (self._reference,)
            flat = [(a.reshape(1, -1), b.reshape(len(b), -1)) for a, b in zip(parts, others, strict=True)]
            cells = np.concatenate([(b != a) & ~(_missing(a) & _missing(b)) for a, b in flat], axis=1)
        return np.stack([cells[:, g].any(axis=1) for g in self.groups], axis=1)


def _pool(many: Any, one: Any) -> Any:
    """All values that a column can take, the row's own last, in one type that holds them all."""
    import pandas as pd

    types = many.dtype, one.dtype
    if types[0] == types[1]:
        return pd.concat([many, one]).array
    if all(isinstance(t, pd.CategoricalDtype) for t in types):
        return pd.api.types.union_categoricals([many, one], ignore_order=True)
    plain = all(isinstance(t, np.dtype) and t.kind in "fiu" for t in types)
    common = np.result_type(*types) if plain else object
    return pd.concat([many.astype(common), one.astype(common)]).array


def _missing(a: NDArray[Any]) -> Flags:
    return a != a  # noqa: PLR0124  (NaN, in any dtype)


def _differs(value: Any, column: Any) -> Flags:
    import pandas as pd

    gone = pd.isna(column)
    if pd.isna(value[0]):
        return np.asarray(~gone)
    same = np.asarray(pd.Series(column).astype(object) == value[0], dtype=bool)
    return ~(same & ~np.asarray(gone))


def read_groups(groups: Any, x: Input) -> tuple[list[NDArray[np.intp]], tuple[str, ...]]:
    """Columns of each player and the players' names.

    Raises:
        ValueError: ids of the wrong shape, or names that are unknown or used twice.
    """
    d = len(x.names)
    if groups is None:
        return [np.array([j]) for j in range(d)], x.names
    if isinstance(groups, (list, tuple)) and groups and isinstance(groups[0], (list, tuple, str)):
        return _named_groups(groups, x)
    ids = np.asarray(groups)
    try:
        ids = np.broadcast_to(ids, np.shape(x.rows)[1:] if not isinstance(x.rows, tuple) else (d,)).ravel()
    except ValueError:
        ids = np.empty(0)
    if ids.dtype.kind not in "iu" or ids.size != d:
        rule = f"must be {d} whole numbers (equal numbers are one player), or lists of column names"
        raise refuse("groups", rule, groups)
    columns = [np.flatnonzero(ids == k) for k in np.unique(ids)]
    return columns, tuple(" + ".join(x.names[j] for j in c) for c in columns)


def _named_groups(groups: Any, x: Input) -> tuple[list[NDArray[np.intp]], tuple[str, ...]]:
    """Lists of column names; columns in no list stay players of their own."""
    given: list[list[Any]] = [[g] if isinstance(g, (str, Integral)) else list(g) for g in groups]
    last = len(x.names) - 1
    lists = [[x.names[int(n)] if is_whole(n, 0, last) else str(n) for n in g] for g in given]
    flat = [n for g in lists for n in g]
    if not all(lists):
        raise refuse("groups", "every group must name at least one column", groups)
    strange = [n for n in flat if n not in x.names]
    if strange:
        raise refuse("groups", f"must name columns of x ({listed(x.names)})", Phrase(listed(strange, 4)))
    twice = sorted({n for n in flat if flat.count(n) > 1})
    if twice:
        raise refuse("groups", "each column belongs to one group", Phrase(f"{listed(twice, 4)} in several"))
    lists += [[n] for n in x.names if n not in flat]
    return [np.array([x.names.index(n) for n in g]) for g in lists], tuple(" + ".join(g) for g in lists)
