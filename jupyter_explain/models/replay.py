"""One input again and again, each time with another patch in it: only what the patch changes is computed."""

from __future__ import annotations

from math import inf
from typing import Any

import torch
from torch import Tensor

from . import patches
from .patches import ALIKE, MEANS, WINDOWED, Ints, Map, Patch, work
from .tape import Ref, Step, Tape, filled, needed
from .tensors import clean, doubles
from .threads import one_thread
from .torch import MOST_ROWS, MOST_WORK, SMALL_WORK, TENSOR_BYTES, Net

RESHAPES = {"view", "reshape", "expand", "unflatten"}


class Replay:
    """A network's answers about one input (1, C, H, W) with changed patches.

    Attributes:
        why: why it cannot be done, or "".
        share: of the work of a whole pass, what the first patches that were asked about took.
        batch: how many such patches to ask about at a time.
    """

    def __init__(self, net: Net, row: Any) -> None:
        self._net = net
        self.share, self.batch, self._work, self._largest = 1.0, 1, inf, 1
        with clean(), torch.no_grad():
            (x,) = net.tensors(row)
            tape = Tape(x)
            with tape:
                out = net.forward((x,))
        last = tape.ref(out)
        self.why = tape.broken or ("" if last is not None else "the output does not depend on the input")
        self._steps, self._last = tape.steps, last or Ref(0)
        self._order = needed(tape.steps, self._last.at)
        self._until = {r.at: at for at in self._order for r in tape.steps[at].refs}
        self._maps = {at: Map(s.out) for at in self._order if _is_map(s := tape.steps[at])}

    def outputs(self, top: Ints, left: Ints, data: Any) -> Any:
        """Outputs (n, …) with the boxes (n, C, height, width) put in at `top`, `left`."""
        alone = self._net.device.type == "cpu" and len(top) * self._work <= SMALL_WORK
        with clean(), torch.no_grad(), one_thread(alone):
            given = self._net.tensor(data).contiguous(memory_format=torch.channels_last)
            return doubles(self._run(Patch(self._maps[0], given, top, left)))

    def _run(self, start: Patch) -> Tensor:
        """The output, whole; of the first run, what it took is kept."""
        made: dict[int, Any] = {0: start}
        n, took, self._largest = len(start.data), 0.0, 1
        for at in self._order[1:]:
            step = self._steps[at]
            made[at] = self._step(at, step, made, n)
            took += work(step, made[at])
            self._largest = max(self._largest, _bytes(made[at]))
            for ref in step.refs:
                if self._until[ref.at] == at:
                    made.pop(ref.at, None)
        if self._work == inf:
            self._work = took / n
            self.share = took / n / max(1.0, sum(work(self._steps[at], self._steps[at].out) for at in self._order[1:]))
            fit = TENSOR_BYTES * n // (4 * self._largest), int(MOST_WORK / max(1.0, self._work))
            self.batch = max(1, min(MOST_ROWS, *fit))
        return _full(_part(made[self._last.at], self._last))

    def _step(self, at: int, step: Step, made: dict[int, Any], n: int) -> Any:
        read = lambda r: _part(made[r.at], r)  # noqa: E731
        values = list({id(v): v for v in map(read, step.refs)}.values())
        if at in self._maps or step.name in MEANS:
            found = self._patched(at, step, values, read)
            if found is not None:
                return found
        args, kwargs = (filled(a, lambda r: self._whole(read(r))) for a in (step.args, step.kwargs))
        args, whole = _for_rows(step.name, args, n), step.name == "view" and not kwargs
        return torch.reshape(args[0], args[1:]) if whole and _sizes(args[1:]) else step.func(*args, **kwargs)

    def _whole(self, value: Any) -> Any:
        """A value as whole maps."""
        out = _full(value)
        self._largest = max(self._largest, _bytes(out))
        return out

    def _patched(self, at: int, step: Step, values: list[Any], read: Any) -> Any:
        """What a step makes of patches, or None where whole maps are needed."""
        if not all(isinstance(v, Patch) for v in values):
            return None
        out = self._maps.get(at)
        if step.name in WINDOWED and out is not None:
            return patches.moved(step, values[0], out)
        if step.name in MEANS:
            return patches.averaged(step, values[0], step.out)
        if out is None or not (step.name in ALIKE or _by_channels(step)):
            return None
        return patches.alike(step, values, read, out)


def _is_map(step: Step) -> bool:
    return isinstance(step.out, Tensor) and step.out.ndim == 4 and len(step.out) == 1


def _by_channels(step: Step) -> bool:
    """Whether maps are stacked over each other, channel after channel."""
    axis = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim", 0)
    return step.name == "cat" and axis in (1, -3)


def _part(value: Any, ref: Ref) -> Any:
    return value if ref.part is None else value[ref.part]


def _full(value: Any) -> Any:
    return value.full() if isinstance(value, Patch) else value


def _bytes(value: Any) -> int:
    data = value.data if isinstance(value, Patch) else value
    return data.numel() * data.element_size() if isinstance(data, Tensor) else 0


def _for_rows(name: str, args: Any, n: int) -> Any:
    """Sizes that were written down for one row, for n rows."""
    if name not in RESHAPES or len(args) < 2:
        return args
    first, *rest = args
    sizes = tuple(rest[0]) if isinstance(rest[0], (tuple, list)) else tuple(rest)
    if not _sizes(sizes):
        return args
    return first, *((n, *sizes[1:]) if sizes[0] == 1 else sizes)


def _sizes(values: tuple[Any, ...]) -> bool:
    return bool(values) and all(isinstance(v, int) for v in values)
