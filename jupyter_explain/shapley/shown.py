"""The first walks of a run, for those who want to watch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, OrderSteps
from .game import Game
from .orders import Walks

Array = NDArray[np.float64]
DRAWS = 32  # each with a way there and a way back


class Shown:
    """Keeps the first draws of a run, and hands them to its answers."""

    def __init__(self, game: Game) -> None:
        self._game, self._left = game, DRAWS
        self._parts: list[tuple[NDArray[np.intp], Array, Array]] = []
        self._steps: OrderSteps | None = None

    def add(self, walks: Walks) -> None:
        """Keep the first of some draws."""
        n = min(self._left, len(walks.ranks))
        if n:
            self._left -= n
            self._parts.append((walks.ranks[:n], walks.there[:n], walks.back[:n]))
            self._steps = None

    def on(self, answer: Attribution) -> Attribution:
        """The answer with the walks so far."""
        if not self._parts:
            return answer
        self._steps = self._steps or self._found()
        return replace(answer, steps=self._steps)

    def _found(self) -> OrderSteps:
        ranks, there, back = (np.concatenate(many) for many in zip(*self._parts, strict=True))
        both = np.stack([ranks, ranks.shape[1] - 1 - ranks], axis=1).reshape(-1, ranks.shape[1])
        outputs = np.stack([there, back], axis=1).reshape(len(both), -1)
        gains = np.take_along_axis(np.diff(outputs, axis=1), both, axis=1)
        names = tuple(self._game.q.masker.players[i] for i in self._game.active)
        return OrderSteps(names=names, ranks=both, gains=gains, starts=outputs[:, 0], output=self._game.q.output)
