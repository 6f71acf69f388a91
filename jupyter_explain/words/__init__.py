"""Answers in words: the text of an answer, and the lines, names and numbers that the pictures share with it.

Every answer type has a file of its own; importing this folder registers all of them.
"""

from importlib import import_module
from pkgutil import iter_modules

from ..numerals import tidy
from .clear import CLEAR
from .lines import CAUTION, ZERO, ends, facts, named, others, sentence, target, title
from .numbers import Signed, grouped, number, several, shown
from .plain import summary
from .text import clean, joined, padded, shorten, width, wrapped

__all__ = [
    "CAUTION",
    "CLEAR",
    "ZERO",
    "Signed",
    "clean",
    "ends",
    "facts",
    "grouped",
    "joined",
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

for _module in sorted(m.name for m in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
