"""What the Explorer's controls accept. Python is the authority: a front end's values are checked like a user's."""

from __future__ import annotations

from typing import Any

from .baselines import check_baseline, names_for
from .errors import Phrase, is_whole, listed, refuse
from .explanation import Explanation
from .inputs import Input
from .inquiry import Ask, check_samples, choose
from .method import find
from .models import Model
from .rows import Rows, length
from .whatif import Edits, WhatIf, read_edits

CONTROLS = ("method", "target", "baseline", "samples", "row", "edits", "seed", "settings", "lang")
LANGUAGES = ("", "en", "zh-CN")


class Controls:
    """Checks of one Explorer's controls.

    Attributes:
        outputs: names of the model's outputs, once it has been asked.
        given: the baseline that the user passed, or None; never sent to the front end.
        version: counts the baselines that were passed.
        ours: whether the baseline is the one that we chose.
        whatif: the editors of single columns.
    """

    def __init__(self, model: Model, rows: Input, data: Rows | None) -> None:
        self.model, self.rows, self.data = model, rows, data
        self.whatif = WhatIf(rows)
        self.outputs: tuple[str, ...] = ()
        self.given: Any = None
        self.version = 0
        self.ours = False

    def check(self, name: str, value: Any, method: str) -> Any:
        """The accepted value of a control.

        Raises:
            ValueError, TypeError: if it is none.
        """
        if name == "samples":
            return check_samples(value)
        if name == "settings":
            checked = find(method).checked(value)
            return {k: self._named(checked[k], method) for k in value}
        if name == "target":
            return self.target(value, method)
        return getattr(self, f"_{name}")(value)

    def baseline(self, name: str | None) -> Any:
        """What a question gets: the user's rows for "given", None for the default that we chose."""
        if name == "given":
            return self.given
        return None if self.ours else name

    def target(self, value: Any, method: str) -> Any:
        """A class name becomes its index; what the model's outputs do not settle yet is checked by the question."""
        if callable(value) or isinstance(value, tuple) or value == "predicted" or not self.outputs:
            return value
        if isinstance(value, str) and self.outputs.count(value) == 1:
            return self.outputs.index(value)
        if not is_whole(value, 0, len(self.outputs) - 1):
            rule = f"target must be one of 0…{len(self.outputs) - 1} or a class name ({listed(self.outputs)})"
            raise refuse(find(method).title, rule, value)
        return int(value)

    def _named(self, value: Any, method: str) -> Any:
        """A layer that was passed as a module becomes its name, which can travel to a front end."""
        if isinstance(value, Explanation):
            rule = "of must be a method's name here (explain takes explanations)"
            raise refuse(find(method).title, rule, Phrase(f"an answer of {value.title}"))
        if self.model.net is None or not hasattr(value, "named_modules"):
            return value
        name = next((n for n, m in self.model.source.named_modules() if m is value), None)  # type: ignore[union-attr]
        if name is None:
            rule = "at must be a layer of the model that is explained"
            raise refuse(find(method).title, rule, Phrase(type(value).__name__))
        return name

    def _method(self, value: Any) -> str:
        chosen = find(choose(self.model, self.rows.row(0), Ask()) if value == "auto" else value)
        reason = chosen.reason(self.model, self.rows, self.data)
        if reason is not None:
            raise ValueError(f"{reason}; got {self.model.title} and {self.rows.kind} input")
        return chosen.name

    def _baseline(self, value: Any) -> str | None:
        """A name ("auto": our default's); rows that are passed are kept here under the name "given"."""
        if isinstance(value, str) and value == "auto":
            self.ours = True
            return next(iter(names_for(self.rows.row(0), self.data)), None)
        if isinstance(value, str):
            if value == "given" and self.given is None:
                raise refuse("baseline", "'given' needs rows that were given before", value)
            if value != "given":
                check_baseline(value, self.rows.row(0), self.data, "Explorer")
            self.ours = False
            return value
        check_baseline(value, self.rows.row(0), self.data, "Explorer")
        self.given, self.version, self.ours = value, self.version + 1, False
        return "given"

    def _row(self, value: Any) -> int:
        count = length(self.rows.rows)
        if not is_whole(value, 0, count - 1):
            raise refuse("row", f"must be a whole number from 0 to {count - 1}", value)
        return int(value)

    def _edits(self, value: Any) -> Edits:
        return read_edits(value, self.rows, self.whatif.seen)

    def _seed(self, value: Any) -> int:
        if not is_whole(value, 0, 2**53 - 1):
            raise refuse("seed", "must be a whole number, 0 or more", value)
        return int(value)

    def _lang(self, value: str) -> str:
        if value not in LANGUAGES:
            raise refuse("lang", f"must be one of {listed(map(repr, LANGUAGES))}", value)
        return value
