"""Other inputs that answer the question by being what they are: counterfactuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Explanation
from .pieces import Pieces


@dataclass(frozen=True, kw_only=True, repr=False)
class Examples(Explanation):
    """Rows like the explained one that the model decides otherwise about; none is an answer too.

    Attributes:
        names: the columns.
        original: the explained row's values.
        rows: one tuple of values per example, best first.
        changed: which columns differ (examples, columns).
        moved: by how much, in units of `scale` (examples, columns); 1 for another category.
        distances: sum of the absolute moves of each example (examples,).
        outputs: the target's output for each example (examples,).
        output: the target's output for the explained row.
        decision, decisions: what the model decides about the row, and about each example.
        goal: what was wanted, in words.
        scale: what one unit of distance is, in words.
        tried: how many candidates were examined.
        bound: whether some column could not change as it liked (constraints were given).
        blocked: where none was found: the constraints each of which, left out alone, would have let one through.
        pieces: of a text or image: its players; then a change is a hidden player, and a distance how many are hidden.
        inputs: of a text or image: the changed inputs in the user's form (None for texts that travel as embeddings).
        least: of a text or image: sets with fewer players than this were all tried, and none reaches the goal.
    """

    names: tuple[str, ...]
    original: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]
    changed: NDArray[np.bool_]
    moved: NDArray[np.float64]
    distances: NDArray[np.float64]
    outputs: NDArray[np.float64]
    output: float
    decision: str
    decisions: tuple[str, ...]
    goal: str
    scale: str
    tried: int = 0
    bound: bool = False
    blocked: tuple[str, ...] = ()
    pieces: Pieces | None = None
    inputs: Any = None
    least: int = 0

    @property
    def spread(self) -> float:
        """The smallest distance found."""
        return float(self.distances.min()) if len(self.distances) else 0.0

    def __repr__(self) -> str:
        return str(self)
