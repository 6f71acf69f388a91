"""The operations of one forward pass, written down so that they can be run again with other values in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from .backward.rule import name_of, outside, tensors

# What a network may ask about a tensor without looking at its numbers.
QUESTIONS = frozenset({
    "get", "size", "dim", "ndimension", "numel", "nelement", "len", "stride", "is_floating_point", "is_complex",
    "is_contiguous", "element_size", "get_device", "type", "hash",
})  # fmt: skip


@dataclass(frozen=True)
class Ref:
    """A result on the tape: its number, and which of several tensors it is."""

    at: int
    part: int | None = None


@dataclass
class Step:
    """One operation on something that depends on the input.

    Attributes:
        name: plain name of the operation.
        func, args, kwargs: the call, with a `Ref` for everything that depends on the input.
        out: what it gave when it was written down.
    """

    name: str
    func: Callable[..., Any]
    args: Any
    kwargs: Any
    out: Any

    @property
    def refs(self) -> list[Ref]:
        """What it reads."""
        return list(_refs((self.args, self.kwargs)))


class Tape(TorchFunctionMode):
    """Writes down one forward pass in this thread.

    Attributes:
        steps: operations in their order; the first is the input itself.
        broken: why the pass cannot be repeated with other numbers, or "".
    """

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.steps = [Step("input", _nothing, (), {}, x)]
        self.broken = ""
        self._known: dict[int, tuple[Tensor, Ref]] = {id(x): (x, Ref(0))}  # tensors are held: ids stay their own
        self._stale: set[int] = set()

    def ref(self, tensor: Tensor) -> Ref | None:
        """Where a tensor is on the tape."""
        found = self._known.get(id(tensor))
        return found[1] if found else None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if not any(id(t) in self._known for t in tensors(args, kwargs)):
            return func(*args, **kwargs)
        name, in_place = name_of(func, kwargs)
        call = self._referring(args), self._referring(kwargs)
        if in_place:
            self._overwritten(name, args[0])
        out = func(*args, **kwargs)
        if isinstance(out, Tensor) or (isinstance(out, (tuple, list)) and any(True for _ in tensors(out))):
            self._write(name, func, call, out, in_place)
        elif name not in QUESTIONS:
            self.broken = self.broken or f"{name} looks at numbers"
        return out

    def _write(self, name: str, func: Any, call: tuple[Any, Any], out: Any, in_place: bool) -> None:
        args, kwargs = call
        if in_place:
            func, kwargs = outside(func), {k: v for k, v in kwargs.items() if k != "inplace"}
            if func is None:
                self.broken = self.broken or f"{name} writes in place"
        at = len(self.steps)
        self.steps.append(Step(name, func, args, kwargs, out))
        if isinstance(out, Tensor):
            self._known[id(out)] = out, Ref(at)
        else:
            self._known.update({id(t): (t, Ref(at, i)) for i, t in enumerate(out) if isinstance(t, Tensor)})

    def _overwritten(self, name: str, target: Tensor) -> None:
        """Keep what is about to be overwritten; other tensors over the same memory are not followed further."""
        if name == "setitem" or id(target) not in self._known:
            self.broken = self.broken or f"{name} writes in place"
        memory = target.untyped_storage().data_ptr()
        for step in self.steps:
            if isinstance(step.out, Tensor) and step.out.untyped_storage().data_ptr() == memory:
                step.out = step.out.clone()
        same = [i for i, (t, _) in self._known.items() if t.untyped_storage().data_ptr() == memory]
        self._stale.update(i for i in same if i != id(target))

    def _referring(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            if id(value) in self._stale:
                self.broken = self.broken or "one tensor is read after another over its memory was overwritten"
            return self.ref(value) or value
        if isinstance(value, (tuple, list)):
            found = map(self._referring, value)
            return list(found) if isinstance(value, list) else tuple(found)
        return {k: self._referring(v) for k, v in value.items()} if isinstance(value, dict) else value


def _nothing() -> None:
    """What the input is made by."""


def _refs(value: Any) -> Any:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, (tuple, list)):
        for v in value:
            yield from _refs(v)
    elif isinstance(value, dict):
        yield from _refs(tuple(value.values()))


def filled(value: Any, fill: Callable[[Ref], Any]) -> Any:
    """A call's arguments with something in place of each `Ref`."""
    if isinstance(value, Ref):
        return fill(value)
    if isinstance(value, (tuple, list)):
        return type(value)(filled(v, fill) for v in value)
    return {k: filled(v, fill) for k, v in value.items()} if isinstance(value, dict) else value


def needed(steps: list[Step], last: int) -> list[int]:
    """Numbers of the steps that the step `last` depends on, itself included, in their order."""
    wanted = {last}
    for at in range(last, -1, -1):
        if at in wanted:
            wanted.update(r.at for r in steps[at].refs)
    return sorted(wanted)
