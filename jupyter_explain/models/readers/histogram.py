"""scikit-learn's histogram gradient boosting, with missing values and splits by category."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Phrase, refuse
from ...rows import Rows
from ..one_tree import Read, averaged
from ..trees import Array, Tree, TreeEnsemble, join


def stamp(model: Any) -> tuple[Any, ...]:
    """Objects that a new fit replaces."""
    if not hasattr(model, "_predictors"):
        raise refuse(type(model).__name__, "must be fitted", Phrase("a model that is not"))
    stages = model._predictors
    return (stages, len(stages), stages[-1][0] if stages else None)


def nodes(model: Any) -> int:
    """Number of nodes of all trees."""
    return sum(len(p.nodes) for stage in model._predictors for p in stage)


def read(model: Any) -> TreeEnsemble:
    """The trees on the margin."""
    order = _column_order(model)
    known = _known_categories(model)
    width = model.n_trees_per_iteration_
    trees = [_tree(p, order, known) for stage in model._predictors for p in stage]
    base = np.ravel(model._baseline_prediction) * np.ones(width)
    unit = "margin" if hasattr(model, "classes_") else "output"
    return join(trees, np.tile(np.arange(width), len(model._predictors)).tolist(), base, unit, _encoder(model, order))


def _column_order(model: Any) -> NDArray[np.intp]:
    """Raw column of every column the trees see: encoding categories moves them to the front."""
    if model._preprocessor is None:
        return np.arange(model.n_features_in_)
    by_category = np.asarray(model.is_categorical_, bool)
    return np.concatenate([np.flatnonzero(by_category), np.flatnonzero(~by_category)])


def _known_categories(model: Any) -> dict[int, NDArray[np.int64]]:
    """Categories met in training, by column of the trees; others count as missing."""
    bits, columns = model._bin_mapper.make_known_categories_bitsets()
    return {int(f): _members(bits[row]) for f, row in enumerate(columns) if _is_categorical(model, f)}


def _is_categorical(model: Any, column: int) -> bool:
    flags = model._is_categorical_remapped
    return flags is not None and bool(flags[column])


def _members(bits: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Members of a set stored as 32-bit words."""
    return np.flatnonzero(np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), bitorder="little"))


def _tree(predictor: Any, order: NDArray[np.intp], known: dict[int, NDArray[np.int64]]) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    gaps = nodes["missing_go_to_left"].astype(bool)
    categories, others = {}, set()
    for n in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf):
        left = _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][n]])
        met = known[int(nodes["feature_idx"][n])]
        if gaps[n]:  # categories never met count as missing: list those that go right
            categories[int(n)] = np.setdiff1d(met, left)
            others.add(int(n))
        else:
            categories[int(n)] = np.intersect1d(met, left)
    children = [np.where(leaf, -1, nodes[side].astype(np.intp)) for side in ("left", "right")]
    feature = order[nodes["feature_idx"].astype(np.intp)]
    value = nodes["value"][:, None]
    cover = nodes["count"].astype(float)
    return Tree(
        children[0], children[1], feature, nodes["num_threshold"], gaps, cover, value, categories, frozenset(others)
    )


def _encoder(model: Any, order: NDArray[np.intp]) -> Any:
    """Rows as the trees see them, in the raw column order."""

    def encode(rows: Rows) -> Array:
        if model._preprocessor is None:
            return np.asarray(rows, np.float64)
        seen = np.asarray(model._preprocessor.transform(rows), np.float64)
        return seen[:, np.argsort(order)]

    return encode


# one tree alone


def count(model: Any, output: int) -> int:
    """Trees of one output."""
    stamp(model)
    return len(model._predictors)


def one(model: Any, output: int, number: int) -> Read:
    """What one tree adds to the margin."""
    stage, order = model._predictors[number], _column_order(model)
    tree = averaged(_tree(stage[min(output, len(stage) - 1)], order, _known_categories(model)))
    unit, levels = "margin" if hasattr(model, "classes_") else "output", _levels(model, order)
    both = unit == "margin" and len(stage) == 1
    return Read(tree, count(model, output), unit, True, _encoder(model, order), both, levels=levels)


def _levels(model: Any, order: NDArray[np.intp]) -> dict[int, list[Any]]:
    """Names of the categories by raw column; none where the model was given codes."""
    if model._preprocessor is None:
        return {}
    encoder = model._preprocessor.named_transformers_["encoder"]
    return {int(order[k]): list(names) for k, names in enumerate(encoder.categories_)}
