"""Answers in words: the text of an answer, and the lines, names and numbers that the pictures share with it."""

from . import datasets  # registers the words of Curves and Scores
from .lines import CAUTION, CLEAR, ZERO, ends, facts, named, others, sentence, target, title
from .numbers import Signed, grouped, number, several, shown, tidy
from .plain import summary
from .text import clean, joined, padded, shorten, width, wrapped

__all__ = [
    "CAUTION",
    "CLEAR",
    "ZERO",
    "Signed",
    "clean",
    "datasets",
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
