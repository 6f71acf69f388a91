"""What the user explains: one row, image, text, or several inputs, turned into rows (leading axis 1) and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, listed, refuse, shown
from .explanation import Layout, Values, parts
from .models import Model
from .normalization import Normalization, check_pixels, read_normalization
from .refusals import refused_words, unfit
from .rows import Rows, copied, each, is_frame, length, row_like, take
from .texts import Bound, Reader, WordReader, check_words, layout_of, told

LAYOUTS = ("rows", "CHW", "HWC", "HW", "CT", "TC", "tokens")
SERIES = ("CT", "TC")
CHANNELS = {"CHW": -3, "HWC": -1, "CT": -2, "TC": -1}  # their axis in the user's array
Reshape = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Input:
    """Rows as the model takes them, and the way back to the user's shape.

    Attributes:
        rows: n rows, in the model's axis order (arrays are the user's numbers, copied).
        kind: "table", "image", "series" or "text".
        names: feature names of a table, tokens of a text, channels of a series (none where nobody named them).
        shape: shape of one row as the user gave it, without the leading axis.
        batch: whether the user gave a leading axis with more than one row.
        leading: whether the user gave a leading axis at all.
        to_model, to_user: axis order of arrays, one way and back.
        layout: "rows", "CHW", "HWC", "HW", "CT", "TC" or "tokens".
        reader: of texts: how they become rows of arrays (see `texts`).
        normalization: of images: how their numbers were made of pixels, where the user said so.
    """

    rows: Rows
    kind: str
    names: tuple[str, ...]
    leading: bool
    to_model: Reshape
    to_user: Reshape
    layout: str
    reader: Reader | Bound | None = None
    normalization: Normalization | None = None

    @property
    def batch(self) -> bool:
        """Whether there is more than one row."""
        return length(self.rows) > 1

    @property
    def fractions(self) -> bool:
        """Whether it holds floating-point numbers, which could be a little different (a table: in some column)."""
        if is_frame(self.rows):
            return any(getattr(t, "kind", "O") == "f" for t in self.rows.dtypes)
        return self.kind != "text" and all(np.asarray(a).dtype.kind == "f" for a in parts(self.rows))

    def row(self, i: int) -> Input:
        """One row of a batch, as an input of its own."""
        row = copied_row(self.rows, i)
        names = self.names if self.reader is None else self.reader.cut(row[0]).names
        return replace(self, rows=row, names=names, leading=False)

    def some(self, which: NDArray[np.intp]) -> Input:
        """Some rows of a batch, still a batch."""
        return replace(self, rows=take(self.rows, which))

    def singles(self) -> Iterator[Input]:
        """Every row as an input of its own."""
        return (self.row(i) for i in range(length(self.rows)))

    def restore(self, values: Values) -> Values:
        """Values (1, …) in the model's order, as the user gave the input."""
        if isinstance(values, tuple):
            return tuple(v if self.leading else v[0] for v in values)
        back = self.fold(values) if self.reader is not None else self.to_user(values)
        return back if self.leading else back[0]

    @property
    def bound(self) -> Bound:
        """The reader of a text that is ready to be asked about (`begin` binds every text)."""
        return cast("Bound", self.reader)

    def fold(self, values: Values) -> Values:
        """Numbers per place of a row as numbers per token of a text; as they are for everything else."""
        if self.reader is None or np.ndim(values) < 3:
            return values
        return self.bound.fold(np.asarray(values))

    def describe(self) -> Layout:
        """Names and data for the views, in the user's shape."""
        if self.reader is not None:
            return layout_of(self.reader, self.rows, self.leading)
        if isinstance(self.rows, tuple):
            return Layout("table", self.names, tuple(np.asarray(r) for r in self.rows))
        data = self.rows.to_numpy() if is_frame(self.rows) else np.asarray(self.rows)
        user = self.to_user(data)
        data, axis = user if self.leading else user[0], CHANNELS.get(self.layout)
        return Layout(self.kind, self.names, data, axis, self.normalization)  # type: ignore[arg-type]


def copied_row(rows: Rows, i: int) -> Rows:
    """Row `i` with its leading axis, as a copy."""
    row = take(rows, slice(i, i + 1))
    return tuple(r.copy() for r in row) if isinstance(row, tuple) else row.copy()


