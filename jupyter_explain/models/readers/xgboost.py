"""XGBoost, from its own (binary) JSON in memory."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Phrase, refuse
from ...rows import Rows, is_frame
from ..one_tree import Read, averaged
from ..trees import Array, Tree, TreeEnsemble, join
from . import ubjson

LOGISTIC = ("binary:logistic", "binary:logitraw", "reg:logistic")
LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")


def stamp(model: Any) -> tuple[Any, ...]:
    """Objects that a new fit replaces, and counts that continued training changes."""
    booster = booster_of(model)
    return (booster, booster.num_boosted_rounds(), _best(model) or 0)


def booster_of(model: Any) -> Any:
    """The booster inside scikit-learn's wrapper, or the booster itself."""
    return model.get_booster() if hasattr(model, "get_booster") else model


def nodes(model: Any) -> int:
    """Number of nodes of all trees, at least (how many each has is not told without reading them)."""
    return int(booster_of(model).num_boosted_rounds())


def read(model: Any) -> TreeEnsemble:
    """The trees on the margin."""
    learner = ubjson.loads(bytes(booster_of(model).save_raw("ubj")))["learner"]
    booster = learner["gradient_booster"]
    name, weights = booster["name"], None
    if name == "dart":
        booster, weights = booster["gbtree"], booster["weight_drop"]
    elif name != "gbtree":
        raise refuse("XGBoost", "the booster must be made of trees ('gbtree' or 'dart')", name)
    inner = booster["model"]
    count = _rounds(model, inner)
    weights = np.ones(count) if weights is None else np.asarray(weights, np.float32).astype(float)
    trees = [_tree(t, w) for t, w in zip(inner["trees"][:count], weights[:count], strict=True)]
    base = _base(learner)
    objective = learner["objective"]["name"]
    unit = "margin" if objective.startswith(("binary:", "multi:")) else "output"
    encode = _encoder(model, learner)
    return join(trees, inner["tree_info"][:count], base, unit, encode)


def _best(model: Any) -> int | None:
    """The last round that the wrapper uses after early stopping (a bare booster uses all)."""
    if not hasattr(model, "get_booster"):
        return None
    try:
        return int(model.best_iteration)
    except AttributeError:
        return None


def _rounds(model: Any, inner: dict[str, Any]) -> int:
    best = _best(model)
    starts = inner.get("iteration_indptr")
    return len(inner["trees"]) if best is None or starts is None or not len(starts) else int(starts[best + 1])


def _base(learner: dict[str, Any]) -> Array:
    """The base score on the margin, one per output."""
    facts = learner["learner_model_param"]
    outputs = max(1, int(facts["num_class"]), int(facts.get("num_target", "1")))
    score = np.ravel(np.asarray(json.loads(facts["base_score"]), np.float32))
    objective = learner["objective"]["name"]
    if objective in LOGISTIC:
        score = -np.log(np.float32(1) / score - np.float32(1))
    elif objective in LOG:
        score = np.log(score)
    return np.broadcast_to(score.astype(float), (outputs,)).copy()


def _tree(tree: dict[str, Any], weight: float) -> Tree:
    if int(tree["tree_param"]["size_leaf_vector"]) > 1:
        raise refuse("XGBoost", "trees with several outputs cannot be read; use multi_strategy='one_output_per_tree'",
                     Phrase("multi_output_tree"))  # fmt: skip
    left = np.asarray(tree["left_children"], np.intp)
    conditions = np.asarray(tree["split_conditions"], np.float32)
    # "x < t" in single precision is "x <= the number before t"
    threshold = np.nextafter(conditions, np.float32(-np.inf)).astype(float)
    gaps = np.asarray(tree["default_left"], bool)
    categories = _right_sets(tree)
    value = weight * np.where(left < 0, conditions, np.float32(0)).astype(float)
    return Tree(
        left,
        np.asarray(tree["right_children"], np.intp),
        np.asarray(tree["split_indices"], np.intp),
        threshold,
        gaps,
        np.asarray(tree["sum_hessian"], float),
        value[:, None],
        categories,
        frozenset(categories),
    )


