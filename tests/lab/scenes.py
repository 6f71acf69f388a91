"""One small live widget for every kind of view, and what each sends to its page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import zoo

import jupyter_explain as jx
from jupyter_explain.built import built

NAMES = ["age", "blood pressure", "income", "weight"]
LINE = np.array([1.0, -2.0, 3.0, 0.5])
SMALL = {"baseline": "zeros", "samples": 400}
Scene = Callable[[], Any]


def linear(rows: np.ndarray) -> np.ndarray:
    return rows @ LINE


def rows_of(method: str, **options: Any) -> Scene:
    """A question about a logistic regression on a frame of sixty rows."""
    return lambda: jx.explore(*_frame(), method=method, **options)


def _frame() -> tuple[Any, Any]:
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.DataFrame(zoo.table(60, 4, 20), columns=NAMES)
    rows["city"] = np.tile([0, 1, 2], 20)
    return LogisticRegression().fit(rows, zoo.labels(rows.to_numpy())), rows


def grown(method: str, **options: Any) -> Scene:
    """A question about trees."""

    def make() -> Any:
        import pandas as pd
        from sklearn.tree import DecisionTreeClassifier

        rows = pd.DataFrame(zoo.table(60, 4, 21), columns=NAMES)
        tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(rows, zoo.labels(rows.to_numpy()))
        return jx.explore(tree, rows, method=method, **options)

    return make


def animal(name: str, method: str, **options: Any) -> Scene:
    """A question about an animal of the zoo."""

    def make() -> Any:
        found = zoo.ZOO[name]()
        given = {k: v for k, v in found.options.items() if k in ("layout", "tokenizer")}
        return jx.explore(found.model, found.x, method=method, baseline=found.baseline, **given, **options)

    return make


def ones(**options: Any) -> Scene:
    """A question about a linear function; each widget has one more thing to show."""
    start = {"method": "exact_shap", "baseline": "zeros", "names": NAMES}
    return lambda: jx.explore(linear, np.ones((3, 4)), **{**start, **options})


def failed() -> Any:
    """An answer, and a value that was refused since."""
    w = ones()()
    w.wait(30)
    w._out.complain(ValueError("Explorer: seed must be a whole number; got 'x'"), 1)
    return w


PRESETS = {"Start": {"method": "exact_shap"}, "Few samples": {"method": "kernel_shap", "samples": 64}}

SCENES: dict[str, Scene] = {
    "bars": rows_of("kernel_shap", samples=400),
    "heatmap": animal("torch_cnn", "integrated_gradients"),
    "colour picture": animal("picture", "occlusion"),
    "tokens": animal("text_function", "kernel_shap"),
    "series": animal("torch_sequence", "integrated_gradients"),
    "steps": animal("torch_cnn", "ig_path"),
    "steps of a row": animal("torch_float", "ig_path"),
    "orders": ones(method="permutation_shap", orders=True, samples=400),
    "local fit": rows_of("lime", samples=400),
    "curves": rows_of("partial_dependence", samples=2000),
    "surface": rows_of("decision_boundary", samples=4000),
    "pair surface": rows_of("partial_dependence", samples=4000, features="age × income"),
    "scores": rows_of("permutation_importance", samples=2000),
    "matrix": rows_of("feature_correlations"),
    "interactions": rows_of("shap_interactions", samples=400),
    "distributions": rows_of("feature_distributions"),
    "cohorts": rows_of("cohorts", samples=2000),
    "swarm": rows_of("attribution_summary", samples=4000),
    "deletion": ones(method="deletion"),
    "graph": animal("torch_cnn", "structure"),
    "maps": animal("torch_cnn", "activations"),
    "attention": animal("text_transformer", "attention"),
    "tree": grown("decision_tree"),
    "tree surrogate": rows_of("tree_surrogate", samples=2000),
    "rule list": rows_of("rule_list", samples=2000),
    "rule": rows_of("anchors", samples=2000),
    "rule of a text": animal("text_function", "anchors", samples=400),
    "rule of a picture": animal("picture", "anchors", samples=400),
    "examples": rows_of("counterfactual", samples=2000),
    "examples of a text": animal("text_function", "counterfactual", samples=400),
    "examples of a picture": animal("picture", "counterfactual", samples=400),
    "lesson": ones(presets=PRESETS, lock=["seed", "target"]),
    "quiz top": ones(quiz="top"),
    "quiz sign": ones(quiz="sign"),
    "quiz rank": ones(quiz="rank"),
    "quiz region": animal("torch_cnn", "saliency", quiz="region"),
    "alert": failed,
}


@contextmanager
def shown(make: Scene) -> Iterator[dict[str, Any]]:
    """Every trait that the page of a finished widget has, bytes under "bytes"."""
    with make() as w:
        w.wait(30)
        yield packed({**w.get_state(), "_more": built("more.js")})


def packed(value: Any) -> Any:
    """JSON, with bytes as text."""
    if isinstance(value, (bytes, memoryview)):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(k): packed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [packed(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
