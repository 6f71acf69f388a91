"""Which scalar is explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, is_whole, listed, refuse
from .models import Model
from .rows import copied, length, take


@dataclass(frozen=True)
class Target:
    """One scalar of a model's outputs: `target(outputs)` maps (n, …) to (n,), for numpy arrays and tensors alike.

    Attributes:
        index: place(s) of the outputs, or what is computed of them.
        name: for the answer.
        torch: whether a callable may be made of torch's operations, because the model is a network.
    """

    index: int | tuple[int, ...] | Callable[[Any], Any]
    name: str
    torch: bool = False

    def __call__(self, outputs: Any) -> Any:
        if isinstance(self.index, tuple):
            return outputs[(slice(None), *self.index)]
        if not callable(self.index):
            return outputs[:, self.index]
        try:
            if self.torch and isinstance(outputs, np.ndarray):
                return _as_tensors(self.index, outputs)
            found = self.index(outputs)
        except Exception as error:
            error.add_note(f"This was in the target callable, for outputs of shape {tuple(np.shape(outputs))}.")
            raise
        if hasattr(outputs, "requires_grad") and not hasattr(found, "requires_grad"):
            raise refuse("target", "a callable must return a tensor made by torch's operations for a gradient", found)
        return found


def _as_tensors(ask: Callable[[Any], Any], outputs: NDArray[Any]) -> Any:
    """What a callable makes of numbers given as a tensor, or as an array where that is what it takes."""
    import torch

    found, refused = None, None
    try:
        found = ask(torch.from_numpy(outputs.copy()))
    except Exception as error:  # noqa: BLE001  (raised below, unless an array is what it takes)
        refused = error
    found = found.detach().cpu().numpy() if isinstance(found, torch.Tensor) else found
    if isinstance(found, np.ndarray) and found.shape == outputs.shape[:1]:
        return found
    try:
        return ask(outputs)
    except Exception:  # noqa: BLE001
        if refused is not None:
            raise refused from None  # in torch's terms, which say more
        return found  # the caller judges it


def output_names(model: Model, labels: Sequence[Any] | None, count: int) -> tuple[str, ...]:
    """Names of the outputs: the user's labels, else the model's own, else numbers; "output" if it is the only one."""
    if labels is None:
        known = model.outputs if len(model.outputs) == count else ()
        return known or (("output",) if count == 1 else _numbers(count))
    if isinstance(labels, str) or not hasattr(labels, "__len__"):
        raise refuse("labels", f"must be a list with the names of the {count} outputs", labels)
    names = tuple(str(n) for n in labels)
    if len(names) != count:
        raise refuse("labels", f"must name the {count} outputs of the model", Phrase(f"{len(names)} names"))
    return names


@lru_cache(maxsize=16)
def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def split_labels(labels: Any, data: Any, count: int, who: str) -> tuple[Any, NDArray[Any] | None]:
    """(names of the outputs, true outcomes of a dataset's rows): with a dataset, labels can be either, told by length.

    Raises:
        ValueError: for labels that are neither.
    """
    if labels is None or data is None or not hasattr(labels, "__len__") or len(labels) == count:
        return labels, None
    n = length(data)
    if len(labels) != n:
        rule = f"labels must be the true outcomes of the {n} rows, or the names of the {count} outputs"
        raise refuse(who, rule, Phrase(f"{len(labels)} labels"))
    truth = np.asarray(labels.detach().cpu() if hasattr(labels, "detach") else labels)
    truth = truth[:, 0] if truth.ndim == 2 and truth.shape[1] == 1 else truth
    if truth.ndim != 1:
        raise refuse(who, f"labels must be one outcome for each of the {n} rows", truth)
    gone = int(np.isnan(truth).sum()) if truth.dtype.kind == "f" else 0
    if truth.dtype.kind == "O":
        gone = sum(v is None or type(v).__name__ == "NAType" or bool(v != v) for v in truth)  # noqa: PLR0124
    if gone:
        raise refuse(who, "labels must be known for every row", Phrase(f"{gone} of {n} missing"))
    if truth.dtype.kind == "O" and len({type(v) for v in truth}) == 1:
        truth = np.array(truth.tolist())  # booleans, texts or numbers in a column of objects
    return None, truth


def is_predicted(target: Any) -> bool:
    """Whether the target is left to the prediction."""
    return isinstance(target, str) and target == "predicted"


def usual_target(model: Model, data: Any, scores: NDArray[np.float64]) -> Any:
    """What "predicted" means for a whole dataset: the second of two classes, else the class predicted most often."""
    if scores.ndim != 2 or scores.shape[1] <= 2:
        return scores.shape[1] - 1 if scores.ndim == 2 else "predicted"
    some = np.unique(np.linspace(0, length(data) - 1, 100).astype(int))
    best = np.argmax(model.predict(copied(take(data, some))), axis=1)
    return int(np.bincount(best).argmax())


def read_target(
    target: Any, outputs: NDArray[np.float64], names: tuple[str, ...], who: str, torch: bool = False
) -> Target:
    """The target that the user means.

    Args:
        target: class index, class name (a number or boolean that is no index may be one, too), "predicted", a
            tuple index for dense outputs, or a callable outputs -> (n,).
        outputs: the model's outputs (1, outputs) or (1, …) for the input that is explained.
        names: names of the outputs.
        who: the method's title, for errors.
        torch: whether the model is a network, whose outputs a callable takes as tensors.

    Raises:
        ValueError: for a target that does not exist.
    """
    if callable(target):
        return Target(target, getattr(target, "__name__", "callable").replace("<lambda>", "callable"), torch)
    if hasattr(target, "detach") or isinstance(target, np.ndarray):
        target = target.item() if np.ndim(target) == 0 else target
    if isinstance(target, tuple):
        return _dense(target, outputs, who)
    if outputs.ndim > 2:
        rule = f"a dense output of shape {outputs.shape[1:]} needs a target (index, …) or a callable outputs -> (n,)"
        raise refuse(who, rule, target)
    count = outputs.shape[1]
    if isinstance(target, str) and target not in names and target != "predicted":
        raise _unknown(who, target, names)
    if isinstance(target, str) and names.count(target) > 1:
        raise refuse(
            who,
            f"target must be one output's name, or its number (0…{count - 1})",
            Phrase(f"{target!r}, the name of {names.count(target)} outputs"),
        )
    if isinstance(target, str):
        index = names.index(target) if target in names else int(np.argmax(outputs[0]))
        return Target(index, names[index])
    if isinstance(target, (Real, np.bool_)) and not is_whole(target, 0, count - 1) and str(target) in names:
        return Target(names.index(str(target)), str(target))  # True, -1, 3 or 1.0 as the model's own class
    if not is_whole(target, 0, count - 1):
        raise _unknown(who, target, names)
    return Target(int(target), names[int(target)])


def ambiguous(target: Any, found: Target, names: tuple[str, ...]) -> bool:
    """Whether a number was read as the place of an output, and is the name of another one."""
    number = isinstance(target, Integral) and not isinstance(target, bool)
    return number and str(target) in names and found.name != str(target)


def _dense(target: tuple[Any, ...], outputs: NDArray[np.float64], who: str) -> Target:
    shape = outputs.shape[1:]
    whole = all(isinstance(i, Integral) and not isinstance(i, bool) for i in target)
    if len(target) != len(shape) or not whole or not all(0 <= i < n for i, n in zip(target, shape, strict=True)):
        raise refuse(who, f"target must index an output of shape {shape}", target)
    return Target(tuple(int(i) for i in target), str(tuple(int(i) for i in target)))


def _unknown(who: str, target: Any, names: tuple[str, ...]) -> ValueError:
    numbered = names == tuple(str(i) for i in range(len(names)))
    rule = 'must be 0, "predicted" or a callable' if len(names) == 1 else f"must be one of 0…{len(names) - 1}"
    rule += " or a class name" if len(names) > 1 else ""
    rule += "" if numbered or len(names) == 1 else f" ({listed(names)})"
    return refuse(who, f"target {rule}", target)
