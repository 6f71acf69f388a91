"""Texts: players are tokens (words), and what is fixed (special tokens) never goes away."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..inputs import Input
from ..rows import Rows

Places = NDArray[np.intp]


class TextMasker:
    """Hides the places of absent tokens behind a reference row, whatever a place holds (a piece, an embedding)."""

    def __init__(self, x: Input, reference: Rows, groups: Any = None) -> None:
        self._x, self._reference, told = x.rows, reference, x.bound
        self._of, fixed = told.of, told.fixed
        shown = np.ones(len(x.names), bool)
        shown[self._of[fixed & (self._of >= 0)]] = False
        self.groups = read_groups(groups, shown)
        self.players = tuple(" + ".join(x.names[j] for j in g) for g in self.groups)
        self._player = np.full(len(x.names) + 1, -1)  # of each shown token; the last is for places that belong to none
        for player, tokens in enumerate(self.groups):
            self._player[tokens] = player
        self._place = np.where(fixed, -1, self._player[self._of])  # of each place of a row

    def __call__(self, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Rows:
        """Rows for coalitions."""
        present = masks[:, self._place] | (self._place < 0)
        present = present.reshape(*present.shape, *[1] * (self._x.ndim - 2))
        return np.where(present, self._x, self._reference[refs])

    def share(self, phi: NDArray[np.float64]) -> Any:
        """A group's value in equal parts to its tokens."""
        size = np.array([len(g) for g in self.groups])
        return np.append(phi / size, 0.0)[self._player[:-1]][None]

    @property
    def map(self) -> Places:
        """Player of each shown token; -1: of none."""
        return self._player[:-1]

    def at(self, numbers: NDArray[np.float64]) -> Any:
        """A number per player (players,) at every place of a row (1, …); 0 where a place belongs to none."""
        found = np.append(numbers, 0.0)[self._place]
        return found.reshape(1, -1, *[1] * (self._x.ndim - 2))

    def total(self, values: Any) -> NDArray[np.float64]:
        """Sums (players,) of the values (1, …) at each player's places."""
        each = np.asarray(values, float).reshape(len(self._place), -1).sum(1)
        mine = self._place >= 0
        return np.asarray(np.bincount(self._place[mine], each[mine], len(self.groups)), float)

    def changed(self) -> NDArray[np.bool_]:
        """Where a token differs from a reference's."""
        differs = self._reference != self._x
        places = differs.reshape(*differs.shape[:2], -1).any(2)
        return np.stack([places[:, self._place == p].any(1) for p in range(len(self.groups))], axis=1)


def read_groups(groups: Any, free: NDArray[np.bool_]) -> list[Places]:
    """Tokens of each player.

    Args:
        groups: None, one whole number for each token (equal numbers are one player), or lists of places (tokens in
            no list stay players of their own).
        free: which tokens can be absent at all.

    Raises:
        ValueError: what is neither.
    """
    n = len(free)
    ids = np.arange(n) if groups is None else _ids(groups, n)
    if ids is None:
        rule = f"must be {n} whole numbers, one for each token (equal numbers are one player), or lists of places"
        raise refuse("groups", rule, groups if np.size(groups) <= n else Phrase(f"{np.size(groups)} numbers"))
    found = [np.flatnonzero((ids == k) & free) for k in np.unique(ids)]
    return [g for g in found if g.size]


def _ids(groups: Any, n: int) -> Places | None:
    if isinstance(groups, (list, tuple)) and groups and all(isinstance(g, (list, tuple)) for g in groups):
        return _of_lists(groups, n)
    try:
        ids = np.asarray(groups)
    except ValueError:
        return None
    return ids if ids.shape == (n,) and ids.dtype.kind in "iu" else None


def _of_lists(groups: Any, n: int) -> Places | None:
    """Lists of places as one number for each token."""
    flat = [place for group in groups for place in group]
    good = all(isinstance(p, (int, np.integer)) and 0 <= p < n for p in flat) and len(set(flat)) == len(flat)
    if not good:
        return None
    ids = np.arange(n)
    for group in groups:
        ids[list(group)] = n + min(group, default=0)
    return ids
