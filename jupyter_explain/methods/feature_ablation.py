"""How much the output drops when one part of the input is hidden."""

from __future__ import annotations

import numpy as np

from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..rows import length


@method(
    "Feature ablation",
    axioms=("dummy", "linearity"),
    cites=("Zeiler and Fergus 2014 arXiv:1311.2901", "Covert et al. 2021 arXiv:2011.14878"),
    exact=True,
)
def feature_ablation(q: Question) -> Stream:
    """Output minus the output with one player (a column, a patch, a group) hidden behind the baseline, for each.

    One evaluation for each player and baseline row. Simple and exact for what it says; but parts that can stand in
    for each other all look unimportant, as each is hidden alone, and the values promise no sum. A player of several
    numbers shares its drop equally among them.
    """
    players, rows = q.players, length(q.reference)
    order, done = q.rng("feature_ablation").permutation(players), 0
    # Until a player is hidden itself, it counts as much as any other would if drops added up.
    drops = np.full(players, (q.output - float(q.base_outputs.mean())) / players)
    for n in q.rounds(rows, players):
        which = order[done : done + n]
        masks = np.ones((n, players), bool)
        masks[np.arange(n), which] = False
        drops[which] = q.output - q.value(masks)
        done += n
        values, whole = q.masker.share(drops), done == players
        error = 0.0 if whole else float(np.abs(drops).max() * 2)
        yield Attribution(values=values, output=q.output, error=error, error_kind="exact" if whole else "unknown")
