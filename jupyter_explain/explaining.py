"""The two functions that scripts use: every refinement of an answer, and the last one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import refuse
from .explanation import Attribution, ErrorKind, Explanation, parts
from .inputs import Input, read_input
from .inquiry import Ask, Inquiry, asked_model, begin, check_args, check_samples, read_ways, take_link
from .method import Stream, find
from .models import Model, keep
from .refusals import check_missing
from .rows import copied, length

KINDS: tuple[ErrorKind, ...] = ("exact", "bound", "gap", "stderr", "unknown")  # from the surest
SECONDS = 10.0  # how long `explain` refines when nothing else says when to stop


def stream(
    model: Any,
    x: Any,
    method: str = "auto",
    *,
    baseline: Any = None,
    target: Any = "predicted",
    labels: Any = None,
    args: tuple[Any, ...] = (),
    groups: Any = None,
    samples: int | None = None,
    seed: int = 0,
    **settings: Any,
) -> Stream:
    """Explain `x`, refining: every item is a complete answer with its error.

    Takes the arguments of `explain`, without those that say when to stop except `samples`. Everything is checked
    before the first item is asked for.

    Yields:
        Explanation: better and better answers; the last has `final=True` where nothing is left to refine.

    Raises:
        ValueError, TypeError: for a wrong argument, when called.
    """
    samples = check_samples(samples)
    inquiry = begin(model, x, method, Ask(baseline, target, labels, check_args(args), groups, seed), settings)
    return inquiry.answers(samples)


def explain(
    model: Any,
    x: Any,
    method: str = "auto",
    *,
    baseline: Any = None,
    target: Any = "predicted",
    labels: Any = None,
    args: tuple[Any, ...] = (),
    groups: Any = None,
    samples: int | None = None,
    tolerance: float | None = None,
    seconds: float | None = None,
    seed: int = 0,
    on_progress: Callable[[Explanation], Any] | None = None,
    **settings: Any,
) -> Explanation:
    """Explain why `model` answers as it does for `x`.

    Args:
        model: torch module (Keras 3 and Hugging Face included), scikit-learn estimator or Pipeline, XGBoost or
            LightGBM model, or a callable rows -> (n,) or (n, outputs). Never changed.
        x: one input: row (d,) or (1, d), one-row frame, image (C, H, W), (H, W, C) or (H, W) with `layout=`, a text,
            or a tuple of arrays. With more rows (a list of texts), every row is explained and `values` has the same
            leading axis; methods about a dataset explain the rows together.
        method: a name from `methods()`, or "auto".
        baseline: what "absent" means: None (chosen, and named in the answer), a name, one input, or many rows.
        target: class index or name, "predicted", a tuple index, or a callable outputs -> (n,). A list: one per row.
        labels: names of the outputs; for methods about a dataset also the true outcomes of its rows.
        args: further positional arguments of the model that are not explained.
        groups: whole numbers broadcastable to `x` (equal numbers are one player), lists of column names, or for
            images "patches", "superpixels" or "pixels", for texts lists of places.
        samples: the most model evaluations (rows or gradients) to spend; the first answer always comes.
        tolerance: stop when `error` is below this share of the values' spread.
        seconds: stop after this time (10 s if neither `samples` nor `tolerance` is given).
        seed: the only source of randomness.
        on_progress: called with every answer.
        **settings: the method's own settings, and `layout`, `names`, `link`, `segments`; for images `normalization`
            (how their numbers were made of pixels: "imagenet", or mean and standard deviation); for texts of a network
            `tokenizer` and `words` (True: the tokens of a word are one).

    Returns:
        Explanation: the last answer of `stream`.

    Raises:
        ValueError, TypeError: for a wrong argument; what the model itself raises passes through with a note.
    """
    samples, tolerance = check_samples(samples), _check_positive("tolerance", tolerance)
    seconds = _check_positive("seconds", seconds)
    limit = seconds if seconds or samples or tolerance else SECONDS
    if on_progress is not None and not callable(on_progress):
        raise refuse("on_progress", "must be a function that takes an answer, or None", on_progress)
    ask = Ask(baseline, target, labels, check_args(args), groups, seed)
    rest = dict(settings)
    link, first = take_link(rest), _args_of_row(ask.args, 0, _rows_in(x))
    wrapped = asked_model(model, link, method, first)
    inputs = read_input(wrapped, x, **read_ways(rest), like=baseline)
    stop = _Stop(samples, tolerance, limit, on_progress)
    if first is not ask.args and inputs.batch:
        return _each_with_args(model, link, inputs, method, ask, rest, stop)
    if first is not ask.args:  # the equal length meant nothing: x is one input
        wrapped = asked_model(model, link, method, ask.args)
    answer = _asked(wrapped, inputs, method, ask, rest, stop)
    if wrapped is not model:
        keep(wrapped)
    return answer


def _asked(model: Model, inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop) -> Explanation:
    """One input, or every row of many."""
    if inputs.batch and not (method != "auto" and find(method).over_data):
        return _batch(model, inputs, method, ask, settings, stop)
    if isinstance(ask.target, list):
        ask = replace(ask, target=_targets(ask.target, 1)[0])
    return stop.last(begin(model, inputs, method, ask, settings))


@dataclass
class _Stop:
    """When to be content with an answer."""

    samples: int | None
    tolerance: float | None
    seconds: float | None
    on_progress: Callable[[Explanation], Any] | None
    share: int = 1  # of how many questions this is one, which have the time between them

    def last(self, inquiry: Inquiry) -> Explanation:
        if self.on_progress is None and self.tolerance is None and self.seconds is None:
            inquiry.question.unseen = self.samples or 0
        for answer in inquiry.answers(self.samples):
            if self.on_progress is not None:
                self.on_progress(answer)
            if self._close(answer):
                break
            if self._late(answer):
                among = f" for {self.share} rows" if self.share > 1 else ""
                inquiry.question.note(f"Ended by the time limit of {self.seconds:g} s{among}; raise seconds= for more.")
                return replace(answer, notes=tuple(inquiry.question.notes))
        if inquiry.latest is None:
            raise RuntimeError(f"{inquiry.method.title}: gave no answer; please report this with your call")
        return inquiry.latest

    def _close(self, answer: Explanation) -> bool:
        known = answer.error_kind != "unknown"
        return self.tolerance is not None and known and answer.error <= self.tolerance * answer.spread

    def _late(self, answer: Explanation) -> bool:
        over = self.seconds is not None and answer.seconds >= self.seconds / self.share
        return over and not answer.final and answer.error_kind != "exact"


def _batch(model: Model, inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop) -> Explanation:
    """Explain every row on its own and stack the answers; methods that can take all rows of one target at once."""
    n = length(inputs.rows)
    if method != "auto" and find(method).batch:
        return _together(model, inputs, method, ask, settings, stop)
    return _each([model] * n, inputs, method, ask, settings, stop)


def _each(
    models: list[Model], inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop
) -> Explanation:
    """Explain every row on its own, in its share of the time."""
    targets = _targets(ask.target, len(models))
    stop, found, alike = replace(stop, share=len(models)), [], None
    for model, single, target in zip(models, inputs.singles(), targets, strict=True):
        inquiry = begin(model, single, method, replace(ask, target=target), settings)
        inquiry.alike = alike  # the baseline's columns are the same for all
        found.append(stop.last(inquiry))
        alike = inquiry.alike
        if not isinstance(found[0], Attribution):
            break  # no answer for a batch: refused before the other rows are explained
    return stacked(found, inputs)


def _each_with_args(
    model: Any, link: Any, inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop
) -> Explanation:
    """Every row with its own row of the further arguments."""
    n = length(inputs.rows)
    models = [asked_model(model, link, method, _args_of_row(ask.args, i, n)) for i in range(n)]
    return _each(models, inputs, method, ask, settings, stop)


def _rows_in(x: Any) -> int:
    """How many rows `x` has if its first axis counts rows, else 0."""
    x = x[0] if isinstance(x, tuple) and x else x
    if isinstance(x, list):
        return len(x) if x and isinstance(x[0], (list, tuple)) else 0
    shape = tuple(getattr(x, "shape", ()))
    return int(shape[0]) if len(shape) > 1 else 0


def _args_of_row(args: tuple[Any, ...], i: int, n: int) -> tuple[Any, ...]:
    """The arguments with row `i` of every array that has one row for each of n inputs; the same tuple if none has."""
    own = [len(getattr(a, "shape", ())) > 0 and len(a) == n > 1 for a in args]
    return tuple(a[i : i + 1] if o else a for a, o in zip(args, own, strict=True)) if any(own) else args


def _together(model: Model, inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop) -> Explanation:
    """Explain the rows of each target at once, and put the answers in the rows' order."""
    check_missing(model, inputs.rows, inputs.names, "x", find(method).title)
    targets = np.array(_resolved(model, inputs, ask), dtype=object)
    different = list(dict.fromkeys(targets))
    which = [np.flatnonzero([t is d or t == d for t in targets]) for d in different]
    found = [
        stop.last(begin(model, inputs.some(rows), method, replace(ask, target=target), settings))
        for rows, target in zip(which, different, strict=True)
    ]
    return joined(found, which, inputs)


