"""What stand-ins for a model share: more and more rows with the model's outputs, and how well they are met elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import check_table, wanted
from .errors import Phrase, refuse
from .outcomes import Outcomes
from .question import Question
from .rows import Rows, length, take

Array = NDArray[np.float64]
ROWS = 10_000  # rows that the model is asked about; of more, a random choice
FIRST = 200  # rows of the first answer
FEWEST = 30
DRAWN = 9  # columns that are drawn where the user names none


def growing(q: Question) -> Iterator[tuple[Rows, Array]]:
    """Rows in random order with the model's outputs, each time twice as many.

    Raises:
        ValueError: for several inputs, or too few rows to make a stand-in and to test it.
    """
    check_table(q)
    data, n = q.data, length(q.data)
    if n < FEWEST:
        rule = f"x must have at least {FEWEST} rows to make a stand-in and to test it"
        raise refuse(q.who, rule, Phrase(f"{n} row{'s' * (n != 1)}"))
    order = q.rng("rows").permutation(n)[:ROWS]
    if n > ROWS:
        q.note(f"{ROWS} of {n} rows, chosen at random.")
    found: list[Array] = []
    for size in q.rounds(1, len(order), FIRST, growth=1):
        done = sum(map(len, found))
        found.append(q.outputs(take(data, order[done : done + size])))
        yield take(data, order[: done + size]), np.concatenate(found)


def fidelity(true: Array, said: Array) -> tuple[float, float]:
    """R² on other rows and its standard error."""
    return Outcomes(true[:, None], None).agreement(true[:, None], said[:, None])


def drawn_columns(q: Question, features: Any, sizes: Array) -> list[int]:
    """The columns that the user names, else those with the largest effects, largest first; said in a note."""
    chosen = wanted(q, features)
    if chosen is not None:
        return chosen
    order = [int(j) for j in np.argsort(-sizes, kind="stable")]
    if len(order) > DRAWN:
        q.note(f"Columns chosen for you: the {DRAWN} of {len(order)} with the largest effects. Set features=.")
    return order[:DRAWN]


def plus_minus(value: float, error: float) -> str:
    """`0.874 ± 0.012`; a share near 1 keeps the digits that tell it from 1."""
    digits = 3 if value < 0.995 else 5
    return f"{value:.{digits}f} ± {error:.{digits}f}"
