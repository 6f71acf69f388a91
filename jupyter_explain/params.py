"""Settings of a method, read from its signature: one declaration gives checks, errors, controls and docs.

A setting is an annotated keyword argument with a default, and one line under `Settings:` in the docstring:

    def smoothgrad(q, *, noise: Annotated[float, Between(0.0, 1.0)] = 0.15) -> Stream:
        '''Mean gradient of noisy copies.

        Settings:
            noise: standard deviation, as a share of the input's range.
        '''
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from .errors import is_whole, listed, refuse


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both allowed; `log`: a logarithmic slider; `per_axis`: also one for each axis;
    `points`: also an array (or arrays by name), which the method checks."""

    low: float
    high: float
    log: bool = False
    per_axis: bool = False
    points: bool = False


@dataclass(frozen=True, init=False)
class Choice:
    """One of the given names."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Free:
    """Anything the method itself checks (a layer, a callable, a mapping); shown as a text field when `text`."""

    words: str
    text: bool = False


@dataclass(frozen=True, init=False)
class When:
    """A setting that matters only while another setting has one of these values ("": none); its control hides
    otherwise."""

    name: str
    values: tuple[str, ...]

    def __init__(self, name: str, *values: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, init=False)
class OnlyFor:
    """A setting that only matters for some kinds of input; its control hides for all others."""

    kinds: tuple[str, ...]

    def __init__(self, *kinds: str) -> None:
        object.__setattr__(self, "kinds", kinds)


@dataclass(frozen=True, init=False)
class Needs:
    """What one choice of a setting needs to apply, in the words of `method.NEEDS`; else it is refused, and its control
    shows why."""

    choice: str
    needs: frozenset[str]

    def __init__(self, choice: str, *needs: str) -> None:
        object.__setattr__(self, "choice", choice)
        object.__setattr__(self, "needs", frozenset(needs))


@dataclass(frozen=True)
class Param:
    """One setting: its range, its default and its line of help; when and for what it, and each choice, matters."""

    name: str
    type: type
    rule: Between | Choice | Free | None
    default: Any
    help: str
    when: When | None = None
    only: OnlyFor | None = None
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name as a control shows it."""
        return self.name.replace("_", " ").capitalize()

    def check(self, who: str, value: Any) -> Any:
        """Return `value`, or raise a ValueError that names the method and the setting."""
        if self.default is None and value is None:
            return None
        if isinstance(self.rule, Choice):
            if not isinstance(value, str) or value not in self.rule.names:
                raise refuse(who, f"{self.name} must be one of {listed(map(repr, self.rule.names))}", value)
            return value
        if isinstance(self.rule, Between):
            return self._check_number(who, value, self.rule)
        if self.type is bool and not isinstance(value, bool):
            raise refuse(who, f"{self.name} must be True or False", value)
        return value

    def _check_number(self, who: str, value: Any, rule: Between) -> Any:
        if rule.points and hasattr(value, "__len__") and not isinstance(value, str):
            return _as_lists(value)
        if rule.per_axis and isinstance(value, (tuple, list)) and value:
            return tuple(self._check_number(who, v, replace(rule, per_axis=False)) for v in value)
        words = "a whole number" if self.type is int else "a number"
        fits = is_whole(value, rule.low, rule.high) if self.type is int else _is_number(value, rule)
        if not fits:
            raise refuse(who, f"{self.name} must be {words} from {rule.low:g} to {rule.high:g}", value)
        return int(value) if self.type is int else float(value)

    def suits(self, kind: str) -> bool:
        """Whether it matters for this kind of input."""
        return self.only is None or kind in self.only.kinds

    def control(self) -> dict[str, Any] | None:
        """What a live control needs, or None for settings that only Python can give."""
        out = {"name": self.name, "label": self.label, "default": self.default, "help": self.help}
        out |= {"low": None, "high": None, "log": False, "choices": None}
        out["when"] = None if self.when is None else {"name": self.when.name, "values": list(self.when.values)}
        if isinstance(self.rule, Choice):
            return out | {"kind": "choice", "choices": list(self.rule.names)}
        if isinstance(self.rule, Between):
            numbers = {"low": self.rule.low, "high": self.rule.high, "log": self.rule.log}
            return out | numbers | {"kind": "int" if self.type is int else "float"}
        if self.type is bool:
            return out | {"kind": "bool"}
        return out | {"kind": "text"} if isinstance(self.rule, Free) and self.rule.text else None


def _as_lists(value: Any) -> Any:
    """Arrays as lists, which travel to a front end; the method checks what is in them."""
    if isinstance(value, Mapping):
        return {str(k): _as_lists(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value


def settings_of(fn: Callable[..., Any]) -> dict[str, Param]:
    """Read the settings of a method function; a missing help line or range is an error at import."""
    hints, lines = get_type_hints(fn, include_extras=True), help_lines(fn)
    out = {}
    for name, arg in inspect.signature(fn).parameters.items():
        if arg.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        if name not in lines:
            raise TypeError(f"{fn.__name__}: the docstring has no line for the setting {name!r}")
        out[name] = Param(name, *_split(hints[name]), default=arg.default, help=lines[name], **_facts(hints[name]))
    return out


def _is_number(value: Any, rule: Between) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and rule.low <= float(value) <= rule.high


def _split(hint: Any) -> tuple[type, Between | Choice | Free | None]:
    """The plain type of a setting, and its range."""
    if get_origin(hint) is not Annotated:
        return hint, None
    kind, rule, *_ = get_args(hint)
    plain = [t for t in get_args(kind) if t in (int, float, str, bool)] or [kind]
    return plain[0], rule if isinstance(rule, (Between, Choice, Free)) else None


def _facts(hint: Any) -> dict[str, Any]:
    """When a setting matters, for what input, and what its choices need."""
    facts = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    when = next((f for f in facts if isinstance(f, When)), None)
    only = next((f for f in facts if isinstance(f, OnlyFor)), None)
    return {"when": when, "only": only, "needs": {f.choice: f.needs for f in facts if isinstance(f, Needs)}}


def help_lines(fn: Callable[..., Any]) -> Mapping[str, str]:
    """The lines `name: text` under `Settings:` of a docstring."""
    doc = inspect.getdoc(fn) or ""
    section = doc.partition("Settings:\n")[2].split("\n\n")[0]
    entries = re.split(r"^ {4}(?=\w)", section, flags=re.MULTILINE)
    pairs = (e.partition(":") for e in entries if ":" in e)
    return {name.strip(): " ".join(text.split()) for name, _, text in pairs}