def _right_sets(tree: dict[str, Any]) -> dict[int, NDArray[np.int64]]:
    """Categories that go right, by node; all others go left."""
    codes = np.asarray(tree["categories"], np.int64)
    places = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
    return {int(n): codes[start : start + size] for n, start, size in places}


def _encoder(model: Any, learner: dict[str, Any]) -> Any:
    """Rows in single precision; categories as the codes that the model was trained with."""
    missing = getattr(model, "missing", None)
    missing = np.nan if missing is None else float(missing)
    known = _levels(learner)

    def encode(rows: Rows) -> Array:
        if is_frame(rows):
            rows = np.column_stack([_codes(rows.iloc[:, j], known.get(j)) for j in range(rows.shape[1])])
        out = np.asarray(rows, np.float32).astype(np.float64)
        return out if np.isnan(missing) else np.where(out == np.float64(np.float32(missing)), np.nan, out)

    return encode


def _levels(learner: dict[str, Any]) -> dict[int, list[Any]]:
    """Category names by column, where the model stores them (XGBoost 3.1 and later)."""
    stored = learner["gradient_booster"]
    stored = stored.get("gbtree", stored)["model"].get("cats") or {}
    return {j: names for j, enc in enumerate(stored.get("enc") or []) if (names := _names(enc))}


def _names(enc: dict[str, Any]) -> list[Any]:
    values = np.asarray(enc.get("values", ())).tolist()
    if "offsets" not in enc:
        return values
    text, at = bytes(v & 255 for v in values), enc["offsets"]
    return [text[a:b].decode() for a, b in pairwise(at)]


def _codes(column: Any, names: list[Any] | None) -> Array:
    if not hasattr(column, "cat"):
        return column.to_numpy(float)
    own = list(column.cat.categories)
    codes = column.cat.codes.to_numpy()
    if names is not None and own != names:
        place = {n: i for i, n in enumerate(names)}
        table = np.array([place.get(n, np.nan) for n in own] + [np.nan])
        return table[codes]
    return np.where(codes < 0, np.nan, codes.astype(float))


# one tree alone


def count(model: Any, output: int) -> int:
    """Trees of one output, up to the best round."""
    booster, best = booster_of(model), _best(model)
    rounds = booster.num_boosted_rounds() if best is None else best + 1
    return rounds * _parallel(booster)


def _parallel(booster: Any) -> int:
    """Trees of one output in a round."""
    facts = json.loads(booster.save_config())["learner"]["gradient_booster"]
    if facts["name"] not in ("gbtree", "dart"):
        raise refuse("XGBoost", "the booster must be made of trees ('gbtree' or 'dart')", facts["name"])
    facts = facts.get("gbtree", facts)
    return max(1, int(facts["gbtree_model_param"]["num_parallel_tree"])) if "gbtree_model_param" in facts else 1


def one(model: Any, output: int, number: int) -> Read:
    """What one tree adds to the margin: its round alone is taken out of the booster."""
    booster = booster_of(model)
    side = _parallel(booster)
    lone = booster[number // side : number // side + 1]
    learner = json.loads(bytes(lone.save_raw("json")))["learner"]
    inside, weights = learner["gradient_booster"], None
    if inside["name"] == "dart":
        inside, weights = inside["gbtree"], inside["weight_drop"]
    outputs = [int(k) for k in inside["model"]["tree_info"]]
    mine = [i for i, k in enumerate(outputs) if k == min(output, max(outputs))]
    at = mine[number % side]
    tree = averaged(_tree(inside["model"]["trees"][at], 1.0 if weights is None else float(np.float32(weights[at]))))
    unit = "margin" if learner["objective"]["name"].startswith(("binary:", "multi:")) else "output"
    both = unit == "margin" and max(outputs) == 0
    if "c" in (booster.feature_types or ()):  # a round taken out has lost the names of the categories
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    return Read(tree, count(model, output), unit, True, _encoder(model, learner), both, None, _levels(learner))