def _resolved(model: Model, inputs: Input, ask: Ask) -> list[Any]:
    """A target for every row; "predicted" becomes the number of the largest output."""
    targets = _targets(ask.target, length(inputs.rows))
    if "predicted" not in [t for t in targets if isinstance(t, str)]:
        return targets
    scores = model.predict(copied(inputs.rows))
    best = np.argmax(scores, axis=1) if scores.ndim == 2 else np.zeros(len(scores), int)
    return [int(b) if isinstance(t, str) and t == "predicted" else t for t, b in zip(targets, best, strict=True)]


def joined(found: list[Explanation], which: list[NDArray[np.intp]], inputs: Input) -> Explanation:
    """Answers for parts of a batch as one answer for the batch; `which` holds the rows of each part."""
    first = found[0]
    many = [e for e in found if isinstance(e, Attribution)]
    if not isinstance(first, Attribution) or len(many) < len(found):
        raise refuse(first.title, "takes one input at a time", inputs.rows)
    if len(many) == 1:
        output, base = np.ravel(many[0].output), many[0].base
        base = None if base is None else np.ravel(np.asarray(base))
        return replace(many[0], output=output, base=base, layout=inputs.describe())
    back = np.argsort(np.concatenate(which))
    return replace(
        first,
        values=np.concatenate([np.asarray(e.values) for e in many])[back],
        stderr=_stderrs(many, back),
        base=None if first.base is None else np.concatenate([np.ravel(np.asarray(e.base)) for e in many])[back],
        output=np.concatenate([np.ravel(e.output) for e in many])[back],
        error=max(e.error for e in many),
        error_kind=max((e.error_kind for e in many), key=KINDS.index),
        target=first.target if len({e.target for e in many}) == 1 else "one per row",
        target_index=first.target_index if len({e.target for e in many}) == 1 else None,
        evals=sum(e.evals for e in many),
        seconds=sum(e.seconds for e in many),
        notes=tuple(dict.fromkeys(n for e in many for n in e.notes)),
        layout=inputs.describe(),
    )


