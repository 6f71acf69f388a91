"""The built front end: files of static/ as text. anywidget keeps widgets alive that were given a path."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
AT_ONCE = {"attribution.image", "attribution.table", "curves", "scores"}  # js/src/views/index.ts


@cache
def built(name: str) -> str:
    """A file of the built front end.

    Raises:
        FileNotFoundError: if it was not built.
    """
    path = STATIC / name
    if not path.exists():
        raise FileNotFoundError(f"Explorer: the front end {name} is not built; run `make build`, or install the wheel")
    return path.read_text(encoding="utf-8")


def words(language: Any) -> dict[str, Any]:
    """The front end's texts in a language other than its own English, by language; none for others."""
    return {language: json.loads(built("zh-CN.json"))} if language == "zh-CN" else {}


def needs_more(answer: dict[str, Any]) -> bool:
    """Whether drawing an answer takes the second bundle."""
    kind = answer["layout"]["kind"]
    if answer["layout"].get("parts"):
        return True
    return not ({answer["type"], f"{answer['type']}.{kind}"} & AT_ONCE)
