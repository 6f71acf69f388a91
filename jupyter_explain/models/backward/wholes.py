"""What relevance is divided by, kept in as little memory as possible."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .rule import Kept, carriers

NOTHING = torch.empty(0)
Keep = Callable[[Tensor], Kept]


class Whole:
    """What a layer or a sum put out.

    Where one rectifier alone reads it, what that let through is enough, which the next layer keeps anyway: relevance
    that comes through it is a multiple of that, so zero wherever the rectifier cut, and elsewhere both are the same.

    Args:
        kept: the numbers.
        again: computes them once more, should they be needed after all.
    """

    def __init__(self, kept: Kept, again: Callable[[], Tensor]) -> None:
        self.kept, self.again = kept, again
        self.rectified = self.read = False

    def value(self) -> Tensor:
        """The numbers."""
        return self.again() if self.rectified else self.kept.tensor


Known = dict[int, tuple[weakref.ref[Tensor], Whole | None]]


class Wholes:
    """Follows during one forward pass who reads which sum, and where rectified numbers go."""

    def __init__(self) -> None:
        self._sums: Known = {}
        self._rectified: Known = {}
        self._multiples = True

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def add(self, made: Tensor, whole: Whole) -> None:
        """`made` is what `whole` keeps."""
        self._sums[id(made)] = weakref.ref(made), whole

    def rectify(self, x: Tensor, made: Tensor, keep: Keep) -> None:
        """`made` is all that a rectifier lets through of `x`."""
        whole = _of(self._sums, x)
        if whole is not None and not whole.read and not whole.rectified:
            whole.kept.tensor = NOTHING  # others may hold on to the record
            whole.kept, whole.rectified = keep(made), True
            self._rectified[id(made)] = weakref.ref(made), whole
            return
        self.read((x,))
        if id(x) in self._rectified:
            self.follow((x,), made)

    def read(self, given: Sequence[Tensor]) -> None:
        """Some tensors are read by something that is no rectifier."""
        for t in given:
            if (whole := _of(self._sums, t)) is not None:
                whole.read = True

    def follow(self, given: Sequence[Tensor], out: Any) -> None:
        """Numbers were moved, each with its relevance."""
        if any(_there(self._rectified, t) for t in given):
            self._rectified |= {id(t): (weakref.ref(t), None) for t in carriers((out,))}

    def lose(self, given: Sequence[Tensor]) -> None:
        """From here on, relevance of these may be anything, also where they are zero."""
        if any(_there(self._rectified, t) for t in given):
            self._multiples = False

    def overwritten(self, old: Tensor, new: Tensor | None, keep: Keep | None = None) -> None:
        """What was known of `old` holds for `new` (the same numbers) from now on, and is kept there."""
        for known in (self._sums, self._rectified):
            found = known.pop(id(old), None)
            if found is None or found[0]() is not old or new is None:
                continue
            known[id(new)] = weakref.ref(new), found[1]
            if found[1] is not None and keep is not None:
                found[1].kept = keep(new)

    def denominator(self, whole: Whole, epsilon: float) -> Tensor:
        """The sum, pushed away from zero, asked for once: in a tensor that may be overwritten.

        What a rectifier let through may be, because whoever reads it comes earlier on the way back.
        """
        there = whole.kept.tensor
        if whole.rectified and not whole.read and self._multiples and epsilon >= torch.finfo(there.dtype).tiny:
            return there.add_(epsilon)
        return steady(whole.value(), epsilon)


def steady(z: Tensor, epsilon: float) -> Tensor:
    """`z`, pushed away from zero."""
    return torch.copysign(z.new_tensor(epsilon), z).add_(z)  # of its kind the quickest by far


def _there(known: Known, tensor: Any) -> bool:
    return (found := known.get(id(tensor))) is not None and found[0]() is tensor


def _of(known: Known, tensor: Any) -> Whole | None:
    return known[id(tensor)][1] if _there(known, tensor) else None
