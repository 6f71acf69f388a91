"""Which rule holds where: by layer name, type, kind of operation or position."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from torch import nn

from ...errors import Phrase, listed, refuse

KINDS = {"conv": "conv", "linear": "linear", "addmm": "linear", "matmul": "linear"}


class Book:
    """Rules by place; the most particular entry wins: layer name, then position, type, kind of operation, the rest.

    Args:
        title: for errors.
        entries: rule for each key: a layer's name (inner layers included), its position (0 is the first layer with
            a rule), a module class or its name, "conv" or "linear", and "*" for the rest.
    """

    def __init__(self, title: str, entries: Mapping[Any, Any]) -> None:
        self._title, self._entries = title, dict(entries)
        self._inside: list[tuple[str, nn.Module]] = []
        self._at = 0
        self._checked = False

    @property
    def reveals(self) -> bool:
        """Whether any place follows the RevealCancel rule."""
        return "reveal-cancel" in self._entries.values()

    @property
    def named(self) -> bool:
        """Whether any place is told by its layer's name or type."""
        return any(isinstance(k, (str, type)) and k not in {"conv", "linear", "*"} for k in self._entries)

    def here(self, operation: str = "") -> Any:
        """The rule of the operation that is running; one position further with every call."""
        position, self._at = self._at, self._at + 1
        for name, _ in reversed(self._inside):
            if name in self._entries:
                return self._entries[name]
        if position in self._entries:
            return self._entries[position]
        for _, module in reversed(self._inside):
            for key in (type(module), type(module).__name__):
                if key in self._entries:
                    return self._entries[key]
        kind = KINDS.get(operation[:4], KINDS.get(operation, operation))
        return self._entries.get(kind, self._entries.get("*"))

    @contextlib.contextmanager
    def reading(self, net: nn.Module) -> Iterator[None]:
        """Follow which modules are running; the hooks sit on the private twin and are gone afterwards."""
        self._at = 0
        self._check(net)
        handles = []
        if self.named:
            for name, module in net.named_modules():
                handles += [
                    module.register_forward_pre_hook(lambda m, _, n=name: self._inside.append((n, m))),
                    module.register_forward_hook(lambda *_: self._leave(), always_call=True),
                ]
        try:
            yield
        finally:
            self._inside.clear()
            for handle in handles:
                handle.remove()

    def _leave(self) -> None:
        if self._inside:  # a failing module unwinds more than it entered
            self._inside.pop()

    def _check(self, net: nn.Module) -> None:
        """Refuse a key that nothing in the network answers to."""
        if self._checked:
            return
        names = {n for n, _ in net.named_modules()}
        types = {type(m) for m in net.modules()}
        known = names | types | {t.__name__ for t in types} | {"conv", "linear", "*"}
        for key in self._entries:
            if key not in known and not (isinstance(key, int) and key >= 0):
                near = get_close_matches(str(key), [k for k in known if isinstance(k, str)], 3, 0.3)
                hint = f" (near: {listed(near)})" if near else ""
                rule = f"rules must name a layer, a module type, a position from 0, 'conv', 'linear' or '*'{hint}"
                raise refuse(self._title, rule, key if isinstance(key, (str, int)) else Phrase(repr(key)))
        self._checked = True
