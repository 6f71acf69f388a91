"""What attends to what inside a model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .attribution import Layout
from .base import Explanation


@dataclass(frozen=True, kw_only=True, repr=False)
class Attention(Explanation):
    """How much each token of an input takes from each other token, layer by layer and head by head.

    Attributes:
        matrices: weights (layers, heads, tokens, tokens) as the model computes them: `matrices[l, h, i, j]` is what
            token i takes from token j. A row sums to 1, or is zero where the token may look at nothing.
        layers: the layers' names, in the order in which they run.
        tokens: one name per token.
        grid: rows and columns of the picture's patches, which are the tokens from number `prefix` on; else None.
        prefix: tokens before those of the input (class token, registers).
        causal: whether no token looks at a later one.
        layout: the explained input.
    """

    matrices: NDArray[np.floating]
    layers: tuple[str, ...]
    tokens: tuple[str, ...]
    grid: tuple[int, ...] | None = None
    prefix: int = 0
    causal: bool = False
    layout: Layout = field(default_factory=lambda: Layout("table"))

    @property
    def spread(self) -> float:
        """The largest weight."""
        return float(self.matrices.max(initial=0))

    @property
    def mean(self) -> NDArray[np.floating]:
        """Weights averaged over the heads (layers, tokens, tokens)."""
        return self.matrices.mean(1)

    @property
    def received(self) -> NDArray[np.float64]:
        """What each token receives, averaged over layers, heads and the tokens that look (tokens,)."""
        return self.matrices.mean((0, 1, 2), dtype=np.float64)

    def __repr__(self) -> str:
        return str(self)
