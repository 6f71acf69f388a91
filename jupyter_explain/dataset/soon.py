"""Answers from some of the rows, where the first from all of them would keep somebody waiting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..question import Question

SOON = 2**17  # evaluations for which somebody waits
SHARE = 10  # a tenth of all evaluations may be spent on answers from some of the rows
FIRST, LEAST = 4, 64  # parts of the first answer; rows of a part
GROWTH = 4  # of the rows of an answer over those of the last


def waits(q: Question, cost: int) -> bool:
    """Whether the first answer costs so much that an earlier one would be looked at."""
    return cost > SOON and q.evals + cost > q.unseen


def parts(q: Question, rows: int, players: int, most: int) -> list[NDArray[np.intp]]:
    """Parts of the rows, drawn at random, in each of which every player is shuffled: at most `most` evaluations."""
    size = max(LEAST, SOON // (4 * FIRST * players))
    count = min(rows // size, max(FIRST, most // (size * players)))
    order = q.rng("some rows").permutation(rows)
    return [np.sort(order[k * size : (k + 1) * size]) for k in range(count)] if count >= FIRST else []


def sizes(q: Question, rows: int, players: int, most: int) -> Iterator[int]:
    """How many of the rows to take, ever more, for two shuffles of every player: at most `most` evaluations."""
    size = max(FIRST * LEAST, SOON // (8 * players))
    end = min(rows, most // (2 * players) + 1)
    while size < end:
        following = GROWTH * size
        q.upcoming = 2 * players * (following if following < end else rows)
        yield size
        size = following


def spans(count: int) -> Iterator[tuple[int, int]]:
    """Which of the parts come before each answer: each time as many again as there were."""
    first, last = 0, FIRST
    while last <= count:
        yield first, last
        first, last = last, 2 * last
