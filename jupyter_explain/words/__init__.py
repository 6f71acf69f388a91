"""Answers in words: the text of an answer, and the lines, names and numbers that the pictures share with it."""

from . import attention, datasets, graph, maps  # registers the words of Curves and Scores
from . import distributions as distributions
from . import matrix as matrix
from . import surface as surface
from . import tree as tree
from . import rules as rules
from . import examples as examples
from . import cloud as cloud
from .lines import CAUTION, CLEAR, ZERO, ends, facts, named, others, sentence, target, title
from .numbers import Signed, grouped, number, several, shown, tidy
from .plain import summary
from .text import clean, joined, padded, shorten, width, wrapped

__all__ = [
    "CAUTION",
    "CLEAR",
    "ZERO",
    "Signed",
    "attention",
    "clean",
    "datasets",
    "ends",
    "facts",
    "graph",
    "grouped",
    "joined",
    "maps",
    "named",
    "number",
    "others",
    "padded",
    "sentence",
    "several",
    "shorten",
    "shown",
    "summary",
    "target",
    "tidy",
    "title",
    "width",
    "wrapped",
]
