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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .own import version
from .threads import one_thread

if TYPE_CHECKING:
    from .torch import Net

MOST = 2  # networks
FEW_BYTES = 2**22  # of weights: summing them takes less than the forward pass that tells the outputs
MOST_BYTES = 2**28  # of one network's weights; layers folded together hold a copy of them
OWN = ("training", "_parameters", "_buffers", "_modules")  # attributes that are looked at in their own way
PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.memory_format)
BY_NAME = (type, types.BuiltinFunctionType, types.ModuleType)  # copies share these


@dataclass(frozen=True)
class Seen:
    """What a module was when its twin was last given out or kept.

    Attributes:
        looks: its tree, attributes and tensors.
        numbers: its tensors, where the twin holds copies of some of them, or they are few: else nothing.
        sums: what `sums` said of them.
    """

    looks: Any
    numbers: tuple[Tensor, ...] = ()
    sums: tuple[Tensor, ...] | None = None


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
    before = found.seen.sums
    if before is None or not _equal(sums(found.seen.numbers), before):
        twin.forget()  # weights may have been written in a way that torch does not count
        twin.seen = Seen(found.seen.looks)
    return twin


def give(net: nn.Module, twin: Net) -> None:
    """Keep a twin for the next call, where it is sure to be told when the module changes."""
    seen = twin.seen or _first_look(net, twin)
    if seen.looks is None:
        return
    if seen.sums is None and (twin.folded_at is not None or _bytes(net) <= FEW_BYTES):
        numbers = tuple(t.detach() for t in (*net.parameters(), *net.buffers()) if t.numel())
        seen = Seen(seen.looks, numbers, sums(numbers))
    entry = _Entry(weakref.ref(net, _forget), twin, seen)
    with _lock:
        _entries[:] = [entry, *(e for e in _entries if e.net() is not net or e.twin.link != twin.link)][:MOST]


def _forget(dead: weakref.ref[nn.Module]) -> None:
    with _lock:
        _entries[:] = [e for e in _entries if e.net is not dead]


def _first_look(net: nn.Module, twin: Net) -> Seen:
    return Seen(None if _bytes(net) > MOST_BYTES or twin.args else looks(net))


def _bytes(net: nn.Module) -> int:
    return sum(t.numel() * t.element_size() for t in net.parameters())


def sums(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Sums of each tensor along all axes but the first, and vectors as they are, in one tensor for each device.

    On one thread: the numbers come from memory no sooner with more.
    """
    found: dict[torch.device, list[Tensor]] = {}
    with torch.no_grad(), one_thread(True):
        for t in tensors:
            found.setdefault(t.device, []).append(_row_sums(t) if t.ndim > 1 else t.reshape(-1))
        return tuple(map(torch.cat, found.values()))


def _row_sums(t: Tensor) -> Tensor:
    return t.sum(tuple(range(1, t.ndim)), dtype=torch.promote_types(t.dtype, torch.float32))


def _equal(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return len(a) == len(b) and all(map(torch.equal, a, b))


def looks(net: nn.Module) -> Any:
    """Something that is equal while the module and its layers are what they are; None where that cannot be known."""
    look = _Look()
    try:
        look.module(net)
    except (_Unclear, RecursionError):
        return None
    return look.found


class _Look:
    """Writes down what a module is, part by part.

    Attributes:
        found: the parts, in the order in which they were met.
    """

    def __init__(self) -> None:
        self.found: list[Any] = []
        self._met: set[int] = set()

    def _again(self, it: Any) -> bool:
        """Whether an object was met before; it is written down by its identity."""
        self.found.append(id(it))
        again = id(it) in self._met
        self._met.add(id(it))
        return again

    def module(self, module: nn.Module) -> None:
        """The class of a module, its attributes and tensors, and the same of those inside it."""
        if isinstance(module, torch.jit.ScriptModule):
            raise _Unclear
        if self._again(module):
            return
        self._class(type(module))
        own = module.__dict__
        for name, value in own.items():
            if value is None or name in OWN or (isinstance(value, (dict, list, tuple, set)) and not value):
                continue
            self.found.append(name)
            self.value(value)
        for held in (own["_parameters"], own["_buffers"], own["_modules"]):
            for name, value in held.items():
                self.found.append(name)
                self.value(value)

    def value(self, value: Any) -> None:
        """Anything that a module may have."""
        if value is None or isinstance(value, PLAIN):
            self.found += (type(value), value)
        elif isinstance(value, Tensor):
            self.found += (value.data_ptr(), version(value), value.shape, value.stride(), value.dtype, value.device)
        elif isinstance(value, nn.Module):
            self.module(value)
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, BY_NAME):
            self.found.append(value)
        elif isinstance(value, (tuple, list, dict, set, frozenset, types.MappingProxyType)):
            self._many(value)
        else:
            self._object(value)

    def _many(self, values: Any) -> None:
        """What a container holds."""
        self.found += (type(values), len(values))
        if isinstance(values, (set, frozenset)):
            if not all(isinstance(item, PLAIN) for item in values):
                raise _Unclear
            self.found.append(frozenset(values))
            return
        if not isinstance(values, (tuple, list)):
            self.found.append(tuple(key if isinstance(key, PLAIN) else id(key) for key in values))
            values = values.values()
        for item in values:
            self.value(item)

    def _class(self, cls: type) -> None:
        """A class with its methods, where it is the user's own."""
        if self._again(cls):
            return
        self.found.append(cls)
        for base in cls.__mro__:
            forward = vars(base).get("forward")
            if forward is not None:
                self.found.append(forward)
            if isinstance(forward, types.FunctionType) and not _installed(forward):
                for method in vars(base).values():
                    if isinstance(method, types.FunctionType):
                        self._function(method)

    def _function(self, function: types.FunctionType) -> None:
        """A function with the globals and closures that it reads, where it is the user's own."""
        if self._again(function):
            return
        self.found.append(function)
        if _installed(function):
            return
        code, around = function.__code__, function.__globals__
        self.found.append(code)
        for name in code.co_names:
            if name in around:
                self.value(around[name])
        for cell in (*(function.__closure__ or ()), *(function.__defaults__ or ())):
            self.value(cell.cell_contents if isinstance(cell, types.CellType) else cell)

    def _object(self, value: Any) -> None:
        """What is known of anything else: bound methods, partial functions, objects that have nothing out of sight."""
        if self._again(value):
            return
        self.found.append(type(value))
        if isinstance(value, types.MethodType):
            self.found.append(value.__func__)
            self.value(value.__self__)
        elif isinstance(value, functools.partial):
            for part in (value.func, value.args, value.keywords):
                self.value(part)
        elif isinstance(getattr(value, "__dict__", None), dict) and _in_sight(type(value)):
            self.value(vars(value))
        else:
            raise _Unclear


def _installed(function: types.FunctionType) -> bool:
    """Whether a function belongs to a library, whose globals are not touched between two calls."""
    return _in_library(function.__code__.co_filename)


@functools.lru_cache(maxsize=1024)
def _in_library(file: str) -> bool:
    return any(place in file for place in LIBRARIES)


def _in_sight(cls: type) -> bool:
    """Whether objects of the class have nothing but their `__dict__`: no slots, nothing made in C."""
    return all(c is object or (c.__flags__ & 0x200 and "__slots__" not in vars(c)) for c in cls.__mro__)
