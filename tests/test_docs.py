"""The documentation is true: its code runs, its links lead somewhere, the methods' pages are those of the registry."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from checks import EVERYWHERE, ON_SOME, Case
from zoo import ZOO

import jupyter_explain as jx
from jupyter_explain.method import METHODS
from jupyter_explain.widget import Explorer

ROOT = Path(__file__).resolve().parents[1]
METHOD_PAGES = ROOT / "docs" / "methods"
FILES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def load(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


generator = load(ROOT / "tools" / "docs.py", "docs_generator")


def named(paths):
    return [pytest.param(p, id=str(p.relative_to(ROOT))) for p in paths]


def blocks(path: Path) -> list[str]:
    return BLOCK.findall(path.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def same_registry():
    """Methods that an example registers are gone after it."""
    before = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(before)


def run(code: str, space: dict, where: str) -> dict:
    exec(compile(code, where, "exec", dont_inherit=True), space)
    return space


@cache
def scene(code: str) -> dict:
    """The first block of many pages is the same; it trains a model."""
    return run(code, {"__name__": "__main__"}, "scene")


@pytest.mark.parametrize("path", named([p for p in FILES if p.parent != METHOD_PAGES and blocks(p)]))
def test_code_runs(path):
    space = {"__name__": "__main__"}
    for i, code in enumerate(blocks(path), 1):
        run(code, space, f"{path.name}, block {i}")


@pytest.mark.parametrize("name", sorted(METHODS))
def test_code_of_method_page_runs(name):
    first, second = blocks(METHOD_PAGES / f"{name}.md")
    answer = run(second, dict(scene(first)), f"{name}.md")["e"]
    assert answer.method == name
    assert answer.error_kind in generator.notes().NOTES[name].kinds


def test_method_pages_match_the_registry():
    """`python tools/docs.py` writes them."""
    wanted = generator.pages()
    found = {p.name: p.read_text(encoding="utf-8") for p in METHOD_PAGES.glob("*.md")}
    assert found.keys() == wanted.keys()
    stale = [name for name, text in wanted.items() if found[name] != text]
    assert not stale, "run `make docs`"


def test_a_method_without_notes_is_named():
    METHODS["nameless"] = METHODS["saliency"]
    with pytest.raises(SystemExit, match="NOTES needs an entry for nameless"):
        generator.pages()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_picture(name):
    picture = (METHOD_PAGES / "img" / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 40_000


@pytest.mark.parametrize("path", named(FILES))
def test_links(path):
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        file, _, anchor = target.partition("#")
        assert "://" not in target, f"no addresses of hosts: {target}"
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def mentioned() -> str:
    return "\n".join(p.read_text(encoding="utf-8") for p in FILES if p.parent != METHOD_PAGES)


def test_every_public_name_is_mentioned():
    text = mentioned()
    names = set(jx.__all__) | {f.name for f in fields(jx.Attribution)} | {"gap", "spread"}
    names |= {n for n in vars(jx.Explanation) if not n.startswith("_")}
    names |= {n for n in vars(Explorer) if not n.startswith("_")} & set(Explorer.class_trait_names())
    names |= {"wait", "cancel", "close"}
    missing = {n for n in names if not re.search(rf"\b{n}\b", text)}
    assert not missing


def test_every_control_and_status_of_the_widget_is_described():
    text = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
    english = (ROOT / "js" / "src" / "i18n" / "en.ts").read_text(encoding="utf-8")
    keys = (
        r'"(?:control\.(?:method|target|baseline|samples|seed|row|language)|action\.(?:stop|reset|pin|table))": "(.+?)"'
    )
    labels = re.findall(keys, english)
    assert len(labels) == 11
    missing = [w for w in [*labels, "idle", "running", "done", "partial", "error", "stale"] if w not in text]
    assert not missing


def test_private_places_stay_private():
    text = "\n".join(p.read_text(encoding="utf-8") for p in FILES)
    assert not re.findall(r"(?:/work/|/home/|/root/|/Users/|[A-Z]:\\)\S*", text)
    assert "://" not in text, "no addresses of hosts: references are DOIs and arXiv ids"


def test_the_worked_example_keeps_every_promise(monkeypatch):
    """The method that CONTRIBUTING builds passes the checks that every method passes."""
    code = next(c for c in blocks(ROOT / "CONTRIBUTING.md") if "@method(" in c)
    before = set(METHODS)
    run(code, {"__name__": "__main__"}, "CONTRIBUTING.md")
    (new,) = set(METHODS) - before
    for animal in ("function", "forest"):
        for check in (*EVERYWHERE, *ON_SOME):
            check(Case(new, ZOO[animal]()))
