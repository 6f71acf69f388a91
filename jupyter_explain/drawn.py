"""What of an answer travels to the front end: one function per answer type, each in small JSON and few arrays.

An answer type registers how it is sent, in a file of `messages/`; its layout has a kind and names its arrays:

    @drawn.register(Curves)
    def _curves(e): return {"kind": "curves", …, "arrays": ["y.0", …]}, [array, …]
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from numpy.typing import NDArray

from .explanation import Explanation

Array = NDArray[Any]
TYPES: dict[type[Explanation], str] = {}  # the name of each type on the wire


def cut(name: str, most: int) -> str:
    """A name of at most so many characters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


@singledispatch
def drawn(e: Explanation) -> tuple[dict[str, Any], list[Array]]:
    """(layout with the names of the arrays under "arrays", arrays)."""
    raise TypeError(f"Explorer: cannot show {type(e).__name__} answers yet")
