"""Players and absence: a masker turns coalitions into rows, hiding the absent players behind reference rows."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..inputs import Input
from ..rows import Rows


class Masker(Protocol):
    """Coalitions to rows.

    Attributes:
        players: names of the players.
        spread: what each player's share is given to, see `share`.
    """

    players: tuple[str, ...]

    def __call__(self, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Rows:
        """Rows (m, …) for masks (m, players); True is present; `refs` (m,) picks each row's reference."""

    def share(self, phi: NDArray[np.float64]) -> Any:
        """Values per player (players,) spread over the input's own shape (1, …): equal parts to a player's elements."""

    def changed(self) -> NDArray[np.bool_]:
        """(references, players): whether hiding the player changes anything for that reference."""


def masker_for(x: Input, reference: Rows, groups: Any = None, segments: int = 64) -> Masker:
    """The masker that fits the input: tables by column, everything else by a map of players."""
    if x.kind == "table":
        from .table import TableMasker

        return TableMasker(x, reference, groups)
    if x.kind == "text":
        from .text import TextMasker

        return TextMasker(x, reference, groups)
    from .image import MapMasker

    return MapMasker(x, reference, groups, segments)
