"""Taking back what is not needed: from many changes to a set from which no single one can be left out.

Nothing here asks a model: a search says which sets to try, the caller answers with their margins (positive where the
goal is reached).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Steps = Generator[Flags, Array, Flags]


def pruned(changed: Flags) -> Steps:
    """Yields sets to try (m, units), is sent their margins (m,), and returns a smaller set that reaches the goal.

    Each round tries every change without which the goal may still be reached, then leaves out as many of those
    together as it can, the most harmless first. It ends when no single change can be left out.
    """
    changed = changed.copy()
    while changed.sum() > 1:
        where = np.flatnonzero(changed)
        margins = yield without(changed, [[int(i)] for i in where])
        order = where[np.argsort(-margins, kind="stable")][: int((margins > 0).sum())]
        if not len(order):
            break
        if len(order) > 1:
            margins = yield without(changed, [order[: k + 1] for k in range(len(order))])
            order = order[: int(np.flatnonzero(margins > 0).max(initial=0)) + 1]
        changed[order] = False
    return changed


def without(changed: Flags, left_out: Sequence[Sequence[int] | NDArray[np.intp]]) -> Flags:
    """The set, once without each of several others."""
    out = np.repeat(changed[None], len(left_out), axis=0)
    for row, units in zip(out, left_out, strict=True):
        row[np.asarray(units)] = False
    return out


class Pruning:
    """`pruned`, one batch at a time.

    Attributes:
        tries: sets to try next (m, units); none when it has ended.
        left: the smallest set so far.
    """

    def __init__(self, changed: Flags) -> None:
        self.left, self._steps = changed, pruned(changed)
        self.tries = changed[None][:0]
        self._go(None)

    def tell(self, margins: Array) -> None:
        """The margins of what was tried."""
        good = self.tries[margins > 0]
        if len(good):
            self.left = good[good.sum(1).argmin()]
        self._go(margins)

    def _go(self, margins: Array | None) -> None:
        try:
            self.tries = next(self._steps) if margins is None else self._steps.send(margins)
        except StopIteration as end:
            self.left, self.tries = end.value, self.tries[:0]
