"""Maps of a network that differ from one input's in a patch only: what a patch turns into, layer by layer.

Krypton (Nakandala et al. 2019 doi:10.1145/3299869.3319874) does this for occlusion in a fixed set of networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .backward.names import POINTWISE
from .tape import Ref, Step, filled

Ints = NDArray[np.intp]
ALIKE = POINTWISE | {
    *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "detach"),
    *("batch_norm", "clone", "contiguous", "alias", "identity", "neg"),
    *("add", "sub", "rsub", "mul", "div", "maximum", "minimum"),
}  # operations that do the same at every position
WINDOWED = {"conv2d", "max_pool2d", "avg_pool2d"}
MEANS = {"adaptive_avg_pool2d", "mean"}
NO_PADS = ((0, 0), (0, 0))
MOST = 0.6  # share of a map from which the whole map is as quick


class Map:
    """What one step put out for the input itself (1, C, H, W), ready to be cut from."""

    def __init__(self, whole: Tensor) -> None:
        self.whole = whole
        self.size = tuple(whole.shape[2:])
        self._padded: dict[Any, Tensor] = {}

    def cut(self, top: Ints, left: Ints, size: tuple[int, ...], pads: Any = NO_PADS, fill: float = 0) -> Tensor:
        """Blocks (n, C, *size) that begin at `top`, `left` of the padded map."""
        if (pads, fill) not in self._padded:
            (above, below), (before, after) = pads
            padded = torch.nn.functional.pad(self.whole, (before, after, above, below), value=fill)
            self._padded[pads, fill] = padded[0].permute(1, 2, 0).contiguous()
        table = self._padded[pads, fill]
        at = _cells(top, left, size, table.shape[1])
        found = table.reshape(-1, table.shape[2]).index_select(0, _index(at.ravel(), table))
        return found.view(len(top), *size, -1).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Patch:
    """n versions of a map, each its own in a box of one size and the input's elsewhere.

    Attributes:
        map: the input's.
        data: (n, C, height, width).
        top, left: where the box of each begins (n,).
    """

    map: Map
    data: Tensor
    top: Ints
    left: Ints

    @property
    def size(self) -> tuple[int, ...]:
        """Height and width of the box."""
        return tuple(self.data.shape[2:])

    def share(self) -> float:
        """How much of the map the box is."""
        return float(np.prod(self.size) / np.prod(self.map.size))

    def full(self) -> Tensor:
        """The maps as a whole (n, C, H, W)."""
        n, size = len(self.data), self.map.size
        out = self.map.whole.permute(0, 2, 3, 1).expand(n, -1, -1, -1).contiguous().permute(0, 3, 1, 2)
        _paste(out, self.data, self.top, self.left, size)
        return out

    def within(self, top: Ints, left: Ints, size: tuple[int, ...]) -> Patch:
        """The same with larger boxes."""
        if size == self.size and np.array_equal(top, self.top) and np.array_equal(left, self.left):
            return self
        data = self.map.cut(top, left, size)
        _paste(data, self.data, self.top - top, self.left - left, size)
        return Patch(self.map, data, top, left)


def _cells(top: Ints, left: Ints, size: tuple[int, ...], width: int) -> Ints:
    """Numbers (n, height, width) of a box's cells in a map of that width."""
    rows = top[:, None] + np.arange(size[0])
    columns = left[:, None] + np.arange(size[1])
    return rows[:, :, None] * width + columns[:, None, :]


def _index(at: Ints, like: Tensor) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(at, np.int64)).to(like.device)


def _paste(block: Tensor, data: Tensor, top: Ints, left: Ints, size: tuple[int, ...]) -> None:
    """Write each row's box into its block (n, C, *size), channels last in memory; what sticks out is dropped."""
    n, channels = data.shape[:2]
    table = block.permute(0, 2, 3, 1).view(-1, channels)
    flat = data.permute(0, 2, 3, 1).reshape(-1, channels)
    at = _cells(top, left, tuple(data.shape[2:]), size[1]) + (np.arange(n) * size[0] * size[1])[:, None, None]
    kept = _inside(top, data.shape[2], size[0])[:, :, None] & _inside(left, data.shape[3], size[1])[:, None, :]
    if not kept.all():
        flat = flat[_index(np.flatnonzero(kept), data)]
    table.index_copy_(0, _index(at[kept], data), flat)


