"""What all backward rules share: seeing operations, in-place ones included, and giving them another backward."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ...errors import Phrase, listed, refuse
from ..tensors import laid_back
from .names import AVERAGES

Ask = Callable[[tuple[Tensor, ...]], Tensor]
Back = Callable[[Tensor], Any]
_here = threading.local()  # which rule watches
ALIASES = {
    "divide": "div",
    "true_divide": "div",
    "floordiv": "floor_divide",
    "multiply": "mul",
    "subtract": "sub",
    "concat": "cat",
    "concatenate": "cat",
    "mm": "matmul",
    "bmm": "matmul",
    "negative": "neg",
    "rmul": "mul",
    "radd": "add",
}


ORDERS = {  # torch's own norms, which take the arguments of those in `functional` in another order
    torch.batch_norm: functional.batch_norm,
    torch.instance_norm: functional.instance_norm,
}
NORM_ARGUMENTS = ("input", "weight", "bias", "running_mean", "running_var", "training", "momentum", "eps")


class _Bend(torch.autograd.Function):
    """A value that is computed already, with a backward of our own."""

    @staticmethod
    def forward(ctx: Any, value: list[Tensor], back: Back, *inputs: Tensor) -> Tensor:
        ctx.back = back  # the value comes in a list so that autograd does not take it for an input
        return value[0]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        back, ctx.back = ctx.back, None  # what it holds is needed once, and may go before the rest of the pass
        return None, None, *back(grad)


def bend(value: Tensor, back: Back, *inputs: Tensor) -> Tensor:
    """`value` (without a graph) as a function of `inputs`, whose backward is `back(grad) -> one per input`."""
    return _Bend.apply([value], back, *inputs)


class Kept:
    """A tensor that must still be what it is when it is read, whatever is done in place meanwhile."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Rule(TorchFunctionMode):
    """A backward rule.

    Attributes:
        title: for errors and notes.
        acted: names of the operations that got a rule's backward.
        plain: names of the operations that have no rule and kept their own.
    """

    free: frozenset[str] = frozenset()  # operations that need no rule
    ruled: frozenset[str] = frozenset()  # operations that have one
    as_written = False  # whether layer names matter, so that the user's layers must not be folded together

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.acted: set[str] = set()
        self.plain: set[str] = set()
        self._kept: dict[int, list[Kept]] = {}

    # what a subclass says

    def act(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """The result of one operation; `own` is the way to leave it as it is."""
        raise NotImplementedError

    def concerns(self, args: Any, kwargs: Any) -> bool:
        """Whether the operation acts on something that depends on the input (weights of the twin are frozen)."""
        return bool(carriers(args, kwargs))

    def seed(self, chosen: Tensor) -> Tensor:
        """What the backward pass starts from."""
        return torch.ones_like(chosen)

    def values(self, chosen: Tensor) -> Tensor:
        """Outputs that are reported with the gradient."""
        return chosen

    def pools_first(self, apart: bool) -> bool:
        """Whether a max-pooling may come before the rectifier in front of it, with the same result.

        Args:
            apart: whether the pooling's windows do not overlap.
        """
        return False

    # what the network's adapter calls

    def ask(self, ask: Ask, inputs: tuple[Tensor, ...], against: tuple[Tensor, ...] | None, net: nn.Module) -> Tensor:
        """The chosen output (n,) of the inputs, its backward bent."""
        return self._watched(ask, inputs, net)

    def _watched(self, ask: Ask, inputs: tuple[Tensor, ...], net: nn.Module) -> Tensor:
        self._refuse_scripts(net)
        _here.rule = self
        try:
            with self:
                return ask(inputs)
        finally:
            _here.rule = None
            self._kept.clear()

    def _refuse_scripts(self, net: nn.Module) -> None:
        scripted = [n or "the whole model" for n, m in net.named_modules() if isinstance(m, torch.jit.ScriptModule)]
        if scripted:
            rule = "sees no operation inside torch.jit; pass the module before scripting or tracing, or use saliency"
            raise refuse(self.title, rule, Phrase(f"a scripted module ({listed(scripted[:1])})"))

    def own(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """The operation with its own backward; named if a rule would have been needed."""
        out = func(*args, **kwargs)
        if name not in self.free and carriers((out,)):
            self.plain.add(name)
        return out

    def keep(self, tensor: Tensor) -> Kept:
        """Hold on to the tensor as it is now; it is copied only if something is done to it in place."""
        kept = Kept(tensor.detach())
        self._kept.setdefault(tensor.untyped_storage().data_ptr(), []).append(kept)
        return kept

    def _protect(self, tensor: Any, copy: Tensor | None = None) -> None:
        """Before `tensor` is overwritten: what was kept of it moves to a copy, the given one where that will do."""
        if isinstance(tensor, Tensor):
            for kept in self._kept.pop(tensor.untyped_storage().data_ptr(), []):
                same = copy is not None and _place(kept.tensor) == _place(tensor)
                kept.tensor = copy.detach() if same and copy is not None else kept.tensor.clone()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        func, args, kwargs = usual_order(func, args, kwargs or {})
        name, in_place = name_of(func, kwargs)
        concerned = self.concerns(args, kwargs)
        if concerned and isinstance(func, torch._ops.OpOverload) and func.namespace == "aten":
            rule = "sees no layer's operation as torch.export writes them; pass the module before it is exported"
            raise refuse(self.title, rule, Phrase(f"a module that calls {func}"))
        if in_place and args and not (concerned and name in self.ruled):
            self._protect(args[0])
        if not concerned:
            return func(*args, **kwargs)
        if not in_place or name == "setitem":
            out = self.act(name, func, args, kwargs)
            return laid_back(out) if name in AVERAGES and isinstance(out, Tensor) else out
        return self._in_place(name, func, args, kwargs)

    def _in_place(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """The operation on a copy, whose result then overwrites the tensor: aliases see what they would see."""
        target, new = args[0], outside(func) if name in self.ruled else None
        if new is None:
            self._protect(target)
            self.renamed(target, None)
            return self.own(name, func, args, kwargs)
        copy = target.clone()
        self._protect(target, copy)
        self.renamed(target, copy)
        out = self.act(name, new, (copy, *args[1:]), {k: v for k, v in kwargs.items() if k != "inplace"})
        target.copy_(out)
        self.became(out, target)
        return target

    def renamed(self, old: Tensor, new: Tensor | None) -> None:
        """`old` is about to be overwritten; `new` is a copy of it."""

    def became(self, out: Tensor, target: Tensor) -> None:
        """`target` was overwritten with `out`."""


def pools_first(apart: bool) -> bool:
    """Whether the rule that watches this thread lets a max-pooling come before the rectifier in front of it."""
    rule = getattr(_here, "rule", None)
    return rule is not None and rule.pools_first(apart)


def _place(t: Tensor) -> tuple[Any, ...]:
    """Where in memory a tensor's numbers are."""
    return t.data_ptr(), t.shape, t.stride(), t.dtype


def name_of(func: Any, kwargs: Mapping[str, Any]) -> tuple[str, bool]:
    """The operation's plain name, and whether it writes into its first argument."""
    name = getattr(func, "__name__", "")
    dunder = name.startswith("__") and name.endswith("__")
    in_place = bool(kwargs.get("inplace")) or name == "__setitem__" or (name.endswith("_") and not dunder)
    name = name.strip("_")
    return ALIASES.get(name, name), in_place


def usual_order(func: Any, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
    """A norm called as `torch.batch_norm(…)` as the same call of `functional.batch_norm(…)`."""
    usual = ORDERS.get(func)
    if usual is None:
        return func, args, kwargs
    given = dict(zip(NORM_ARGUMENTS, args, strict=False)) | kwargs
    given.pop("cudnn_enabled", None)
    if usual is functional.instance_norm and "training" in given:
        given["use_input_stats"] = given.pop("training")
    order = ("input", "running_mean", "running_var", "weight", "bias")
    return usual, tuple(given.pop(k) for k in order), given


def outside(func: Any) -> Any:
    """The variant of an in-place operation that makes a new tensor, or None."""
    if not func.__name__.endswith("_"):
        return func  # the keyword decides: inplace=True
    places: Sequence[Any] = (torch.Tensor, torch, functional)
    return next((getattr(p, func.__name__[:-1]) for p in places if hasattr(p, func.__name__[:-1])), None)


def tensors(*values: Any) -> list[Tensor]:
    """All tensors in nested arguments."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            found += tensors(*value)
        elif isinstance(value, dict) and value:
            found += tensors(*value.values())
    return found


def carriers(*values: Any) -> list[Tensor]:
    """The tensors that depend on the input."""
    return [t for t in tensors(*values) if t.requires_grad]


def swapped(value: Any, new: Mapping[int, Tensor]) -> Any:
    """Nested arguments with tensors replaced by identity."""
    if isinstance(value, Tensor):
        return new.get(id(value), value)
    if isinstance(value, (tuple, list)):
        return type(value)(swapped(v, new) for v in value)
    return {k: swapped(v, new) for k, v in value.items()} if isinstance(value, dict) else value
