"""torch modules. The user's module is never touched: a twin with the same weights answers for it."""

from __future__ import annotations

import contextlib
import copy
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import Phrase, refuse
from ..rows import Rows, copied, length, same
from . import Model
from .backward import Rule
from .folding import fold_batch_norms
from .kept import Seen, take
from .layers import Call, recorded
from .own import Buffers, loose_ends, usual
from .rectifiers import spare_passes
from .stems import quicken
from .tensors import clean, doubles, laid_back, native, same_draws
from .threads import keep_freed, one_thread

Select = Callable[[Tensor], Tensor]
ACTIVATION_BYTES = 512 * 2**20  # of one batch, together
TENSOR_BYTES = 13 * 2**20  # of a batch's largest activation; measured (CPU): above, page faults cost more than is won
HEAVY = 16  # multiplications per byte of activations from which twice that pays
MOST_ROWS = 512  # of one batch
MOST_WORK = 2**34  # multiplications of one batch's forward pass (CPU): about a third of a second on two cores
SMALL_BYTES, SMALL_WORK = 4 * 2**20, 2**24  # measured (CPU): a forward pass below both is quicker on one thread


def twin_of(net: nn.Module, buffers: Buffers | None = None) -> nn.Module:
    """A private copy of the module tree over the very same numbers, in eval mode; `net` itself is only read.

    The twin's parameters share memory with the user's but need no gradient: what does, depends on the input.

    Args:
        net: the module.
        buffers: copies that the twin may write into; None: it has the very same buffers.
    """
    memo: dict[int, Any] = {id(t): t for t in net.buffers()} if buffers is None else buffers.memo()
    memo |= {id(p): _frozen(p) for p in net.parameters()}
    try:
        with loose_ends():
            twin = _eager(copy.deepcopy(net, memo)).eval()
    except Exception as error:
        error.add_note("jupyter_explain works on a copy of your module (its weights shared), and could not copy it.")
        raise
    for module in twin.modules():
        if type(module) is nn.AdaptiveAvgPool2d:
            module.__class__ = AdaptiveAvgPool2d
    return twin


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """torch's, which is slow where there is nothing to average (VGG's and AlexNet's, at their usual input size), and
    on the way back where channels come last and what follows hands them back first."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """Means over the bins; a copy where every bin is one number and nobody watches operations."""
        if torch.overrides.has_torch_function((input,)):
            return super().forward(input)
        size = self.output_size if isinstance(self.output_size, (tuple, list)) else (self.output_size,) * 2
        if tuple(input.shape[-2:]) == tuple(size):
            return input.clone()
        return laid_back(super().forward(input))


def _eager(net: nn.Module) -> nn.Module:
    """The modules behind torch.compile: a fresh copy would only be compiled once more, and rules see nothing in it."""
    for name, child in list(net.named_children()):
        plain = _eager(child)
        if plain is not child:
            setattr(net, name, plain)
    return net._orig_mod if type(net).__name__ == "OptimizedModule" else net


def _frozen(p: Tensor) -> Tensor:
    return nn.Parameter(usual(p.detach()), requires_grad=False) if type(p) is nn.Parameter else p


class Fast(NamedTuple):
    """A twin made for speed, whether its channels come last, and which layers put out something else in it."""

    net: nn.Module
    last: bool
    changed: frozenset[str]


def fast_twin(net: nn.Module, *inputs: Any) -> Fast:
    """The twin with what eval mode allows for speed at such inputs: batch norms folded into convolutions, and those
    with their channels last, which comes second (`view` refuses numbers that lie in another order)."""
    twin = twin_of(net)
    changed = fold_batch_norms(twin, inputs)
    last = tuple(t.contiguous(memory_format=torch.channels_last) if _picture(t) else t for t in inputs)
    _lay_out(twin, torch.channels_last)
    try:
        spare_passes(twin, last)
        twin(*last)
        quicken(twin)
    except RuntimeError:
        _lay_out(twin, torch.contiguous_format)
        return Fast(twin, False, changed)
    return Fast(twin, True, changed)


def _picture(value: Any) -> bool:
    return isinstance(value, Tensor) and value.ndim == 4


def _lay_out(twin: nn.Module, order: torch.memory_format) -> None:
    """Put the weights of convolutions into a memory order."""
    for module in twin.modules():
        if isinstance(module, nn.Conv2d):
            module.weight = nn.Parameter(module.weight.detach().to(memory_format=order), requires_grad=False)


class _Cost(torch.utils._python_dispatch.TorchDispatchMode):
    """Counts the bytes of everything computed inside (what a backward pass would keep), of the largest tensor, and
    the multiplications of layers with weights."""

    def __init__(self) -> None:
        super().__init__()
        self.total = self.largest = self.work = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        there = {a.untyped_storage().data_ptr() for a in args if isinstance(a, Tensor)}  # views cost nothing
        for t in out if isinstance(out, (tuple, list)) else (out,):
            new = isinstance(t, Tensor) and t.untyped_storage().data_ptr() not in there
            size = t.numel() * t.element_size() if new else 0
            self.total, self.largest = self.total + size, max(self.largest, size)
        if isinstance(out, Tensor):
            self.work += out.numel() * _terms(func.__name__.partition(".")[0], args)
        return out


def _terms(name: str, args: Any) -> int:
    """How many products each number of an operation's result is the sum of."""
    if name == "convolution":
        return int(args[1].numel() // args[1].shape[0])
    place = {"mm": 0, "bmm": 0, "addmm": 1, "baddbmm": 1}.get(name)
    return 0 if place is None else int(args[place].shape[-1])


@dataclass
class Net:
    """The twin and how to ask it. Inputs are numpy rows (n, …); outputs are numpy."""

    net: nn.Module
    link: str
    args: tuple[Any, ...]
    device: torch.device
    dtype: torch.dtype | None

    def __post_init__(self) -> None:
        keep_freed()
        self.row_bytes: int | None = None
        self.tensor_bytes = self.row_work = 0
        self.row_seconds = 0.0
        self.plain = self.net
        self.fast = False
        self.changed: frozenset[str] = frozenset()
        self.folded_at: tuple[Any, ...] | None = None
        self.calls: list[Call] = []
        self.splits: dict[str, bool] = {}
        self._here = threading.local()
        self._weights: list[tuple[Tensor, NDArray[Any]]] | None = None
        self._last: tuple[Any, Rows, NDArray[np.float64]] | None = None
        self.buffers: Buffers | None = None
        self.seen: Seen | None = None  # what the user's module was, for `kept`
        self.draws: bool | None = None  # random numbers, in a forward pass; None: not known yet

    def tensor(self, rows: NDArray[Any]) -> Tensor:
        """Rows as a tensor on the model's device; floats in the model's precision."""
        t = torch.from_numpy(np.ascontiguousarray(rows))
        dtype = self.dtype if t.is_floating_point() and self.dtype is not None else t.dtype
        return t.to(self.device, dtype)

    def tensors(self, rows: Rows) -> tuple[Tensor, ...]:
        """Every input of the model as a tensor."""
        out = self._as_given(rows)
        if self.fast:
            out = tuple(t.contiguous(memory_format=torch.channels_last) if _picture(t) else t for t in out)
        return out

    def _as_given(self, rows: Rows) -> tuple[Tensor, ...]:
        """The same in the rows' own memory order."""
        return tuple(self.tensor(r) for r in (rows if isinstance(rows, tuple) else (rows,)))

    def _clone(self, t: Tensor) -> Tensor:
        """A copy in the memory order that the network likes."""
        return t.clone(memory_format=torch.channels_last if self.fast and _picture(t) else torch.preserve_format)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Outputs (n, outputs) or (n, …), after the link."""
        n = getattr(self._here, "rows", 0) or len(inputs[0])
        out = first_tensor(self._asked(self.used(), inputs, n))
        self._check(out, n)
        out = out[:, None] if out.ndim == 1 else out
        if self.link != "probability":
            return out
        return torch.sigmoid(out) if out.shape[1] == 1 else torch.softmax(out, 1)

    def _asked(self, net: nn.Module, inputs: tuple[Tensor, ...], n: int) -> Any:
        """What the network returns; every call gets the same random numbers where it draws any."""
        if self.draws is False:
            return self._called(net, inputs, n)
        with same_draws(self.device) as drawn:
            out = self._called(net, inputs, n)
            self.draws = bool(self.draws) or drawn()
            return out

    def _called(self, net: nn.Module, inputs: tuple[Tensor, ...], n: int) -> Any:
        feed = getattr(self._here, "feed", None)
        return feed(net, inputs) if feed is not None else net(*inputs, *(self._arg(a, n) for a in self.args))

    def _check(self, out: Tensor, n: int) -> None:
        """Refuse what is not one row of scores for each of n inputs."""
        who = type(self.plain).__name__
        if out.ndim == 0 or len(out) != n or not out.numel():
            raise refuse(who, f"must return one row of scores for each of the {n} input rows", out)
        if not out.is_floating_point():
            given = Phrase(f"{str(out.dtype).removeprefix('torch.')} such as {out.flatten()[0].item()!r}")
            raise refuse(who, "must return scores (floating point), not labels", given)

    def _arg(self, arg: Any, n: int) -> Any:
        """An unexplained argument, as a copy; one row of it is repeated for every row asked."""
        if isinstance(arg, np.ndarray):
            arg = torch.from_numpy(np.ascontiguousarray(arg)).to(self.device)
        if isinstance(arg, Tensor) and arg.ndim and len(arg) == 1:
            arg = arg.expand(n, *arg.shape[1:])
        return arg.detach().clone() if isinstance(arg, Tensor) else arg

    def predict(self, rows: Rows) -> NDArray[np.float64]:
        """Outputs of rows; the first call also measures what a row costs in memory."""
        with clean(), torch.no_grad(), one_thread(self.small(rows)):
            inputs = self.tensors(rows)
            return doubles(self._measured(inputs) if self.row_bytes is None else self.forward(inputs))

    def once(self, row: Rows) -> NDArray[np.float64]:
        """`predict` for a copy of one row; not asked again while it is the same row and no weight has changed."""
        self._here.state = state = self.state()
        if self.folded_at is not None and self.folded_at[0] != state:
            self.unfold()
        last = self._last
        if last is None or self.args or last[0] != state or not same(last[1], row):
            started = time.perf_counter()
            last = self._last = state, copied(row), self.predict(copied(row))
            self.row_seconds = min(self.row_seconds or inf, time.perf_counter() - started)
        return last[2].copy()

    def state(self) -> Any:
        """Something that is equal as long as all weights are, as far as torch counts changes and some numbers tell
        (writing through `.data` is not counted). Brings the twin's buffers up to date."""
        if self.buffers is not None:
            self.buffers.renew()
        try:
            if self._weights is None:
                own = (*self.plain.parameters(), *self.plain.buffers())
                self._weights = [(t, t.detach().numpy()) for t in own if t.numel()]
            return tuple((t._version, t.data_ptr(), *map(a.item, (0, a.size // 2, -1))) for t, a in self._weights)
        except (RuntimeError, TypeError):  # on another device, of another kind: nothing is known
            return object()

    def forget(self) -> None:
        """Forget what was made of the weights: the last outputs, and layers folded together."""
        self._last = self.seen = None
        self.unfold()

    def unfold(self) -> None:
        """Ask the network as it is written: what was folded together is of other weights."""
        self.net, self.fast, self.changed, self.folded_at = self.plain, False, frozenset(), None

    def lately(self) -> Any:
        """`state`, without a look where this thread has just taken one (`once`); a second call looks."""
        found = getattr(self._here, "state", None)
        self._here.state = None
        return self.state() if found is None else found

    def _measured(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Outputs of rows, and what each row costs."""
        with _Cost() as count, recorded(self.plain, len(inputs[0])) as self.calls:
            out = self.forward(inputs)
        n = max(1, len(inputs[0]))
        self.row_bytes, self.tensor_bytes, self.row_work = count.total // n, count.largest // n, count.work // n
        return out

    def small(self, rows: Rows) -> bool:
        """Whether a pass over the rows is too little work for several threads."""
        n = length(rows)
        cheap = (self.row_bytes or SMALL_BYTES) * n <= SMALL_BYTES and self.row_work * n <= SMALL_WORK
        return cheap and self.device.type == "cpu"

    @cached_property
    def attends(self) -> bool:
        """Whether the network looks as if it had attention; what a method sees decides."""
        from .guess import may_attend

        return may_attend(self.plain)

    def used(self, layers: Iterable[str] = ()) -> nn.Module:
        """The module that answers in this thread, and where these layers put out what the user's do."""
        plain = getattr(self._here, "as_written", False) or not self.changed.isdisjoint(layers)
        return self.plain if plain else self.net

    @contextlib.contextmanager
    def as_written(self, on: bool = True, rows: int = 0) -> Iterator[None]:
        """Ask the twin with the user's own layers in this thread, not the one with layers folded together.

        Args:
            on: False changes nothing.
            rows: how many rows come out, where that is not the number that goes in (see `layers.changed`).
        """
        before = getattr(self._here, "as_written", False), getattr(self._here, "rows", 0)
        self._here.as_written, self._here.rows = on or before[0], rows
        try:
            yield
        finally:
            self._here.as_written, self._here.rows = before

    @contextlib.contextmanager
    def fed(self, feed: Callable[[nn.Module, tuple[Tensor, ...]], Tensor]) -> Iterator[None]:
        """Give the inputs to the network in another way, in this thread (see `embedded`)."""
        before, self._here.feed = getattr(self._here, "feed", None), feed
        try:
            yield
        finally:
            self._here.feed = before

    def gradient(
        self, rows: Rows, select: Select, rule: Rule | None = None, against: Rows | None = None
    ) -> tuple[NDArray[np.float64], Rows]:
        """The selected output (n,) of each row and its gradient to every input, in the shape of the rows.

        Args:
            rows: inputs (n, …).
            select: outputs -> (n,).
            rule: another backward (see `models/backward`); it may report more than the output.
            against: what the rule compares each row with.
        """

        def ask(given: tuple[Tensor, ...]) -> Tensor:
            # Clones, so that a network may work in place on its input without touching a leaf (or the user's numbers).
            return select(self.forward(tuple(self._clone(t) for t in given)))

        written = self.as_written(rule is not None and rule.as_written)
        with clean(), torch.enable_grad(), written, one_thread(self.small(rows)):
            inputs = tuple(t.detach().requires_grad_(True) for t in self._floats(rows))
            others = None if against is None else self._floats(against)
            chosen = ask(inputs) if rule is None else rule.ask(ask, inputs, others, self.used())
            if not chosen.requires_grad:
                raise self._no_path()
            values = doubles(chosen if rule is None else rule.values(chosen))  # a rule may use its memory
            grads = torch.autograd.grad(chosen, inputs, _seed(chosen, rule), allow_unused=True)
        if all(g is None for g in grads):
            raise self._no_path()
        full = tuple(native(torch.zeros_like(t) if g is None else g) for g, t in zip(grads, inputs, strict=True))
        return values, full if isinstance(rows, tuple) else full[0]

    def _floats(self, rows: Rows) -> tuple[Tensor, ...]:
        inputs = self._as_given(rows)
        for t in inputs:
            if not t.is_floating_point():
                rule = "a gradient needs floating-point input (token ids need a method that hides tokens instead)"
                raise refuse(type(self.plain).__name__, rule, Phrase(str(t.dtype).removeprefix("torch.")))
        return inputs

    def _no_path(self) -> ValueError:
        rule = "the output must depend on the input through differentiable operations (no argmax, detach or no_grad)"
        return refuse(type(self.plain).__name__, rule, Phrase("an output with no gradient; use a perturbation method"))

    def batch(self) -> int:
        """Rows in one call: as many as fit the activation memory, a power of two. Never depends on the clock."""
        bytes_ = max(1, self.row_bytes or 1)
        most = TENSOR_BYTES * (2 if self.row_work >= HEAVY * bytes_ else 1)
        fit = min(ACTIVATION_BYTES // bytes_, most // max(1, self.tensor_bytes))
        if self.device.type == "cpu":
            fit = min(fit, MOST_WORK // max(1, self.row_work))
        return int(1 << min(MOST_ROWS, max(1, fit)).bit_length() - 1)


def _seed(chosen: Tensor, rule: Rule | None) -> Tensor:
    return torch.ones_like(chosen) if rule is None else rule.seed(chosen)


def first_tensor(out: Any) -> Tensor:
    """The tensor of scores in what a module returned: itself, `.logits`, "logits"/"out"/first of a dict or tuple."""
    if isinstance(out, Tensor):
        return out
    if getattr(out, "logits", None) is not None:
        return out.logits  # type: ignore[no-any-return]
    if isinstance(out, dict):
        out = [out[k] for k in ("logits", "out", "output") if k in out] or list(out.values())
    if isinstance(out, (tuple, list)) and out and isinstance(out[0], Tensor):
        return out[0]
    raise refuse("model", "must return a tensor, or a tuple, dict or output object that begins with one", out)


def model_of(net: nn.Module, link: str, args: tuple[Any, ...]) -> Model:
    """Wrap a module: logits by default, softmax (sigmoid for one output) with link="probability"."""
    asked = (None if args else take(net, link)) or _net_of(net, link, args)
    unit = "probability" if link == "probability" else "logit"
    return Model(type(net).__name__, asked.predict, unit, classes=True, net=asked, source=net)


def _net_of(net: nn.Module, link: str, args: tuple[Any, ...]) -> Net:
    """A new twin, and how to ask it."""
    weight = next((p for p in net.parameters() if p.is_floating_point()), None)
    device = weight.device if weight is not None else torch.device("cpu")
    if any(t.is_meta for t in (*net.parameters(), *net.buffers())):
        rule = "must have its weights in memory (to_empty and load_state_dict put them there)"
        raise refuse(type(net).__name__, rule, Phrase("weights on the meta device"))
    if any(nn.parameter.is_lazy(t) for t in (*net.parameters(), *net.buffers())):
        rule = "must have its weights in memory (lazy layers make theirs when the module is first called on an input)"
        raise refuse(type(net).__name__, rule, Phrase("layers that are not initialised yet"))
    buffers = Buffers(net)
    asked = Net(twin_of(net, buffers), link, args, device, weight.dtype if weight is not None else None)
    asked.buffers = buffers
    return asked


def speed_up(model: Model, row: Rows) -> None:
    """Swap in the folded, channels-last twin where it can matter (convolutions on images); `row` is one input."""
    net = model.net
    if net is None or type(net) is not Net or not any(isinstance(m, nn.Conv2d) for m in net.plain.modules()):
        return
    # Folding copies weights, so a training step in between asks for it again; so does another size.
    made_for = net.lately(), np.shape(row)
    if made_for != net.folded_at:
        with clean(), torch.no_grad(), same_draws(net.device):
            inputs = (*net._as_given(row), *(net._arg(a, 1) for a in net.args))
            net.net, net.fast, net.changed = fast_twin(net.plain, *inputs)
        net.folded_at = made_for
