"""What attends to what inside a torch module, however its attention is written.

The private twin runs once under a function mode that sees every operation. A fused attention is written out as the
product that it stands for; a softmax over the last axis whose result is multiplied with values is attention by hand.
The user's model keeps its own implementation (Hugging Face's "sdpa" stays "sdpa").
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..rows import Rows, each
from .backward.rule import name_of, tensors
from .tensors import clean, native

if TYPE_CHECKING:
    from .torch import Net, Select

PRODUCTS = {"matmul", "baddbmm", "einsum"}
SOFTMAX = {"softmax", "special_softmax"}
LIKEWISE = {"dropout", "to", "type_as", "float", "double", "half", "bfloat16", "contiguous", "clone", "mul", "div"}
LIKEWISE |= {"truediv", "add", "sub", "masked_fill", "nan_to_num"}
RESHAPED = {"view", "reshape", "transpose", "permute", "flatten", "unflatten", "unsqueeze", "squeeze", "expand", "get"}


@dataclass(frozen=True)
class Attended:
    """One attention of one input.

    Attributes:
        layer: the module that was running.
        weights: how much each query takes from each key (heads, queries, keys).
        gradients: the target's gradient to these weights, or None.
        windows: in how many parts the tokens are looked at separately; they count as heads here.
    """

    layer: str
    weights: NDArray[Any]
    gradients: NDArray[Any] | None = None
    windows: int = 1


class Watch(TorchFunctionMode):
    """Sees attention and keeps its weights.

    Args:
        here: the name of the module that is running.
        wanted: whether the attention of that module is to be kept.
        claim: told how many bytes are about to be kept; raises when that is too much.
        slopes: whether gradients to the weights will be asked for.
    """

    def __init__(
        self, here: Callable[[], str], wanted: Callable[[str], bool], claim: Callable[[int], None], slopes: bool
    ) -> None:
        super().__init__()
        self.found: list[tuple[str, Tensor]] = []
        self.passed: list[str] = []
        self._here, self._wanted, self._claim, self._slopes = here, wanted, claim, slopes
        self._open: dict[int, tuple[Tensor, Tensor]] = {}  # what may turn out to be weights, with what to keep of it
        self._bytes = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name, in_place = name_of(func, kwargs)
        if name == "scaled_dot_product_attention":
            return self._written_out(*args, **kwargs)
        if name == "multi_head_attention_forward":
            with self:
                return _opened(func)(*args, **kwargs)
        if name in PRODUCTS:
            self._confirm(args, kwargs)
        out = func(*args, **kwargs)
        if name in SOFTMAX:
            return self._candidate(out) if _over_last(out, args, kwargs) else out
        return self._followed(name, in_place, args, out) if isinstance(out, Tensor) and self._open else out

    def _written_out(self, query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if kwargs.pop("enable_gqa", False):
            key, value = (t.repeat_interleave(query.shape[-3] // t.shape[-3], -3) for t in (key, value))
        return torch.matmul(self._keep(probabilities(query, key, *args, **kwargs)), value)

    def _candidate(self, weights: Tensor) -> Tensor:
        """Weights that may be those of an attention; what follows gets a copy, which it may write into."""
        if self._slopes and not weights.requires_grad:
            weights = weights.detach().requires_grad_()
        copy = weights.clone()
        self._open[id(copy)] = (copy, weights)
        return copy

    def _followed(self, name: str, in_place: bool, args: Any, out: Tensor) -> Tensor:
        """The same weights in another form, or weights made of them."""
        known = self._open.get(id(args[0])) if args else None
        if known is None:
            return out
        if in_place:
            self._open[id(out)] = (out, out if self._slopes else out.clone())
        if id(out) in self._open:
            return out
        if name in RESHAPED:
            self._open[id(out)] = (out, known[1])
        elif name in LIKEWISE and out.shape == args[0].shape and out.is_floating_point():
            return self._candidate(out)
        return out

    def _confirm(self, *given: Any) -> None:
        """Weights are multiplied with something: this is attention."""
        for t in list(tensors(*given)):
            known = self._open.pop(id(t), None)
            if known is not None and not any(known[1] is kept for _, kept in self.found):
                self._note(known[1])

    def _keep(self, weights: Tensor) -> Tensor:
        if self._slopes and not weights.requires_grad:
            weights = weights.detach().requires_grad_()
        self._note(weights)
        return weights  # only ever multiplied with values

    def _note(self, weights: Tensor) -> None:
        name = self._here()
        self.passed.append(name)
        if self._wanted(name):
            self._bytes += weights.numel() * weights.element_size() * (2 if self._slopes else 1)
            self._claim(self._bytes)
            self.found.append((name, weights))


def probabilities(
    query: Tensor,
    key: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Weights (…, queries, keys) of `scaled_dot_product_attention`, without its dropout.

    As there, a query that may look at nothing has weights of zero. Half precision is computed as single.
    """
    scaled = query * (query.shape[-1] ** -0.5 if scale is None else scale)
    scores = torch.matmul(scaled, key.transpose(-2, -1))
    exact = torch.float64 if scores.dtype == torch.float64 else torch.float32
    if is_causal:
        below = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
        scores = scores.masked_fill(~below, -torch.inf)
    if attn_mask is None:
        return torch.softmax(scores, -1, dtype=exact).to(query.dtype)
    scores = scores.masked_fill(~attn_mask, -torch.inf) if attn_mask.dtype == torch.bool else scores + attn_mask
    blind = (scores == -torch.inf).all(-1, keepdim=True)
    weights = torch.softmax(scores.masked_fill(blind, 0), -1, dtype=exact)
    return weights.masked_fill(blind, 0).to(query.dtype)


