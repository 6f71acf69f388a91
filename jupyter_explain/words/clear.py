"""When a number differs clearly from zero."""

from __future__ import annotations

from statistics import NormalDist

CLEAR = 1.96  # standard errors


def clear_of(count: int) -> float:
    """Standard errors beyond which a number differs from zero, though it is the largest of so many.

    1.96 of one, more of more, so that in 5 % of answers without any difference one is named (Bonferroni).
    """
    return CLEAR if count <= 1 else NormalDist().inv_cdf(1 - 0.025 / count)
