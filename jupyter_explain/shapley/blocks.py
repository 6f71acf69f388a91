"""Which features belong together: the user's blocks, or columns of the background that are correlated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import column_of
from ..maskers.table import read_groups
from ..question import Question
from ..rows import length

Blocks = list[NDArray[np.intp]]
ROWS = 2000  # rows from which correlations are estimated
COLUMNS = 500
FEWEST = 20  # background rows without which a correlation means nothing


def blocks_of(q: Question, threshold: float) -> Blocks:
    """A partition of the players, told in a note where it was chosen."""
    if q.blocks is not None:
        return read_groups(q.blocks, q.input)[0]
    table = q.input.kind == "table" and not isinstance(q.x, tuple)
    if not table or length(q.reference) < FEWEST:
        why = "" if not table else f", and {length(q.reference)} baseline rows do not tell which columns are correlated"
        q.note(f"No groups= given{why}: every player is alone, so these are Shapley values.")
        return [np.array([i]) for i in range(q.players)]
    found = correlated(q.reference, q.input.names, threshold)
    many = [[q.input.names[i] for i in block] for block in found if len(block) > 1]
    words = "; ".join(", ".join(names[:4]) + (", …" if len(names) > 4 else "") for names in many[:4])
    q.note(f"Blocks chosen for you (rank correlation of at least {threshold:g}): {words or 'none, no two columns'}.")
    return found


def correlated(rows: Any, names: tuple[str, ...], threshold: float) -> Blocks:
    """Columns joined from the most alike on, as long as any two of a block have a rank correlation of `threshold`.

    Columns that hold no numbers stay alone (complete linkage on the absolute Spearman correlation).
    """
    alike = np.abs(_spearman(rows, names))
    np.fill_diagonal(alike, -1.0)
    blocks: list[list[int]] = [[i] for i in range(len(names))]
    while len(blocks) > 1:
        a, b = divmod(int(alike.argmax()), len(alike))
        if alike[a, b] < threshold:
            break
        a, b = min(a, b), max(a, b)
        blocks[a] += blocks.pop(b)
        joined = np.minimum(alike[a], alike[b])
        alike[a], alike[:, a] = joined, joined
        alike[a, a] = -1.0
        alike = np.delete(np.delete(alike, b, 0), b, 1)
    return [np.array(sorted(block), np.intp) for block in blocks]


def _spearman(rows: Any, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Rank correlations; 0 where a column is constant, holds no numbers, or is beyond the first COLUMNS."""
    out = np.zeros((len(names), len(names)))
    some = rows[:ROWS] if not hasattr(rows, "iloc") else rows.iloc[:ROWS]
    columns = [column_of(some, i, name) for i, name in enumerate(names[:COLUMNS])]
    usable = [c.index for c in columns if c.numeric and c.known.all() and np.ptp(c.numbers) > 0]
    if len(usable) > 1:
        ranks = np.array([_ranks(columns[i].numbers) for i in usable])
        out[np.ix_(usable, usable)] = np.corrcoef(ranks)
    return out


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks, equal values sharing theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[where]
