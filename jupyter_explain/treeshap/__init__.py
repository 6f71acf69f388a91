"""Exact Shapley values of tree ensembles: paths, decisions, and three ways to sum over leaves.

`sums` goes through the trees in blocks and picks the way by its cost: quadrature level by level for few rows, tables
for many, pairs of patterns for backgrounds where tables would cost more or hold too much. All are exact. Of very many
trees it also tells, on the way, what those done so far say about all of them.
"""

from .sums import Sum, attributions, sums

__all__ = ["Sum", "attributions", "sums"]
