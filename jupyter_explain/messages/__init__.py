"""What of each answer type travels to the front end: one file per type."""

from . import attention, curves, graph, maps, scores  # registers them
from . import distributions as distributions
from . import matrix as matrix
from . import surface as surface
from . import tree as tree
from . import rules as rules
from . import examples as examples
from . import cloud as cloud

__all__ = ["attention", "curves", "graph", "maps", "scores"]
