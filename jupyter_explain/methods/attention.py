"""Raw attention."""

from __future__ import annotations

from typing import Annotated, Any

from ..explanation import Attention
from ..inside.attending import heads_of
from ..method import Stream, method
from ..params import Free
from ..question import Question


@method(
    "Attention",
    needs=("attention",),
    cites=(
        "Vaswani et al. 2017 arXiv:1706.03762",
        "Jain and Wallace 2019 arXiv:1902.10186",
        "Wiegreffe and Pinter 2019 arXiv:1908.04626",
    ),
    exact=True,
    baseline=False,
)
def attention(
    q: Question,
    *,
    at: Annotated[Any, Free("a layer's name or the module", text=True)] = None,
    grid: Annotated[Any, Free("rows and columns of a picture's patches, such as '4x6'", text=True)] = None,
) -> Stream:
    """How much each token takes from each other token: the weights of every layer and head, as the model computes them.

    One forward pass; fused attention is written out in a private copy, the model keeps its own. Use it to see what a
    head looks at. It is not an explanation of the output: it does not depend on the target, later layers mix tokens
    that already carry each other, and weights say nothing about the values that they weigh.

    Settings:
        at: a layer to look into; the whole model by default.
        grid: how the patches of a picture are laid out, where the picture does not tell.
    """
    found = heads_of(q, at, grid)
    layers, heads = found.weights.shape[:2]
    blind = int((found.weights.sum(-1) == 0).sum())
    if blind:
        q.note(f"{blind} rows are zero: masked tokens that may look at nothing.")
    yield Attention(
        matrices=found.weights,
        layers=found.layers,
        tokens=found.tokens.names,
        grid=found.tokens.grid,
        prefix=found.tokens.prefix,
        causal=found.causal,
        layout=q.input.describe(),
        target=f"layer {found.layers[0]}" if layers == 1 else f"{layers} layers × {heads} heads",
        error=0.0,
        error_kind="exact",
    )
