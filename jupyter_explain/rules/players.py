"""The players of a text or an image: their names, and where they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, listed, refuse
from ..explanation import Pieces
from ..maskers.image import as_picture, limits
from ..question import Question
from ..rows import length
from ..texts import BoundWords


def has_pieces(q: Question) -> bool:
    """Whether the input is a text or an image, so that what changes are its players."""
    return q.input.kind != "table"


def pieces_of(q: Question) -> Pieces:
    """Players with names of their own and their places."""
    masker: Any = q.masker
    if q.input.kind == "text":
        words = isinstance(q.input.reader, BoundWords) or getattr(q.input.reader, "words", False)
        unit = "word" if words else "token"
        return Pieces(unit, _numbered(masker.players), masker.map, q.input.describe())
    alone = length(q.reference) == 1
    absent = _picture(q, q.reference) if alone else None
    return Pieces("segment", masker.players, _flat(q, masker.map), q.input.describe(), _picture(q, q.x), absent)


def _numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    """A name that occurs again gets a number."""
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(out)


def _flat(q: Question, players: NDArray[np.intp]) -> NDArray[np.intp]:
    """Players (height, width) from a map in the shape of a row; of its first channel."""
    given = q.input
    user = np.asarray(given.to_user(players[None])[0])
    axis = {"CHW": 0, "HWC": -1}.get(given.layout)
    return user if axis is None else user.take(0, axis)


def _picture(q: Question, rows: Any) -> NDArray[np.float64]:
    """Height × width × (1 or 3), from 0 to 1."""
    a, (low, high) = as_picture(replace(q.input, rows=rows)), limits(q.input)
    return np.clip((a[..., :3] if a.shape[-1] >= 3 else a[..., :1]) - low, 0, None) / ((high - low) or 1)


def read_players(given: Any, names: tuple[str, ...], who: str, setting: str) -> list[int]:
    """Players that the user names, by name or number.

    Raises:
        ValueError: for what is no player.
    """
    some = [g.strip() for g in given.split(",") if g.strip()] if isinstance(given, str) else given
    if isinstance(some, dict) or not hasattr(some, "__iter__"):
        raise refuse(who, f"{setting} must be a list of {listed(names, 4)} or their numbers", given)
    out = []
    for one in some:
        if isinstance(one, str) and one in names:
            out.append(names.index(one))
        elif is_whole(one, 0, len(names) - 1):
            out.append(int(one))
        else:
            rule = f"{setting} must name players ({listed(names, 6)}) or their numbers from 0 to {len(names) - 1}"
            raise refuse(who, rule, one if isinstance(one, (str, int)) else Phrase(type(one).__name__))
    return sorted(set(out))
