"""What a model predicts, as numbers that can be averaged, and how well a stand-in agrees with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..question import Question
from ..rows import Rows, copied, length, take
from ..rules.decisions import by_class, classes_of

Array = NDArray[np.float64]
Z95 = 1.96


def predictions(q: Question, rows: Rows) -> NDArray[Any]:
    """What the model predicts for rows: classes (whole numbers), or the target's output."""
    if by_class(q):
        return classes_of(q, length(rows), lambda part: copied(take(rows, part)))
    return q.outputs(rows)


@dataclass(frozen=True)
class Outcomes:
    """Predictions of several rows.

    Attributes:
        coded: one column for each class that occurs, with a one in the predicted class's; or the number itself.
        classes: numbers of these classes, or None.
    """

    coded: Array
    classes: NDArray[np.intp] | None

    @staticmethod
    def of(found: NDArray[Any]) -> Outcomes:
        """From what `predictions` gives."""
        if found.dtype.kind == "f":
            return Outcomes(found[:, None], None)
        classes, codes = np.unique(found, return_inverse=True)
        return Outcomes(np.eye(len(classes))[codes], classes.astype(np.intp))

    def words(self, q: Question, value: Array) -> str:
        """A mean of coded rows as a prediction: the most frequent class, or the number."""
        return f"{value[0]:.4g}" if self.classes is None else q.names[int(self.classes[int(value.argmax())])]

    def agreement(self, true: Array, said: Array) -> tuple[float, float]:
        """Share of equal classes, or R², of coded rows and a stand-in's means for them; with its standard error.

        The share's error is that with two more hits and two more misses (Agresti and Coull 1998), so never 0. That of
        R² is from the rows' own contributions to it (the delta method).
        """
        n = len(true)
        if self.classes is not None:
            same = true.argmax(1) == said.argmax(1)
            near = (same.sum() + 2) / (n + 4)
            return float(same.mean()), float(np.sqrt(near * (1 - near) / (n + 4)))
        wrong, all_ = ((true - said) ** 2).sum(1), ((true - true.mean(0)) ** 2).sum(1)
        if not all_.any():
            return float(not wrong.any()), 0.0
        ratio = wrong.mean() / all_.mean()
        return float(1 - ratio), float((wrong - ratio * all_).std(ddof=1) / all_.mean() / np.sqrt(n))
