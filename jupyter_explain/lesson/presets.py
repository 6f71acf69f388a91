"""Named sets of controls that a lesson offers at one click."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..controls import Controls
from ..errors import listed, refuse
from ..method import find
from .state import KEPT


@dataclass(frozen=True)
class Preset:
    """What one preset changes.

    Attributes:
        name, note: what its button says, and the line below it.
        changes: values of controls, against the state that the author began with.
    """

    name: str
    note: str
    changes: dict[str, Any]

    def over(self, initial: dict[str, Any]) -> dict[str, Any]:
        """All controls: the author's, with these changes; settings and samples of another method are its own."""
        base = {k: v for k, v in initial.items() if k in KEPT}
        own = self.changes.get("method", base["method"]) == base["method"]
        if not own:
            base = {k: v for k, v in base.items() if k not in ("settings", "samples")}
        settings = {**base.get("settings", {}), **self.changes.get("settings", {})}
        return {**base, **self.changes, "settings": settings}


def read_presets(given: Any, controls: Controls, method: str) -> tuple[Preset, ...]:
    """The presets of a lesson, checked.

    Args:
        given: changes by name, like `{"One step": {"rule": "left", "steps": 1, "note": "what to look at"}}`; a change
            is a control's value or a setting of the method.
        controls: what checks them.
        method: the method where a preset names none.

    Raises:
        ValueError, TypeError: where one could not be applied.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping) or not all(isinstance(c, Mapping) for c in given.values()):
        rule = "must be a dictionary of changes by name, like {'One step': {'steps': 1, 'note': '…'}}"
        raise refuse("presets", rule, given)
    return tuple(_read(str(name), dict(changes), controls, method) for name, changes in given.items())


def _read(name: str, changes: dict[str, Any], controls: Controls, method: str) -> Preset:
    note = str(changes.pop("note", ""))
    chosen = find(controls.check("method", changes.get("method", method), method))
    settings = {**changes.pop("settings", {}), **{k: changes.pop(k) for k in [*changes] if k in chosen.settings}}
    strange = [k for k in changes if k not in KEPT]
    if strange:
        rule = f"names are {listed((*KEPT, 'note', *chosen.settings), 30)}"
        raise refuse(f"preset {name!r}", rule, strange[0])
    for control, value in {**changes, "settings": settings}.items():
        if control == "baseline":
            _check_baseline(name, value)
        else:
            controls.check(control, value, chosen.name)
    return Preset(name, note, {**changes, "settings": settings} if settings else changes)


def _check_baseline(preset: str, value: Any) -> None:
    if not isinstance(value, str):
        raise refuse(f"preset {preset!r}", "baseline must be a name ('given' for what explore was given)", value)
