"""One voice for refusals: who, what would be right, what was given."""

from __future__ import annotations

from numbers import Integral
from typing import Any


def shown(value: object, limit: int = 80) -> str:
    """`repr(value)`, short enough for one line of an error message."""
    if isinstance(value, str):
        text = repr(value)
    else:
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape):
            return f"{type(value).__name__} of shape {tuple(shape)}"
        text = repr(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def refuse(who: str, rule: str, given: object) -> ValueError:
    """The error of a wrong value: `who: rule; got given` (`given` as is when it is already a phrase)."""
    return ValueError(f"{who}: {rule}; got {given if isinstance(given, Phrase) else shown(given)}")


class Phrase(str):
    """Words that describe what was given, shown without quotes."""

    __slots__ = ()


def listed(names: object, limit: int = 12) -> str:
    """`a, b, c…`, for the list of choices in an error message."""
    names = [str(n) for n in names]  # type: ignore[attr-defined]
    more = f", … ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def is_whole(value: Any, low: float, high: float) -> bool:
    """Whether `value` is a whole number (of Python's or numpy's, not a bool) from `low` to `high`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and low <= int(value) <= high
