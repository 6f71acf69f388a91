"""Any callable `rows -> (n,)` or `(n, outputs)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..rows import Rows, length
from . import Model


def model_of(fn: Callable[..., Any], link: str, args: tuple[Any, ...]) -> Model:
    """Wrap a callable; its outputs are taken as they are."""
    if link != "identity":
        raise refuse("link", "a callable's outputs are explained as they are, so link must be 'identity'", link)
    owner = getattr(fn, "__self__", None)
    if getattr(fn, "__name__", "") == "predict" and (hasattr(owner, "predict_proba") or hasattr(owner, "classes_")):
        rule = "must return scores, not labels: pass the estimator itself, or its predict_proba"
        raise refuse("model", rule, Phrase(f"{type(owner).__name__}.predict"))
    title = getattr(fn, "__name__", type(fn).__name__)

    scored: list[bool] = []  # whether it has answered with floats, as sums over nothing are whole numbers in Python

    def predict(rows: Rows) -> NDArray[np.float64]:
        raw = fn(rows, *(_repeated(a, length(rows)) for a in args))
        found = numbers(raw, rows, "model", whole=bool(scored))
        if not scored and _is_float(raw):
            scored.append(True)
        return found

    return Model(title, predict, source=fn)


def _repeated(arg: Any, n: int) -> Any:
    """A further argument, as a copy; one row of an array is repeated for every row asked."""
    if not isinstance(arg, np.ndarray):
        return arg
    return np.repeat(arg, n, axis=0) if arg.ndim and len(arg) == 1 else arg.copy()


def numbers(raw: Any, rows: Rows, who: str, whole: bool = False) -> NDArray[np.float64]:
    """A model's answer as floats (n, outputs), or an error that says what came back instead.

    Args:
        raw: the answer.
        rows: what it is about.
        who: the model's title, for errors.
        whole: whether whole numbers are known to be scores.
    """
    if hasattr(raw, "detach"):
        raw = raw.detach().cpu().numpy()
    try:
        out = np.asarray(raw)
    except ValueError as error:
        raise refuse(who, "must return one number, or one row of numbers, for each input row", raw) from error
    n = length(rows)
    if out.ndim == 0 or len(out) != n:
        raise refuse(who, f"must return one row for each of the {n} input rows", out if out.ndim else raw)
    if not out.size:
        raise refuse(who, "must return at least one number for each input row", out)
    if out.dtype.kind not in "fiub":
        raise refuse(who, "must return numbers (scores, not labels)", Phrase(f"{out.dtype} such as {out.ravel()[0]!r}"))
    if not whole and _labels(out, rows):
        rule = "must return scores, not integer labels (use predict_proba; if these are counts, return floats)"
        raise refuse(who, rule, Phrase(f"{out.dtype} such as {out.ravel()[0]!r}"))
    out = out.astype(np.float64, copy=False)
    return out[:, None] if out.ndim == 1 else out


def _labels(out: NDArray[Any], rows: Rows) -> bool:
    """Integers for inputs that are not integers are decisions, not scores."""
    kind = getattr(getattr(rows, "dtype", None), "kind", "f")
    return out.dtype.kind in "iu" and out.ndim == 1 and kind not in "iub"


def _is_float(raw: Any) -> bool:
    return getattr(raw, "is_floating_point", lambda: np.asarray(raw).dtype.kind == "f")()
