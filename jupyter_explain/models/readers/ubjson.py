"""Universal Binary JSON (ubjson.org, draft 12), as XGBoost writes it: arrays of numbers come as arrays, at once."""

from __future__ import annotations

from struct import unpack_from
from typing import Any

import numpy as np

NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
SIZES = {mark: np.dtype(kind).itemsize for mark, kind in NUMBERS.items()}
FORMATS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q", "d": ">f", "D": ">d"}
CONSTANTS = {"Z": None, "T": True, "F": False}


def loads(data: bytes) -> Any:
    """What the bytes say; typed arrays of numbers as NumPy arrays.

    Raises:
        ValueError: for a mark that is not known.
    """
    reader = _Reader(data)
    return reader.value(reader.mark())


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def mark(self) -> str:
        self._at += 1
        return chr(self._data[self._at - 1])

    def value(self, mark: str) -> Any:
        if mark in FORMATS:
            return self._number(mark)
        if mark in CONSTANTS:
            return CONSTANTS[mark]
        if mark in "SC":
            return self._text(1 if mark == "C" else self._length())
        if mark == "[":
            return self._array()
        if mark == "{":
            return self._object()
        raise ValueError(f"ubjson: the mark at byte {self._at} must be one of the format's; got {mark!r}")

    def _number(self, mark: str) -> Any:
        (number,) = unpack_from(FORMATS[mark], self._data, self._at)
        self._at += SIZES[mark]
        return number

    def _length(self) -> int:
        return int(self._number(self.mark()))

    def _text(self, length: int) -> str:
        self._at += length
        return self._data[self._at - length : self._at].decode()

    def _typed(self) -> tuple[str, int]:
        """Type that all members have ("": each its own), and how many there are (-1: until the end mark)."""
        kind, count = "", -1
        if self._next("$"):
            kind = self.mark()
        if self._next("#"):
            count = self._length()
        return kind, count

    def _next(self, mark: str) -> bool:
        found = self._data[self._at] == ord(mark)
        self._at += found
        return found

    def _array(self) -> Any:
        kind, count = self._typed()
        if kind in NUMBERS:
            out = np.frombuffer(self._data, NUMBERS[kind], count, self._at)
            self._at += out.nbytes
            return out
        found: list[Any] = []
        while len(found) != count and not (count < 0 and self._next("]")):
            found.append(self.value(kind or self.mark()))
        return found

    def _object(self) -> dict[str, Any]:
        kind, count = self._typed()
        found: dict[str, Any] = {}
        while len(found) != count and not (count < 0 and self._next("}")):
            name = self._text(self._length())
            found[name] = self.value(kind or self.mark())
        return found