def read_input(
    model: Model,
    x: Any,
    layout: str | None = None,
    names: Any = None,
    tokenizer: Any = None,
    words: bool = False,
    normalization: Any = None,
    like: Any = None,
) -> Input:
    """Understand `x`; `names` are those of a table's features or a series' channels (see `_read` for the rest).

    Args:
        model, x, layout: see `_read`; a text or a list of texts is understood too, and token ids with layout "tokens".
        names: feature names of a table, or the channels of a series.
        tokenizer: how a network's texts become token ids.
        words: whether the tokens of a word are one.
        normalization: of images, how pixels became the numbers in `x` (see `read_normalization`).
        like: other rows, whose column types a Series takes if they are a frame.

    Raises:
        ValueError: if there are not as many names as features or channels, or the input is an image.
        TypeError: if the tokenizer is none.
    """
    found = _text(model, x, layout, names, tokenizer or model.tokenizer, words)
    if found is not None:
        return found
    if tokenizer is not None:
        raise refuse("tokenizer", "is for a text, a list of texts, or token ids with layout='tokens'", x)
    found = _in_floats(model, _read(model, x, layout, like))
    found = replace(found, rows=_precise(model, found.rows), normalization=_normalized(found, normalization))
    return found if names is None else replace(found, names=_named(found, names))


def _normalized(x: Input, normalization: Any) -> Normalization | None:
    how = read_normalization(normalization)
    if how is None:
        return None
    if x.kind != "image":
        raise refuse("normalization", "is for images", Phrase(f"{x.kind} input"))
    user = x.to_user(np.asarray(x.rows))
    check_pixels(how, *((user, CHANNELS[x.layout]) if x.layout in CHANNELS else (user[..., None], -1)))
    return how


def _named(x: Input, names: Any) -> tuple[str, ...]:
    if x.kind == "image":
        raise refuse("names", "are for features of a table or channels of a series", Phrase("an image"))
    channels = x.to_user(np.asarray(x.rows)).shape[CHANNELS[x.layout]] if x.kind == "series" else None
    count, what = (len(x.names), "feature names") if channels is None else (channels, "names of channels")
    given = tuple(str(n) for n in names)
    if len(given) != count:
        raise refuse("names", f"must be {count} {what}", Phrase(f"{len(given)} names"))
    return given


def _text(model: Model, x: Any, layout: Any, names: Any, tokenizer: Any, words: Any) -> Input | None:
    """Texts or token ids, or None for anything else."""
    if not isinstance(words, bool):
        raise refuse("words", "must be True (tokens of a word are one) or False", words)
    if layout == "tokens":
        return _ids(model, as_array(x), names, tokenizer, words)
    texts = told(model, x, tokenizer)
    if texts is None:
        return None
    if layout is not None or names is not None:
        raise refuse("layout" if names is None else "names", "is not for texts", layout if names is None else names)
    return _texts(model, texts, not isinstance(x, str), tokenizer, words)


def _texts(model: Model, texts: list[str], leading: bool, tokenizer: Any, words: bool) -> Input:
    reader: Reader = WordReader()
    if model.net is not None:
        from .models.huggingface import TokenReader

        reader = TokenReader(model, tokenizer, words)
    check_words(reader, texts)
    found = Input(texts, "text", (), leading, _same, _same, "tokens", reader)
    return found if len(texts) > 1 else replace(found, names=reader.cut(texts[0]).names)


def _ids(model: Model, ids: NDArray[Any], names: Any, tokenizer: Any, words: bool) -> Input:
    """Token ids (tokens,) or (n, tokens) for a network."""
    if model.net is None:
        rule = "'tokens' needs a network (a torch module); give other models texts"
        raise refuse("layout", rule, Phrase(model.title))
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2) or not ids.size:
        raise refuse("x", "token ids must be whole numbers, (tokens,) or (n, tokens)", ids)
    from .models.huggingface import TokenReader

    given = None if names is None else tuple(str(n) for n in names)
    if given is not None and len(given) != ids.shape[-1]:
        raise refuse("names", f"must be {ids.shape[-1]} tokens", Phrase(f"{len(given)} names"))
    reader, rows = TokenReader(model, tokenizer, words, given), np.atleast_2d(ids)
    check_words(reader, rows)
    return Input(rows, "text", reader.cut(rows[0]).names, ids.ndim == 2, _same, _same, "tokens", reader)


