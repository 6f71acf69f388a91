"""Attention rollout."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..inside.attending import asked, heads_of, view
from ..inside.token_places import placed
from ..method import Stream, method
from ..params import Between, Choice, Free
from ..question import Question

Array = NDArray[np.float64]
FUSIONS: dict[str, Callable[..., Any]] = {"mean": partial(np.mean, dtype=float), "max": np.max, "min": np.min}


@method(
    "Attention rollout",
    needs=("attention",),
    cites=("Abnar and Zuidema 2020 arXiv:2005.00928",),
    exact=True,
    baseline=False,
)
def attention_rollout(
    q: Question,
    *,
    fusion: Annotated[str, Choice(*FUSIONS)] = "mean",
    residual: Annotated[float, Between(0.0, 1.0)] = 0.5,
    discard: Annotated[float, Between(0.0, 0.99)] = 0.0,
    token: Annotated[Any, Free("'mean', 'first', 'last', a position or a token's name", text=True)] = None,
    grid: Annotated[Any, Free("rows and columns of a picture's patches, such as '4x6'", text=True)] = None,
) -> Stream:
    """How much of each input token reaches a token at the end, if every layer only mixed tokens by its attention.

    Each layer's heads become one matrix, which is mixed with what the residual connection carries past it, and the
    matrices are multiplied from the last layer to the first. One forward pass. Use it for a picture of where
    information can flow from; it does not depend on the target, and knows nothing of values, signs or other layers.

    Settings:
        fusion: how the heads of a layer become one.
        residual: part of every token that a layer passes on unmixed.
        discard: part of each layer's weights, the smallest ones, that counts as zero.
        token: the token at the end whose mixture is shown; by default the class token, the last token of a causal
            model, or the mean over all.
        grid: how the patches of a picture are laid out, where the picture does not tell.
    """
    found = heads_of(q, grid=grid, through=True)
    last = asked(q, token, found)
    start = view(np.eye(found.weights.shape[-1]), last)[None]
    values = rollout(found.weights, fusion, residual, discard, start)[0]
    name = "mean token" if last is None else found.tokens.names[last]
    name = f"the {name}" if name in ("mean token", "class token") else f"token {last} ({name})"
    yield placed(q, found.tokens, values, target=name, unit="share", output=float(values.sum()))


def rollout(
    weights: Array, fusion: str = "mean", residual: float = 0.5, discard: float = 0.0, start: Array | None = None
) -> Array:
    """Rows of the product (tokens, tokens) of all layers (layers, heads, tokens, tokens); every row sums to 1.

    With `start`, mixtures of tokens at the end (rows, tokens), only what these are made of: (rows, tokens).
    """
    import torch  # whose product does not wake the threads of numpy's, which keep the processor from everybody else

    out = torch.from_numpy(np.eye(weights.shape[-1]) if start is None else start)
    for heads in weights[::-1]:
        fused = np.asarray(FUSIONS[fusion](heads, axis=0), float)
        mixed = out @ torch.from_numpy(_shares(_without_smallest(fused, discard)))
        out = residual * out + (1 - residual) * mixed
    return np.asarray(out.numpy())


def _without_smallest(a: Array, part: float) -> Array:
    """The smallest part of all weights set to zero (of equal ones, the first)."""
    if not part:
        return a
    a = a.copy()
    a.ravel()[np.argsort(a, axis=None, kind="stable")[: int(part * a.size)]] = 0
    return a


def _shares(a: Array) -> Array:
    """Rows that sum to 1; a token that takes nothing from any keeps itself."""
    total = a.sum(1, keepdims=True)
    out = np.divide(a, total, out=np.zeros_like(a), where=total > 0)
    empty = np.flatnonzero(total == 0)
    out[empty, empty] = 1
    return out
