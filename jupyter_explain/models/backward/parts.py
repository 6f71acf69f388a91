"""Composite operations written out in simpler ones, so that rules for the simple ones cover them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def layer_norm(x: Tensor, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Centred, over the root of its mean square."""
    axes = tuple(range(-len(shape), 0))
    return _affine(_unit(x - x.mean(axes, keepdim=True), axes, eps), weight, bias)


def rms_norm(x: Tensor, shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """Over the root of its mean square."""
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    return _affine(_unit(x, tuple(range(-len(shape), 0)), eps), weight, None)


def group_norm(x: Tensor, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """A layer norm over each group of channels."""
    split = x.reshape(len(x), groups, -1)
    normed = _unit(split - split.mean(-1, keepdim=True), (-1,), eps).reshape(x.shape)
    return _affine(normed, _per_channel(weight, x), _per_channel(bias, x))


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
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -1e30) if attn_mask.dtype == torch.bool else scores + attn_mask
    return torch.matmul(torch.softmax(scores, -1), value)


def heads(
    query: Tensor, key: Tensor, value: Tensor, size: int, count: int, weight: Any, bias: Any,
    bias_k: Any, bias_v: Any, add_zero: bool, dropout: float, out_weight: Tensor, out_bias: Any, **given: Any,
) -> Any:  # fmt: skip
    """`nn.MultiheadAttention`'s forward in its ordinary form, tokens first: (L, N, E); NotImplemented for the rest."""
    unusual = (bias_k, bias_v, given.get("static_k"), given.get("static_v"), given.get("key_padding_mask"))
    if any(u is not None for u in unusual) or add_zero or weight is None or query.ndim != 3:
        return NotImplemented
    mats, shifts = weight.chunk(3), (None,) * 3 if bias is None else bias.chunk(3)
    q, k, v = (
        functional.linear(t, w, b).unflatten(-1, (count, -1)).permute(1, 2, 0, 3)
        for t, w, b in zip((query, key, value), mats, shifts, strict=True)
    )
    mixed = attention(q, k, v, given.get("attn_mask"))
    out = functional.linear(mixed.permute(2, 0, 1, 3).flatten(-2), out_weight, out_bias)
    return out, None


NORMS: dict[str, Callable[..., Any]] = {"layer_norm": layer_norm, "rms_norm": rms_norm, "group_norm": group_norm}
ATTENTION: dict[str, Callable[..., Any]] = {
    "scaled_dot_product_attention": attention,
    "multi_head_attention_forward": heads,
}
