"""Boxes of a picture hidden behind the baseline: by whole passes, or by what a box changes in each layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..pace import Pace
from ..question import Question
from ..rows import length, row_bytes

if TYPE_CHECKING:
    from ..models.replay import Replay

Array = NDArray[np.float64]
Box = tuple[slice, ...]
WORTH = 0.7  # of the work of whole passes, what layer by layer may take
FEWEST = 24  # boxes and baseline rows from which it is worth a look
CHECKED = 4  # boxes that are asked in both ways
CLOSE = 64  # roundings of the scores by which the two may differ
NOTE = (
    "Only what a window changes in each layer was computed, which agreed with whole passes on {} windows. "
    "One evaluation is one window."
)


class Hiding:
    """Outputs with boxes hidden, averaged over the baseline rows.

    Args:
        q: the question; about a picture or series.
        boxes: most of what will be asked for, of one size.
        masks: which positions of each box are hidden; all of them by default.
        also: further boxes, of another size, numbered after the others.
    """

    def __init__(
        self,
        q: Question,
        boxes: Sequence[Box],
        masks: Sequence[NDArray[np.bool_]] | None = None,
        also: Sequence[Box] = (),
    ) -> None:
        self._q, self._masks, self._most = q, masks, len(boxes)
        self._boxes = [*boxes, *also]
        self._n = length(q.reference)
        self._replay = self._checked() if self._may_follow() else None

    @property
    def follows(self) -> bool:
        """Whether only what a box changes is computed."""
        return self._replay is not None

    def outputs(self, which: Sequence[int] | NDArray[np.intp]) -> Array:
        """Outputs (m,) with each of the chosen boxes (of one size) hidden."""
        asked = np.repeat(np.asarray(which, np.intp), self._n), np.tile(np.arange(self._n), len(which))
        if self._replay is None:
            found = self._q.outputs_of(len(asked[0]), lambda part: self._rows(asked[0][part], asked[1][part]))
        else:
            follow, larger = self._replay.outputs, self._size(which[0]) / self._size(0)
            pace = Pace(row_bytes(self._q.x), max(1, int(self._replay.batch / larger)))
            found = self._q.outputs_by(
                len(asked[0]), lambda part: follow(*self._patches(asked[0][part], asked[1][part])), pace
            )
        return found.reshape(-1, self._n).mean(1)

    def _size(self, box: int) -> int:
        """Positions of a box."""
        return int(np.prod([s.stop - s.start for s in self._boxes[box]]))

    def _rows(self, boxes: NDArray[np.intp], refs: NDArray[np.intp]) -> Any:
        """Whole inputs (m, …), each with a box from a reference row."""
        x, reference, given = self._q.x, self._q.reference, self._q.input
        rows = np.repeat(x, len(boxes), axis=0).astype(np.result_type(x, reference), copy=False)
        user, behind = given.to_user(rows), given.to_user(reference)
        for row, box, ref in zip(user, boxes, refs, strict=True):
            place = _place(self._boxes[box], given.layout)
            if self._masks is None:
                row[place] = behind[ref][place]
            else:
                mask = self._masks[box][..., None] if given.layout == "HWC" else self._masks[box]
                row[place] = np.where(mask, behind[ref][place], row[place])
        return rows if np.shares_memory(rows, user) else given.to_model(user)

    def _patches(self, boxes: NDArray[np.intp], refs: NDArray[np.intp]) -> tuple[Any, Any, Any]:
        """Where boxes begin (m,), (m,), and what is in them (m, C, height, width)."""
        x, reference, data = self._q.x[0], self._q.reference, []
        for box, ref in zip(boxes, refs, strict=True):
            place = (slice(None), *self._boxes[box])
            hidden = reference[ref][place]
            data.append(hidden if self._masks is None else np.where(self._masks[box], hidden, x[place]))
        top, left = (np.array([self._boxes[b][axis].start for b in boxes], np.intp) for axis in (0, 1))
        return top, left, np.stack(data)

    def _may_follow(self) -> bool:
        """Whether the network may be one whose layers can be followed (see `models.replay`)."""
        net, x = self._q.model.net, self._q.x
        if net is None or net.draws or net.folded_at is None or len(self._boxes) * self._n < FEWEST or np.ndim(x) != 4:
            return False
        height, width = x.shape[2:]
        inside = all(b[0].stop <= height and b[1].stop <= width for b in self._boxes)
        return inside and self._q.input.layout in ("CHW", "HWC", "HW") and str(net.dtype) in PRECISE

    def _checked(self) -> Replay | None:
        """The network's layers for the input, where following them gives what whole passes give."""
        from ..models.replay import Replay

        q = self._q
        some = np.unique(np.linspace(0, self._most - 1, CHECKED).astype(np.intp))
        try:
            replay = Replay(q.model.net, q.x)  # type: ignore[arg-type]
            if replay.why:
                q.note(f"Every window took a whole pass: {replay.why}.")
                return None
            quick = replay.outputs(*self._patches(some, np.zeros_like(some)))
        except FAILURES:
            q.note("Every window took a whole pass: the network's layers cannot be followed one by one.")
            return None
        if replay.share > WORTH:
            return None
        rows = lambda part: self._rows(some[part], np.zeros_like(some[part]))  # noqa: E731
        scores = q.responses(len(some), rows, q.model.predict, Pace(row_bytes(q.x), 1))
        q.evals += len(some)
        limit = CLOSE * PRECISE[str(q.model.net.dtype)] * float(np.abs(scores).max())  # type: ignore[union-attr]
        if quick.shape != scores.shape or not np.abs(quick - scores).max() <= limit:
            q.note("Every window took a whole pass: computing only what a window changes gave other numbers.")
            return None
        q.note(NOTE.format(len(some)))
        return replay


PRECISE = {"torch.float32": 2.0**-23, "torch.float64": 2.0**-52}
FAILURES = (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, NotImplementedError, MemoryError)


def _place(box: Box, layout: str) -> tuple[Any, ...]:
    """Where a box of a picture's plane, or of a series' channels and steps, is in an input as the user gave it."""
    if layout == "TC":
        return box[::-1]
    return (*box, ...) if layout == "HWC" else (..., *box)


def enclosing(masks: NDArray[np.bool_]) -> tuple[list[Box], list[NDArray[np.bool_]]]:
    """Boxes of one size, each around one mask (m, height, width), and the masks within them."""
    shape = masks.shape[1:]
    spans = [[np.flatnonzero(m.any(1 - axis)) for axis in (0, 1)] for m in masks]
    size = [max(int(s[axis][-1] - s[axis][0]) + 1 for s in spans) for axis in (0, 1)]
    boxes = []
    for span in spans:
        starts = [min(int(s[0]), n - k) for s, n, k in zip(span, shape, size, strict=True)]
        boxes.append(tuple(slice(a, a + k) for a, k in zip(starts, size, strict=True)))
    return boxes, [m[b] for m, b in zip(masks, boxes, strict=True)]
