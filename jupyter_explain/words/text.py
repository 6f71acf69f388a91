"""Names and lines of text: what is safe to print, how wide it is, how to shorten and wrap it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def clean(name: object) -> str:
    """One line of text without control characters and without marks that turn the writing direction."""
    line = " ".join(str(name).split())
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def width(text: str) -> int:
    """Columns in a terminal: Chinese, Japanese and Korean characters take two, combining marks none."""
    return sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shorten(text: object, most: int = 32) -> str:
    """At most `most` columns; what is too long loses its middle, since names differ at both ends."""
    line = clean(text)
    if width(line) <= most:
        return line
    head, tail = _fitting(line, most - 1 - (most - 1) // 3), _fitting(line[::-1], (most - 1) // 3)
    return f"{head.rstrip()}…{tail[::-1].lstrip()}"


def _fitting(line: str, most: int) -> str:
    """The longest beginning that fits."""
    used = 0
    for i, char in enumerate(line):
        used += _columns(char)
        if used > most:
            return line[:i]
    return line


def padded(text: str, columns: int, right: bool = False) -> str:
    """Filled up with spaces."""
    space = " " * max(columns - width(text), 0)
    return space + text if right else text + space


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most `columns`; a word that is longer than a line (Chinese has no spaces) is cut."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".lstrip()
        if width(joined) <= columns:
            lines[-1] = joined
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = lines[-1] or word
        while width(lines[-1]) > columns:
            head = _fitting(lines[-1], columns)
            lines[-1:] = [head, lines[-1][len(head) :]]
    return lines


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
