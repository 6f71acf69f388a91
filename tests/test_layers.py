"""Imports point down, and importing the package brings nothing heavy along."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_explain

ROOT = Path(jupyter_explain.__file__).parent
# Lower layers first; a module imports only from layers below its own (or from its own folder).
LAYERS = (
    {"errors"},
    {"normalization"},
    {"params", "explanation", "rows", "stats", "algebra", "pace"},
    {"texts"},
    {"quadrature", "models"},
    {"treeshap"},
    {"refusals"},
    {"inputs", "targets"},
    {"baselines"},
    {"maskers"},
    {"question"},
    {"method"},
    {"what several methods share"},  # every module that is not named here
    {"methods"},
    {"inquiry", "menu"},
    {"explaining"},
    {"tables", "words", "views", "messages", "panel", "controls", "wire"},
    {"run"},
    {"outbox"},
    {"lesson"},
    {"inbox"},
    {"widget"},
)
LEVEL = {name: i for i, names in enumerate(LAYERS) for name in names}
SHARED = LEVEL["what several methods share"]
MODULES = sorted(
    {p.stem for p in ROOT.glob("*.py") if p.stem != "__init__"} | {p.parent.name for p in ROOT.glob("*/__init__.py")}
)
HEAVY = (
    "torch",
    "sklearn",
    "pandas",
    "matplotlib",
    "scipy",
    "skimage",
    "transformers",
    "xgboost",
    "lightgbm",
    "IPython",
)


def imports(path):
    """Names of the package's own modules that a file imports when it is loaded (not inside functions)."""
    package = ("jupyter_explain", *path.relative_to(ROOT).parts[:-1])
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            full = (*base, *(node.module.split(".") if node.module else ()))
            names = [full[1]] if len(full) > 1 else [a.name for a in node.names]
            yield from names


def owner(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    files = [ROOT / f"{name}.py"] if (ROOT / f"{name}.py").exists() else sorted((ROOT / name).glob("**/*.py"))
    assert files
    for path in files:
        for used in imports(path):
            below, own = LEVEL.get(used, SHARED), LEVEL.get(name, SHARED)
            beside = below == own == SHARED or (below == own == LEVEL["views"])
            assert used == name or beside or below < own, f"{path.relative_to(ROOT)} imports {used}"


def test_models_and_methods_import_no_framework_when_loaded():
    """Heavy libraries are imported inside the adapters that need them."""
    for folder in ("methods", "maskers"):
        for path in (ROOT / folder).glob("*.py"):
            tops = [n for n in ast.parse(path.read_text()).body if isinstance(n, (ast.Import, ast.ImportFrom))]
            used = {
                (a.name if isinstance(n, ast.Import) else n.module or "").split(".")[0] for n in tops for a in n.names
            }
            assert not used & set(HEAVY), path


def loaded(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    return set(done.stdout.split())


def test_importing_is_light():
    code = "import sys, jupyter_explain; print(*{m.partition('.')[0] for m in sys.modules})"
    assert not loaded(code) & {*HEAVY, "ipywidgets", "anywidget"}


def test_methods_are_imported_when_they_are_first_read():
    """By whichever thread comes first; the others wait until all are there."""
    code = (
        "import sys, threading, jupyter_explain as jx\n"
        "assert 'jupyter_explain.methods.saliency' not in sys.modules\n"
        "from jupyter_explain.method import METHODS\n"
        "seen = []\n"
        "threads = [threading.Thread(target=lambda: seen.append(len(METHODS))) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert callable(jx.methods)\n"
        "print(len(seen), *set(seen))"
    )
    assert loaded(code) == {"4", str(len(list((ROOT / "methods").glob("[a-z]*.py"))))}


def test_explaining_a_function_is_light():
    code = (
        "import sys, numpy, jupyter_explain as jx\n"
        "jx.explain(lambda r: r.sum(1), numpy.ones(3), 'kernel_shap'); jx.methods()\n"
        "print(*{m.partition('.')[0] for m in sys.modules})"
    )
    assert not loaded(code) & {*HEAVY, "ipywidgets", "anywidget"}


def test_no_evaluation_of_text_and_no_pickle():
    for path in ROOT.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & {n.split(".")[0] for n in names}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "print", "__import__"}, path
