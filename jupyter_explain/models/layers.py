"""Layers of a torch module by name: their output, its gradient, and what follows when they put out something else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import Phrase, listed, refuse
from ..rows import Rows, each
from .tensors import clean, doubles, native

if TYPE_CHECKING:
    from . import Model
    from .torch import Net, Select


@dataclass(frozen=True)
class Call:
    """One run of a layer.

    Attributes:
        name, kind: its name and type.
        shape: of its output, without the leading axis.
        rows: whether the leading axis counts the rows asked about (where time comes first, or windows and frames of a
            row stand side by side, it does not).
    """

    name: str
    kind: type
    shape: tuple[int, ...]
    rows: bool = True


@contextlib.contextmanager
def recorded(net: nn.Module, rows: int) -> Iterator[list[Call]]:
    """Write down which layers run for so many rows, in the order in which they end."""
    calls: list[Call] = []

    def note(module: nn.Module, _: Any, out: Any, name: str) -> None:
        first = _first(out)
        if first is not None and first.ndim:
            calls.append(Call(name, type(module), tuple(first.shape[1:]), len(first) == rows))

    modules = [(n, m) for n, m in net.named_modules() if not isinstance(m, torch.jit.ScriptModule)]
    handles = [m.register_forward_hook(lambda m, i, o, n=n: note(m, i, o, n)) for n, m in modules]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _other_name(net: nn.Module, at: str) -> str:
    """The first name of a layer that stands in the network under several; unknown ones as they are."""
    layer = dict(net.named_modules(remove_duplicate=False)).get(at)
    return next((n for n, m in net.named_modules() if m is layer), at)


def layer_name(model: Model, at: Any, who: str) -> str:
    """The name of a layer given by name or as a module of the user's model.

    Raises:
        ValueError: an unknown layer (with the nearest names), or one that did not run.
    """
    assert model.net is not None  # noqa: S101 (methods with layers need a net)
    names = [n for n, _ in model.net.plain.named_modules() if n]
    if isinstance(at, nn.Module):
        name = next((n for n, m in model.source.named_modules() if m is at), None)
        if name is None and any(layer is at for layer in getattr(model.source, "layers", ())):
            name = at.name  # Keras keeps its layers in a list of its own
        if name is None:
            raise refuse(who, "at must be a layer of the model that is explained", Phrase(type(at).__name__))
        at = name
    if isinstance(at, str):
        at = at.replace("_orig_mod.", "")  # torch.compile's; the twin is without
        at = at if at in names else _other_name(model.net.plain, at)
    if not isinstance(at, str) or (at and at not in names):
        near = get_close_matches(str(at), names, 3, 0.3) or names[-3:]
        raise refuse(who, f"at must name a layer of the model (near: {listed(near)})", at)
    if not model.net.calls and any(isinstance(m, torch.jit.ScriptModule) for m in model.net.plain.modules()):
        rule = "sees no layers inside torch.jit; pass the module before scripting or tracing it"
        raise refuse(who, rule, Phrase(f"{at!r} of a scripted module"))
    if at not in {c.name for c in model.net.calls}:
        raise refuse(who, "at must name a layer that runs and puts out a tensor", Phrase(f"{at!r}, which did not"))
    return at


def _first(out: Any) -> Tensor | None:
    """The first tensor of what a layer returned."""
    if isinstance(out, Tensor):
        return out
    if isinstance(out, dict):
        out = tuple(out.values())
    return out[0] if isinstance(out, (tuple, list)) and out and isinstance(out[0], Tensor) else None


def _with_first(out: Any, new: Tensor) -> Any:
    """The same with its first tensor replaced."""
    if isinstance(out, Tensor):
        return new
    if isinstance(out, dict):
        key = next(iter(out))
        return type(out)({**out, key: new})
    return type(out)([new, *out[1:]])


@contextlib.contextmanager
def replaced(net: nn.Module, changes: dict[str, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """Layers put out something else; the hooks sit on the private twin and are gone afterwards."""

    def hook(name: str) -> Any:
        def replace(module: nn.Module, _: Any, out: Any) -> Any:
            first = _first(out)
            return out if first is None else _with_first(out, changes[name](first))

        return replace

    handles = [net.get_submodule(n).register_forward_hook(hook(n)) for n in changes]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def activations(
    net: Net, rows: Rows, layers: Sequence[str], select: Select | None
) -> dict[str, tuple[NDArray[Any], NDArray[Any] | None]]:
    """What layers put out, and with `select` the gradient to it; no graph is built below the first of them."""
    found: dict[str, Tensor] = {}

    def seen(name: str) -> Callable[[Tensor], Tensor]:
        def change(out: Tensor) -> Tensor:
            found[name] = out if out.requires_grad else out.detach().requires_grad_(select is not None)
            return found[name].clone()  # what follows may work in place

        return change

    used = net.used(layers)
    with clean(), net.as_written(used is net.plain), torch.set_grad_enabled(select is not None):
        with replaced(used, {n: seen(n) for n in layers}):
            scores = net.forward(net.tensors(each(np.copy, rows)))
        if select is None:
            return {n: (native(t), None) for n, t in found.items()}
        chosen = select(scores).sum()
        if not chosen.requires_grad:
            raise net._no_path()
        grads = torch.autograd.grad(chosen, [found[n] for n in layers], allow_unused=True)
    both = zip(layers, grads, strict=True)
    return {n: (native(found[n]), native(torch.zeros_like(found[n]) if g is None else g)) for n, g in both}


def changed(net: Net, row: Rows, layer: str, change: Callable[[Tensor], Tensor], n: int) -> NDArray[np.float64]:
    """Outputs (n, …) of one row with the layer's output changed in n ways: `change` gets it as (1, …) or (n, …).

    What comes before the layer runs once; where the network does not take one row there and n after, it runs n times.
    """
    if layer not in net.splits:
        net.splits[layer] = splits(net, row, layer)
    many = net.splits[layer]
    with clean(), torch.no_grad(), net.as_written(rows=n if many else 0), replaced(net.plain, {layer: change}):
        return doubles(net.forward(net.tensors(each(lambda a: np.repeat(a, 1 if many else n, axis=0), row))))


def splits(net: Net, row: Rows, layer: str) -> bool:
    """Whether one row up to the layer and two from there give the answer of the one row twice."""
    with clean(), torch.no_grad():
        with net.as_written():
            once = net.forward(net.tensors(each(np.copy, row)))
        twice: dict[str, Callable[[Tensor], Tensor]] = {layer: lambda t: torch.cat([t, t])}
        try:
            with net.as_written(rows=2), replaced(net.plain, twice):
                both = net.forward(net.tensors(each(np.copy, row)))
        except (RuntimeError, ValueError, IndexError, TypeError):  # shapes that do not fit
            return False
    return both.shape[1:] == once.shape[1:] and bool(torch.allclose(both, once.expand_as(both), rtol=1e-3, atol=1e-5))
