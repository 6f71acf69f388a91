"""Attention in words."""

from __future__ import annotations

import numpy as np

from ..explanation import Attention
from ..tables.attention import pairs
from .lines import sentence, title
from .numbers import number, several
from .plain import _closing, summary
from .text import joined, shorten

TOP = 8  # lines of the table
NAMED = 2  # tokens in the sentence


@sentence.register(Attention)
def _sentence(e: Attention) -> str:
    """How many layers and heads there are, and who is looked at most."""
    got = e.received
    best = np.argsort(-got, kind="stable")[: min(NAMED, len(got))]
    words = joined([f"{shorten(e.tokens[i])} ({number(float(got[i]), 2)})" for i in best])
    layers, heads = e.matrices.shape[:2]
    head = f"{several(layers, 'layer')} of {several(heads, 'head')} over {several(len(e.tokens), 'token')}"
    return f"{head}; on average, {words} receive{'s' * (len(best) == 1)} most attention."


@summary.register(Attention)
def _summary(e: Attention) -> str:
    """Title, sentence, and the strongest weights of the last layer."""
    found = pairs(e.mean[-1], TOP)
    names = [(shorten(e.tokens[i], 24), shorten(e.tokens[j], 24), number(w, 2)) for i, j, w in found]
    wide = [max((len(n[k]) for n in names), default=0) for k in range(2)]
    lines = [f"  {a.ljust(wide[0])} → {b.ljust(wide[1])}  {w}" for a, b, w in names]
    where = f"Strongest in {e.layers[-1]}, averaged over its heads:"
    return "\n".join([title(e), sentence(e), "", where, *lines, "", *_closing(e)])