def _read(model: Model, x: Any, layout: str | None = None, like: Any = None) -> Input:
    """Understand `x`.

    Args:
        model: asked once per way of reading an ambiguous shape.
        x: row `(d,)`, rows `(n, d)`, one-row frame or Series, image `(C, H, W)`, `(H, W, C)` or `(H, W)`, series
            `(C, T)` or `(T, C)` (the latter also a frame with a row per step), or a tuple.
        layout: "rows", "CHW", "HWC", "HW", "CT" or "TC" where the shape alone does not tell.
        like: see `read_input`.

    Raises:
        ValueError: empty input, unknown layout, or a shape the model takes in no way.
        TypeError: an input of a type that is not understood.
    """
    if layout is not None and layout not in LAYOUTS:
        raise refuse("layout", "must be one of " + listed(map(repr, LAYOUTS)), layout)
    if isinstance(x, tuple) and x and model.net is None and all(np.isscalar(v) for v in x):
        x = list(x)  # one row, as Python and databases write it
    if isinstance(x, tuple):
        return _several(x)
    if is_frame(x) and layout == "TC":
        steps = _frame(x)
        return replace(_array(model, _numbers(steps).rows, layout), names=steps.names)
    if is_frame(x) or (hasattr(x, "to_frame") and hasattr(x, "index")):
        return _frame(x, like) if model.net is None else _numbers(_frame(x))
    array = as_array(x)
    if array.size == 0:
        raise refuse("x", "must have at least one row and one feature", array)
    if array.ndim == 0:
        raise refuse("x", "must be a row, an image, a frame or a tuple of them", x)
    return _array(model, array if model.net is None else _countable(model, array), layout)


def _countable(model: Model, array: NDArray[Any]) -> NDArray[Any]:
    """Numbers of any kind, also where a table with other columns made objects of them."""
    if array.dtype.kind in "fiubc":
        return array
    try:
        if array.dtype.kind == "O":
            return array.astype(float)
    except (TypeError, ValueError):
        pass
    raise refuse("x", f"must be numbers for {model.title}", Phrase(f"{array.dtype} such as {array.ravel()[0]!r}"))


def _of_dicts(x: Any) -> bool:
    return isinstance(x, list) and bool(x) and isinstance(x[0], Mapping)


def _held(x: Any) -> str:
    """How a dict, or what a tokenizer or an image processor puts out, becomes an input."""
    if _of_dicts(x):
        return " (pandas.DataFrame(x) makes a frame)"
    if not isinstance(x, Mapping):
        return ""
    if "input_ids" in x:
        return " (such as the text itself, or x['input_ids'] with layout='tokens')"
    return " (such as x['pixel_values'])" if "pixel_values" in x else " (pandas.DataFrame([x]) makes a frame)"


