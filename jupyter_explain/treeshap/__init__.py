"""Exact Shapley values of tree ensembles: paths, decisions, and three ways to sum over leaves.

`attributions` picks the way by its cost: quadrature level by level for few rows, tables for many, pairs of rows for
backgrounds and leaves that no table can hold. All are exact.
"""

from .plan import attributions

__all__ = ["attributions"]
