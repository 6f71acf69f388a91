"""The public contract: names, signatures and docstrings are those of DESIGN."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

import jupyter_explain as jx
from jupyter_explain.explanation import Explanation
from jupyter_explain.method import METHODS

KEYWORD, POSITIONAL, REST = (
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_KEYWORD,
)
STREAM = {
    "model": (POSITIONAL, inspect.Parameter.empty),
    "x": (POSITIONAL, inspect.Parameter.empty),
    "method": (POSITIONAL, "auto"),
    "baseline": (KEYWORD, None),
    "target": (KEYWORD, "predicted"),
    "labels": (KEYWORD, None),
    "args": (KEYWORD, ()),
    "groups": (KEYWORD, None),
    "samples": (KEYWORD, None),
    "seed": (KEYWORD, 0),
    "settings": (REST, inspect.Parameter.empty),
}
EXPLAIN = STREAM | {"tolerance": (KEYWORD, None), "seconds": (KEYWORD, None), "on_progress": (KEYWORD, None)}
EXPLORE = {
    "model": (POSITIONAL, inspect.Parameter.empty),
    "x": (POSITIONAL, inspect.Parameter.empty),
    "method": (KEYWORD, "auto"),
    "baseline": (KEYWORD, None),
    "target": (KEYWORD, "predicted"),
    "labels": (KEYWORD, None),
    "names": (KEYWORD, None),
    "options": (REST, inspect.Parameter.empty),
}


def signature(fn):
    return {n: (p.kind, p.default) for n, p in inspect.signature(fn).parameters.items()}


@pytest.mark.parametrize(("fn", "want"), [("explain", EXPLAIN), ("stream", STREAM), ("explore", EXPLORE)])
def test_signatures(fn, want):
    assert signature(getattr(jx, fn)) == want


def test_names():
    assert sorted(jx.__all__) == list(jx.__all__)
    assert {"Explanation", "Explorer", "explain", "explore", "methods", "stream"} <= set(jx.__all__)
    for name in jx.__all__:
        assert getattr(jx, name) is not None
        assert name in dir(jx)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        jx.nothing  # noqa: B018
    assert jx.__version__


@pytest.mark.parametrize("name", jx.__all__)
def test_everything_public_has_a_docstring(name):
    thing = getattr(jx, name)
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        doc = inspect.getdoc(thing)
        for argument in signature(thing):
            if name in {"explain", "explore"}:
                assert argument in doc, f"{name}: {argument} is not documented"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_is_documented(name):
    record = METHODS[name]
    doc = inspect.getdoc(record.fn)
    first = doc.partition("\n\n")[0].replace("\n", " ")
    assert first.endswith((".", ")"))
    assert len(first) <= 200
    assert record.title
    assert record.title != record.name
    assert record.name == record.fn.__name__
    assert record.cites, f"{name} cites nothing"
    assert all(s.help.endswith(".") for s in record.settings.values())
    assert record.needs


def test_the_list_of_methods_shows_itself():
    menu = jx.methods()
    assert [m.name for m in menu] == sorted(METHODS)
    text, html = repr(menu), menu._repr_html_()
    for record in menu:
        assert record.name in text
        assert record.title in html
        assert {"name", "title", "needs", "settings", "axioms", "cites"} <= {f for f in dir(record) if f[0] != "_"}


def test_explain_is_the_last_of_stream():
    model, x = (lambda r: np.sin(r).sum(1)), np.arange(1.0, 13.0)
    last = list(jx.stream(model, x, "permutation_shap", samples=500))[-1]
    found = jx.explain(model, x, "permutation_shap", samples=500)
    assert found.values.tobytes() == last.values.tobytes()
    assert (found.evals, found.error, found.final) == (last.evals, last.error, last.final)


@pytest.mark.parametrize(("labels", "name"), [(None, "output"), (["price"], "price")])
def test_the_only_output_has_a_name(labels, name):
    for target in ("predicted", name, 0):
        e = jx.explain(lambda r: r.sum(1), np.ones(2), "occlusion", baseline="zeros", target=target, labels=labels)
        assert e.target == name


def test_answers_are_frozen():
    found = jx.explain(lambda r: r.sum(1), np.ones(2), "occlusion")
    assert isinstance(found, Explanation)
    with pytest.raises(AttributeError):
        found.values = 3


def test_tolerance_seconds_and_progress():
    model, x = (lambda r: np.tanh(r).prod(1)), np.linspace(0.5, 1.5, 16)
    seen = []
    found = jx.explain(model, x, "permutation_shap", tolerance=0.05, on_progress=seen.append)
    assert found.error <= 0.05 * found.spread
    assert all(a.error > 0.05 * a.spread or a.error_kind == "unknown" for a in seen[:-1])
    assert seen[-1].values.tobytes() == found.values.tobytes()
    quick = jx.explain(model, x, "permutation_shap", seconds=0.05)
    assert quick.seconds < 3


@pytest.mark.parametrize(
    ("kind", "want"), [("torch_double", "integrated_gradients"), ("function", "exact_shap"), ("picture", "occlusion")]
)
def test_auto(kind, want, request):
    animal = request.getfixturevalue(kind)
    found = jx.explain(animal.model, animal.x, baseline=animal.baseline, samples=300, **animal.options)
    assert found.method == want
    assert any("Method chosen for you" in n for n in found.notes)


@pytest.mark.parametrize(
    ("link", "want"),
    [("margin", {"linear_shap", "tree_shap"}), ("identity", {"permutation_shap"})],
)
@pytest.mark.parametrize("kind", ["linear", "boosting"])
def test_auto_reads_exact_values_off_a_model_where_it_can(kind, link, want):
    """A probability is a curve of what coefficients or trees add up to: the exact method refuses, and one samples."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 10))
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(int)
    model = LogisticRegression() if kind == "linear" else GradientBoostingClassifier(n_estimators=5, random_state=0)
    model.fit(rows, labels)
    found = jx.explain(model, rows[0], baseline=rows[:9], samples=400, link=link, target=1)
    assert found.method in want
    assert (found.error_kind == "exact") == (link == "margin")
    assert any("Method chosen for you" in n and ("exact for" in n) == (link == "margin") for n in found.notes)
    assert abs(found.gap) < 1e-9
