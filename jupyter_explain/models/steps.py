"""scikit-learn's Pipelines, ColumnTransformers and FeatureUnions as graphs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..explanation import Node
from ..rows import Rows

Edge = tuple[int, int, str]
COMPOUND = ("Pipeline", "ColumnTransformer", "FeatureUnion")
NAMED = 6  # columns of a step that are named


def compound(estimator: Any) -> str | None:
    """Which of scikit-learn's compounds an estimator is, or None."""
    found = [c for c in type(estimator).__mro__ if c.__module__.partition(".")[0] == "sklearn"]
    return next((c.__name__ for c in found if c.__name__ in COMPOUND), None)


class Steps:
    """Collects the nodes and edges of a fitted compound for one row."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def add(self, kind: Any, name: str, type_: str, parent: int | None, sources: list[int], **facts: Any) -> int:
        """One node with the edges that lead to it; its number."""
        self.nodes.append(Node(name=name, kind=kind, type=type_, parent=parent, **facts))
        self.edges += [(s, len(self.nodes) - 1, "") for s in sources]
        return len(self.nodes) - 1

    def walk(self, est: Any, name: str, parent: int | None, sources: list[int], rows: Rows, detail: str = "") -> Any:
        """Add an estimator; returns (the nodes that its result comes from, that result or None)."""
        kind = compound(est)
        if kind is None:
            return self._step(est, name, parent, sources, rows, detail)
        inside = parent
        if name:
            inside = self.add("block", name, type(est).__name__, parent, [], detail=detail)
        if kind == "Pipeline":
            for part, step in est.steps:
                sources, rows = self.walk(step, _path(name, part), inside, sources, rows)
        else:
            sources, rows = self._side_by_side(est, kind, name, inside, sources, rows)
        if name:
            assert inside is not None  # noqa: S101 (a block was added)
            self.nodes[inside] = replace(self.nodes[inside], shape=_shape(rows))
        return sources, rows

    def _step(self, est: Any, name: str, parent: int | None, sources: list[int], rows: Rows, detail: str) -> Any:
        if est is None or isinstance(est, str):  # "passthrough"
            at = self.add("layer", name, "passthrough", parent, sources, shape=_shape(rows), detail=detail)
            return [at], rows
        out = _transformed(est, rows)
        at = self.add("layer", name, type(est).__name__, parent, sources, shape=_shape(out), detail=detail)
        return [at], out

    def _side_by_side(
        self, est: Any, kind: str, name: str, parent: int | None, sources: list[int], rows: Rows
    ) -> tuple[list[int], Any]:
        out, ends, widths = _transformed(est, rows), [], _widths(est)
        for part, step, columns in _branches(est, kind):
            if isinstance(step, str) and step == "drop":
                continue
            first = len(self.nodes)
            found, _ = self.walk(step, _path(name, part), parent, sources, None, _columns(columns, est))
            ends += found
            if part in widths:
                self.nodes[first] = replace(self.nodes[first], shape=(widths[part],))
        return [self.add("operation", "concatenate", "concatenate", parent, ends, shape=_shape(out))], out


def _path(name: str, part: str) -> str:
    return f"{name}.{part}" if name else part


def _branches(est: Any, kind: str) -> list[tuple[str, Any, Any]]:
    if kind == "FeatureUnion":
        return [(n, t, None) for n, t in est.transformer_list]
    return list(getattr(est, "transformers_", est.transformers))


def _columns(columns: Any, est: Any) -> str:
    """The columns of a branch in words."""
    if columns is None:
        return ""
    if isinstance(columns, str):
        return columns
    names = getattr(est, "feature_names_in_", None)
    if isinstance(columns, slice) or np.asarray(columns).dtype.kind == "b":
        columns = np.arange(getattr(est, "n_features_in_", 0))[columns]
    some = [str(names[c]) if names is not None and not isinstance(c, str) else str(c) for c in np.ravel(columns)]
    more = f", … ({len(some)} in all)" if len(some) > NAMED else ""
    return ", ".join(some[:NAMED]) + more


def _widths(est: Any) -> dict[str, int]:
    """How many columns each branch puts out."""
    found = getattr(est, "output_indices_", {})
    return {name: len(range(*part.indices(10**9))) for name, part in found.items() if isinstance(part, slice)}


def _transformed(est: Any, rows: Rows) -> Any:
    """What a step makes of the row, or None where that cannot be seen."""
    if rows is None or not hasattr(est, "transform"):
        return None
    try:
        return est.transform(rows.copy())
    except Exception:  # noqa: BLE001  (only the width of the picture's boxes depends on it)
        return None


def _shape(rows: Any) -> tuple[int, ...] | None:
    shape = getattr(rows, "shape", None)
    return None if shape is None else tuple(int(n) for n in shape[1:])
