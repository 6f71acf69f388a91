"""What a model is made of, and how data flow through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Explanation

Kind = Literal["input", "layer", "block", "operation", "output"]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One run of a layer, block or operation.

    Attributes:
        name: the layer's name in the model; the operation's, or the input's.
        kind: "layer", "block" (has nodes inside), "operation" (a function between layers), "input" or "output".
        type: class of the layer, name of the operation.
        shape: shape of its output without the rows, or None where there is none.
        parent: number of the block that it is in, or None.
        own, total: parameters of the layer itself, and with all that is inside it; each counted once.
        trainable: how many of the total are trained.
        calls: how often the layer ran; 0 for layers that never did.
        call: which run this is, from 1; 0 where one node stands for all of them.
        shared: other names of the layer, and layers that have parameters in common with it.
        detail: what else there is to say (the columns of a step).
    """

    name: str
    kind: Kind
    type: str
    shape: tuple[int, ...] | None = None
    parent: int | None = None
    own: int = 0
    total: int = 0
    trainable: int = 0
    calls: int = 1
    call: int = 1
    shared: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Graph(Explanation):
    """A model as a graph: what ran for one input, in the order in which it began.

    Attributes:
        nodes: what ran; blocks stand before what is in them. Layers that never ran come last, with `calls` 0.
        edges: (from, to, how it was reshaped on the way), by the numbers of nodes that are no blocks.
        parameters: all parameters of the model, each counted once; None where they are not counted.
        trainable: how many of them are trained.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, str], ...]
    parameters: int | None = None
    trainable: int | None = None

    @property
    def layers(self) -> tuple[Node, ...]:
        """Layers that ran, each once."""
        found: dict[str, Node] = {}
        for n in self.nodes:
            if n.kind == "layer" and n.calls:
                found.setdefault(n.name, n)
        return tuple(found.values())

    @property
    def idle(self) -> tuple[Node, ...]:
        """Layers that never ran."""
        return tuple(n for n in self.nodes if not n.calls)

    def __repr__(self) -> str:
        return str(self)
