"""Exact Shapley values of tree ensembles: paths, decisions, and four ways to sum over leaves.

`sums` goes through the trees in blocks and picks the way by its cost: quadrature level by level for few rows, tables
for many; against backgrounds where tables would cost more or hold too much, pairs of patterns, or for very few rows
meetings with each background row. All are exact. Of very many trees it also tells, on the way, what those done so far
say about all of them. `curved` does the same on the probability, with weighted backgrounds.
"""

from .curved import curved, logistic
from .sums import Sum, attributions, sums

__all__ = ["Sum", "attributions", "curved", "logistic", "sums"]
