"""What the tokens of a transformer are in the explained input: patches, steps, columns, words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, refuse
from ..explanation import Attribution, Layout
from ..question import Question
from ..rows import is_frame
from .cam import over_input
from .places import MOST_PREFIX, Places, convolutions, grid_of, plane

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tokens:
    """The tokens of a transformer.

    Attributes:
        names: one per token.
        prefix: tokens before those of the input (class token, registers).
        grid: rows and columns of a picture's patches, or None.
        first: number of the class token, or None.
        place: values of the input's own tokens -> values in the input's shape (1, …); None where they have no place.
        place_words: how that was done, for a note.
    """

    names: tuple[str, ...]
    prefix: int = 0
    grid: tuple[int, ...] | None = None
    first: int | None = None
    place: Callable[[Array], Array] | None = None
    place_words: str = ""


def tokens_of(q: Question, count: int, grid: Any = None) -> Tokens:
    """What `count` tokens are.

    Args:
        q: the question.
        count: how many there are.
        grid: rows and columns of a picture's patches ((4, 6) or "4x6"), where the picture does not tell.

    Raises:
        ValueError: a grid that does not fit the tokens, or for an input that is no picture.
    """
    if grid is not None and grid != "" and q.input.kind != "image":
        raise refuse(q.who, "grid is for pictures whose patches are tokens", Phrase(f"a grid for {q.input.kind} input"))
    if q.input.kind == "image":
        found = _patches(q, count, grid)
    else:
        found = {"series": _steps, "table": _columns, "text": _words}[q.input.kind](q, count)
    return found or Tokens(tuple(f"token {i}" for i in range(count)))


def placed(q: Question, tokens: Tokens, values: Array, **more: Any) -> Attribution:
    """One value per token as an answer about the input; by position where the tokens have no place in it."""
    facts: dict[str, Any] = {"output": q.output, "error": 0.0, "error_kind": "exact"} | more
    if tokens.place is None and q.input.kind == "image":
        rule = f"grid= must say how the {len(values)} tokens lie on the picture (rows and columns, such as '4x6')"
        raise refuse(q.who, rule, Phrase(f"a picture of {' × '.join(map(str, plane(q)))} that does not tell"))
    if tokens.place is None:
        q.note(f"The {len(values)} tokens have no known place in the input: values by position.")
        own = values[None] if q.input.leading else values
        return Attribution(values=own, layout=Layout("table", tokens.names), **facts)
    if tokens.prefix:
        before = values[: tokens.prefix].sum()
        words = "token before those of the input (class token)" if tokens.prefix == 1 else "tokens before the input's"
        q.note(f"{tokens.prefix} {words}, with a value of {before:.3g} in all, not drawn.")
    if tokens.place_words:
        q.note(tokens.place_words)
    return Attribution(values=tokens.place(values[tokens.prefix :]), **facts)


def _names(prefix: int, names: list[str]) -> tuple[str, ...]:
    """Prefix tokens have no names of their own: the first is the class token by custom."""
    before = ["class token", *(f"extra token {i}" for i in range(1, prefix))][:prefix]
    return (*before, *names)


# pictures


def _patches(q: Question, count: int, grid: Any) -> Tokens | None:
    if grid is not None and grid != "":
        rows, columns = _grid(q, grid, count)
        prefix = count - rows * columns
    else:
        from ..models.layers import Call

        found = grid_of(q, Call("attention", object, (count, 1)))
        if found is None or not _sure(q, found):
            return None
        (rows, columns), prefix = found.grid, found.prefix
    names = _names(prefix, [f"patch {r},{c}" for r in range(rows) for c in range(columns)])
    words = f"Patches of a grid of {rows} × {columns}; every pixel has the value of its patch."
    return Tokens(
        names,
        prefix,
        (rows, columns),
        0 if prefix else None,
        lambda v: over_input(q, spread_out(v.reshape(rows, columns), plane(q))),
        words,
    )


def _sure(q: Question, found: Places) -> bool:
    """Whether a convolution cuts such a grid, or it has the picture's very proportions with at most a class token."""
    if found.grid in [c.shape[1:] for c in convolutions(q)]:
        return True
    height, width = plane(q)
    return found.prefix <= 1 and found.grid[0] * width == found.grid[1] * height


