"""Attention weighted by its gradient."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..inside.attending import asked, heads_of, view
from ..inside.token_places import placed
from ..method import Stream, method
from ..params import Choice, Free
from ..question import Question

Array = NDArray[np.float64]


@method(
    "Attention × gradient",
    needs=("attention", "gradient"),
    cites=("Chefer et al. 2021 arXiv:2103.15679",),
    exact=True,
    baseline=False,
)
def attention_gradients(
    q: Question,
    *,
    variant: Annotated[str, Choice("relevance", "product")] = "relevance",
    token: Annotated[Any, Free("'mean', 'first', 'last', a position or a token's name", text=True)] = None,
    grid: Annotated[Any, Free("rows and columns of a picture's patches, such as '4x6'", text=True)] = None,
) -> Stream:
    """Which tokens the output needs, from attention weighted by the target's gradient to it.

    "relevance" (Chefer et al.) keeps what raises the target (the positive part of gradient × attention, averaged over
    heads) and carries it through the layers; the one that a token starts with is left out. "product" is the plain
    gradient × attention, signed, in output units, summed over layers and heads: to first order, what the output would
    lose without that attention. One forward and one backward pass; unlike rollout it depends on the target.

    Settings:
        variant: Chefer's relevance, or the plain product.
        token: the token whose relevance is shown; by default the class token, the last token of a causal model, or
            the mean over all. The product sums over all tokens by default.
        grid: how the patches of a picture are laid out, where the picture does not tell.
    """
    found = heads_of(q, grid=grid, gradients=True, through=variant == "relevance")
    assert found.gradients is not None  # noqa: S101 (asked for)
    if variant == "product":
        flow = (found.gradients.astype(float) * found.weights).sum((0, 1))
        whole = token is None or token in ("", "mean")
        values = flow.sum(0) if whole else view(flow, asked(q, token, found))
        q.note("Summed over the tokens that look." if whole else "Of one token that looks.")
        yield placed(q, found.tokens, values)
        return
    last = asked(q, token, found)
    flow = relevance(found.weights, found.gradients) - np.eye(found.weights.shape[-1])
    yield placed(q, found.tokens, view(flow, last))


def relevance(weights: Array, gradients: Array) -> Array:
    """Chefer's R (tokens, tokens): R ← R + Ā R for each layer, from the identity, Ā the heads' mean of (∇A ⊙ A)⁺."""
    out = np.eye(weights.shape[-1])
    for a, g in zip(weights, gradients, strict=True):
        out = out + np.maximum(g.astype(float) * a, 0).mean(0) @ out
    return out
