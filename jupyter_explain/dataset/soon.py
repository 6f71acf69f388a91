"""Answers from some of the rows, where the first from all of them would keep somebody waiting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..question import Question

SOON, LONG = 2**17, 4.0  # evaluations, and seconds, for which somebody waits
PATIENCE = 1.0  # seconds of the first answer of a slow model
SHARE = 10  # a tenth of all evaluations may be spent on answers from some of the rows
FIRST, LEAST = 4, 16  # parts of the first answer; rows of a part
THEN = 4  # shuffles of all rows of the first answer after those: fewer would state a larger error than theirs
GROWTH = 4  # of the rows of an answer over those of the last


def early(q: Question, cost: int, seconds: float) -> int:
    """Evaluations for a first answer from some of the rows; 0 where nobody waits for the one from all.

    Args:
        cost, seconds: of the first answer from all rows.
    """
    if (cost <= SOON and seconds <= LONG) or q.evals + cost <= q.unseen:
        return 0
    few = SOON // 4 if seconds <= LONG else min(SOON // 4, max(1, int(cost * PATIENCE / seconds)))
    return 1 << few.bit_length() - 1  # the same for the same model, though its time varies


def parts(q: Question, rows: int, players: int, few: int, most: int) -> list[NDArray[np.intp]]:
    """Parts of the rows, drawn at random, in each of which every player is shuffled: at most `most` evaluations."""
    size = max(LEAST, few // (FIRST * players))
    count = min(rows // size, max(FIRST, most // (size * players)))
    order = q.rng("some rows").permutation(rows)
    return [np.sort(order[k * size : (k + 1) * size]) for k in range(count)] if count >= FIRST else []


def sizes(q: Question, rows: int, players: int, few: int, repeats: int) -> Iterator[int]:
    """How many of the rows to take, ever more, for two shuffles of every player, before so many shuffles of all."""
    size = max(FIRST * LEAST, few // (2 * players))
    end = min(rows, repeats * rows // (2 * SHARE) + 1)
    while size < end:
        following = GROWTH * size
        q.upcoming = players * (2 * following if following < end else min(THEN, repeats) * rows)
        yield size
        size = following


def spans(count: int) -> Iterator[tuple[int, int]]:
    """Which of the parts come before each answer: each time as many again as there were."""
    first, last = 0, FIRST
    while last <= count:
        yield first, last
        first, last = last, 2 * last
