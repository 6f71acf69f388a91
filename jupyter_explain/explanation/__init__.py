"""The answers. Each is complete, immutable, carries its own error, and can draw itself: one file per type."""

from .attention import Attention
from .attribution import Attribution, Layout, Values, flatten, parts
from .base import ErrorKind, Explanation, arrays_of
from .cloud import Cloud
from .cohorts import Cohorts
from .curves import Curves, Verdict
from .distributions import Distributions
from .examples import Examples
from .graph import Graph, Node
from .local_fit import LocalFit
from .maps import Maps
from .matrix import Matrix
from .pieces import Pieces
from .rules import Condition, Other, Rule, Rules, Toggle
from .scores import Scores
from .steps import OrderSteps, PathSteps
from .surface import Surface
from .tree import Categories, Tree

__all__ = [
    "Attention",
    "Attribution",
    "Categories",
    "Cloud",
    "Cohorts",
    "Condition",
    "Curves",
    "Distributions",
    "ErrorKind",
    "Examples",
    "Explanation",
    "Graph",
    "Layout",
    "LocalFit",
    "Maps",
    "Matrix",
    "Node",
    "OrderSteps",
    "Other",
    "PathSteps",
    "Pieces",
    "Rule",
    "Rules",
    "Scores",
    "Surface",
    "Toggle",
    "Tree",
    "Values",
    "Verdict",
    "arrays_of",
    "flatten",
    "parts",
]
