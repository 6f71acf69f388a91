"""Layer-wise relevance propagation: what flows back is relevance itself, split at every operation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .book import Book
from .cells import CELLS, RECURRENT, unrolled
from .lrp_rules import MULTIPLES, Numbers, share
from .names import MOVES, PEAKS, POINTWISE, PRODUCTS, SUMS, WEIGHTED
from .parts import ATTENTION, NORMS
from .rule import Ask, Rule, bend, carriers, swapped
from .weighted import Chain, Weighted, norm_factors, weighted
from .wholes import Whole, Wholes, steady

SPLIT = SUMS | PRODUCTS | {"softmax"}
WRITTEN_OUT = frozenset(ATTENTION) | RECURRENT | CELLS


class Lrp(Rule):
    """Relevance propagation.

    Weighted layers follow the book; a batch norm behind one is folded into it. Activations and normalisation layers
    hand relevance through; sums split it in proportion to their terms, and products in equal halves; a maximum
    gives all to its winner. Attention is written out as products and a softmax (Achtibat et al. 2024); recurrent layers
    step by step, where gates get nothing and what they let through gets all (Arras et al. 2017).

    Args:
        title: for errors.
        book: rule name and its numbers for each place of the network.
        epsilon: stabiliser of sums that have no weights.
    """

    free = MOVES | PEAKS
    ruled = SPLIT | POINTWISE | frozenset(NORMS) | WRITTEN_OUT | WEIGHTED

    def __init__(self, title: str, book: Book, epsilon: float) -> None:
        super().__init__(title)
        self._book, self._epsilon, self.as_written = book, epsilon, book.named
        self._chain, self._wholes = Chain(), Wholes()
        self._inner: Numbers | None = None  # the rule inside a recurrent layer

    def ask(self, ask: Ask, inputs: tuple[Tensor, ...], against: tuple[Tensor, ...] | None, net: nn.Module) -> Tensor:
        """The chosen output (n,) of the inputs."""
        self._wholes = Wholes()
        with self._reading(net):
            return self._watched(ask, inputs, net)

    @contextlib.contextmanager
    def _reading(self, net: nn.Module) -> Iterator[None]:
        try:
            with self._book.reading(net):
                yield
        finally:
            self._chain.clear()

    def seed(self, chosen: Tensor) -> Tensor:
        """All relevance there is: the output itself."""
        return chosen.detach().clone()  # its memory may be used on the way back

    def renamed(self, old: Tensor, new: Tensor | None) -> None:
        self._chain.move(old, new)
        self._wholes.overwritten(old, new)

    def became(self, out: Tensor, target: Tensor) -> None:
        self._wholes.overwritten(out, target, self.keep)

    def act(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        out, given = self._acted(name, func, args, kwargs), carriers(args, kwargs)
        if name != "relu" and carriers((out,)):
            self._wholes.read(given)
        if name in self.free:
            self._wholes.follow(given, out)
        return out

    def _acted(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if name in WRITTEN_OUT and (out := self._written_out(name, args, kwargs)) is not NotImplemented:
            return out
        if name in POINTWISE or name in NORMS:
            return self._through(name, func, args, kwargs)
        if name == "batch_norm" and (folded := self._folded(args, kwargs)) is not None:
            return self._weighted(func(*args, **kwargs).detach(), *folded)
        by = weighted(name, func, args, kwargs)
        if by is not None:
            numbers = self._inner or self._book.here(name)
            return self._weighted(func(*args, **kwargs).detach(), by, numbers)
        if name in self.free:
            return func(*args, **kwargs)
        return self._split(name, func, args, kwargs)

    def _written_out(self, name: str, args: Any, kwargs: Any) -> Any:
        if name not in ATTENTION:
            return self._by_steps(name, args, kwargs)
        with self:
            return ATTENTION[name](*args, **kwargs)

    def _by_steps(self, name: str, args: Any, kwargs: Any) -> Any:
        """A recurrent layer, which is one place of the network whatever its number of steps."""
        self._inner = self._book.here("linear")
        try:
            with self:
                out = unrolled(name, args, kwargs, self._gated, torch.Tensor.detach)
        finally:
            self._inner = None
        if out is not NotImplemented:
            self.acted.add(name)
        return out

    def _gated(self, gate: Tensor, signal: Tensor) -> Tensor:
        """All relevance of the product goes to the signal, even where the gate is nearly shut."""
        out = gate * signal.detach()
        if not signal.requires_grad:
            return out
        self._wholes.read((signal,))
        self._wholes.lose((signal,))
        return bend(out, lambda grad: (grad,), signal)

    def _through(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """All relevance of the output goes to the one input."""
        out = func(*args, **kwargs)
        found = carriers(args, kwargs)
        if len(found) != 1 or found[0].shape != out.shape:
            return self._split(name, func, args, kwargs)
        self.acted.add(name)
        made = bend(out.detach(), lambda grad: (grad,), found[0])
        if name == "relu":
            self._wholes.rectify(found[0], made, self.keep)
        else:
            self._wholes.lose(found)
        return made

    def _folded(self, args: Any, kwargs: Any) -> tuple[Weighted, Numbers] | None:
        """A batch norm and the layer before it as one layer."""
        found, factors = self._chain.of(args[0]), norm_factors(args, kwargs)
        if found is None or factors is None or not found[0].rows:
            return None
        return found[0].scaled(*factors), found[1]

    def _weighted(self, out: Tensor, by: Weighted, numbers: Numbers) -> Tensor:
        self.acted.add(by.name)
        x, sums = self.keep(by.x), self._wholes
        z = Whole(self.keep(out), lambda: by.apply(x.tensor, by.weight, by.bias))
        made = bend(out, lambda grad: (share(by, x.tensor, grad, numbers, z, sums),), by.x)
        self._chain.add(made, by, numbers)
        if numbers.rule == "epsilon":
            sums.add(made, z)
        if numbers.rule not in MULTIPLES:
            sums.lose((by.x,))
        return made

    def _split(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """Input times gradient, over the output: for sums their terms' shares, for a product of two, halves."""
        shared = carriers(args, kwargs)
        if name == "add" and len(args) == len(shared) == 2 and not kwargs and args[0].shape == args[1].shape:
            return self._added(func, *args)
        if name == "div":  # the denominator scales and gets nothing, as in a normalisation
            shared = carriers(args[:1]) or shared
        found = list({id(t): t for t in shared}.values())
        leaves = [t.detach().requires_grad_(True) for t in found]
        new = {id(t): leaf for t, leaf in zip(found, leaves, strict=True)}
        with torch.enable_grad():
            local = func(*swapped(args, new), **swapped(kwargs, new))
        if not isinstance(local, Tensor):
            self._wholes.lose(found)
            return self.own(name, func, args, kwargs)
        if not local.requires_grad:
            return local
        if name in SPLIT:
            self.acted.add(name)
        else:
            self.plain.add(name)
        whole = self.keep(local)
        degree = len(shared) if name in PRODUCTS else 1

        def back(grad: Tensor) -> Any:
            part = grad / steady(whole.tensor, self._epsilon)
            grads = torch.autograd.grad(local, leaves, part, allow_unused=True)
            parts = (None if g is None else _times(leaf.detach(), g) for g, leaf in zip(grads, leaves, strict=True))
            return tuple(p if p is None or degree == 1 else p / degree for p in parts)

        return bend(local.detach(), back, *found)

    def _added(self, func: Any, one: Tensor, other: Tensor) -> Tensor:
        """Two terms' shares of their sum: what `_split` would find, in fewer passes over memory."""
        self.acted.add("add")
        terms, sums = (self.keep(one), self.keep(other)), self._wholes
        out = func(one.detach(), other.detach())
        whole = Whole(self.keep(out), lambda: func(terms[0].tensor, terms[1].tensor))

        def back(grad: Tensor) -> Any:
            denominator = sums.denominator(whole, self._epsilon)
            part = torch.div(grad, denominator, out=denominator)
            return terms[0].tensor * part, part.mul_(terms[1].tensor)

        made = bend(out, back, one, other)
        sums.add(made, whole)
        return made


def _times(x: Tensor, slope: Tensor) -> Tensor:
    """The product; zero where the slope is, whatever a mask puts there (minus infinity before a softmax)."""
    out = x * slope
    return torch.where(slope == 0, 0, out) if out.sum().isnan() else out
