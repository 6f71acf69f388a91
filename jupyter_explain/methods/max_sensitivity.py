"""How much an explanation changes when the input changes a little."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Scores, flatten
from ..method import Stream, method
from ..params import Between, Free
from ..quality.judging import Judged, finished
from ..quality.nearby import Nearby, box
from ..question import Question
from ..rows import take
from ..shapley.game import small_sample

Array = NDArray[np.float64]
FIRST, MORE = 2, 6  # draws of the first answer, and of each later one
FEW = 8  # so many may all leave a step-like explanation as it is, and would then seem to have no error
Z95 = 1.96


@method(
    "Max-sensitivity",
    needs=("predict", "numbers"),
    cites=("Yeh et al. 2019 arXiv:1901.09392",),
    usual=20_000,
)
def max_sensitivity(
    q: Question,
    *,
    of: Annotated[Any, Free("an explanation, or the name of an attribution method", text=True)] = "auto",
    radius: Annotated[float, Between(0.001, 1.0, log=True)] = 0.05,
    draws: Annotated[int, Between(2, 1000, log=True)] = 50,
) -> Stream:
    """How much an explanation changes, as a share of its size, when the input changes so little that it should not.

    Inputs are drawn evenly from a box around the explained one, and explained with the same method, settings and seed;
    a change is the Euclidean distance of the values over their norm. Large changes with an unchanged output say that
    the explanation is fragile; where the output itself changes, an explanation ought to change. The largest change
    found is the paper's measure, and no more than a lower bound of the largest there is: the mean beside it has a
    standard error.

    Settings:
        of: the explanation that is judged, or a method whose explanation is made first; "auto" takes the usual one.
        radius: half the side of the box, as a share of each column's standard deviation, or of a picture's range.
        draws: inputs that are explained.
    """
    judged, nearby = Judged(q, of), Nearby(q, radius)
    again = _Again(q, judged)
    rng, found, outputs = q.rng("max_sensitivity"), np.empty(0), np.empty(0)
    for n in q.rounds(again.cost, draws, first=FIRST, least=MORE):
        rows, _ = nearby.draw(rng, n, box)
        more = np.array([again.change(take(rows, slice(i, i + 1))) for i in range(n)])
        found, outputs = np.append(found, more[:, 0]), np.append(outputs, more[:, 1])
        q.upcoming = q.upcoming // again.cost * again.most
        yield _answer(q, found, outputs, radius)


class _Again:
    """The judged explanation, made again for other inputs."""

    def __init__(self, q: Question, judged: Judged) -> None:
        self._q, self._judged = q, judged
        self._budget = min(max(1, judged.answer.evals), judged.usual_cost(judged.answer.method))
        before = q.evals
        self._values, self._output = self._made(q.x)
        self.cost = self.most = max(q.evals - before, self._budget)
        self._size = float(np.linalg.norm(self._values))
        if not self._size:
            q.note("All values are 0: changes are not divided by their size.")
        elif not np.allclose(self._values, judged.values, rtol=0, atol=1e-5 * self._size):
            q.note(
                f"Compared with the same explanation made again (at most {self._budget} evaluations, this baseline): "
                "it is not the given one to the last digit."
            )

    def change(self, row: Any) -> tuple[float, float]:
        """(relative change of the explanation, change of the output) for another input (1, …)."""
        before = self._q.evals
        values, output = self._made(row)
        self.most = max(self.most, self._q.evals - before)
        return float(np.linalg.norm(values - self._values)) / (self._size or 1.0), output - self._output

    def _made(self, row: Any) -> tuple[Array, float]:
        answer = finished(self._q, self._judged.again(self._q.model, row), self._budget)
        return flatten(answer.values).astype(float), float(answer.output)


def _answer(q: Question, found: Array, outputs: Array, radius: float) -> Scores:
    n = len(found)
    stderr = float(found.std(ddof=1) / np.sqrt(n) * small_sample(n - 1)) if n > 1 else 0.0
    errors = np.array([0.0, stderr])
    values = np.array([found.max(), found.mean()])
    return Scores(
        names=("largest found", "mean"),
        values=values,
        low=values - Z95 * errors,
        high=values + Z95 * errors,
        stderr=errors,
        measure="change of the explanation, as a share of its size",
        draws=n,
        notes=(f"The output itself changed by at most {np.abs(outputs).max():.2g} (it is {q.output:.3g}).",),
        error=stderr if n >= FEW else float(found.max()),
        error_kind="stderr" if n >= FEW else "unknown",
    )
