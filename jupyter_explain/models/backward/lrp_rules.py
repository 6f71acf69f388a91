"""How a layer with weights splits relevance among its inputs (Montavon et al. 2019, table 1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .weighted import Weighted
from .wholes import Whole, Wholes, steady

RULES = ("epsilon", "gamma", "zplus", "alphabeta", "flat", "wsquare", "zbox")


@dataclass(frozen=True)
class Numbers:
    """A rule and its numbers; `low` and `high` bound the values of the layer's input (zbox)."""

    rule: str = "epsilon"
    epsilon: float = 1e-6
    gamma: float = 0.25
    alpha: float = 2.0
    beta: float = 1.0
    low: float = 0.0
    high: float = 1.0


MULTIPLES = frozenset({"epsilon", "gamma", "zplus", "alphabeta"})  # rules that give nothing to an input of zero
Term = tuple[Tensor, Tensor]  # an input and a weight


def share(by: Weighted, x: Tensor, relevance: Tensor, n: Numbers, z: Whole, sums: Wholes) -> Tensor:
    """Relevance of the input, from that of the output `z`."""
    if n.rule == "epsilon":
        denominator = sums.denominator(z, n.epsilon)
        return by.pull(by.weight, torch.div(relevance, denominator, out=denominator)).mul_(x)
    if n.rule == "gamma":
        return _gamma(by, x, z.value(), relevance, n)
    if n.rule in ("zplus", "alphabeta"):
        return _signed(by, x, relevance, n)
    return _split(by, _bounded(x, by.weight, n), None, relevance, n)


def _signed(by: Weighted, x: Tensor, relevance: Tensor, n: Numbers) -> Tensor:
    """Positive contributions alone, or alpha of them minus beta of the negative ones."""
    positive = _split(by, _agreeing(x, by.weight), _above(by.bias), relevance, n)
    if n.rule == "zplus":
        return positive
    return n.alpha * positive - n.beta * _split(by, _opposing(x, by.weight), _below(by.bias), relevance, n)


def _bounded(x: Tensor, w: Tensor, n: Numbers) -> list[Term]:
    """The rules for a first layer: all inputs alike, squared weights, or distances from the input's bounds."""
    one = torch.ones_like(x)
    if n.rule == "zbox":
        return [(x, w), (-n.low * one, w.clamp(min=0)), (-n.high * one, w.clamp(max=0))]
    return [(one, w**2 if n.rule == "wsquare" else torch.ones_like(w))]


def _above(v: Tensor | None) -> Tensor | None:
    return None if v is None else v.clamp(min=0)


def _below(v: Tensor | None) -> Tensor | None:
    return None if v is None else v.clamp(max=0)


def _agreeing(x: Tensor, w: Tensor) -> list[Term]:
    """Positive contributions."""
    return [(x.clamp(min=0), w.clamp(min=0)), (x.clamp(max=0), w.clamp(max=0))]


def _opposing(x: Tensor, w: Tensor) -> list[Term]:
    """Negative contributions."""
    return [(x.clamp(min=0), w.clamp(max=0)), (x.clamp(max=0), w.clamp(min=0))]


def _gamma(by: Weighted, x: Tensor, z: Tensor, relevance: Tensor, n: Numbers) -> Tensor:
    """Contributions of the output's own sign count 1 + gamma times (Andéol et al. 2021's form for any sign)."""
    w, b, g = by.weight, by.bias, n.gamma
    up, down = w + g * w.clamp(min=0), w + g * w.clamp(max=0)
    more, less = x.clamp(min=0), x.clamp(max=0)
    high = _split(by, [(more, up), (less, down)], None if b is None else b + g * b.clamp(min=0), relevance * (z > 0), n)
    low = _split(by, [(more, down), (less, up)], None if b is None else b + g * b.clamp(max=0), relevance * (z < 0), n)
    return high + low


def _split(by: Weighted, terms: list[Term], bias: Tensor | None, relevance: Tensor, n: Numbers) -> Tensor:
    """Share in proportion to the terms' contributions; what the bias contributes is kept by it."""
    terms = [(x, w) for x, w in terms if x.any()] or terms[:1]  # after a ReLU, half of them are nothing
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_(True) for x, _ in terms]
        biases = [bias, *[None] * (len(terms) - 1)]
        z = sum(by.apply(x, w, b) for x, (_, w), b in zip(leaves, terms, biases, strict=True))
        grads = torch.autograd.grad(z, leaves, relevance / steady(z.detach(), n.epsilon))
    return sum(x.detach() * g for x, g in zip(leaves, grads, strict=True))
