"""Twins of the networks that were explained last, for the next call: making one takes longer than many methods do.

A twin is out with one caller at a time, and only handed out while the user's module is what it was: its tree, its
layers' attributes, its tensors and the numbers in them. It goes when the user's module goes.
"""

from __future__ import annotations

import functools
import sysconfig
import threading
import types
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .own import version

if TYPE_CHECKING:
    from .torch import Net

MOST = 2  # networks
MOST_BYTES = 2**28  # of one network's weights; layers folded together hold a copy of them
OWN = ("training", "_parameters", "_buffers", "_modules")  # attributes that are looked at in their own way
PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.memory_format)
BY_NAME = (type, types.BuiltinFunctionType, types.ModuleType)  # copies share these


@dataclass(frozen=True)
class Seen:
    """What a module was when its twin was last given out or kept.

    Attributes:
        looks: its tree, attributes and tensors.
        numbers: its tensors, where the twin holds copies of some of them: else nothing.
        sums: their sums along all axes but the first; copies of vectors.
    """

    looks: Any
    numbers: tuple[Tensor, ...] = ()
    sums: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class _Entry:
    net: weakref.ref[nn.Module]
    twin: Net
    seen: Seen


_lock = threading.RLock()  # a network may go while this thread has it
_entries: list[_Entry] = []


LIBRARIES = ("site-packages", "dist-packages", sysconfig.get_paths()["stdlib"])


class _Unclear(Exception):  # noqa: N818  (it never leaves this file)
    """Something may change without a trace."""


def take(net: nn.Module, link: str) -> Net | None:
    """The twin of an earlier call, if the module is still what it was then; it is the caller's alone."""
    with _lock:
        found = next((e for e in _entries if e.net() is net and e.twin.link == link), None)
        if found is not None:
            _entries.remove(found)
    if found is None or looks(net) != found.seen.looks:
        return None
    twin = found.twin
    twin.seen = found.seen
    if not found.seen.numbers or not _equal(_sums(found.seen.numbers), found.seen.sums):
        twin.forget()  # weights may have been written in a way that torch does not count
    return twin


def give(net: nn.Module, twin: Net) -> None:
    """Keep a twin for the next call, where it is sure to be told when the module changes."""
    seen = twin.seen or _first_look(net, twin)
    if seen.looks is None:
        return
    if twin.folded_at is not None and not seen.numbers:
        numbers = tuple(t.detach() for t in (*net.parameters(), *net.buffers()) if t.numel())
        seen = Seen(seen.looks, numbers, _sums(numbers))
    entry = _Entry(weakref.ref(net, _forget), twin, seen)
    with _lock:
        _entries[:] = [entry, *(e for e in _entries if e.net() is not net or e.twin.link != twin.link)][:MOST]


def _forget(dead: weakref.ref[nn.Module]) -> None:
    with _lock:
        _entries[:] = [e for e in _entries if e.net is not dead]


def _first_look(net: nn.Module, twin: Net) -> Seen:
    large = sum(t.numel() * t.element_size() for t in net.parameters()) > MOST_BYTES
    return Seen(None if large or twin.args else looks(net))


def _sums(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(t.sum(tuple(range(1, t.ndim))) if t.ndim > 1 else t.clone() for t in tensors)


def _equal(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return len(a) == len(b) and all(map(torch.equal, a, b))


def looks(net: nn.Module) -> Any:
    """Something that is equal while the module and its layers are what they are; None where that cannot be known."""
    try:
        return tuple(_look(net, set()))
    except (_Unclear, RecursionError):
        return None


def _look(module: nn.Module, seen: set[int]) -> Iterator[Any]:
    """The class of a module, its attributes and tensors, and the same of those inside it."""
    if isinstance(module, torch.jit.ScriptModule):
        raise _Unclear
    if id(module) in seen:
        yield id(module)
        return
    seen.add(id(module))
    yield id(module)
    yield from _class(type(module), seen)
    own = module.__dict__
    for name, value in own.items():
        if value is None or name in OWN or (isinstance(value, (dict, list, tuple, set)) and not value):
            continue
        yield name
        yield from _value(value, seen)
    for name, tensor in (*own["_parameters"].items(), *own["_buffers"].items()):
        yield name
        yield from _value(tensor, seen)
    for name, child in own["_modules"].items():
        yield name
        yield from _value(child, seen)


def _value(value: Any, seen: set[int]) -> Iterator[Any]:
    if value is None or isinstance(value, PLAIN):
        yield type(value), value
    elif isinstance(value, Tensor):
        yield value.data_ptr(), version(value), value.shape, value.stride(), value.dtype, value.device
    elif isinstance(value, nn.Module):
        yield from _look(value, seen)
    elif isinstance(value, types.FunctionType):
        yield from _function(value, seen)
    elif isinstance(value, BY_NAME):
        yield value
    elif isinstance(value, (tuple, list, dict, set, frozenset, types.MappingProxyType)):
        yield from _many(value, seen)
    else:
        yield from _object(value, seen)


def _many(values: Any, seen: set[int]) -> Iterator[Any]:
    """What a container holds."""
    yield type(values), len(values)
    if isinstance(values, (set, frozenset)):
        if not all(isinstance(item, PLAIN) for item in values):
            raise _Unclear
        yield frozenset(values)
        return
    if not isinstance(values, (tuple, list)):
        yield tuple(key if isinstance(key, PLAIN) else id(key) for key in values)
        values = values.values()
    for item in values:
        yield from _value(item, seen)


def _class(cls: type, seen: set[int]) -> Iterator[Any]:
    """A class with its methods, where it is the user's own."""
    yield cls
    for base in cls.__mro__:
        forward = vars(base).get("forward")
        if forward is not None:
            yield forward
        if isinstance(forward, types.FunctionType) and not _installed(forward):
            for method in vars(base).values():
                if isinstance(method, types.FunctionType):
                    yield from _function(method, seen)


def _function(function: types.FunctionType, seen: set[int]) -> Iterator[Any]:
    """A function with the globals and closures that it reads, where it is the user's own."""
    yield function
    if id(function) in seen or _installed(function):
        return
    seen.add(id(function))
    code, around = function.__code__, function.__globals__
    yield code
    for name in code.co_names:
        if name in around:
            yield from _value(around[name], seen)
    for cell in (*(function.__closure__ or ()), *(function.__defaults__ or ())):
        yield from _value(cell.cell_contents if isinstance(cell, types.CellType) else cell, seen)


def _installed(function: types.FunctionType) -> bool:
    """Whether a function belongs to a library, whose globals are not touched between two calls."""
    return any(place in function.__code__.co_filename for place in LIBRARIES)


def _object(value: Any, seen: set[int]) -> Iterator[Any]:
    """What is known of anything else: bound methods, partial functions, objects that have nothing out of sight."""
    if id(value) in seen:
        yield id(value)
        return
    seen.add(id(value))
    yield type(value)
    if isinstance(value, types.MethodType):
        yield value.__func__
        yield from _value(value.__self__, seen)
    elif isinstance(value, functools.partial):
        for part in (value.func, value.args, value.keywords):
            yield from _value(part, seen)
    elif isinstance(getattr(value, "__dict__", None), dict) and _in_sight(type(value)):
        yield from _value(vars(value), seen)
    else:
        raise _Unclear


def _in_sight(cls: type) -> bool:
    """Whether objects of the class have nothing but their `__dict__`: no slots, nothing made in C."""
    return all(c is object or (c.__flags__ & 0x200 and "__slots__" not in vars(c)) for c in cls.__mro__)
