"""The model as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Graph
from ..method import Stream, method
from ..question import Question
from ..rows import Rows, copied, length, take


@method(
    "Structure",
    needs=("structure",),
    cites=("Paszke et al. 2019 arXiv:1912.01703",),
    exact=True,
    baseline=False,
    alone=True,
)
def structure(q: Question) -> Stream:
    """The model as a graph: its layers with shapes and parameter counts, and how data flow between them.

    One forward pass, in which every result is followed from layer to layer; functions between layers (additions,
    concatenations) are nodes too. So it shows what runs for this input: a network that takes other steps for other
    inputs has another graph. Of a scikit-learn Pipeline it shows the steps with their columns.
    """
    graph = _network(q) if q.model.net is not None else _pipeline(q)
    yield graph


def _network(q: Question) -> Graph:
    from ..models.anatomy import anatomy, weights
    from ..models.tracing import traced

    net, steps = q.model.net, []

    def respond(rows: Rows) -> NDArray[Any]:
        steps.extend(traced(net, rows, q.who))  # type: ignore[arg-type]
        return np.zeros(length(rows))

    q.responses(1, lambda part: copied(take(q.x, part)), respond)
    found = weights(net, q.model.source)  # type: ignore[arg-type]
    nodes, edges = anatomy(steps, net, found)  # type: ignore[arg-type]
    parameters, trainable = found.all
    _remarks(q, nodes)
    return _graph(q, nodes, edges, parameters=parameters, trainable=trainable)


def _remarks(q: Question, nodes: Any) -> None:
    scripted = [n.name for n in nodes if n.type.endswith("ScriptModule")]
    if scripted:
        q.note(f"Scripted by torch.jit, so what they get and give cannot be seen: {', '.join(scripted[:6])}.")
    often = dict.fromkeys(n.name for n in nodes if n.call == 0 and n.calls > 1)
    if often:
        q.note(f"Run over and over, drawn once: {', '.join(list(often)[:6])}.")


def _pipeline(q: Question) -> Graph:
    from ..models.sklearn import accepted
    from ..models.steps import Steps

    found, rows = Steps(), accepted(q.model.source)(copied(q.x))
    start = found.add("input", "input", "columns", None, [], shape=(rows.shape[1],))
    ends, _ = found.walk(q.model.source, "", None, [start], rows)
    found.add("output", "output", q.model.unit, None, ends, shape=q.scores.shape)
    return _graph(q, tuple(found.nodes), tuple(found.edges))


def _graph(q: Question, nodes: Any, edges: Any, **facts: Any) -> Graph:
    return Graph(nodes=nodes, edges=edges, target=q.model.title, error=0.0, error_kind="exact", **facts)
