"""The notebooks run from top to bottom, without network and without stored outputs; every widget gets its answer."""

from __future__ import annotations

import ast
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import jupyter_explain as jx
from jupyter_explain.widget import Explorer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NAMES = ("images", "inside_a_network", "lesson", "lesson_trust", "series", "tables", "trees", "what_if")


def cells(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return found


def run(code: str, space: dict[str, Any], where: str) -> Any:
    """Execute a cell; the value of its last line, as a notebook shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, where, "exec"), space)
    return None if last is None else eval(compile(ast.Expression(last.value), where, "eval"), space)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_stores_no_outputs(name):
    for cell in cells(name):
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs(name):
    space: dict[str, Any] = {"__name__": "__main__"}
    with ExitStack() as alive:  # later cells may use an earlier widget
        for i, cell in enumerate(cells(name)):
            if cell["cell_type"] != "code":
                continue
            shown = run("".join(cell["source"]), space, f"{name}, cell {i}")
            if isinstance(shown, Explorer):
                alive.enter_context(shown)
                answer = shown.wait(60)
                assert shown.error is None
                assert answer.method == shown.method
            elif isinstance(shown, jx.Explanation):
                assert shown._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
