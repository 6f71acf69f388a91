"""Whether a network looks as if it had attention: a guess for the menu, from names and code alone.

What a method says depends on what it really sees (`attention.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from torch import nn

WORDS = ("attention", "attn", "attend")
LIBRARIES = {"torch", "builtins", "keras", "transformers", "torchvision", "timm"}  # there, names say enough


def may_attend(net: nn.Module) -> bool:
    """Whether a module is called attention, or any code of a module of the user's computes a softmax."""
    return any(_called(n, m) or _soft(m) for n, m in net.named_modules()) or any(
        _mentions(f, set()) for cls in {type(m) for m in net.modules()} for f in _own_functions(cls)
    )


def _called(name: str, module: nn.Module) -> bool:
    kind = getattr(module, "original_name", type(module).__name__)
    return any(w in f"{name.rpartition('.')[2]} {kind}".lower() for w in WORDS)


def _soft(module: nn.Module) -> bool:
    """A softmax over a last axis that is not the axis of classes."""
    return type(module) is nn.Softmax and module.dim not in (0, 1, None)


def _own_functions(cls: type) -> list[Any]:
    """Functions that a class has of its own."""
    own = [c for c in cls.__mro__ if c.__module__.partition(".")[0] not in LIBRARIES]
    return [f for c in own for f in vars(c).values() if isinstance(f, FunctionType)]


def _mentions(f: Any, seen: set[int]) -> bool:
    """Whether a function, or one that it calls by name, mentions a softmax or attention."""
    if id(f) in seen or len(seen) > 500:
        return False
    seen.add(id(f))
    names = set(_names(f.__code__))
    if "softmax" in names or any(w in n.lower() for n in names for w in WORDS):
        return True
    called = [f.__globals__.get(n) for n in names]
    own = [g for g in called if isinstance(g, FunctionType) and (g.__module__ or "").partition(".")[0] not in LIBRARIES]
    return any(_mentions(g, seen) for g in own)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)
