"""scikit-learn's trees, forests, gradient boosting and isolation forests."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Phrase, refuse
from ...rows import Rows
from ..one_tree import Read, averaged
from ..trees import ALL, Array, Tree, TreeEnsemble, join


def stamp(model: Any) -> tuple[Any, ...]:
    """Objects that a new fit replaces."""
    trees = _estimators(model)
    return (trees[0].tree_, trees[-1].tree_, len(trees), getattr(model, "learning_rate", 0))


def nodes(model: Any) -> int:
    """Number of nodes of all trees."""
    return sum(int(t.tree_.node_count) for t in _estimators(model))


def read(model: Any) -> TreeEnsemble:
    """The trees of a model whose rows are compared in single precision."""
    kind = _kind(model)
    if kind == "GradientBoosting":
        return _boosting(model)
    if kind == "IsolationForest":
        return _isolation(model)
    return _average(model)


def _kind(model: Any) -> str:
    names = {cls.__name__ for cls in type(model).__mro__}
    return (
        "GradientBoosting" if "BaseGradientBoosting" in names else "IsolationForest" if _isolates(names) else "average"
    )


def _isolates(names: set[str]) -> bool:
    return "IsolationForest" in names


def _estimators(model: Any) -> list[Any]:
    many = getattr(model, "estimators_", None)
    if many is None:
        if not hasattr(model, "tree_"):
            raise refuse(type(model).__name__, "must be fitted", Phrase("a model that is not"))
        return [model]
    return list(np.ravel(many)) if isinstance(many, np.ndarray) else many


def single_precision(rows: Rows) -> Array:
    """Rows as the trees see them: rounded to single precision."""
    return np.asarray(rows, np.float32).astype(np.float64)


def tree_of(inner: Any, value: Array, columns: NDArray[np.intp] | None = None) -> Tree:
    """Arrays of a fitted `tree_`, with the given leaf values."""
    feature = inner.feature if columns is None else columns[np.maximum(inner.feature, 0)]
    gaps = getattr(inner, "missing_go_to_left", np.zeros(inner.node_count))
    cover = inner.weighted_n_node_samples
    return Tree(inner.children_left, inner.children_right, feature, inner.threshold, gaps.astype(bool), cover, value)


def _average(model: Any) -> TreeEnsemble:
    """A tree, or the mean of a forest."""
    trees = _estimators(model)
    classes = getattr(model, "classes_", None)
    found = [tree_of(t.tree_, _leaf_values(t.tree_.value, classes) / len(trees)) for t in trees]
    base = np.zeros(found[0].value.shape[1])
    unit = "output" if classes is None else "probability"
    return join(found, [ALL] * len(found), base, unit, single_precision)


def _leaf_values(value: Array, classes: Any) -> Array:
    """(nodes, outputs) of values (nodes, decisions, classes): of several decisions, what the adapter gives of each."""
    if classes is None:
        return value[:, :, 0]
    if not isinstance(classes, list):
        return _shares(value[:, 0, :])
    found = [_shares(value[:, k, : len(own)]) for k, own in enumerate(classes)]
    return np.concatenate([p[:, 1:] if p.shape[1] == 2 else p for p in found], axis=1)


def _shares(counts: Array) -> Array:
    return counts / counts.sum(1, keepdims=True)


def _boosting(model: Any) -> TreeEnsemble:
    """Gradient boosting on the margin: the initial constant plus scaled trees."""
    stages = model.estimators_
    init = type(model.init_).__name__ if not isinstance(model.init_, str) else model.init_
    if init not in ("zero", "DummyClassifier", "DummyRegressor"):
        rule = "an initial estimator that is not a constant cannot be explained by trees; use permutation_shap"
        raise refuse(type(model).__name__, rule, Phrase(f"init={init}"))
    base = np.ravel(model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32)))
    trees = [tree_of(t.tree_, model.learning_rate * t.tree_.value[:, :, 0]) for t in stages.ravel()]
    output = np.tile(np.arange(stages.shape[1]), len(stages))
    unit = "margin" if hasattr(model, "classes_") else "output"
    return join(trees, output.tolist(), base, unit, single_precision)


def _isolation(model: Any) -> TreeEnsemble:
    """The average path length of an isolation forest: short paths are anomalies."""
    count = len(model.estimators_)
    trees = []
    for estimator, columns in zip(model.estimators_, model.estimators_features_, strict=True):
        inner = estimator.tree_
        length = (_depths(inner) + _unsuccessful(inner.n_node_samples)) / count
        trees.append(tree_of(inner, length[:, None], np.asarray(columns, np.intp)))
    return join(trees, [0] * count, np.zeros(1), "path length", single_precision)


def _depths(inner: Any) -> Array:
    depth = np.zeros(inner.node_count)
    for node in range(inner.node_count):  # children come after their parent
        if inner.children_left[node] >= 0:
            depth[[inner.children_left[node], inner.children_right[node]]] = depth[node] + 1
    return depth


def _unsuccessful(n: NDArray[Any]) -> Array:
    """Mean path length of an unsuccessful search in a binary tree of n samples (Liu et al. 2008)."""
    n = np.asarray(n, float)
    big = np.maximum(n, 3)
    length = 2 * (np.log(big - 1) + np.euler_gamma) - 2 * (big - 1) / big
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, length))


# one tree alone


def count(model: Any, output: int) -> int:
    """Trees of one output."""
    return len(model.estimators_) if _kind(model) == "GradientBoosting" else len(_estimators(model))


def one(model: Any, output: int, number: int) -> Read:
    """One tree: of a forest its own prediction, of boosting what it adds to the margin."""
    kind = _kind(model)
    if kind == "GradientBoosting":
        column = min(output, model.estimators_.shape[1] - 1)
        inner, adds = model.estimators_[number, column].tree_, True
        unit, value = "margin" if hasattr(model, "classes_") else "output", model.learning_rate * inner.value[:, :, 0]
        both = unit == "margin" and model.estimators_.shape[1] == 1
        return Read(averaged(tree_of(inner, value)), len(model.estimators_), unit, adds, single_precision, both)
    inner, many = _estimators(model)[number].tree_, count(model, output)
    if kind == "IsolationForest":
        length = _depths(inner) + _unsuccessful(inner.n_node_samples)
        columns = np.asarray(model.estimators_features_[number], np.intp)
        return Read(averaged(tree_of(inner, length[:, None], columns)), many, "path length", False, single_precision)
    classes = getattr(model, "classes_", None)
    found = tree_of(inner, _leaf_values(inner.value, classes))
    measured = (np.asarray(inner.impurity, float), str(getattr(model, "criterion", "impurity")))
    unit = "output" if classes is None else "probability"
    return Read(averaged(found), many, unit, False, single_precision, impurity=measured)
