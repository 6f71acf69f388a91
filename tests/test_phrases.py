"""What Python says in the widget has Chinese words: titles, help, labels of settings, baselines and notes."""

from __future__ import annotations

import ast
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from checks import Case
from zoo import ZOO

import jupyter_explain as jx
from jupyter_explain.baselines import NAMED
from jupyter_explain.built import words
from jupyter_explain.drawn import drawn
from jupyter_explain.explanation import Attribution, Explanation, Layout
from jupyter_explain.lesson.locks import locked
from jupyter_explain.lesson.quiz import Plan, pose
from jupyter_explain.method import METHODS, NEEDS, wanted
from jupyter_explain.panel import HELP, _label
from jupyter_explain.params import Between, Choice

SOURCE = Path(jx.__file__).parent
PASSED_ON = {"◻", "◻ ◻"}  # a note made elsewhere
WRITERS = {"_facts", "_notes", "_remarks", "_choices"}  # functions that return notes


@pytest.fixture(scope="module")
def patterns():
    phrases = words("zh-CN")["zh-CN"]["phrases"]
    return [re.compile(re.sub(r"\\\{\d+\\\}", "(.+?)", re.escape(p)), re.DOTALL) for p in phrases]


def missing(texts, patterns):
    return sorted({t for t in texts if t and not any(p.fullmatch(t) for p in patterns)})


def test_methods_and_their_settings(patterns):
    names = {"LIME", "LRP", "SAGE", "Grad-CAM", "DeepLIFT", "SmoothGrad"}  # the same in Chinese
    controls = [c for m in METHODS.values() for s in m.settings.values() if (c := s.control()) is not None]
    said = [t for m in METHODS.values() for t in (m.title, m.help)] + [
        c[k] for c in controls for k in ("label", "help")
    ]
    assert missing(set(said) - names, patterns) == []


def test_reasons_why_a_method_is_not_offered(patterns):
    assert missing([f"LIME needs {what}" for what in NEEDS.values()] + list(NEEDS.values()), patterns) == []


def test_refused_settings(patterns):
    said = set()
    for m in METHODS.values():
        for s in m.settings.values():
            if isinstance(s.rule, (Between, Choice)) or s.type is bool:
                with pytest.raises(ValueError, match="must be") as refused:
                    s.check(m.title, object())
                said.add(str(refused.value))
    assert len(said) > 50
    assert missing(said, patterns) == []


def test_lessons(patterns):
    """Why something is locked, and why there is nothing to ask about."""
    said = [*locked({"seed": 1}, ("seed",))[1].values()]
    values = {"top": [1.0], "sign": [0.0, 0.0], "rank": [0.0, 0.0]}
    exact = {"error": 0.0, "error_kind": "exact"}
    asked = [
        (kind, Attribution(values=np.array(v), layout=Layout("table", ("a", "b")), **exact))
        for kind, v in values.items()
    ]
    for kind, answer in [*asked, ("top", Explanation(title="ICE", **exact))]:
        with pytest.raises(ValueError, match="quiz: ") as refused:
            pose(Plan(kind, 3), answer)
        said.append(str(refused.value))
    assert missing(said, patterns) == []


def test_baselines(patterns):
    names = [*NAMED, "given", "background"]
    assert missing([_label(n) for n in names] + [NAMED[n][0] for n in NAMED] + list(HELP.values()), patterns) == []


def test_notes(patterns):
    """The templates of all notes in the source, values standing as boxes."""
    found = {text for path in SOURCE.rglob("*.py") for text in notes(ast.parse(path.read_text(encoding="utf-8")))}
    assert len(found) > 90
    assert missing(found - PASSED_ON, patterns) == []


@pytest.mark.parametrize(
    ("method", "animal"),
    [
        ("lime", "forest"),
        ("anchors", "forest"),
        ("occlusion", "text_transformer"),
        ("anchors", "text_transformer"),
        ("attention_gradients", "torch_vit"),
        ("owen_values", "torch_cnn"),
    ],
)
def test_notes_and_baselines_of_answers(method, animal, patterns):
    """Also those that are put together from parts."""
    answer = Case(method, ZOO[animal]()).answers(100)[-1]
    assert missing([*answer.notes, answer.baseline], patterns) == []


@pytest.mark.parametrize(
    "method",
    ["h_statistic", "shap_interactions", "cohorts", "sage", "infidelity", "max_sensitivity", "counterfactual"],
)
def test_what_methods_say_of_their_numbers(method, patterns):
    """Measures and units, and the names of rows that are not the user's."""
    case = Case(method, ZOO["function"](), f"{method}-function")
    answer = case.answers(2000)[-1]
    layout = drawn(answer)[0]
    said = [layout[k] for k in ("measure", "diagonal", "score", "scale") if isinstance(layout.get(k), str)]
    said += layout["names"] if method in ("infidelity", "max_sensitivity") else []
    assert said
    assert missing(set(said) - {METHODS[m].title for m in METHODS} - {"mean"}, patterns) == []


@pytest.mark.parametrize("method", ["rule_list", "feature_correlations"])
def test_targets_that_are_no_output(method, patterns):
    answer = Case(method, ZOO["forest"](), f"{method}-forest").answers(2000)[-1]
    assert answer.target.startswith("the ")
    assert missing([answer.target], patterns) == []


def test_several_needs(patterns):
    """A reason with several needs is made of those of one."""
    assert missing([f"LRP needs {wanted(['layers', 'plane'])}", wanted(["layers", "plane"])], patterns) == []


def notes(tree):
    for node in ast.walk(Constants(tree).visit(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "note":
            yield from forms(node.args[0])
        elif isinstance(node, ast.keyword) and node.arg == "notes":
            yield from sentences(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name in WRITERS:
            yield from (t for part in node.body[1:] for t in sentences(part))


class Constants(ast.NodeTransformer):
    """Puts the texts that a module names at its top in the places of their names."""

    def __init__(self, tree):
        given = [n for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Constant)]
        self.texts = {ast.unparse(n.targets[0]): n.value for n in given if isinstance(n.value.value, str)}

    def visit_Name(self, node):
        return self.texts.get(node.id, node) if isinstance(node.ctx, ast.Load) else node


def sentences(tree):
    """All texts in a piece of source that end like a sentence."""
    inside = list(ast.walk(tree))
    parts = {id(v) for n in inside if isinstance(n, ast.JoinedStr) for v in n.values}
    parts |= {id(n.format_spec) for n in inside if isinstance(n, ast.FormattedValue)}
    texts = [n for n in inside if isinstance(n, (ast.JoinedStr, ast.Constant)) and id(n) not in parts]
    return [t for n in texts for t in forms(n) if t.endswith(".") and " " in t]


def forms(node):
    """What a note can be: the text with a box for each value, once for each wording it chooses from."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return forms(node.body) + forms(node.orelse)
    if isinstance(node, ast.FormattedValue):
        return wordings(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return [t.replace("{}", "◻") for t in forms(node.func.value)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(parts) for parts in product(*map(forms, node.values))]
    return ["◻"]


def wordings(value):
    """A choice between two texts, a text that is there or not, or a value."""
    if isinstance(value, ast.Constant) or (isinstance(value, ast.IfExp) and isinstance(value.body, ast.Constant)):
        return forms(value)
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Constant) and isinstance(value.left.value, str):
        return ["", value.left.value]
    return ["◻"]
