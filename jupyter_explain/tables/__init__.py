"""Answers as rows of a table: cases, ranked items, pandas frames."""

from . import attention, datasets, graph, maps  # registers the tables of Curves and Scores
from . import distributions as distributions
from . import matrix as matrix
from . import surface as surface
from . import tree as tree
from . import rules as rules
from . import examples as examples
from . import cloud as cloud
from .cases import cases, count_of
from .frames import frame
from .ranking import Item, Ranking, items, ranking, strongest

__all__ = ["Item", "Ranking", "attention", "cases", "count_of", "datasets", "frame", "graph", "items", "maps", "ranking", "strongest"]
