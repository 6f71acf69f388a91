"""Rectifiers in fewer passes over memory: after the pooling that follows, where there is less, or in place.

A maximum of rectified numbers is the rectified maximum, and their gradients are the same too. To whoever watches
operations or looks at a layer's output, everything stays as it was written, except to backward rules that say that the
order makes no difference to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import has_torch_function

from .backward.rule import pools_first, tensors
from .tape import Ref, Tape


class Rectifier(nn.ReLU):
    """A ReLU that leaves its work to the pooling behind it, or overwrites what nobody else reads."""

    ends: tuple[nn.Module, ...] = ()  # modules whose output its output is
    begins: tuple[nn.Module, ...] = ()  # modules whose output its input is
    later = False  # whether a pooling follows, which alone reads what it puts out
    apart = False  # whether no two of that pooling's windows overlap

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """The rectified numbers, or the numbers as they are."""
        if self.passes(input):
            return input
        own = bool(self.begins) and not has_torch_function((input,)) and not _seen(self.begins)
        return input.relu_() if own else super().forward(input)

    def passes(self, there: Tensor) -> bool:
        """Whether the pooling behind it rectifies."""
        if not self.later or _seen((*self.begins, *self.ends)):
            return False
        return not has_torch_function((there,)) or pools_first(self.apart)


class RectifiedPool(nn.MaxPool2d):
    """Max-pooling that also does what its rectifier left to it."""

    rectifier: tuple[Rectifier, ...] = ()

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """The largest numbers of rectified ones."""
        out = super().forward(input)
        if not self.rectifier[0].passes(input):
            return out
        return torch.relu(out) if has_torch_function((out,)) else out.relu_()


def _seen(modules: Iterable[nn.Module]) -> bool:
    return any(m._forward_hooks for m in modules)


def spare_passes(net: nn.Module, inputs: tuple[Any, ...]) -> None:
    """Have the rectifiers of a private network save passes where one run on some inputs shows that they may."""
    modules = list(net.modules())
    hooked = any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in modules)
    if hooked or not any(type(m) is nn.ReLU for m in modules):
        return
    runs = _Runs(net, inputs)
    for module in modules:
        if type(module) is nn.ReLU and not module.inplace:
            runs.rectifier(module)
    for module in modules:
        if type(module) is nn.MaxPool2d and not module.return_indices:
            runs.pool(module)


class _Runs:
    """What each module read and put out in one run, as places on a tape."""

    def __init__(self, net: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._read: dict[nn.Module, list[Ref | None]] = {}
        self._made: dict[nn.Module, list[Ref | None]] = {}
        handles = []
        for module in net.modules():
            handles.append(module.register_forward_pre_hook(lambda m, given: self._note(self._read, m, given)))
            handles.append(module.register_forward_hook(lambda m, _, out: self._note(self._made, m, out)))
        try:
            with torch.no_grad(), Tape(inputs[0]) as self._tape:
                out = net(*inputs)
        finally:
            for handle in handles:
                handle.remove()
        self._readers = Counter(r.at for s in self._tape.steps for r in s.refs)
        self._readers.update(r.at for t in tensors(out) if (r := self._tape.ref(t)) is not None)
        self._known = not self._tape.broken and bool(tensors(out))
        self._rectifiers: dict[int, Rectifier] = {}

    def _note(self, there: dict[nn.Module, list[Ref | None]], module: nn.Module, value: Any) -> None:
        found = tensors(value)
        there.setdefault(module, []).append(self._tape.ref(found[0]) if len(found) == 1 else None)

    def _once(self, module: nn.Module, name: str) -> tuple[int, int] | None:
        """Steps that made what the module read and put out, where it ran once and is that one operation."""
        read, made = self._read.get(module, []), self._made.get(module, [])
        if not self._known or len(read) != 1 or len(made) != 1 or read[0] is None or made[0] is None:
            return None
        step = self._tape.steps[made[0].at]
        return (read[0].at, made[0].at) if step.name == name and step.refs == [read[0]] else None

    def _of(self, step: int) -> tuple[nn.Module, ...]:
        """Modules that put out what a step made."""
        return tuple(m for m, made in self._made.items() if any(r is not None and r.at == step for r in made))

    def rectifier(self, module: nn.Module) -> None:
        """A ReLU may overwrite what a convolution made for it alone."""
        places = self._once(module, "relu")
        if places is None:
            return
        module.__class__ = Rectifier
        if self._tape.steps[places[0]].name == "conv2d" and self._readers[places[0]] == 1:
            module.begins = self._of(places[0])
        module.ends = self._of(places[1])
        self._rectifiers[places[1]] = module  # type: ignore[assignment]

    def pool(self, module: nn.Module) -> None:
        """A pooling that alone reads a rectifier's output may do its work."""
        places = self._once(module, "max_pool2d")
        before = None if places is None else self._rectifiers.get(places[0])
        if places is None or before is None or self._readers[places[0]] > 1:
            return
        module.__class__, module.rectifier = RectifiedPool, (before,)
        before.later, before.apart = True, _apart(module)


def _apart(pool: nn.MaxPool2d) -> bool:
    """Whether no two windows overlap."""
    sizes, steps, wide = ((v, v) if isinstance(v, int) else v for v in (pool.kernel_size, pool.stride, pool.dilation))
    return tuple(wide) == (1, 1) and all(k <= s for k, s in zip(sizes, steps, strict=True))
