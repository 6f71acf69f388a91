"""A model's graph as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explanation import Graph, Node
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Graph)
def _graph(e: Graph) -> pd.DataFrame:
    """layer, type, output (shape), parameters (its own), total (with what is inside), trainable, runs, share of all."""
    found: dict[str, Node] = {}
    for n in e.nodes:
        if n.kind in ("layer", "block"):
            found.setdefault(n.name, n)
    nodes = list(found.values())
    columns = {
        "layer": [n.name for n in nodes],
        "type": [n.type for n in nodes],
        "output": [n.shape for n in nodes],
        "parameters": [n.own for n in nodes],
        "total": [n.total for n in nodes],
        "trainable": [n.trainable for n in nodes],
        "runs": [n.calls for n in nodes],
        "share": [n.own / e.parameters if e.parameters else 0.0 for n in nodes],
    }
    return _pandas().DataFrame(columns)
