"""Composite operations written out in simpler ones, so that rules for the simple ones cover them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def layer_norm(x: Tensor, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Tensor:
    """Centred, over the root of its mean square."""
    axes = tuple(range(-len(shape), 0))
    return _affine(_unit(x - x.mean(axes, keepdim=True), axes, eps), weight, bias)


def rms_norm(x: Tensor, shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """Over the root of its mean square."""
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    return _affine(_unit(x, tuple(range(-len(shape), 0)), eps), weight, None)


def group_norm(x: Tensor, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Tensor:
    """A layer norm over each group of channels."""
    split = x.reshape(len(x), groups, -1)
    normed = _unit(split - split.mean(-1, keepdim=True), (-1,), eps).reshape(x.shape)
    return _affine(normed, _per_channel(weight, x), _per_channel(bias, x))


def instance_norm(
    x: Tensor, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """A layer norm over each channel; with statistics of its own, a batch norm."""
    if not use_input_stats:
        return functional.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    return group_norm(x, x.shape[1], weight, bias, eps)


def _unit(centred: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    return centred * ((centred * centred).mean(axes, keepdim=True) + eps).rsqrt()


def _affine(x: Tensor, weight: Any, bias: Any) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def _per_channel(v: Any, x: Tensor) -> Any:
    return None if v is None else v.reshape(1, -1, *[1] * (x.ndim - 2))


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Scaled dot-product attention: two products with a softmax between."""
    if enable_gqa:
        key, value = (t.repeat_interleave(query.shape[-3] // t.shape[-3], -3) for t in (key, value))
    scores = torch.matmul(query, key.transpose(-2, -1)) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    return torch.matmul(_weights(scores, attn_mask), value)


def _weights(scores: Tensor, mask: Any) -> Tensor:
    """Softmax of the scores that a mask lets through (True, or a number to add); all zero where that is none."""
    if mask is None:
        return torch.softmax(scores, -1)
    low = torch.finfo(scores.dtype).min / 4
    if mask.dtype != torch.bool:
        scores, mask = scores + mask.clamp(min=low), mask > -torch.inf
    weights = torch.softmax(scores.masked_fill(~mask, low), -1)
    blind = ~mask.any(-1, keepdim=True)
    return weights.masked_fill(blind, 0) if blind.any() else weights


def heads(
    query: Tensor, key: Tensor, value: Tensor, size: int, count: int, weight: Any, bias: Any,
    bias_k: Any, bias_v: Any, add_zero: bool, dropout: float, out_weight: Tensor, out_bias: Any, **given: Any,
) -> Any:  # fmt: skip
    """`nn.MultiheadAttention`'s forward, tokens first: (L, N, E) or (L, E); NotImplemented for keys of its own."""
    if any(given.get(k) is not None for k in ("static_k", "static_v")) or bias_k is not None or add_zero:
        return NotImplemented
    single = query.ndim == 2
    query, key, value = (t.unsqueeze(1) if single else t for t in (query, key, value))
    own = [given.get(f"{k}_proj_weight") for k in "qkv"]
    mats = weight.chunk(3) if weight is not None else own
    shifts = (None,) * 3 if bias is None else bias.chunk(3)
    q, k, v = (
        functional.linear(t, w, b).unflatten(-1, (count, -1)).permute(1, 2, 0, 3)
        for t, w, b in zip((query, key, value), mats, shifts, strict=True)
    )
    scores = torch.matmul(q, k.transpose(-2, -1)) * q.shape[-1] ** -0.5
    weights = _weights(scores, _mask(scores, given.get("attn_mask"), given.get("key_padding_mask")))
    mixed = torch.matmul(weights, v)
    out = functional.linear(mixed.permute(2, 0, 1, 3).flatten(-2), out_weight, out_bias)
    if given.get("average_attn_weights", True):
        weights = weights.mean(1)
    out, weights = (out.squeeze(1), weights.squeeze(0)) if single else (out, weights)
    return out, weights if given.get("need_weights", True) else None


def _mask(scores: Tensor, given: Any, padding: Any) -> Any:
    """The two masks of `nn.MultiheadAttention` (True: hidden, or numbers to add) as one: numbers to add, or None."""
    found = []
    if given is not None:
        found.append(given.reshape(-1, *scores.shape[1:]) if given.ndim == 3 else given)
    if padding is not None:
        found.append(padding.reshape(-1, 1, 1, scores.shape[-1]))
    numbers = [torch.zeros_like(m, dtype=scores.dtype).masked_fill(m, -torch.inf) if m.dtype == torch.bool else m
               for m in found]  # fmt: skip
    return sum(numbers[1:], numbers[0]) if numbers else None


NORMS: dict[str, Callable[..., Any]] = {
    "layer_norm": layer_norm, "rms_norm": rms_norm, "group_norm": group_norm, "instance_norm": instance_norm,
}  # fmt: skip
ATTENTION: dict[str, Callable[..., Any]] = {
    "scaled_dot_product_attention": attention,
    "multi_head_attention_forward": heads,
}