def as_array(x: Any, who: str = "x:") -> NDArray[Any]:
    """A numpy copy of an array, tensor, list of numbers, nested list or sparse matrix; `who` begins an error."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
        x = (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy()
    if isinstance(x, (str, bytes, Mapping, set)) or _of_dicts(x):
        kind = f"{type(x).__name__}{' of dicts' * _of_dicts(x)}"
        raise TypeError(f"{who} must be an array, tensor, data frame, or a tuple of them{_held(x)}; got {kind}")
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        x = np.ma.filled(x.astype(float), np.nan)  # what is hidden is missing
    try:
        found = np.array(x.toarray() if hasattr(x, "toarray") else x)
        return np.array(x, object) if found.dtype.kind in "US" and _mixed(x) else found
    except ValueError as error:
        rule = "must be a regular array (every row of the same length)"
        raise ValueError(f"{who} {rule}; got {shown(x)}") from error


def _mixed(x: Any) -> bool:
    """Whether a list (of lists) has more than texts in it: numpy would make texts of its numbers."""
    return any(map(_mixed, x)) if isinstance(x, (list, tuple)) else np.asarray(x).dtype.kind not in "USO"


def _same(a: NDArray[Any]) -> NDArray[Any]:
    return a


def _several(x: tuple[Any, ...]) -> Input:
    if not x:
        raise refuse("x", "must hold at least one input", x)
    arrays = tuple(as_array(a) for a in x)
    leading = all(a.ndim > 1 for a in arrays) and len({len(a) for a in arrays}) == 1
    rows = arrays if leading else tuple(a[None] for a in arrays)
    names = tuple(f"input {k}: {i}" for k, a in enumerate(rows) for i in range(a[0].size))
    return Input(rows, "table", names, leading, _same, _same, "rows")


def _frame(x: Any, like: Any = None) -> Input:
    series = not is_frame(x)
    frame = row_like(x, like) if series else x
    if not len(frame) or not len(frame.columns):
        raise refuse("x", "must have at least one row and one feature", frame)
    names = tuple(map(str, frame.columns))
    if len(set(names)) < len(names):
        twice = sorted({n for n in names if names.count(n) > 1})
        raise refuse("x", "column names must be different", Phrase(f"{listed(twice, 4)} more than once"))
    return Input(frame.reset_index(drop=True), "table", names, not series, _same, _same, "rows")


def _numbers(x: Input) -> Input:
    """A frame as the array that a network takes; the names stay."""
    strange = [
        f"{n} ({t})" for n, t in zip(x.names, x.rows.dtypes, strict=True) if getattr(t, "kind", "O") not in "fiub"
    ]
    if strange:
        raise refuse("x", "must have numbers only for a network", Phrase(f"columns {listed(strange, 4)}"))
    numbers = x.rows.to_numpy()
    if numbers.dtype.kind == "O":  # of booleans or pandas' own numbers beside others
        numbers = x.rows.to_numpy(float, na_value=np.nan)
    return replace(x, rows=np.array(numbers, order="C"))


def _array(model: Model, array: NDArray[Any], layout: str | None) -> Input:
    """Try the readings of a shape in order of likelihood; the first that the model takes is the one."""
    tried = list(_readings(model, array, layout))
    if len(tried) == 1:
        return _made(model, array, *tried[0])
    errors = []
    for reading in tried:
        candidate = _made(model, array, *reading)
        error = _refusal(model, candidate)
        if error is None:
            return candidate
        errors.append(error)
    if model.net is not None and array.dtype.kind in "iub":
        return _scaled(model, array, _array(model, array.astype(np.float32), layout))
    ways = f"tried as {listed(_words(r) for r in tried)}"
    if unfit(errors[0]):
        rule = f"must be an input that {model.title} takes (layout= says how to read it: {listed(LAYOUTS)})"
        raise refuse("x", rule, Phrase(f"{refused_words(array, errors[0])}, {ways}")) from errors[0]
    errors[0].add_note(f"x: of shape {array.shape} was {ways}")
    raise errors[0]


def _scaled(model: Model, array: NDArray[Any], found: Input) -> Input:
    """What a network takes as floating point only; of a picture's bytes nobody knows how it wants them scaled."""
    if found.kind != "image":
        return found
    rule = f"must be floating point, in the scale that {model.title} was trained with (such as x / 255)"
    raise refuse("x", rule, Phrase(f"{array.dtype} from {array.min()} to {array.max()}"))


def _in_floats(model: Model, x: Input) -> Input:
    """Whole numbers as floating point, where the network takes them no other way."""
    whole = x.kind != "image" and any(np.asarray(a).dtype.kind in "iub" for a in parts(x.rows))
    error = _refusal(model, x) if whole and model.net is not None else None
    if error is None:
        return x
    floats = replace(x, rows=each(lambda a: a.astype(np.float32) if a.dtype.kind in "iub" else a, x.rows))
    by_type = "type" in str(error)  # then the floats' error, if any, is about the shape
    return floats if by_type or _refusal(model, floats) is None else x


def _refusal(model: Model, candidate: Input) -> Exception | None:
    """The model's own error for one row, or None where it answers with one row, and for each of two what it answers
    for it alone: a network for sequences may take a row for a sequence, or for every step of one."""
    try:
        first = model.predict(copied(take(candidate.rows, slice(0, 1))))
        if candidate.kind == "table" and candidate.batch and model.net is not None and not model.net.draws:
            both = model.predict(copied(take(candidate.rows, slice(0, 2))))
            second = model.predict(copied(take(candidate.rows, slice(1, 2))))
            alone = np.concatenate([first, second])
            if not np.allclose(both, alone, rtol=0, atol=0.05 * np.abs(alone).max(), equal_nan=True):
                rule = "x must be rows that do not change each other's outputs (layout= says how to read it)"
                return refuse(model.title, rule, candidate.rows)
    except Exception as error:  # noqa: BLE001  (whatever the model says about a shape)
        return error
    return None


def _words(reading: tuple[str, bool, str]) -> str:
    return f"{'several ' if reading[1] else 'one '}{reading[0]} ({reading[2]})"


