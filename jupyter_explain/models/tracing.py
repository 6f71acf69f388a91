"""What runs in a torch module for one input, and which results go where."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..errors import Phrase, refuse
from ..rows import Rows, copied
from .backward.rule import name_of, tensors
from .own import version
from .tensors import clean

if TYPE_CHECKING:
    from .torch import Net

# Operations that only bring numbers into another order: they are written on the arrow, not drawn as nodes.
MOVES = {
    *("view", "reshape", "flatten", "unflatten", "permute", "transpose", "swapaxes", "movedim", "squeeze"),
    *("unsqueeze", "expand", "repeat_interleave", "getitem", "chunk", "split", "unbind", "narrow", "select"),
    *("view_as", "expand_as", "t", "as_strided", "rearrange"),
}
QUIET = {"contiguous", "clone", "detach", "to", "type", "float", "double", "half", "get", "type_as", "cpu"}
OPEN = {"Sequential", "ModuleList", "ModuleDict"}  # torch's own classes that are looked into
WORDS = 3  # of what happened on an arrow


@dataclass
class Step:
    """One run of a layer, block or operation.

    Attributes:
        kind, name, type, shape: as in `explanation.Node`.
        parent: number of the block in which it ran, or None.
        sources: (number of the step whose result it got, how that was reshaped on the way).
    """

    kind: str
    name: str
    type: str
    parent: int | None
    shape: tuple[int, ...] | None = None
    sources: list[tuple[int, str]] = field(default_factory=list)


class Trace(TorchFunctionMode):
    """Writes down every step of one forward pass and follows tensors from one to the next.

    Inside a layer (a module without parts, or one of torch's own) nothing more is written down.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._names = {m: n for n, m in net.named_modules()}
        # Tensors are told by identity, so each is held until the end.
        self._origin: dict[int, tuple[Tensor, int, tuple[str, ...]]] = {}
        self._running: list[tuple[nn.Module, int, dict[int, int]]] = []
        self._hidden = 0

    # modules

    def begins(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        """A module is about to run."""
        if self._hidden:
            self._hidden += 1
            return
        versions = {id(t): version(t) for t in tensors(args, kwargs)}
        if not self._running:
            for i, t in enumerate(given := list(tensors(args, kwargs))):
                self._own(t, self._add("input", f"input {i}" if len(given) > 1 else "input", "input", t, []))
            self._running.append((module, -1, versions))
            if not (is_layer(module) and type(module).__module__.startswith("torch.nn")):
                return  # the network itself is no block of the picture
        closed = is_layer(module)
        sources = self._sources(args, kwargs) if closed else []
        name = self._names[module]
        number = self._add("layer" if closed else "block", name, type(module).__name__, None, sources)
        self._running.append((module, number, versions))
        self._hidden = int(closed)

    def ends(self, module: nn.Module, args: Any, out: Any) -> Any:
        """A module has run; what it hands on unchanged becomes a tensor of its own, so that it can be told apart."""
        if self._hidden > 1:
            self._hidden -= 1
            return None
        self._hidden = 0
        while self._running[-1][0] is not module:  # a part that the network caught failing
            self._running.pop()
        _, number, versions = self._running.pop()
        first, alias = next(iter(tensors(out)), None), None
        if number >= 0:
            step = self.steps[number]
            step.shape = None if first is None else tuple(first.shape[1:])
            if step.kind == "layer":
                alias = self._handed_on(out, number, versions)
        if number < 0 or (self._running and self._running[-1][0] is module):  # the network, or all there is of it
            self._add("output", "output", "output", first, self._sources(out if alias is None else alias))
        return alias

    def _handed_on(self, out: Any, number: int, versions: dict[int, int]) -> Tensor | None:
        alias = None
        if isinstance(out, Tensor) and versions.get(id(out)) == version(out):
            with torch._C.DisableTorchFunction():
                alias = out.detach()
        for t in tensors(out if alias is None else alias):
            self._own(t, number)
        return alias

    # operations between modules

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if self._hidden or not self._running:
            return out
        name, in_place = name_of(func, kwargs)
        results = [args[0]] if in_place and args and isinstance(args[0], Tensor) else list(tensors(out))
        given = list(tensors(args, kwargs))
        same = not in_place and any(r is g for r in results for g in given)  # nothing was done
        if results and not same and (sources := self._sources(args, kwargs)):
            self._record(name, results, given, sources)
        return out

    def _record(self, name: str, results: list[Tensor], given: list[Tensor], sources: list[tuple[int, str]]) -> None:
        if (name in MOVES or name in QUIET) and len(sources) == 1:
            _, number, words = next(self._origin[id(t)] for t in given if id(t) in self._origin)
            words = words if name in QUIET else (*words, "index" if name == "getitem" else name)
            for t in results:
                self._own(t, number, words)
            return
        number = self._add("operation", name, name, results[0], sources)
        for t in results:
            self._own(t, number)

    def _add(self, kind: str, name: str, type_: str, like: Tensor | None, sources: list[tuple[int, str]]) -> int:
        inside = [n for _, n, _ in self._running if n >= 0]
        shape = None if like is None else tuple(like.shape[1:])
        self.steps.append(Step(kind, name, type_, inside[-1] if inside else None, shape, sources))
        return len(self.steps) - 1

    def _own(self, t: Tensor, number: int, words: tuple[str, ...] = ()) -> None:
        self._origin[id(t)] = (t, number, words[-WORDS:])

    def _sources(self, *values: Any) -> list[tuple[int, str]]:
        found = [self._origin[id(t)] for t in tensors(*values) if id(t) in self._origin]
        return list(dict.fromkeys((number, " · ".join(words)) for _, number, words in found))


def is_layer(module: nn.Module) -> bool:
    """Whether a module is one thing to its user: without parts, or one of torch's own."""
    kind = type(module)
    if not any(True for _ in module.children()):
        return True
    own = kind.__module__.startswith("torch.nn") and kind.__name__ not in OPEN
    return own and "Transformer" not in kind.__name__


def traced(net: Net, rows: Rows, who: str) -> list[Step]:
    """The steps of one forward pass of the twin.

    Raises:
        ValueError: for a scripted module, whose parts cannot be seen.
    """
    if isinstance(net.plain, torch.jit.ScriptModule):
        rule = "cannot look into torch.jit; pass the module before scripting or tracing it"
        raise refuse(who, rule, Phrase("a scripted module"))
    trace = Trace(net.plain)
    with clean(), torch.no_grad(), net.as_written(), ExitStack() as stack:
        for module in net.plain.modules():
            if isinstance(module, torch.jit.ScriptModule):
                continue
            before = module.register_forward_pre_hook(trace.begins, with_kwargs=True)
            stack.callback(before.remove)
            stack.callback(module.register_forward_hook(trace.ends).remove)
        inputs = net.tensors(copied(rows))
        stack.enter_context(trace)
        net.forward(inputs)
    return trace.steps