def _stderrs(many: list[Attribution], back: NDArray[np.intp]) -> Any:
    """Standard errors of all rows, 0 where the values are exact; None if all are."""
    if all(e.stderr is None for e in many):
        return None
    found = [np.zeros_like(e.values) if e.stderr is None else np.asarray(e.stderr) for e in many]
    return np.concatenate(found)[back]


def _targets(target: Any, n: int) -> list[Any]:
    if not isinstance(target, list):
        return [target] * n
    if len(target) != n:
        raise refuse("target", f"a list must have one target for each of the {n} rows", target)
    return target


def stacked(found: list[Explanation], inputs: Input) -> Explanation:
    """Answers for single rows as one answer with a leading axis."""
    first = found[0]
    if not isinstance(first, Attribution):
        raise refuse(first.title, "takes one input at a time", inputs.rows)
    many: list[Attribution] = [e for e in found if isinstance(e, Attribution)]
    return replace(
        first,
        title=" or ".join(dict.fromkeys(e.title for e in found)),  # "auto" may choose by the length of a text
        values=_stack([e.values for e in many]),
        stderr=_stacked_errors(many),
        base=None if any(e.base is None for e in many) else np.array([e.base for e in many]),
        output=np.array([e.output for e in many]),
        error=max(e.error for e in many),
        error_kind=max((e.error_kind for e in many), key=KINDS.index),
        target=first.target if len({e.target for e in many}) == 1 else "one per row",
        target_index=first.target_index if len({e.target for e in many}) == 1 else None,
        evals=sum(e.evals for e in many),
        seconds=sum(e.seconds for e in many),
        notes=tuple(dict.fromkeys(n for e in many for n in e.notes)),
        fit=None,
        steps=None,
        layout=inputs.describe() if first.layout.data is not None else first.layout,  # a layer's has its own
    )


def _stacked_errors(many: list[Attribution]) -> Any:
    """Standard errors of all rows (none for an exact row), or None where a row's are not known."""
    if all(e.stderr is None for e in many) or any(e.stderr is None and e.error_kind != "exact" for e in many):
        return None
    none = [np.zeros_like(v) for v in parts(many[0].values)]
    exact = tuple(none) if isinstance(many[0].values, tuple) else none[0]
    return _stack([exact if e.stderr is None else e.stderr for e in many])


def _stack(values: list[Any]) -> Any:
    if isinstance(values[0], tuple):
        return tuple(np.stack(parts) for parts in zip(*values, strict=True))
    most = max((len(v) for v in values), default=0) if np.ndim(values[0]) == 1 else 0
    return np.stack([np.pad(v, (0, most - len(v))) if len(v) < most else v for v in values])  # texts differ in length


def _check_positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value > 0:
        raise refuse(name, "must be a number above 0, or None", value)
    return float(value)
