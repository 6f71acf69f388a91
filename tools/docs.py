"""Pages of the methods, from what each method says about itself: `python tools/docs.py [--pictures] [name ...]`.

Text comes from the registry (docstring, settings, needs, axioms, references) and docs/methods/_notes.py; pictures from
running the code that the page shows. Nothing is asked of any server.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jupyter_explain as jx
from jupyter_explain.method import METHODS, NEEDS, Method
from jupyter_explain.params import Between, Choice, Free, Param

PAGES = Path(__file__).resolve().parents[1] / "docs" / "methods"
MADE = "<!-- Made by tools/docs.py from the method's docstring and docs/methods/_notes.py; changes here are lost. -->"
DPI, COLOURS, MOST_BYTES = 80, 200, 40_000
FAMILIES = {  # by Method.family
    "data": "About a dataset",
    "exact": "Read off the model",
    "network": "For torch modules",
    "any": "For any model",
    "quality": "Quality of an explanation",
}
AXIOMS = {
    "completeness": "completeness (values sum to output - base)",
    "dummy": "dummy (what the model ignores gets 0)",
    "symmetry": "symmetry (what acts alike gets alike)",
    "linearity": "linearity (values of a sum of models are the sums of values)",
}


def notes() -> ModuleType:
    """docs/methods/_notes.py."""
    spec = importlib.util.spec_from_file_location("method_notes", PAGES / "_notes.py")
    if spec is None or spec.loader is None:
        sys.exit("docs/methods/_notes.py is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def check(found: ModuleType) -> None:
    """End with a message that says which method has no notes, or which notes have no method."""
    missing, left = sorted(set(METHODS) - set(found.NOTES)), sorted(set(found.NOTES) - set(METHODS))
    if missing:
        sys.exit(f"docs/methods/_notes.py: NOTES needs an entry for {', '.join(missing)}")
    if left:
        sys.exit(f"docs/methods/_notes.py: NOTES has an entry for {', '.join(left)}, which is no method")


def pages() -> dict[str, str]:
    """All pages as they should be: file name -> text."""
    found = notes()
    check(found)
    made = {f"{name}.md": page(METHODS[name], found) for name in sorted(METHODS)}
    return made | {"index.md": index(found)}


# one page


def page(m: Method, found: ModuleType) -> str:
    """The page of one method."""
    note = found.NOTES[m.name]
    parts = [
        MADE,
        f"# {m.title}",
        f'`"{m.name}"` · {told(m)}',
        f"![{m.title} of the example below](img/{m.name}.png)",
        "## When to use it",
        note.when,
        "## What it does not tell you",
        note.silent,
        "## Example",
        f"```python\n{found.SCENES[note.scene]}```",
        f"```python\n{call(m.name, found)}```",
        "## Settings",
        settings(m),
        "## Facts",
        facts(m, note),
        "## References",
        "\n".join(f"* {cite}" for cite in m.cites),
    ]
    return "\n\n".join(parts) + "\n"


def told(m: Method) -> str:
    """The docstring without its list of settings; paragraphs stay apart."""
    text = (inspect.getdoc(m.fn) or "").partition("Settings:")[0]
    return "\n\n".join(" ".join(p.split()) for p in text.strip().split("\n\n"))


def call(name: str, found: ModuleType) -> str:
    """The call that the page shows."""
    return f"e = jx.explain({found.NOTES[name].call.format(name=name)})\nprint(e)\n"


def settings(m: Method) -> str:
    """A table of the method's own settings."""
    if not m.settings:
        return "None of its own; see the [guide](../guide.md) for the arguments that every method takes."
    rows = ["| setting | values | default | |", "|---|---|---|---|"]
    rows += [f"| `{p.name}` | {cell(values(p))} | `{p.default!r}` | {cell(p.help)} |" for p in m.settings.values()]
    return "\n".join(rows)


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("|", "\\|")


def values(p: Param) -> str:
    """What a setting may be, in words."""
    return "; ".join([kind(p), *when(p), *(f'`"{c}"` needs {needed(n)}' for c, n in p.needs.items())])


def when(p: Param) -> list[str]:
    """With which values of another setting it matters."""
    if p.when is None:
        return []
    return [
        f"matters with `{p.when.name}` {listed(p.when.values)}" if any(p.when.values) else f"without `{p.when.name}`"
    ]


def needed(needs: frozenset[str]) -> str:
    """What a choice needs, in words."""
    return " and ".join(NEEDS[n] for n in sorted(needs))


