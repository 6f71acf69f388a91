"""Which choices of a setting apply to the question at hand, and why the others do not.

A choice says what it needs where it is declared (`params.Needs`), in the words of `method.NEEDS`. From that come the
refusal of what does not apply, and the live control, which shows it with its reason and does not let it be chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import Phrase, refuse
from .maskers import masker_for
from .method import Method, wanted
from .question import Question
from .rows import length
from .shapley.game import MOST_PLAYERS

SMALL = 2**14  # numbers in a picture whose parts are counted at once; those of larger ones take time to find
DOZEN = 12  # players of all conditional means, 2^12


def check_choices(method: Method, settings: dict[str, Any], q: Question) -> None:
    """Refuse a choice that does not apply.

    Raises:
        ValueError: for the first one, with what it needs.
    """
    for name, param in method.settings.items():
        value = settings.get(name)
        if not isinstance(value, str) or value not in param.needs:
            continue
        missing = _missing(param.needs[value], q)
        if missing:
            raise refuse(q.who, f"{name} {value!r} needs {wanted(missing)}", _given(missing, q))


def shut(method: Method, name: str, q: Question) -> dict[str, str]:
    """The choices of a setting that do not apply, each with what it needs."""
    lacking = {choice: _missing(needs, q) for choice, needs in method.settings[name].needs.items()}
    return {choice: f"needs {wanted(some)}" for choice, some in lacking.items() if some}


def too_many(method: Method, q: Question) -> str | None:
    """That a method does not take as many players, or None."""
    if method.most is None or (count := players(q)) <= method.most:
        return None
    return f"{method.title} takes at most {method.most} players, and here are {count}"


def players(q: Question) -> int:
    """Players whose hiding changes the input; of large pictures, how many there may be."""
    if q.input.kind == "image" and not q.grouped and q.x.size > SMALL:
        return q.segments
    return int(masker_for(q.input, q.reference, q.groups, q.segments).changed().any(0).sum())


def _missing(needs: Iterable[str], q: Question) -> list[str]:
    have = q.model.can | {q.input.kind} | ({"numbers"} if q.input.fractions else set())
    return sorted(n for n in needs if not (HAS[n](q) if n in HAS else n in have))


def _columns(q: Question) -> bool:
    return q.input.kind == "table" and not q.grouped and not isinstance(q.x, tuple)


def _rows(q: Question) -> int:
    return length(q.data if q.data is not None else q.reference)


def _few(q: Question) -> bool:
    """Of a dataset, whose rows differ in other columns than one row does, all columns count."""
    return (q.players if q.data is not None else players(q)) <= MOST_PLAYERS


HAS: dict[str, Callable[[Question], bool]] = {
    "columns": _columns,
    "parts": lambda q: not _columns(q),
    "labels": lambda q: q.truth is not None,
    "training": lambda q: _rows(q) > 1,
    "background": lambda q: length(q.reference) > 1,
    "few": _few,
    "dozen": lambda q: q.players <= DOZEN,  # also those that stay as they are
}


def _given(missing: list[str], q: Question) -> Phrase:
    """What is there instead."""
    count = {"training": _rows, "background": lambda q: length(q.reference)}
    if missing[0] in count:
        return Phrase(f"{count[missing[0]](q)} row")
    if missing[0] in ("few", "dozen"):
        return Phrase(f"{q.players} players")
    if missing[0] == "labels":
        return Phrase("no labels")
    if missing[0] == "parts":
        return Phrase("the columns of a table")
    if missing[0] == "columns" and q.grouped:
        return Phrase("groups")
    return Phrase(f"{q.model.title} and {q.input.kind} input")
