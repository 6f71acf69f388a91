"""Trees as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Tree
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Tree)
def _tree(e: Tree) -> pd.DataFrame:
    """One row per node: node, parent, answer (yes/no of the parent's question), depth, question, value (of the
    explained output), cover, impurity where known, path (whether the explained row gets there), and each output."""
    from ..words.tree import question

    inner, parents = e.yes >= 0, e.parents
    says_yes = np.isin(np.arange(len(e.yes)), e.yes[inner])
    columns: dict[str, Any] = {
        "node": np.arange(len(e.yes)),
        "parent": parents,
        "answer": np.where(parents < 0, "", np.where(says_yes, "yes", "no")),
        "depth": e.depths,
        "question": [" ".join(question(e, i)) if inner[i] else "" for i in range(len(e.yes))],
        "value": e.value,
        "cover": e.cover,
    }
    if e.impurity is not None:
        columns["impurity"] = e.impurity
    columns["path"] = np.isin(np.arange(len(e.yes)), e.path)
    if e.values.shape[1] > 1:
        columns |= {f"value of {name}": e.values[:, k] for k, name in enumerate(e.outputs)}
    return _pandas().DataFrame(columns)
