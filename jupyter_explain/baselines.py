"""What "absent" means: names, one input, or many rows, turned into reference rows and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, listed, refuse
from .inputs import CHANNELS, Input, as_array
from .normalization import Normalization, lives_in_pixels, value_range
from .rows import Rows, concat, each, framed, is_frame, kept, length, row_like, take
from .texts import read_given

Generator = np.random.Generator
Array = NDArray[Any]
CAP = 100  # rows of a dataset that we ourselves pick as the background; a background the user gives is used whole


@dataclass(frozen=True)
class Baseline:
    """Reference rows (n, …) in the model's order, what they are in words, and whether we chose them."""

    rows: Rows
    name: str
    words: str
    chosen: bool = False


def _zeros(x: Array, data: Array | None, rng: Generator) -> Array:
    return np.zeros_like(x)


def _black(x: Array, data: Array | None, rng: Generator) -> Array:
    return np.full_like(x, value_range(x)[0])


def _white(x: Array, data: Array | None, rng: Generator) -> Array:
    return np.full_like(x, value_range(x)[1])


def _mean(x: Array, data: Array | None, rng: Generator) -> Array:
    if data is not None:
        return data.mean(0, keepdims=True).astype(x.dtype, copy=False)
    return np.broadcast_to(x.mean(tuple(range(2, x.ndim)), keepdims=True), x.shape).astype(x.dtype)


def _blur(x: Array, data: Array | None, rng: Generator) -> Array:
    """Gaussian blur over height and width (a series' steps), sigma a tenth of the longer side."""
    out = x.astype(float)
    sigma = max(1.0, max(x.shape[2:]) / 10)
    for axis in range(2, x.ndim):
        out = _smooth(out, sigma, axis)
    return out.astype(x.dtype)