def kind(p: Param) -> str:
    """The values of a setting."""
    if isinstance(p.rule, Choice):
        return listed(p.rule.names)
    if isinstance(p.rule, Between):
        whole = "whole number" if p.type is int else "number"
        more = ", or one for each axis" if p.rule.per_axis else ", or an array" if p.rule.points else ""
        return f"{whole} from {p.rule.low:g} to {p.rule.high:g}{more}"
    if isinstance(p.rule, Free):
        return p.rule.words
    return "`True`, `False`" if p.type is bool else p.type.__name__


def listed(names: tuple[str, ...]) -> str:
    """Names as code."""
    return ", ".join(f'`"{n}"`' for n in names)


def facts(m: Method, note: Any) -> str:
    """What the registry knows about a method."""
    exact = "no sample budget: it ends by itself" if m.exact else f"`samples` counts {unit(m)}"
    rows = {
        "needs": "; ".join(sorted(NEEDS.get(n, n) for n in m.needs)),
        "baseline": "used" if m.baseline else "not used",
        "budget": exact,
        "many rows": "explained together" if m.over_data or m.batch else "explained one by one",
        "promises": "; ".join(AXIOMS.get(a, a) for a in sorted(m.axioms)) or "none of the usual axioms",
        "error": f"{' → '.join(note.kinds)}. {note.error} See [errors](../errors-and-uncertainty.md).",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {cell(v)} |" for k, v in rows.items())])


def unit(m: Method) -> str:
    """What one sample is."""
    return "gradients" if "gradient" in m.needs else "model rows"


# the index


def index(found: ModuleType) -> str:
    """The list of all methods."""
    parts = [MADE, "# Methods", INTRODUCTION]
    for family, words in FAMILIES.items():
        mine = [METHODS[name] for name in sorted(METHODS) if METHODS[name].family == family]
        if mine:
            parts += [f"## {words}", table(mine, found)]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
`jx.methods()` lists them in Python. `method="auto"` (the default) takes integrated gradients for a torch module with
floating-point input, otherwise occlusion for images and series; for tables Linear SHAP or Tree SHAP where the asked
output can be read off the model exactly (in `explain` and `stream`; the widget begins with what refines before your
eyes), exact Shapley values for at most 8 columns without `groups=`, and permutation SHAP for all others.

A method that does not apply says why; the widget lists it under "Not for this model" with the reason."""


def table(some: list[Method], found: ModuleType) -> str:
    """Name, first sentence and error of some methods."""
    rows = ["| method | what it is | error |", "|---|---|---|"]
    for m in some:
        kinds = " → ".join(found.NOTES[m.name].kinds)
        rows.append(f"| [{m.title}]({m.name}.md)<br>`{m.name}` | {cell(first_sentence(m))} | {kinds} |")
    return "\n".join(rows)


def first_sentence(m: Method) -> str:
    """The method's own help line."""
    return re.split(r"(?<=[.])\s", m.help)[0]


# pictures


def picture(name: str, found: ModuleType) -> bytes:
    """The PNG of the page's example, with few colours."""
    from PIL import Image

    from jupyter_explain import explaining
    from jupyter_explain.views import png
    from jupyter_explain.views.steps import png_steps

    explaining.SECONDS = None  # type: ignore[assignment]  # a busy machine draws the same picture
    space: dict[str, Any] = {"__name__": "example", "print": lambda *_: None}
    exec(found.SCENES[found.NOTES[name].scene] + call(name, found), space)
    e = space["e"]
    made = png_steps(e, DPI, words=True) if getattr(e, "steps", None) is not None else png(e, DPI)
    drawn = Image.open(io.BytesIO(made)).convert("RGB")
    out = io.BytesIO()
    drawn.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        sys.exit(f"docs/methods/img/{name}.png: must be at most {MOST_BYTES} bytes; got {out.tell()}")
    return out.getvalue()


def main() -> None:
    """Write the pages, and the pictures that are missing (or all, or the named ones)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", action="store_true", help="make all pictures anew, not only missing ones")
    parser.add_argument("names", nargs="*", help="methods whose pictures are made anew")
    options = parser.parse_args()
    for file, text in pages().items():
        (PAGES / file).write_text(text, encoding="utf-8")
    known = {f"{m.name}.md" for m in jx.methods()} | {"index.md"}
    for stale in [p for p in PAGES.glob("*.md") if p.name not in known]:
        stale.unlink()
    (PAGES / "img").mkdir(exist_ok=True)
    found = notes()
    for name in options.names or sorted(METHODS):
        target = PAGES / "img" / f"{name}.png"
        if options.pictures or options.names or not target.exists():
            target.write_bytes(picture(name, found))
            print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