def _over_last(out: Tensor, args: Any, kwargs: Any) -> bool:
    """Whether a softmax was taken over the last axis of scores (…, queries, keys)."""
    axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
    return out.ndim >= 3 and axis in (-1, out.ndim - 1)


def _opened(func: Any) -> Any:
    """`multi_head_attention_forward` without its detour to function modes, so that its operations are seen one by one.

    The whole function would come back to us for ever otherwise.
    """
    names = {**func.__globals__, "has_torch_function": lambda *_: False}
    return FunctionType(func.__code__, names, func.__name__, func.__defaults__, func.__closure__)


@contextlib.contextmanager
def running(net: nn.Module) -> Iterator[list[str]]:
    """The names of the modules that are running, innermost last; the hooks sit on the twin and are gone afterwards.

    torch's own layers without layers inside (linear, norm, …) attend to nothing, and are left out.
    """
    stack: list[str] = []

    def leave(*_: Any) -> None:
        if stack:  # a failing module unwinds more than it entered
            stack.pop()

    handles = []
    for name, module in net.named_modules():
        if not (isinstance(module, torch.jit.ScriptModule) or _plain(module)):
            handles.append(module.register_forward_pre_hook(lambda *_, n=name: stack.append(n)))
            handles.append(module.register_forward_hook(leave, always_call=True))
    try:
        yield stack
    finally:
        for handle in handles:
            handle.remove()


def _plain(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.nn.modules.") and not module._modules


def may_attend(module: nn.Module) -> bool:
    """Whether something may attend inside a layer: not in torch's own without layers inside, nor in rows of those."""
    if isinstance(module, (nn.Sequential, nn.ModuleList)) and type(module).__module__.startswith("torch.nn.modules."):
        return any(may_attend(m) for m in module.children())
    return not _plain(module)


def attended(
    net: Net, rows: Rows, select: Select | None, wanted: Callable[[str], bool], claim: Callable[[int], None]
) -> tuple[list[Attended], list[str]]:
    """Every attention of one row in the order in which they run, and the layers of all of them, kept or not.

    Args:
        net: the twin.
        rows: one input (1, …).
        select: outputs -> (1,), for the gradient of that to the weights; None: no gradients, no graph.
        wanted: layer name -> whether to keep what attends there.
        claim: see `Watch`.
    """
    with clean(), net.as_written(), torch.set_grad_enabled(select is not None), running(net.plain) as stack:
        watch = Watch(lambda: stack[-1] if stack else "", wanted, claim, select is not None)
        with watch:
            scores = net.forward(net._as_given(each(np.copy, rows)))  # as the plain twin lies in memory
        kept = [w for _, w in watch.found]
        slopes: list[Any] = [None] * len(kept)
        if select is not None and kept:
            chosen = select(scores).sum()
            if not chosen.requires_grad:
                raise net._no_path()
            slopes = list(torch.autograd.grad(chosen, kept, allow_unused=True))
            slopes = [torch.zeros_like(w) if g is None else g for w, g in zip(kept, slopes, strict=True)]
    both = zip(watch.found, slopes, strict=True)
    found = [Attended(n, _heads(w), None if g is None else _heads(g), _windows(w)) for (n, w), g in both]
    return found, watch.passed


def _heads(t: Tensor) -> NDArray[Any]:
    """(heads, queries, keys): the row's axis goes, and any other axis counts as heads."""
    return native(t.reshape(-1, *t.shape[-2:]))


def _windows(t: Tensor) -> int:
    """Axes before that of the heads: one row was asked about, so whatever they count is a part of it."""
    return int(np.prod(t.shape[:-3], dtype=int))


def scripted(net: nn.Module) -> list[str]:
    """Modules that hide what they do."""
    return [n or "the whole model" for n, m in net.named_modules() if isinstance(m, torch.jit.ScriptModule)]
