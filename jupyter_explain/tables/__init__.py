"""Answers as rows of a table: cases, ranked items, pandas frames."""

from .cases import cases, count_of
from .frames import frame
from .ranking import Item, Ranking, items, ranking, strongest

__all__ = ["Item", "Ranking", "cases", "count_of", "frame", "items", "ranking", "strongest"]
