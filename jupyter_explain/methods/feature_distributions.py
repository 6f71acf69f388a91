"""Where the values of columns are, and where the explained row is among them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, check_table, column, own_value, strongest, wanted
from ..explanation import Distributions
from ..method import Stream, method
from ..numerals import brief
from ..params import Between, Choice, Free, Needs
from ..question import Question
from ..rows import copied, length, take
from ..rules.decisions import by_class

Array = NDArray[np.float64]
ROWS = 50_000  # of a dataset; a million say the same
FEATURES = 12
LEVELS = 12  # categories that are drawn; the others together
GROUPS = 6  # classes that are told apart; the others together
LARGEST = 2.0**52  # beyond, numbers have no fractions left
FAR = 6.0  # times the middle 98 % of a column: beyond, its range is cut


@method(
    "Feature distributions",
    needs=("predict", "data", "table"),
    cites=("Freedman and Diaconis 1981 doi:10.1007/BF01025868",),
    exact=True,
    baseline=False,
)
def feature_distributions(
    q: Question,
    *,
    features: Annotated[Any, Free("columns by name or number", text=True)] = None,
    by: Annotated[
        Literal["prediction", "labels", "nothing"],
        Choice("prediction", "labels", "nothing"),
        Needs("labels", "labels"),
    ] = "prediction",
    bins: Annotated[int, Between(0, 100)] = 0,
) -> Stream:
    """How many rows have which values in each column, by predicted class, and where the explained row is among them.

    Numbers are counted in bins, categories one by one. An output that is no class is split at its median. Missing
    values are counted apart. The row's percentile is the share of rows below its value, equal ones counted half; of a
    category, the share of rows that have the same. Only counts are kept: no row of the data is in the answer.

    Settings:
        features: columns by name or number, separated by commas; by default the twelve that matter most.
        by: what splits the rows: the prediction, the true outcomes (labels=), or nothing.
        bins: bins of each column of numbers; 0: by the rule of Freedman and Diaconis.
    """
    check_table(q)
    chosen = wanted(q, features)
    chosen = strongest(q, list(range(len(q.input.names))), FEATURES) if chosen is None else chosen
    _sampled(q)
    names, which, words = _groups(q, by)
    found = [_counted(q, column(q, j), which, len(names), bins) for j in chosen]
    sampled = any("chosen at random" in n for n in q.notes)
    n = length(q.data)
    yield Distributions(
        names=tuple(q.input.names[j] for j in chosen),
        x=tuple(f[0] for f in found),
        counts=tuple(f[1] for f in found),
        missing=np.array([f[2] for f in found]).reshape(len(found), len(names)),
        cut=np.array([f[3] for f in found], np.int64),
        groups=names,
        sizes=np.bincount(which, minlength=len(names)).astype(np.int64),
        here=None if q.whole else tuple(_here(q, column(q, j)) for j in chosen),
        by=words,
        target="the dataset" if by != "prediction" else "",
        error=0.5 * np.sqrt(n) if sampled else 0.0,  # rows: the largest standard error that a count can have
        error_kind="stderr" if sampled else "exact",
    )


def _sampled(q: Question) -> None:
    """At most ROWS rows of the dataset."""
    n = length(q.data)
    if n > ROWS:
        q.note(f"{ROWS} of {n} rows, chosen at random.")
        some = np.sort(q.rng("feature_distributions").choice(n, ROWS, replace=False))
        q.data = take(q.data, some)
        q.truth = None if q.truth is None else q.truth[some]


def _groups(q: Question, by: str) -> tuple[tuple[str, ...], NDArray[np.intp], str]:
    """(names, group of each row, what the groups are)."""
    n = length(q.data)
    if by == "nothing":
        q.notes[:] = [t for t in q.notes if not t.startswith("Target")]
        return ("rows",), np.zeros(n, np.intp), ""
    if by == "labels":
        return _of_labels(np.asarray(q.truth))
    if by_class(q):
        q.notes[:] = [t for t in q.notes if not t.startswith("Target")]
        best = q.responses(n, lambda part: copied(take(q.data, part)), q.model.predict).argmax(1)
        return _few(tuple(q.names), best.astype(np.intp), "predicted class")
    return _halves(q.outputs(q.data), f"{q.target.name}")


def _of_labels(truth: NDArray[Any]) -> tuple[tuple[str, ...], NDArray[np.intp], str]:
    found, which = np.unique(truth.astype(str) if truth.dtype.kind in "OUSb" else truth, return_inverse=True)
    if truth.dtype.kind == "f" or len(found) > 4 * GROUPS:
        return _halves(truth.astype(float), "label") if truth.dtype.kind in "fiu" else _few(found, which, "label")
    return _few(tuple(str(v) for v in found), which.astype(np.intp), "label")


def _halves(values: Array, name: str) -> tuple[tuple[str, ...], NDArray[np.intp], str]:
    middle = float(np.median(values))
    names = (f"{name} ≤ {brief(middle)}", f"{name} > {brief(middle)}")
    return names, (values > middle).astype(np.intp), f"{name} below or above its median"


def _few(names: Any, which: NDArray[np.intp], words: str) -> tuple[tuple[str, ...], NDArray[np.intp], str]:
    """The most frequent groups; the others together. Groups without rows are left out."""
    sizes = np.bincount(which, minlength=len(names))
    held = np.flatnonzero(sizes)
    keep = held if len(held) <= GROUPS else np.sort(np.argsort(-sizes, kind="stable")[: GROUPS - 1])
    place = np.full(len(names), len(keep))
    place[keep] = np.arange(len(keep))
    others = ("others",) if len(held) > len(keep) else ()
    return (*(str(names[k]) for k in keep), *others), place[which], words


def _counted(
    q: Question, col: Column, which: NDArray[np.intp], groups: int, bins: int
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64], int]:
    """(bins or categories, counts (groups, k), rows without a value (groups,), rows beyond the outer bins)."""
    missing = np.bincount(which[~col.known], minlength=groups)
    known = which[col.known]
    if not col.known.any():
        return np.array([], object), np.zeros((groups, 0), np.int64), missing, 0
    if not col.numeric:
        texts, place = _levels(q, col)
        return texts, _table(place, known, len(texts), groups), missing, 0
    values = col.numbers[col.known]
    ends = borders(values, bins, col.values.dtype)
    place = np.clip(np.searchsorted(ends, values, "right") - 1, 0, len(ends) - 2)
    beyond = int(((values < ends[0]) | (values > ends[-1])).sum())
    return ends, _table(place, known, len(ends) - 1, groups), missing, beyond


def _table(place: NDArray[np.intp], group: NDArray[np.intp], bins: int, groups: int) -> NDArray[np.int64]:
    flat = np.bincount(group * bins + place, minlength=groups * bins)
    return flat.reshape(groups, bins).astype(np.int64)


def _levels(q: Question, col: Column) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """(categories that are drawn, the place of each known row among them)."""
    texts = np.asarray(col.values, object)[col.known].astype(str)
    levels = [str(v) for v in col.levels]
    shown = levels if len(levels) <= LEVELS + 1 else [str(v) for v in col.frequent(LEVELS)]
    place = {t: k for k, t in enumerate(shown)}
    if len(shown) < len(levels):
        q.note(f"{col.name}: {len(shown)} of {len(levels)} categories, the others together.")
        shown = [*shown, f"{len(levels) - len(shown)} others"]
    found, back = np.unique(texts, return_inverse=True)
    return np.array(shown, object), np.array([place.get(t, len(shown) - 1) for t in found], np.intp)[back]


def borders(values: Array, bins: int, dtype: Any = None) -> Array:
    """Borders of the bins (k + 1,). Whole numbers that are few have a bin each, others have bins of whole widths."""
    different = np.unique(values)
    if len(different) == 1:
        return np.array([different[0] - 0.5, different[0] + 0.5])
    low, high = _range(values)
    whole = getattr(dtype, "kind", "f") in "iu" or bool((different == different.round()).all())
    whole &= bool(np.abs(different).max() < LARGEST)
    if not bins and whole and high - low <= 30:
        return np.arange(low, high + 2) - 0.5
    count = bins or _freedman_diaconis(values, high - low)
    if whole:
        step = max(1, int(np.ceil((high - low + 1) / count)))
        return np.arange(low, high + step + 1, step) - 0.5
    return np.linspace(low, high, count + 1)


def _range(values: Array) -> tuple[float, float]:
    """The ends; far beyond the middle 98 % of the values they are cut, so that one outlier does not hide all others."""
    low, high = float(values.min()), float(values.max())
    first, last = (float(v) for v in np.quantile(values, [0.01, 0.99], method="inverted_cdf"))
    width = last - first
    if width > 0 and high - low > FAR * width:
        low, high = max(low, first - width / 2), min(high, last + width / 2)
    return low, high


def _freedman_diaconis(values: Array, width: float) -> int:
    """Number of bins from 8 to 40; by Sturges' rule where the middle half of the values is one value."""
    low, high = np.quantile(values, [0.25, 0.75])
    step = 2 * (high - low) / len(values) ** (1 / 3)
    count = width / step if step > 0 else np.log2(len(values)) + 1
    return int(np.clip(np.ceil(count), 8, 40))


def _here(q: Question, col: Column) -> tuple[Any, float]:
    """The row's value, and the share of rows below it (equal ones half) or with the same category."""
    value = own_value(q, col)
    if not col.numeric:
        texts = np.asarray(col.values, object)[col.known].astype(str)
        return value, float(np.mean(texts == value)) if len(texts) else 0.0
    found = col.numbers[col.known]
    if not len(found) or not np.isfinite(value):
        return value, float("nan")
    return value, float((found < value).mean() + (found == value).mean() / 2)
