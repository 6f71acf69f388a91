"""Integrated gradients, step by step: what each piece of the way from baseline to input collects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, PathSteps, parts
from ..method import Stream, method
from ..quadrature import BIG, FLOOR
from ..question import MEMORY, Question
from ..rows import Rows, each, length, take
from .integrated_gradients import along, numbers, precision, shaped

Array = NDArray[np.float64]
STEPS = 32  # that are kept; more gradients go into the sums of these
FEWEST = 2
BATCH = 16  # places asked about at a time
MANY = 10  # baseline rows whose mean says nothing about one of them
MOST = 2**13  # pieces, after which smaller ones would drown in rounding


@method(
    "Path of integrated gradients",
    needs=("gradient", "pieces"),
    axioms=("completeness", "dummy", "linearity"),
    cites=("Sundararajan et al. 2017 arXiv:1703.01365", "Sturmfels et al. 2020 doi:10.23915/distill.00022"),
)
def ig_path(q: Question) -> Stream:
    """Integrated gradients step by step: what each piece of the straight way from baseline to input collects.

    Gradients are taken at 3, 5, 9, 17, … evenly spaced places, each time also half way between those before, and
    joined by the trapezoidal rule. With several baseline rows it is the mean over them, each with its own way. The
    error is the completeness gap, or what the last doubling changed in any one value where that is more.
    """
    q.claim(3.0 * FEWEST * _bytes(q), "the steps of the way", "shrink the input")
    way = _Way(q)
    while True:
        way.refine()
        q.require_change(way.moved, float(way.outputs[0]))
        answer = way.answer()
        good = answer.error <= FLOOR * precision(q) * max(answer.spread, abs(q.output))
        settled = way.pieces >= MOST or (good and way.whole)
        q.upcoming = 0 if settled else way.pieces * length(q.reference)
        yield answer
        if settled:
            return


def _bytes(q: Question) -> int:
    """Bytes of one step."""
    return numbers(q) * (4 if numbers(q) > BIG else 8)


class _Way:
    """Trapezoids over nested places. While the pieces are few each is a step; later ones are summed into these.

    Attributes:
        pieces: how many there are.
        places, outputs, slopes: (pieces + 1,) places asked about, the output and its slope there.
        shares: (steps, numbers) collected by each step.
    """

    def __init__(self, q: Question) -> None:
        self._q, self.pieces, self.moved = q, 1, False
        self._most = FEWEST
        while self._most < STEPS and 3 * 2 * self._most * _bytes(q) <= MEMORY // 2:
            self._most *= 2
        self.places = np.array([0.0, 1.0])
        rows = self._asked(self.places)
        self._edges: NDArray[Any] | None = rows  # gradients at the steps' ends, while steps are still halved
        self.shares = rows.mean(0, keepdims=True)
        self.outputs, self.slopes = self._lately
        self._change = np.inf

    @property
    def whole(self) -> bool:
        """Whether there are as many steps as there will be."""
        return len(self.shares) >= self._most

    def refine(self) -> None:
        """Halve every piece."""
        before = self._values()
        middles = (self.places[1:] + self.places[:-1]) / 2
        width = middles[0]
        if self._edges is not None and not self.whole:
            self._edges = _woven(self._edges, self._asked(middles))
            self.shares = (self._edges[1:] + self._edges[:-1]) * (width / 2)
        else:
            self._edges = None
            self.shares = self.shares / 2 + self._asked(middles, len(self.shares)) * width
        outputs, slopes = self._lately
        self.places = _woven(self.places, middles)
        self.outputs, self.slopes = _woven(self.outputs, outputs), _woven(self.slopes, slopes)
        self.pieces *= 2
        self._change = float(np.abs(self._values() - before).max())

    def _asked(self, places: Array, steps: int | None = None) -> NDArray[Any]:
        """Gradients times the way at places, mean over the baseline rows: one row each, or their sums by step."""
        q, n = self._q, len(places)
        row = np.arange(n) if steps is None else np.arange(n) * steps // n
        found = np.zeros((row[-1] + 1, numbers(q)), np.float32 if numbers(q) > BIG else np.float64)
        outputs, slopes = np.zeros(n), np.zeros(n)
        share = 1 / length(q.reference)
        for ref in range(length(q.reference)):
            start = take(q.reference, slice(ref, ref + 1))
            for first in range(0, n, BATCH):
                part = slice(first, first + BATCH)
                shares, values = along(q, start, places[part])
                self.moved = self.moved or bool(shares.any())
                outputs[part] += share * values
                slopes[part] += share * shares.sum(1, dtype=np.float64)
                for k, one in zip(row[part], shares, strict=True):
                    found[k] += share * one
        self._lately = outputs, slopes
        return found

    def _values(self) -> Array:
        return np.asarray(self.shares.sum(0, dtype=np.float64))

    def answer(self) -> Attribution:
        """The values so far, and how they came about."""
        values, base, output = self._values(), float(self.outputs[0]), self._q.output
        steps = self._steps()
        facts: dict[str, Any] = {"base": base, "output": output, "complete": True, "steps": steps}
        error = max(abs(output - base - float(values.sum())), self._change)
        return Attribution(
            values=shaped(self._q, values), error=error, error_kind="bound", notes=_notes(steps), **facts
        )

    def _steps(self) -> PathSteps:
        pieces = (self.slopes[1:] + self.slopes[:-1]) / 2 * np.diff(self.places)
        return PathSteps(
            places=self.places,
            outputs=self.outputs,
            sums=np.concatenate([[0.0], np.cumsum(pieces)]),
            ends=np.linspace(0, 1, len(self.shares) + 1),
            shares=np.stack([_given(self._q, shaped(self._q, s)) for s in self.shares]),
            start=_start(self._q),
            ways=length(self._q.reference),
        )


def _woven(outer: NDArray[Any], inner: NDArray[Any]) -> NDArray[Any]:
    """Rows of `outer` with those of `inner` between them."""
    out = np.empty((len(outer) + len(inner), *outer.shape[1:]), outer.dtype)
    out[::2], out[1::2] = outer, inner
    return out


def _start(q: Question) -> NDArray[Any] | None:
    """The mean of the baseline rows as the user gave the input; None for texts, and where few rows show through."""
    if q.input.kind == "text" or 1 < length(q.reference) < MANY:
        return None
    return _given(q, each(_mean, q.reference))


def _mean(rows: Rows) -> Array:
    return np.asarray(rows, float).mean(0, keepdims=True)


def _given(q: Question, values: Any) -> NDArray[Any]:
    """Numbers (1, …) in the user's shape; those of several inputs in one row."""
    back = q.input.restore(values)
    return np.concatenate([np.ravel(b) for b in parts(back)]) if isinstance(back, tuple) else np.asarray(back)


def _notes(steps: PathSteps) -> tuple[str, ...]:
    at, notes = steps.saturation, []
    if at is not None:
        notes.append(f"The output reaches 90 % of its change at t = {at:.2f} of the way.")
    if steps.ways > 1:
        notes.append(f"Everything is the mean over {steps.ways} ways, one from each baseline row.")
    return tuple(notes)