def _readings(model: Model, a: NDArray[Any], layout: str | None) -> Iterator[tuple[str, bool, str]]:
    """(layout, has a leading axis, axis order for the model), most likely first."""
    size = {"rows": 1, "CHW": 3, "HWC": 3, "HW": 2, "CT": 2, "TC": 2}
    if layout is not None:
        if a.ndim not in (size[layout], size[layout] + 1):
            raise refuse("x", f"layout {layout!r} needs {size[layout]} axes, or one more for several rows", a)
        leading = a.ndim == size[layout] + 1
        orders = {
            "HWC": ("as is", "channels first"),
            "HW": ("as is", "channel added", "flat"),
            "CHW": ("as is", "flat"),
        }
        order = orders.get(layout, ("as is",))
        if layout == "HW" and model.net is not None:
            order = ("channel added", "as is", "flat")
        if layout == "HWC" and model.net is not None and not _keras(model):
            order = ("channels first", "as is")
        if layout == "TC" and model.net is not None:
            order = ("as is", "channels first")
        yield from ((layout, leading, o) for o in order)
    elif a.ndim <= 2:
        yield "rows", a.ndim == 2, "as is"
        if a.ndim == 2 and model.net is not None:
            yield from ((order, False, "as is") for order in _series_orders(model, a.shape))
            yield "HW", False, "as is" if _keras(model) else "channel added"
    elif a.ndim == 3:
        yield from _colours_last(model, a, False)
        yield "CHW", False, "as is"
        yield from ((order, True, "as is") for order in _series_orders(model, a.shape))
    else:
        yield from _colours_last(model, a, True)
        yield "CHW", True, "as is"


def _colours_last(model: Model, a: NDArray[Any], leading: bool) -> Iterator[tuple[str, bool, str]]:
    """Height, width, colours: only where the shape cannot be meant the other way round."""
    few = (1, 3, 4)
    if a.shape[-1] in few and a.shape[-3] not in few:
        yield "HWC", leading, "as is" if model.net is None or _keras(model) else "channels first"


def _series_orders(model: Model, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Channels before steps, as torch convolves them, or after, as Keras and torch's `batch_first` layers have them."""
    if model.net is None:
        return ("CT",)
    if _keras(model):
        return () if _wants_pictures(model) else ("TC",)
    layers = list(model.source.modules()) if hasattr(model.source, "modules") else []
    if any(getattr(layer, "in_channels", None) == shape[-2] for layer in layers):
        return ("CT",)
    batched = any(getattr(layer, "batch_first", False) for layer in layers)
    sizes = {getattr(layer, name, None) for layer in layers for name in ("input_size", "in_features", "embed_dim")}
    return ("TC",) if batched and shape[-1] in sizes else ("CT",)


def _wants_pictures(model: Model) -> bool:
    """Whether a Keras model says that it takes pictures with channels (it adds a missing channel by itself)."""
    shape = getattr(model.source, "input_shape", None)
    return isinstance(shape, tuple) and len(shape) == 4 and not isinstance(shape[-1], tuple)


def _keras(model: Model) -> bool:
    return any(cls.__module__.partition(".")[0] == "keras" for cls in type(model.source).__mro__)


def _made(model: Model, a: NDArray[Any], layout: str, leading: bool, order: str) -> Input:
    to_model, to_user = _orders(a.shape[1:] if leading else a.shape, order)
    rows = to_model(a if leading else a[None])
    kind = "table" if layout == "rows" else "series" if layout in SERIES else "image"
    names: tuple[str, ...] = ()
    if kind == "table":
        known = model.columns if model.columns and len(model.columns) == rows.shape[-1] else None
        names = known or tuple(f"x{i}" for i in range(rows[0].size))
    return Input(np.ascontiguousarray(rows), kind, names, leading, to_model, to_user, layout)


def _precise(model: Model, rows: Rows) -> Rows:
    """Floats for a network at least as precise as its own, because places between inputs are computed in them."""
    if model.net is None:
        return rows
    least = np.float64 if "float64" in str(model.net.dtype) else np.float32
    return each(lambda a: a.astype(np.result_type(a, least), copy=False) if a.dtype.kind == "f" else a, rows)


def _orders(shape: tuple[int, ...], order: str) -> tuple[Reshape, Reshape]:
    if order == "channels first":
        return (lambda a: np.moveaxis(a, -1, 1)), (lambda a: np.moveaxis(a, 1, -1))
    if order == "channel added":
        return (lambda a: a[:, None]), (lambda a: a[:, 0])
    if order == "flat":
        return (lambda a: a.reshape(len(a), -1)), (lambda a: a.reshape(len(a), *shape))
    return _same, _same
