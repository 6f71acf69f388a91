"""DeepLIFT's multipliers: every operation is asked for the baseline first, then for the input, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import Phrase, refuse
from . import deep_rules
from .book import Book
from .cells import CELLS, RECURRENT, unrolled
from .deep_peaks import indexed
from .names import MOVES, PEAKS, POINTWISE, PRODUCTS, SUMS, WEIGHTED
from .parts import ATTENTION, NORMS
from .rule import Ask, Kept, Rule, carriers, tensors
from .weighted import Chain, norm_factors, weighted

KNOWN = POINTWISE | PRODUCTS | PEAKS | {"softmax", "log_softmax", "logsumexp"}
PARTS = NORMS | ATTENTION
_NOTHING = torch.empty(0)


@dataclass(frozen=True)
class Step:
    """What one operation did for the baseline: its inputs, its output, and places of maxima."""

    name: str
    inputs: tuple[Kept, ...]
    output: Kept
    more: tuple[Tensor, ...] = ()

    @property
    def memory(self) -> list[int]:
        """Where its numbers are."""
        return [k.tensor.untyped_storage().data_ptr() for k in (*self.inputs, self.output)]


class DeepLift(Rule):
    """Differences of outputs over differences of inputs instead of gradients.

    Args:
        title: for errors.
        book: "rescale" or "reveal-cancel" for each place of the network.
    """

    free = (MOVES | WEIGHTED | SUMS) - {"sort", "topk", "where"}
    ruled = KNOWN | frozenset(PARTS) | RECURRENT | CELLS

    def __init__(self, title: str, book: Book) -> None:
        super().__init__(title)
        self._book, self.as_written = book, book.named
        self._tape: list[Step] = []
        self._at = 0
        self._recording = False
        self._held: Counter[int] = Counter()
        self._chain = Chain()
        self._base: Tensor | None = None
        self._inner: str | None = None  # the rule inside a recurrent layer
        self.rescaled_instead = 0

    def ask(self, ask: Ask, inputs: tuple[Tensor, ...], against: tuple[Tensor, ...] | None, net: nn.Module) -> Tensor:
        """The chosen output (n,) of the inputs; `against` holds one baseline row for each."""
        if against is None:
            raise refuse(self.title, "compares with baseline rows", None)
        self._tape, self._at = [], 0
        try:
            self._recording = True
            with torch.no_grad(), self._book.reading(net):
                self._base = self._watched(ask, against, net).detach().clone()
            self._recording = False
            self._held = Counter(at for step in self._tape for at in step.memory)
            self._held.update(t.untyped_storage().data_ptr() for t in (*net.parameters(), *net.buffers()))
            with self._book.reading(net):
                out = self._watched(ask, inputs, net)
            if self._at != len(self._tape):
                raise self._other_way()
            return out
        finally:
            self._recording, self._tape = False, []
            self._held.clear()
            self._chain.clear()

    def pools_first(self, apart: bool) -> bool:
        """The factors of both rules cancel to the same, whichever comes first; RevealCancel wants the layer before."""
        return not self._book.reveals

    def values(self, chosen: Tensor) -> Tensor:
        """Outputs (n, 2) of inputs and baselines."""
        assert self._base is not None  # noqa: S101 (ask comes first)
        return torch.stack([chosen.detach(), self._base], 1)

    def concerns(self, args: Any, kwargs: Any) -> bool:
        """Every operation is written down, so that both passes stay in step."""
        return any(t.is_floating_point() for t in tensors(args, kwargs))

    def act(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if name in PARTS and (out := self._by_parts(name, args, kwargs)) is not NotImplemented:
            return out
        if (name in RECURRENT or name in CELLS) and (out := self._by_steps(name, args, kwargs)) is not NotImplemented:
            return out
        reveals = self._book.reveals
        if name not in KNOWN and not (reveals and name in WEIGHTED):
            out = self.own(name, func, args, kwargs)
            if reveals and name == "batch_norm":
                self._fold(out, args, kwargs)
            return out
        if self._recording:
            return self._record(name, func, args, kwargs)
        step = self._next(name, args, kwargs)
        if name in WEIGHTED:
            return self._chained(name, func, args, kwargs, step)
        return self._ruled(name, func, args, kwargs, step)

    def renamed(self, old: Tensor, new: Tensor | None) -> None:
        self._chain.move(old, new)

    def _by_parts(self, name: str, args: Any, kwargs: Any) -> Any:
        self.acted.add(name)
        with self:
            return PARTS[name](*args, **{k: v for k, v in kwargs.items() if v is not None})

    def _by_steps(self, name: str, args: Any, kwargs: Any) -> Any:
        """A recurrent layer, which is one place of the network whatever its number of steps."""
        self._inner = None if self._recording else self._book.here()
        try:
            with self:
                out = unrolled(name, args, kwargs, torch.mul, lambda x: x)
        finally:
            self._inner = None
        if out is not NotImplemented:
            self.acted.add(name)
        return out

    def _record(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        inputs, more = tuple(self.keep(t) for t in tensors(args, kwargs)), ()
        if (found := indexed(name, args, kwargs)) is not None:
            out, *more = found
        else:
            out = func(*args, **kwargs)
        self._tape.append(Step(name, inputs, self.keep(tensors(out)[0]), tuple(more)))
        return out

    def _next(self, name: str, args: Any, kwargs: Any) -> Step:
        if self._at >= len(self._tape) or self._tape[self._at].name != name:
            raise self._other_way()
        step, self._tape[self._at] = self._tape[self._at], Step(name, (), Kept(_NOTHING))  # what was read may go
        self._at += 1
        self._held.subtract(step.memory)
        shapes = [t.shape for t in tensors(args, kwargs)]
        if shapes != [k.tensor.shape for k in step.inputs]:
            raise self._other_way()
        return step

    def _other_way(self) -> ValueError:
        given = Phrase("a model that does something else for the baseline (its steps depend on the numbers)")
        return refuse(self.title, "the model must take the same steps for the input and for the baseline", given)

    def _ruled(self, name: str, func: Any, args: Any, kwargs: Any, step: Step) -> Any:
        if not carriers(args, kwargs):
            return func(*args, **kwargs)
        if name in POINTWISE and (self._inner or self._book.here()) == "reveal-cancel":
            found = self._chain.of(args[0])
            if found is not None:
                self.acted.add(name)
                return deep_rules.reveal_cancel(func, args, kwargs, *found)
            self.rescaled_instead += 1
        rule: Callable[..., Any] = deep_rules.rule_for(name)
        if name == "relu":
            rule = partial(rule, spare=self._spare(step.inputs[0].tensor))
        out = rule(func, args, kwargs, (*(k.tensor for k in step.inputs), *step.more), step.output.tensor)
        if out is NotImplemented:
            return self.own(name, func, args, kwargs)
        self.acted.add(name)
        return out

    def _spare(self, tensor: Tensor) -> bool:
        """Whether nobody will read what was kept of the baseline's pass, so that it may be overwritten."""
        memory = tensor.untyped_storage()
        return not self._held[memory.data_ptr()] and tensor.numel() * tensor.element_size() == memory.nbytes()

    def _chained(self, name: str, func: Any, args: Any, kwargs: Any, step: Step) -> Any:
        out = func(*args, **kwargs)
        by = weighted(name, func, args, kwargs)
        if by is not None:
            start = step.inputs[0 if name != "addmm" else 1].tensor
            self._chain.add(out, by, start)
        return out

    def _fold(self, out: Any, args: Any, kwargs: Any) -> None:
        found = self._chain.of(args[0]) if args else None
        factors = norm_factors(args, kwargs)
        if found is not None and factors is not None and found[0].rows:
            self._chain.add(out, found[0].scaled(*factors), found[1])