def _smooth(a: Array, sigma: float, axis: int) -> Array:
    """Gaussian convolution along one axis with reflected edges, as a small matrix product."""
    n = a.shape[axis]
    at = np.arange(n)
    reach = int(np.ceil(4 * sigma))
    steps = np.arange(-reach, reach + 1)
    folded = np.abs((at[:, None] + steps + 2 * n * (reach // n + 1)) % (2 * n))
    source = np.where(folded >= n, 2 * n - 1 - folded, folded)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    kernel = np.zeros((n, n))
    np.add.at(kernel, (at[:, None], source), weights / weights.sum())
    return np.moveaxis(np.moveaxis(a, axis, -1) @ kernel.T, -1, axis)


def _noise(x: Array, data: Array | None, rng: Generator) -> Array:
    low, high = value_range(x)
    return np.clip(x + rng.normal(0, 0.5 * (high - low), x.shape), low, high).astype(x.dtype)


def _uniform(x: Array, data: Array | None, rng: Generator) -> Array:
    if data is not None:
        return rng.uniform(data.min(0, keepdims=True), data.max(0, keepdims=True)).astype(x.dtype)
    low, high = value_range(x)
    return rng.uniform(low, high, x.shape).astype(x.dtype)


def _max_distance(x: Array, data: Array | None, rng: Generator) -> Array:
    if data is not None:
        low, high = data.min(0, keepdims=True), data.max(0, keepdims=True)
    else:
        low, high = (np.asarray(v) for v in value_range(x))
    return np.where(np.abs(x - low) > np.abs(x - high), low, high).astype(x.dtype)


NAMED: dict[str, tuple[str, Callable[[Array, Array | None, Generator], Array]]] = {
    "zeros": ("all zeros", _zeros),
    "mean": ("the mean", _mean),
    "black": ("black", _black),
    "white": ("white", _white),
    "blur": ("the blurred input", _blur),
    "noise": ("the input with strong noise", _noise),
    "uniform": ("uniform noise", _uniform),
    "max_distance": ("the farthest value", _max_distance),
}
IMAGE = ("black", "white", "mean", "blur", "noise", "uniform", "permute", "max_distance", "zeros")
SERIES = ("mean", "zeros", "blur", "noise", "uniform", "permute", "max_distance")  # each channel's own mean
TABLE = ("background", "mean", "zeros", "uniform", "permute", "max_distance")
ROWS_FOR = {  # what those of a table that are about data do with it
    "background": "take",
    "mean": "average",
    "permute": "shuffle",
    "uniform": "find the ranges of",
    "max_distance": "find the ranges of",
}


def names_for(x: Input, data: Rows | None) -> tuple[str, ...]:
    """The baselines that exist for this input, the default first."""
    if x.reader is not None:
        return tuple(x.reader.absent)
    if x.kind != "table":
        return SERIES if x.kind == "series" else IMAGE
    if data is None:
        return ("zeros",) if _numeric(x.rows) else ()
    if _numeric(x.rows):
        return TABLE
    return ("background", "mean", "permute") if is_frame(x.rows) else ("background", "permute")


def read_baseline(
    baseline: Any, x: Input, data: Rows | None, rng: Generator, who: str, alone: bool = False
) -> Baseline:
    """The reference rows that the user means.

    Args:
        baseline: None, a name, one input, or many rows.
        x: one input.
        data: the dataset the input comes from, where there is one; names like "mean" are about it.
        rng: for random baselines.
        who: the method's title, for errors.
        alone: whether the method can do without; the input itself then stands for the baseline.

    Raises:
        ValueError: an unknown name, a wrong shape, missing columns, NaN, or no rows.
    """
    if x.reader is not None:
        return _of_text(baseline, x, who)
    if baseline is None:
        names = names_for(x, data)
        if not names and alone:
            return Baseline(take(x.rows, slice(0, 1)), "none", "none", chosen=True)
        if not names:
            raise refuse(
                who,
                "a row with categories needs baseline= (training rows, or one row)",
                Phrase("no baseline"),
            )
        return replace(_named(names[0], x, data, rng, who), chosen=True)
    if isinstance(baseline, str):
        return _named(baseline, x, data, rng, who)
    rows = _given(baseline, x, who)
    n = length(rows)
    return Baseline(rows, "given", "the given baseline" if n == 1 else f"{n} given rows")


def _of_text(baseline: Any, x: Input, who: str) -> Baseline:
    """A text's baseline: a name that its reader knows, or other texts."""
    told: Any = x.reader
    name = next(iter(told.absent)) if baseline is None else baseline
    if isinstance(name, str) and name in told.absent:
        return Baseline(told.named(name, x), name, told.absent[name], chosen=baseline is None)
    texts = read_given(baseline, told.absent, who)
    words = "the given text" if len(texts) == 1 else f"{len(texts)} given texts"
    return Baseline(told.given(texts, x), "given", f"{words}, token by token")


def check_baseline(baseline: Any, x: Input, data: Rows | None, who: str) -> None:
    """Refuse what `read_baseline` would refuse, without making it; texts are judged when they are read."""
    if x.reader is not None:
        return
    if isinstance(baseline, str):
        _check_name(baseline, x, data, who)
    else:
        _given(baseline, x, who)


def _check_name(name: str, x: Input, data: Rows | None, who: str) -> None:
    known = names_for(x, data)
    if name in ROWS_FOR and x.kind == "table" and data is None:
        few = "X_train.mean()" if name == "mean" else "X_train"
        raise refuse(who, f"baseline {name!r} needs rows to {ROWS_FOR[name]}: pass baseline={few} or other rows", name)
    if name not in known and not (name in NAMED and x.kind != "table"):
        names = f", or one of {listed(map(repr, known))}" if known else ""
        raise refuse(who, f"baseline must be an input or rows{names}", name)


def _named(name: str, x: Input, data: Rows | None, rng: Generator, who: str) -> Baseline:
    _check_name(name, x, data, who)
    if name == "background":
        return _background(data, rng)
    if name == "permute":
        return _permuted(x, data, rng)
    words, make = NAMED[name]
    if is_frame(x.rows):
        of = "" if data is None else " of the data"
        return Baseline(_frame_named(name, x.rows, data, rng), name, f"{words}{of}")
    if isinstance(x.rows, tuple):
        return Baseline(tuple(make(a, None, rng) for a in x.rows), name, words)
    if x.kind == "table":
        return Baseline(make(x.rows, data, rng), name, words)
    return Baseline(_pictured(x, name, lambda a: make(a, None, rng)), name, words + _own_end(name, x))


def _own_end(name: str, x: Input) -> str:
    """Which number is called black or white, where that is only the input's own lowest or highest."""
    if name not in ("black", "white") or x.normalization is not None or lives_in_pixels(np.asarray(x.rows)):
        return ""
    low, high = value_range(np.asarray(x.rows))
    if name == "white":
        return f" (its highest value, {high:.3g})"
    return f" (its lowest value, {low:.3g})" if low else ""


def _pictured(x: Input, name: str, make: Callable[[Array], Array]) -> Array:
    """A baseline of a picture or series: made with the channels before height and width, wherever they are, and of the
    pixels, where it is known how they became numbers."""
    user, how = x.to_user(x.rows), x.normalization
    if how is not None and name != "zeros":
        make = _of_pixels(make, how)
    if CHANNELS.get(x.layout) == -1:
        made = np.moveaxis(make(np.moveaxis(user, -1, 1)), 1, -1)
    else:
        made = make(user[:, None])[:, 0] if x.layout == "HW" else make(user)
    return np.ascontiguousarray(x.to_model(made))


def _of_pixels(make: Callable[[Array], Array], how: Normalization) -> Callable[[Array], Array]:
    return lambda a: how.done(make(np.clip(how.undone(a, 1), 0.0, 1.0)), 1).astype(a.dtype)


def _background(data: Rows, rng: Generator) -> Baseline:
    n = length(data)
    if n <= CAP:
        return Baseline(data, "background", f"{n} rows of the data")
    chosen = np.sort(rng.choice(n, CAP, replace=False))
    return Baseline(take(data, chosen), "background", f"{CAP} of {n} rows of the data")


def _permuted(x: Input, data: Rows | None, rng: Generator) -> Baseline:
    """Every column (without data: every position) shuffled on its own: marginals kept, relations broken."""
    if data is None:
        shuffled = each(lambda a: rng.permuted(a.reshape(1, -1), axis=1).reshape(a.shape), x.rows)
        return Baseline(shuffled, "permute", "the input's own values, shuffled")
    rows = _background(data, rng).rows
    if is_frame(rows):
        shuffled = rows.reset_index(drop=True).copy()
        for name in shuffled.columns:
            shuffled[name] = kept(shuffled[name].array.take(rng.permutation(len(shuffled))))
    else:
        shuffled = each(lambda a: rng.permuted(a, axis=0), rows)
    return Baseline(shuffled, "permute", f"{length(rows)} rows with every column shuffled")


def _frame_named(name: str, x: Any, data: Any, rng: Generator) -> Any:
    """A named baseline of a frame: numbers column by column, the most frequent value for the rest."""
    import pandas as pd

    source = x if data is None else data
    out = {}
    for column in x.columns:
        values = source[column]
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            out[column] = values.mode(dropna=True).iloc[:1].reset_index(drop=True)
            continue
        numbers = values.dropna().to_numpy(float)[:, None]
        one = x[column].to_numpy(float)[:, None]
        out[column] = pd.Series(NAMED[name][1](one, None if data is None else numbers, rng)[:, 0])
    return pd.DataFrame(out, columns=x.columns)


def _numeric(rows: Rows) -> bool:
    """Whether every column is a number (True and False count in arrays)."""
    if is_frame(rows):
        return all(getattr(t, "kind", "O") in "fiu" for t in rows.dtypes)
    return all(a.dtype.kind in "fiub" for a in (rows if isinstance(rows, tuple) else (rows,)))


def _given(baseline: Any, x: Input, who: str) -> Rows:
    if is_frame(x.rows):
        rows = _frame_rows(baseline, x.rows, who)
    elif isinstance(x.rows, tuple):
        rows = _tuple_rows(baseline, x.rows, who)
    else:
        rows = _array_rows(baseline, x, who)
    if not length(rows):
        raise refuse(who, "baseline must have at least one row", baseline)
    return rows


def _frame_rows(baseline: Any, x: Any, who: str) -> Any:
    import pandas as pd

    if isinstance(baseline, pd.Series):
        baseline = row_like(baseline, x)
    if not is_frame(baseline):
        array = as_array(baseline, f"{who}: baseline")
        if array.ndim == 0 and _numeric(x):
            array = np.full(len(x.columns), array)
        array = array[None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != len(x.columns):
            raise refuse(who, f"baseline must have the {len(x.columns)} columns of x", baseline)
        baseline = framed(array, x.columns)
    missing = [str(c) for c in x.columns if c not in baseline.columns]
    if missing:
        strange = [str(c) for c in baseline.columns if c not in x.columns]
        extra = f" but with {listed(strange, 4)}" if strange else ""
        raise refuse(who, "baseline must have the columns of x", Phrase(f"a frame without {listed(missing, 4)}{extra}"))
    _check_kinds(x, baseline, who)
    return baseline[list(x.columns)].reset_index(drop=True)


def _check_kinds(x: Any, baseline: Any, who: str) -> None:
    """Refuse texts in x where the baseline has numbers: they would silently be categories."""
    for column in x.columns:
        texts = [v for v in x[column].array if isinstance(v, str)] if x[column].dtype.kind == "O" else []
        if texts and getattr(getattr(baseline[column], "dtype", None), "kind", "O") in "fiu":
            raise refuse(who, f"x must have numbers in column {str(column)!r}, as the baseline has", texts[0])


def _tuple_rows(baseline: Any, x: tuple[Array, ...], who: str) -> tuple[Array, ...]:
    if not isinstance(baseline, tuple) or len(baseline) != len(x):
        raise refuse(who, f"baseline must be a tuple of {len(x)} arrays, like x", baseline)
    arrays = tuple(as_array(b, f"{who}: baseline") for b in baseline)
    rows = tuple(b[None] if b.shape == a.shape[1:] else b for a, b in zip(x, arrays, strict=True))
    if any(b.shape[1:] != a.shape[1:] for a, b in zip(x, rows, strict=True)) or len({len(b) for b in rows}) > 1:
        raise refuse(who, f"baseline arrays must have the shapes {[a.shape[1:] for a in x]}", [b.shape for b in rows])
    return rows


def _array_rows(baseline: Any, x: Input, who: str) -> Array:
    if is_frame(baseline) and set(map(str, baseline.columns)) == set(x.names):
        baseline = baseline.set_axis(list(map(str, baseline.columns)), axis=1)[list(x.names)]
    array = baseline.to_numpy() if is_frame(baseline) else as_array(baseline, f"{who}: baseline")
    if array.dtype.kind not in "fiub" and x.rows.dtype.kind in "fiub":
        raise refuse(who, "baseline must be numbers, like x", baseline)
    user = x.to_user(x.rows)
    if array.ndim == 0 and array.dtype.kind != "b":
        array = np.full(user.shape, array)
    rows = array[None] if array.shape == user.shape[1:] else array
    if rows.ndim != user.ndim or rows.shape[1:] != user.shape[1:]:
        raise refuse(
            who,
            f"baseline must have shape {user.shape[1:]} or (n, {', '.join(map(str, user.shape[1:]))})",
            array,
        )
    rows = x.to_model(rows)
    kind = np.result_type(rows.dtype, x.rows.dtype) if x.rows.dtype.kind != "f" else x.rows.dtype
    return np.ascontiguousarray(rows.astype(kind))


__all__ = ["CAP", "NAMED", "Baseline", "check_baseline", "concat", "names_for", "read_baseline"]