def _inside(start: Ints, count: int, size: int) -> NDArray[np.bool_]:
    at = start[:, None] + np.arange(count)
    return (at >= 0) & (at < size)


@dataclass(frozen=True)
class Axis:
    """How an operation with a window goes along one axis: reach of the window, stride, padding before, outputs."""

    reach: int
    stride: int
    before: int
    outputs: int

    def after(self, inputs: int) -> int:
        """Padding that the last window needs."""
        return max(0, (self.outputs - 1) * self.stride + self.reach - inputs - self.before)

    def touched(self, start: Ints, count: int) -> tuple[Ints, int]:
        """First output that each stretch of inputs touches, and how many that is at most."""
        first = np.clip(-((self.reach - 1 - start - self.before) // self.stride), 0, self.outputs - 1)
        last = np.clip((start + count - 1 + self.before) // self.stride, 0, self.outputs - 1)
        length = max(1, int((last - first).max()) + 1)
        return np.minimum(first, self.outputs - length), length


def conv2d(step: Step, size: tuple[int, ...]) -> tuple[list[Axis], float, Callable[[Tensor], Tensor]] | None:
    """Axes, what lies outside the map, and the operation on blocks that bring their own padding."""
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    given = dict(zip(names, step.args, strict=False)) | step.kwargs
    if any(isinstance(given.get(n), Ref) for n in names[1:]):
        return None
    stride, dilation, groups = _pair(given.get("stride", 1)), _pair(given.get("dilation", 1)), given.get("groups", 1)
    weight, bias, padding = given["weight"], given.get("bias"), given.get("padding", 0)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if isinstance(padding, str):
        padding = [(r - 1) // 2 if padding == "same" else 0 for r in reach]
    axes = [Axis(*a) for a in zip(reach, stride, _pair(padding), size, strict=True)]
    return axes, 0.0, lambda x: step.func(x, weight, bias, stride, 0, dilation, groups)


def max_pool2d(step: Step, size: tuple[int, ...]) -> tuple[list[Axis], float, Callable[[Tensor], Tensor]] | None:
    """The same for a pool of maxima."""
    names = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    given = dict(zip(names, step.args, strict=False)) | step.kwargs
    if given.get("return_indices"):
        return None
    kernel, dilation = _pair(given["kernel_size"]), _pair(given.get("dilation", 1))
    stride = _pair(given.get("stride") or kernel)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    axes = [Axis(*a) for a in zip(reach, stride, _pair(given.get("padding", 0)), size, strict=True)]
    return axes, -inf, lambda x: torch.nn.functional.max_pool2d(x, kernel, stride, 0, dilation)


def avg_pool2d(step: Step, size: tuple[int, ...]) -> tuple[list[Axis], float, Callable[[Tensor], Tensor]] | None:
    """The same for a pool of means whose windows all count alike."""
    names = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
    given = dict(zip(names, step.args, strict=False)) | step.kwargs
    padding = _pair(given.get("padding", 0))
    if given.get("ceil_mode") or (max(padding) and not given.get("count_include_pad", True)):
        return None
    kernel, divisor = _pair(given["kernel_size"]), given.get("divisor_override")
    stride = _pair(given.get("stride") or kernel)
    axes = [Axis(*a) for a in zip(kernel, stride, padding, size, strict=True)]
    return axes, 0.0, lambda x: torch.nn.functional.avg_pool2d(x, kernel, stride, divisor_override=divisor)


READ = {"conv2d": conv2d, "max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d}


def _pair(value: Any) -> tuple[int, int]:
    found = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return (int(found[0]), int(found[-1]))


def moved(step: Step, patch: Patch, out: Map) -> Patch | None:
    """A patch behind an operation with a window; None where that cannot be done."""
    read = READ[step.name](step, out.size)
    if read is None:
        return None
    axes, fill, ask = read
    starts = [a.touched(s, c) for a, s, c in zip(axes, (patch.top, patch.left), patch.size, strict=True)]
    (top, height), (left, width) = starts
    if height * width > MOST * np.prod(out.size):
        return None
    size = tuple((n - 1) * a.stride + a.reach for n, a in zip((height, width), axes, strict=True))
    pads = tuple((a.before, a.after(n)) for a, n in zip(axes, patch.map.size, strict=True))
    down, across = top * axes[0].stride, left * axes[1].stride
    block = patch.map.cut(down, across, size, pads, fill)
    _paste(block, patch.data, patch.top + axes[0].before - down, patch.left + axes[1].before - across, size)
    return Patch(out, ask(block), top, left)


def joined(patches: list[Patch]) -> list[Patch] | None:
    """Patches of maps of one size, over the same boxes; None where these are nearly everything."""
    if len({p.map.size for p in patches}) > 1:
        return None
    size = patches[0].map.size
    box = []
    for axis, starts in enumerate(([p.top for p in patches], [p.left for p in patches])):
        first = np.min(starts, axis=0)
        last = np.max([s + p.size[axis] for s, p in zip(starts, patches, strict=True)], axis=0)
        length = int((last - first).max())
        box.append((np.minimum(first, size[axis] - length), length))
    (top, height), (left, width) = box
    if height * width > MOST * np.prod(size):
        return None
    return [p.within(top, left, (height, width)) for p in patches]


def averaged(step: Step, patch: Patch, out: Tensor) -> Tensor | None:
    """Means over bins or over the whole plane: the input's, plus what the patch adds. None for other means."""
    bins = _bins(step, patch.map.size)
    if bins is None:
        return None
    was = patch.map.cut(patch.top, patch.left, patch.size)
    change = patch.data - was
    rows, columns = (
        torch.stack([b[:, s : s + n] for s in start]).to(change)
        for b, start, n in zip(bins, (patch.top, patch.left), patch.size, strict=True)
    )
    added = rows[:, None] @ change @ columns[:, None].transpose(-2, -1)
    return out + added.reshape(len(added), *out.shape[1:])


def _bins(step: Step, size: tuple[int, ...]) -> list[Tensor] | None:
    """Weight of every row (column) in every bin, for both axes."""
    if step.name == "adaptive_avg_pool2d":
        asked = step.args[1] if len(step.args) > 1 else step.kwargs.get("output_size")
        counts = asked if isinstance(asked, (tuple, list)) else (asked, asked)
        return [_bin(n, n if c is None else int(c)) for n, c in zip(size, counts, strict=True)]
    axes = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim")
    if len(step.args) > 3 or "dtype" in step.kwargs or not isinstance(axes, (tuple, list)):
        return None
    return [_bin(n, 1) for n in size] if sorted(a % 4 for a in axes) == [2, 3] else None


def _bin(n: int, count: int) -> Tensor:
    out = torch.zeros(count, n)
    for i in range(count):
        start, stop = i * n // count, -(-(i + 1) * n // count)
        out[i, start:stop] = 1 / (stop - start)
    return out


def work(step: Step, made: Any) -> float:
    """Multiplications of a step with this result, as if each number took a few more."""
    data = made.data if isinstance(made, Patch) else made
    if not isinstance(data, Tensor):
        return 0.0
    terms = step.args[1][0].numel() if step.name == "conv2d" and isinstance(step.args[1], Tensor) else 0
    return float(data.numel() * (terms + 8))


def alike(step: Step, values: list[Any], read: Callable[[Ref], Any], out: Map) -> Patch | None:
    """A patch behind an operation that does the same at every position; None where its arguments do not fit that."""
    patches = joined(list(values))
    if patches is None or not (step.name in ("batch_norm", "prelu") or _flat(step)):
        return None
    data = {id(v): p.data for v, p in zip(values, patches, strict=True)}
    args, kwargs = (filled(a, lambda r: data[id(read(r))]) for a in (step.args, step.kwargs))
    made = step.func(*args, **kwargs)
    return replace(patches[0], map=out, data=made) if made.shape[2:] == patches[0].data.shape[2:] else None


def _flat(step: Step) -> bool:
    """Whether fixed tensors among the arguments are the same at every position."""
    fixed = [a for a in (*step.args, *step.kwargs.values()) if isinstance(a, Tensor)]
    return all(t.ndim == 0 or (t.ndim > 2 and tuple(t.shape[-2:]) == (1, 1)) for t in fixed)
