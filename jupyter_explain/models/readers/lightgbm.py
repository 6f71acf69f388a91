"""LightGBM, from the structure it dumps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import Phrase, refuse
from ...rows import Rows, is_frame
from ..one_tree import Read, averaged
from ..trees import Array, Tree, TreeEnsemble, join

CLASSES = ("binary", "multiclass", "multiclassova", "cross_entropy")
ZERO = 1e-35  # LightGBM's own bound for "zero"


def stamp(model: Any) -> tuple[Any, ...]:
    """Objects that a new fit replaces, and counts that continued training changes."""
    booster = booster_of(model)
    return (booster, booster.num_trees(), booster.best_iteration)


def booster_of(model: Any) -> Any:
    """The booster inside scikit-learn's wrapper, or the booster itself."""
    return getattr(model, "booster_", model)


def nodes(model: Any) -> int:
    """Number of nodes of all trees, at least (how many leaves each has is not told without reading them)."""
    return 2 * int(booster_of(model).num_trees())


def read(model: Any) -> TreeEnsemble:
    """The trees on the margin (leaves already hold the learning rate and the initial score)."""
    booster = booster_of(model)
    dump = booster.dump_model()
    infos, width = dump["tree_info"], dump["num_tree_per_iteration"]
    objective = str(dump.get("objective", "")).split(" ")[0]
    unit = "margin" if objective in CLASSES else "output"
    # a random forest predicts means, but its raw scores are sums
    scale = width / len(infos) if dump.get("average_output") and unit == "output" else 1.0
    zero_missing: set[int] = set()
    trees = [_tree(info["tree_structure"], scale, zero_missing) for info in infos]
    output = [info["tree_index"] % width for info in infos]
    return join(trees, output, np.zeros(width), unit, _encoder(booster, sorted(zero_missing)))


def _tree(root: dict[str, Any], scale: float, zero_missing: set[int]) -> Tree:
    nodes, children = _listed(root)
    n = len(nodes)
    out = Tree(
        np.array([c[0] for c in children], np.intp),
        np.array([c[1] for c in children], np.intp),
        np.array([v.get("split_feature", -1) for v in nodes], np.intp),
        np.zeros(n),
        np.zeros(n, bool),
        np.array([v.get("internal_count", v.get("leaf_count", 1)) for v in nodes], float),
        np.array([[scale * v.get("leaf_value", 0.0)] for v in nodes]),
    )
    for i, node in enumerate(nodes):
        if "leaf_coeff" in node:
            raise refuse("LightGBM", "trees with linear leaves cannot be read", Phrase("linear_tree=True"))
        if "split_feature" in node:
            _split(out, i, node, zero_missing)
    return out


def _listed(root: dict[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Nodes, parents first, and the places of their children."""
    nodes, children = [root], [(-1, -1)]
    for i, node in enumerate(nodes):  # grows while it runs
        if "left_child" in node:
            children[i] = (len(nodes), len(nodes) + 1)
            nodes += [node["left_child"], node["right_child"]]
            children += [(-1, -1), (-1, -1)]
    return nodes, children


def _split(tree: Tree, i: int, node: dict[str, Any], zero_missing: set[int]) -> None:
    if node["decision_type"] == "==":
        tree.categories[i] = np.array([int(c) for c in str(node["threshold"]).split("||")], np.int64)
        return  # everything else goes right, missing values too
    tree.threshold[i] = node["threshold"]
    kind = node["missing_type"]
    # where training met no missing value, one counts as zero
    tree.missing_left[i] = node["default_left"] if kind != "None" else node["threshold"] >= 0
    if kind == "Zero":
        zero_missing.add(node["split_feature"])


def _encoder(booster: Any, zero_missing: list[int]) -> Any:
    levels = booster.pandas_categorical or []

    def encode(rows: Rows) -> Array:
        if is_frame(rows):
            rows = _frame(rows, levels)
        out = np.array(rows, np.float64)
        for j in zero_missing:
            out[np.abs(out[:, j]) <= ZERO, j] = np.nan
        return out

    return encode


def _frame(rows: Any, levels: list[list[Any]]) -> Array:
    """Columns as numbers; category columns, in order, as codes of the training levels."""
    known = iter(levels)
    columns = []
    for j in range(rows.shape[1]):
        column = rows.iloc[:, j]
        if hasattr(column, "cat"):
            codes = column.cat.set_categories(next(known, column.cat.categories)).cat.codes.to_numpy()
            columns.append(np.where(codes < 0, np.nan, codes.astype(float)))
        else:
            columns.append(column.to_numpy(float))
    return np.column_stack(columns)


# one tree alone


def count(model: Any, output: int) -> int:
    """Trees of one output, up to the best round."""
    booster = booster_of(model)
    rounds = booster.num_trees() // booster.num_model_per_iteration()
    return min(rounds, booster.best_iteration) if booster.best_iteration > 0 else rounds


def one(model: Any, output: int, number: int) -> Read:
    """What one tree adds to the margin (a random forest's: its own raw score)."""
    booster = booster_of(model)
    dump = booster.dump_model(start_iteration=number, num_iteration=1)
    width = dump["num_tree_per_iteration"]
    zero_missing: set[int] = set()
    tree = averaged(_tree(dump["tree_info"][min(output, width - 1)]["tree_structure"], 1.0, zero_missing))
    classes = str(dump.get("objective", "")).split(" ")[0] in CLASSES
    encode = _encoder(booster, sorted(zero_missing))
    many, adds = count(model, output), not dump.get("average_output")
    return Read(
        tree,
        many,
        "margin" if classes else "output",
        adds,
        encode,
        classes and width == 1,
        None,
        _level_names(booster, dump),
    )


def _level_names(booster: Any, dump: dict[str, Any]) -> dict[int, list[Any]]:
    """Names of the categories by column: the category columns of the training frame, in order."""
    listed = booster.pandas_categorical or []
    infos = dump.get("feature_infos", {})
    by_category = [j for j, n in enumerate(dump["feature_names"]) if infos.get(n, {}).get("values")]
    return dict(zip(by_category, listed, strict=True)) if len(by_category) == len(listed) else {}
