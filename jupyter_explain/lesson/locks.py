"""Which controls a lesson locks or hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..controls import CONTROLS
from ..errors import listed, refuse
from ..method import METHODS


def read_names(what: str, given: Any) -> tuple[str, ...]:
    """Names of controls ("edits" is What if) or of settings ("settings" are all of them).

    Raises:
        ValueError: for something else.
    """
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, (list, tuple, set, frozenset)):
        raise refuse(what, "must be a list of controls' names", given)
    settings = {s for m in METHODS.values() for s in m.settings}
    strange = [n for n in names if n not in CONTROLS and n not in settings]
    if strange:
        raise refuse(what, f"names are {listed(CONTROLS)} and those of methods' settings", strange[0])
    return tuple(dict.fromkeys(names))


def locked(changes: Mapping[str, Any], lock: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    """The changes that a page may make, and why it may not make the others."""
    allowed = {k: v for k, v in changes.items() if k not in lock}
    if isinstance(allowed.get("settings"), Mapping):
        allowed["settings"] = {k: v for k, v in allowed["settings"].items() if k not in lock}
    names = [k for k in changes if k in lock]
    given = changes.get("settings")
    names += [k for k in given if k in lock] if isinstance(given, Mapping) and "settings" not in lock else []
    return allowed, {name: f"{name} is locked in this lesson" for name in names}
