"""The answers. Each is complete, immutable, carries its own error, and can draw itself: one file per type."""

from .attribution import Attribution, Layout, Values, flatten, parts
from .base import ErrorKind, Explanation, arrays_of
from .curves import Curves
from .scores import Scores

__all__ = [
    "Attribution",
    "Curves",
    "ErrorKind",
    "Explanation",
    "Layout",
    "Scores",
    "Values",
    "arrays_of",
    "flatten",
    "parts",
]
