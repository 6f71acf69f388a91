"""Why a model did not answer: told from its own error, and from what is missing in the rows it was asked about."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, listed, refuse
from .explanation import parts
from .models import Model
from .rows import Rows, copied, is_frame, length, take

MISSING = re.compile(r"\bnan\b|missing|infinit|\bnull", re.IGNORECASE)
MOST = 64  # rows with something missing that a model is tried with


def unfit(error: BaseException) -> bool:
    """Whether torch itself refused the input's shape or type: raised by one of its layers, not by the user's code."""
    return _raiser(error) == "torch" and isinstance(error, (RuntimeError, IndexError, TypeError, ValueError))


def _raiser(error: BaseException) -> str:
    """The top-level package whose code raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def refused_words(rows: Rows, error: BaseException) -> Phrase:
    """What was given and what the model said about it."""
    given = ", ".join(f"{np.shape(a)} {getattr(a, 'dtype', 'frame')}" for a in parts(rows))
    return Phrase(f"{given} ({said(error)[:160]})")


def said(error: BaseException) -> str:
    """An error's text in one line."""
    return " ".join(str(error).split())


def not_fitted(error: BaseException) -> bool:
    """Whether an estimator says that it was not fitted."""
    return any(cls.__name__ == "NotFittedError" for cls in type(error).__mro__)


def strange_category(error: BaseException) -> bool:
    """Whether an encoder of scikit-learn says that it never saw a category."""
    return isinstance(error, ValueError) and "unknown categor" in str(error) and _raiser(error) == "sklearn"


def unknown_category(who: str, model: Model, error: BaseException) -> ValueError:
    """The refusal of a category that the model does not know."""
    return refuse(who, f"rows must have categories that {model.title} knows", Phrase(said(error)[:200]))


def missing(rows: Rows) -> NDArray[np.bool_] | None:
    """Which numbers of rows are NaN or infinite, and which cells of a frame are missing: (n, cells), or None."""
    found = [_missing(a) for a in parts(rows)]
    if all(f is None for f in found):
        return None
    full = [np.zeros((len(a), _cells(a)), bool) if f is None else f for a, f in zip(parts(rows), found, strict=True)]
    return np.concatenate(full, axis=1)


def _cells(a: Any) -> int:
    return int(np.prod(np.shape(a)[1:]))


def _missing(a: Any) -> NDArray[np.bool_] | None:
    if is_frame(a):
        bad = np.asarray(a.isna().to_numpy())
        return bad if bad.any() else None
    if getattr(getattr(a, "dtype", None), "kind", "O") != "f":
        return None
    with np.errstate(all="ignore"):
        if np.isfinite(a.sum()):  # nothing hides in a sum but by overflow, which the count then clears
            return None
    bad = ~np.isfinite(a).reshape(len(a), -1)
    return bad if bad.any() else None


def missing_words(bad: NDArray[np.bool_], names: tuple[str, ...]) -> Phrase:
    """How much is missing, and in which columns."""
    count, among = int(bad.sum()), f" in {int(bad.any(1).sum())} of {len(bad)} rows" if len(bad) > 1 else ""
    columns = np.flatnonzero(bad.any(0))
    where = f" ({listed([names[i] for i in columns], 4)})" if len(names) == bad.shape[1] else ""
    return Phrase(f"{count} NaN or infinite{among}{where}")


def check_missing(model: Model, rows: Rows, names: tuple[str, ...], what: str, who: str) -> None:
    """Refuse rows with something missing where the model does not take that: it is tried with a few of them.

    Args:
        model: asked only if something is missing.
        rows: rows in the model's order.
        names: their columns.
        what: what they are, for the error.
        who: the method's title.

    Raises:
        ValueError: if the model fails, or answers with NaN, for rows with something missing.
    """
    bad = None if isinstance(rows, list) else missing(rows)
    if bad is None or length(rows) == 0:
        return
    columns = np.flatnonzero(bad.any(0))
    some = np.unique(bad[:, columns[:MOST]].argmax(0))  # the first row with a gap in each column
    refusal = refuse(who, f"{what} must have no missing values for {model.title}", missing_words(bad, names))
    try:
        takes = bool(np.isfinite(model.predict(copied(take(rows, some)))).all())
    except Exception as error:
        if not MISSING.search(str(error)):
            error.add_note(f"This was while {who} asked {model.title} for {len(some)} rows with missing values.")
            raise
        raise refusal from error
    if not takes:
        raise refusal
