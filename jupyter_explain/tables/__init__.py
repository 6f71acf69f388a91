"""Answers as rows of a table: cases, ranked items, pandas frames. Importing this folder registers all types."""

from importlib import import_module
from pkgutil import iter_modules

from .cases import cases, count_of
from .frames import frame
from .ranking import Item, Ranking, items, ranking, strongest

__all__ = ["Item", "Ranking", "cases", "count_of", "frame", "items", "ranking", "strongest"]

for _module in sorted(m.name for m in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
