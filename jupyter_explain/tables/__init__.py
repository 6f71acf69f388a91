"""Answers as rows of a table: cases, ranked items, pandas frames."""

from . import datasets  # registers the tables of Curves and Scores
from .cases import cases, count_of
from .frames import frame
from .ranking import Item, Ranking, items, ranking, strongest

__all__ = ["Item", "Ranking", "cases", "count_of", "datasets", "frame", "items", "ranking", "strongest"]
