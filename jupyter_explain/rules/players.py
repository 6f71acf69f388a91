"""The players of a text, an image or a series: their names, and where they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, listed, refuse
from ..explanation.pieces import ALL, Pieces, Span
from ..maskers.image import as_picture, channels_and_steps, limits
from ..question import Question
from ..rows import length
from ..texts import BoundWords

Flags = NDArray[np.bool_]


def has_pieces(q: Question) -> bool:
    """Whether the input is a text, an image or a series, so that what changes are its players."""
    return q.input.kind != "table"


def pieces_of(q: Question) -> Pieces:
    """Players with names of their own and their places."""
    masker: Any = q.masker
    if q.input.kind == "text":
        words = isinstance(q.input.reader, BoundWords) or getattr(q.input.reader, "words", False)
        unit = "word" if words else "token"
        return Pieces(unit, _numbered(masker.players), masker.map, q.input.describe())
    alone, shown = length(q.reference) == 1, _trace if q.input.kind == "series" else _picture
    seen, absent = shown(q, q.x), shown(q, q.reference) if alone else None
    if q.input.kind == "series":
        return _spans(Pieces("span", (), _trace(q, masker.map[None]), q.input.describe(), trace=seen, absent=absent))
    return Pieces("segment", masker.players, _flat(q, masker.map), q.input.describe(), seen, absent=absent)


def _numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    """A name that occurs again gets a number."""
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(out)


def _spans(pieces: Pieces) -> Pieces:
    """The players of a series, named by channel and steps."""
    count = int(pieces.map.max()) + 1
    spans = tuple(_span(pieces.map == p) for p in range(count))
    names = tuple(f"span {p}" if s is None else pieces.time(s) for p, s in enumerate(spans))
    return replace(pieces, names=names, spans=spans)


def _span(there: Flags) -> Span | None:
    """The stretch of one channel, or of all, that a player (channels, steps) is; None if it is neither."""
    channels, steps = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    first, last = int(steps[0]), int(steps[-1])
    if len(channels) not in (1, len(there)) or not there[channels, first : last + 1].all():
        return None
    return (ALL if len(channels) == len(there) else int(channels[0])), first, last


def _trace(q: Question, rows: Any) -> NDArray[Any]:
    """Channels × steps of a series in the model's order."""
    user = np.asarray(q.input.to_user(rows)[0])
    user = user.T if q.input.layout == "TC" else user
    return user.reshape(channels_and_steps(q.input))


def _flat(q: Question, players: NDArray[np.intp]) -> NDArray[np.intp]:
    """Players (height, width) from a map in the shape of a row; of its first channel."""
    given = q.input
    user = np.asarray(given.to_user(players[None])[0])
    axis = {"CHW": 0, "HWC": -1}.get(given.layout)
    return user if axis is None else user.take(0, axis)


def _picture(q: Question, rows: Any) -> NDArray[np.float64]:
    """Height × width × (1 or 3), from 0 to 1."""
    a, (low, high) = as_picture(replace(q.input, rows=rows)), limits(q.input)
    return np.clip(((a[..., :3] if a.shape[-1] >= 3 else a[..., :1]) - low) / ((high - low) or 1), 0, 1)


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