def _grid(q: Question, grid: Any, count: int) -> tuple[int, int]:
    sides = re.findall(r"\d+", grid) if isinstance(grid, str) else grid
    whole = [int(s) for s in sides] if isinstance(grid, str) else sides
    fits = isinstance(whole, (list, tuple)) and len(whole) == 2 and all(is_whole(s, 1, count) for s in whole)
    if not fits or not 0 <= count - whole[0] * whole[1] <= MOST_PREFIX:
        rule = f"grid must be rows and columns of the patches, such as '4x6', that make up the {count} tokens"
        raise refuse(q.who, rule, grid)
    return int(whole[0]), int(whole[1])


def spread_out(a: Array, size: tuple[int, ...]) -> Array:
    """A map at another size: every place takes the value of the patch that covers it."""
    for axis, n in enumerate(size):
        a = np.take(a, np.arange(n) * a.shape[axis] // n, axis)
    return a


# series and tables


def _steps(q: Question, count: int) -> Tokens | None:
    """The steps of a series, or stretches of them; rows of features where the first axis counts tokens."""
    last = q.input.layout == "TC"
    channels, steps = q.input.to_user(q.x).shape[-2:][:: -1 if last else 1]
    for prefix in (0, 1):
        inner = count - prefix
        if inner == steps:
            names = [f"step {i}" for i in range(steps)]
            return _along(q, prefix, names, lambda v: v)
        if inner == channels and not last:
            names = [f"position {i}" for i in range(channels)]
            q.note("The tokens are the rows of the input; their columns share each value equally.")
            return Tokens(
                _names(prefix, names), prefix, None, 0 if prefix else None, lambda v: _shared(v, (channels, steps))
            )
    for prefix in (0, 1):
        inner = count - prefix
        if inner > 0 and steps % inner == 0:
            long = steps // inner
            names = [f"steps {i * long}–{(i + 1) * long - 1}" for i in range(inner)]
            q.note(f"Tokens are taken for stretches of {long} steps.")
            return _along(q, prefix, names, partial(np.repeat, repeats=long))
    return None


def _along(q: Question, prefix: int, names: list[str], widen: Callable[[Array], Array]) -> Tokens:
    first = 0 if prefix else None
    return Tokens(_names(prefix, names), prefix, None, first, lambda v: over_input(q, widen(v)))


def _shared(values: Array, shape: tuple[int, ...]) -> Array:
    """(1, tokens, features): every feature of a token has the same share."""
    return np.repeat(values[:, None] / shape[1], shape[1], 1)[None]


def _words(q: Question, count: int) -> Tokens | None:
    """The tokens of a text; special ones are tokens too, but no part of the text."""
    told: Any = q.input.reader
    if len(told.of) != count:
        return None
    alone = [p >= 0 and (told.of == p).sum() == 1 for p in told.of]
    names = [q.input.names[p] if a else str(t) for p, a, t in zip(told.of, alone, told.tokens, strict=True)]
    added = told.of < 0

    def place(values: Array) -> Array:
        if added.any():
            q.note(f"Special tokens, with a value of {values[added].sum():.3g} in all, are not drawn.")
        return np.asarray(q.fold(values[None, :, None]))

    return Tokens(tuple(names), first=0 if told.fixed[0] else None, place=place)


def _columns(q: Question, count: int) -> Tokens | None:
    """The columns of a table."""
    if isinstance(q.x, tuple):
        return None
    names = list(q.input.names)
    shape = (1, len(names)) if is_frame(q.x) else q.x.shape
    if len(names) != int(np.prod(shape[1:])) or count - len(names) not in (0, 1):
        return None
    prefix = count - len(names)
    return Tokens(_names(prefix, names), prefix, None, 0 if prefix else None, lambda v: v.reshape(shape))
