"""Attention as methods use it: layers of one shape in a stack, and the token that is asked about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, listed, refuse
from ..question import Question
from .token_places import Tokens, tokens_of

if TYPE_CHECKING:
    from ..models.attention import Attended

Array = NDArray[Any]


@dataclass(frozen=True)
class Heads:
    """Layers of attention among the same tokens.

    Attributes:
        layers: their names, in the order in which they run.
        weights: (layers, heads, tokens, tokens).
        gradients: the target's gradient to the weights, or None.
        tokens: what the tokens are.
        causal: whether no token looks at a later one.
    """

    layers: tuple[str, ...]
    weights: Array
    gradients: Array | None
    tokens: Tokens
    causal: bool


def heads_of(q: Question, at: Any = None, grid: Any = None, gradients: bool = False, through: bool = False) -> Heads:
    """All attention of the input among its tokens.

    Args:
        q: the question.
        at: a layer (name or module) to look into; None or "": the whole model.
        grid: see `token_places.tokens_of`.
        gradients: whether the target's gradients to the weights are asked for.
        through: whether layers are to be multiplied, so that none may be missing.

    Raises:
        ValueError: an unknown layer, one without attention, a model in which none is seen, or only in windows.
    """
    inside = "" if at is None or at == "" else q.layer(at)
    found, layers = q.attention(inside, gradients)
    if not found:
        raise _none(q, inside, layers)
    whole = [a for a in found if a.windows == 1 and a.weights.shape[1] == a.weights.shape[2]]
    if not whole:
        shapes = sorted({_size(a) for a in found})
        raise refuse(q.who, "needs attention among all tokens of the input", Phrase(f"{listed(shapes, 3)} only"))
    shape = Counter(a.weights.shape for a in whole).most_common(1)[0][0]
    kept = [a for a in whole if a.weights.shape == shape]
    others = [a for a in found if all(a is not k for k in kept)]
    among = [a for a in others if a.weights.shape[1] == a.weights.shape[2]]
    if through and among:
        rule = "needs layers that all attend among the same tokens, with as many heads"
        raise refuse(q.who, rule, Phrase(f"also {_named(among)}"))
    _say_left(q, others)
    slopes = [a.gradients for a in kept if a.gradients is not None]
    weights = np.stack([a.weights for a in kept])
    causal = shape[1] > 1 and not weights[..., 0, 1:].any() and not np.triu(weights, 1).any()
    names = _numbered([a.layer or "attention" for a in kept])
    return Heads(names, weights, np.stack(slopes) if slopes else None, tokens_of(q, shape[1], grid), bool(causal))


def _none(q: Question, inside: str, layers: list[str]) -> ValueError:
    from ..models.attention import scripted

    hidden = scripted(q.model.net.plain)  # type: ignore[union-attr]
    if layers:
        rule = f"at must name a layer with attention inside ({listed(_numbered(layers), 4)})"
        return refuse(q.who, rule, inside)
    if hidden:
        rule = "sees no attention inside torch.jit; pass the module before scripting or tracing"
        return refuse(q.who, rule, Phrase(f"a scripted module ({hidden[0]})"))
    rule = "needs a model with attention (weights from a softmax, multiplied with values)"
    return refuse(q.who, rule, Phrase(f"{q.model.title}, in which none was seen"))


def _named(some: list[Attended]) -> str:
    """A few layers with their sizes."""
    return listed([f"{a.layer or 'attention'} ({_size(a)})" for a in some], 3)


def _say_left(q: Question, others: list[Attended]) -> None:
    """What was seen and is not shown; what could not be seen."""
    from ..models.attention import scripted

    if others:
        q.note(f"Left out, because not among the same tokens with as many heads: {_named(others)}.")
    hidden = scripted(q.model.net.plain)  # type: ignore[union-attr]
    if hidden:
        q.note(f"What attends inside a scripted module is not seen: {listed(hidden, 3)}.")


def _size(a: Attended) -> str:
    """`4 heads of 16 × 17`, `8 windows of 2 heads of 16 × 16`."""
    heads, rows, columns = a.weights.shape
    windows = f"{a.windows} windows of " if a.windows > 1 else ""
    return f"{windows}{heads // a.windows} heads of {rows} × {columns}"


def _numbered(names: list[str]) -> tuple[str, ...]:
    """Names, with a number where a layer attends more than once."""
    seen: Counter[str] = Counter()
    total, out = Counter(names), []
    for name in names:
        seen[name] += 1
        out.append(f"{name} #{seen[name]}" if total[name] > 1 else name)
    return tuple(out)


def asked(q: Question, token: Any, heads: Heads) -> int | None:
    """The token whose view is taken, or None for the mean over all; a choice is named in a note.

    Args:
        q: the question.
        token: None or "" (the last token of a causal model, the class token if there is one, else all), "first",
            "last", "mean", a position or a token's name.
        heads: what attends.

    Raises:
        ValueError: a token that does not exist.
    """
    names = heads.tokens.names
    if token is None or token == "":
        chosen = len(names) - 1 if heads.causal else heads.tokens.first
        words = "the mean over all tokens" if chosen is None else f"token {chosen} ({names[chosen]})"
        q.note(f"Seen from {words}; token= takes another view.")
        return chosen
    if isinstance(token, str):
        if token in ("mean", "first", "last"):
            return {"mean": None, "first": 0, "last": len(names) - 1}[token]
        if token in names:
            return names.index(token)
        token = int(token) if token.strip().lstrip("-").isdigit() else token
    if not is_whole(token, 0, len(names) - 1):
        rule = f"token must be 'mean', 'first', 'last', a position from 0 to {len(names) - 1} or a token's name"
        raise refuse(q.who, rule, token)
    return int(token)


def view(matrix: Array, token: int | None) -> Array:
    """What one token's row says of all tokens, or the mean of all rows (tokens,)."""
    return matrix.mean(0) if token is None else matrix[token]
