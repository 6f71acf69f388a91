"""Methods are generator functions; this file registers them and drives their streams."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from .baselines import read_baseline
from .errors import listed, refuse
from .explanation import Attribution, Explanation
from .inputs import Input, read_input
from .models import Model, wrap
from .params import Param, settings_of
from .question import Question
from .rows import Rows, length, take
from .targets import output_names, read_target

Stream = Iterator[Explanation]
METHODS: dict[str, Method] = {}
MOST_SAMPLES = 10**8
SECONDS = 10.0  # how long `explain` refines when nothing else says when to stop
WAYS = ("layout", "link", "segments", "names")  # how a model or input is read; every method takes these


@dataclass(frozen=True)
class Method:
    """A method and what is known about it.

    Attributes:
        name, title: registry name and title.
        needs: capabilities without which it does not apply ("predict", "gradient", "image", …).
        settings: its settings by name.
        axioms: what its answers promise ("completeness", "dummy", "symmetry", "linearity", …).
        cites: references, as DOI or arXiv id.
        exact: whether there is nothing to sample (no sample count).
        baseline: whether the answer depends on the baseline.
    """

    name: str
    title: str
    fn: Callable[..., Stream]
    needs: frozenset[str]
    settings: dict[str, Param]
    axioms: frozenset[str]
    cites: tuple[str, ...]
    exact: bool = False
    baseline: bool = True

    @property
    def help(self) -> str:
        """The first sentence of the docstring."""
        return " ".join((self.fn.__doc__ or "").split("\n\n")[0].split())

    def reason(self, model: Model, x: Input, data: Rows | None = None) -> str | None:
        """Why the method does not apply, or None when it does."""
        have = model.can | {x.kind} | ({"data"} if data is not None else set())
        missing = sorted(self.needs - have)
        return f"{self.title} needs {listed(map(NEEDS.get, missing, missing))}" if missing else None

    def checked(self, settings: dict[str, Any]) -> dict[str, Any]:
        """All settings, with defaults; an unknown name or a bad value is a ValueError."""
        strange = [k for k in settings if k not in self.settings]
        if strange:
            known = listed(self.settings) or "no settings"
            raise refuse(self.title, f"settings are {known}", strange[0])
        return {k: p.check(self.title, settings.get(k, p.default)) for k, p in self.settings.items()}


NEEDS = {
    "predict": "a model that predicts",
    "gradient": "a model with gradients (a torch module)",
    "image": "an image",
    "table": "a table",
    "data": "a dataset (rows)",
}


def method(
    title: str,
    *,
    needs: Sequence[str] = ("predict",),
    axioms: Sequence[str] = (),
    cites: Sequence[str] = (),
    exact: bool = False,
    baseline: bool = True,
) -> Callable[[Callable[..., Stream]], Callable[..., Stream]]:
    """Register a generator function `f(q, *, setting=default)` as a method under its own name."""

    def register(fn: Callable[..., Stream]) -> Callable[..., Stream]:
        name = fn.__name__
        facts = (frozenset(needs), settings_of(fn), frozenset(axioms), tuple(cites), exact, baseline)
        METHODS[name] = Method(name, title, fn, *facts)
        return fn

    return register


def find(name: Any) -> Method:
    """The method of that name.

    Raises:
        ValueError: for an unknown name.
    """
    if not isinstance(name, str) or name not in METHODS:
        raise refuse("method", f"must be 'auto' or one of {listed(METHODS, 40)}", name)
    return METHODS[name]


class Inquiry:
    """One stream that can be suspended, resumed with a larger budget, and cancelled from another thread."""

    def __init__(self, method: Method, question: Question, settings: dict[str, Any]) -> None:
        self.method, self.question, self.settings = method, question, settings
        self.latest: Explanation | None = None
        self.exhausted = False
        self._seconds = 0.0
        self._answers = method.fn(question, **settings)

    def affords(self, samples: int | None) -> bool:
        """Whether one more answer fits the budget (the first always does)."""
        if self.exhausted:
            return False
        q = self.question
        return self.latest is None or samples is None or (q.evals < samples and q.evals + q.upcoming <= samples)

    def step(self) -> Explanation | None:
        """The next answer, stamped; None when there is nothing left to refine."""
        started = time.perf_counter()
        try:
            answer = next(self._answers, None)
        finally:
            self._seconds += time.perf_counter() - started
        if answer is None:
            self.exhausted = True
            if self.latest is not None:
                self.latest = replace(self.latest, final=True)
            return None
        self.latest = self._stamped(answer)
        return self.latest

    def answers(self, samples: int | None = None) -> Stream:
        """Answers until the budget is spent; may be called again with a larger budget."""
        while self.affords(samples):
            answer = self.step()
            if answer is not None:
                yield answer

    def cancel(self) -> None:
        """Stop at the next batch."""
        self.question.cancel()

    def _stamped(self, answer: Explanation) -> Explanation:
        q = self.question
        if isinstance(answer, Attribution):
            values = q.input.restore(answer.values)
            stderr = None if answer.stderr is None else q.input.restore(answer.stderr)
            answer = replace(answer, values=values, stderr=stderr, layout=q.input.describe())
        return replace(
            answer,
            method=self.method.name,
            title=self.method.title,
            target=q.target.name,
            target_index=q.target.index if isinstance(q.target.index, (int, tuple)) else None,
            baseline=q.baseline.words if self.method.baseline else "",
            unit=q.model.unit,
            evals=q.evals,
            seconds=self._seconds,
            seed=q.seed,
            settings=dict(self.settings),
            notes=tuple(q.notes) + answer.notes,
        )


@dataclass(frozen=True)
class Ask:
    """The arguments of `explain` and `stream` that say what is asked; shared by both and by the Explorer."""

    baseline: Any = None
    target: Any = "predicted"
    labels: Any = None
    args: tuple[Any, ...] = ()
    groups: Any = None
    seed: int = 0
    data: Rows | None = None


def begin(model: Any, x: Any, method: str, ask: Ask, settings: dict[str, Any]) -> Inquiry:
    """Read and check everything, and open a suspended stream for one input.

    Raises:
        ValueError, TypeError: whatever is wrong, said in four parts.
    """
    settings = dict(settings)
    ways = {k: settings.pop(k) for k in WAYS if k in settings}
    wrapped = model if isinstance(model, Model) else wrap(model, link=_link(ways, method), args=tuple(ask.args))
    x = x if isinstance(x, Input) else read_input(wrapped, x, ways.get("layout"), ways.get("names"))
    if x.batch:
        raise refuse("x", "must be one input here (explain takes batches)", x.rows)
    _check_seed(ask.seed)
    chosen = find(choose(wrapped, x, ask) if method == "auto" else method)
    reason = chosen.reason(wrapped, x, ask.data)
    if reason is not None:
        raise ValueError(f"{reason}; got {wrapped.title} and {x.kind} input")
    checked = chosen.checked(settings)
    question = pose(wrapped, x, ask, chosen, ways)
    if method == "auto":
        question.note(f"Method chosen for you: {chosen.title}.")
    return Inquiry(chosen, question, checked)


def _link(ways: dict[str, Any], method: str) -> str:
    link = ways.pop("link", None) or "identity"
    return str(link) if isinstance(link, str) else link


def pose(model: Model, x: Input, ask: Ask, method: Method, ways: dict[str, Any]) -> Question:
    """The question itself: probe the model once, read the target and the baseline."""
    who = method.title
    scores = _probe(model, x, who)
    names = output_names(model, ask.labels, scores.shape[1])
    target = read_target(ask.target, scores, names, who)
    if x.kind == "image" and model.net is not None and np.prod(x.rows.shape[-2:]) >= 1024:
        from .models.torch import speed_up

        speed_up(model)
    rng = np.random.default_rng([ask.seed, 7])
    baseline = read_baseline(ask.baseline, x, ask.data, rng, who)
    unit = model.unit if scores.shape[1] > 1 or model.unit != "logit" else "output"
    question = Question(
        replace(model, unit=unit),
        x,
        baseline,
        target,
        who=who,
        seed=ask.seed,
        groups=ask.groups,
        segments=_segments(ways.get("segments", 64), who),
        data=ask.data,
    )
    question.probed(scores, names)
    if ask.baseline is None and method.baseline:
        question.note(f"Baseline chosen for you: {baseline.words}.")
    return question


def _probe(model: Model, x: Input, who: str) -> Any:
    """The model's outputs for the input; missing values in the input are named when the model takes none."""
    gaps = _gaps(x)
    try:
        scores = model.predict(take(x.rows, slice(0, 1)) if not hasattr(x.rows, "copy") else x.rows.copy())
    except Exception as error:
        if gaps:
            raise refuse(who, f"x must have no missing values for {model.title}", gaps) from error
        error.add_note(f"This was while {who} asked {model.title} for the input itself.")
        raise
    if gaps and not np.isfinite(scores).all():
        raise refuse(who, f"x must have no missing values for {model.title}", gaps)
    return scores


def _gaps(x: Input) -> Any:
    """Where the input is NaN or infinite, in words, or None."""
    from .errors import Phrase
    from .rows import is_frame

    if isinstance(x.rows, tuple) or (not is_frame(x.rows) and x.rows.dtype.kind not in "f"):
        return None
    if is_frame(x.rows):
        bad = x.rows.isna().to_numpy()[0]
    else:
        bad = ~np.isfinite(x.rows[0]).ravel()
    if not bad.any():
        return None
    where = f" ({listed([n for n, b in zip(x.names, bad, strict=False) if b], 4)})" if x.names else ""
    return Phrase(f"{int(bad.sum())} NaN or infinite{where}")


def _segments(count: Any, who: str) -> int:
    if isinstance(count, bool) or not isinstance(count, Integral) or not 1 <= count <= 4096:
        raise refuse(who, "segments must be a whole number from 1 to 4096", count)
    return int(count)


def _check_seed(seed: Any) -> None:
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**63:
        raise refuse("seed", "must be a whole number, 0 or more", seed)


def check_samples(samples: Any) -> int | None:
    """The budget, or a ValueError."""
    if samples is None:
        return None
    if isinstance(samples, bool) or not isinstance(samples, Integral) or not 1 <= samples <= MOST_SAMPLES:
        raise refuse("samples", f"must be a whole number from 1 to {MOST_SAMPLES} or None", samples)
    return int(samples)


def _check_positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not value > 0:
        raise refuse(name, "must be a number above 0, or None", value)
    return float(value)


def choose(model: Model, x: Input, ask: Ask) -> str:
    """The method that `"auto"` stands for: exact where that is cheap, gradients where there are any, else sampling."""
    if "gradient" in model.can and _differentiable(x):
        return "integrated_gradients"
    if x.kind != "table":
        return "occlusion"
    small = ask.groups is None and len(x.names) <= 8
    return "exact_shap" if small else "permutation_shap"


def _differentiable(x: Input) -> bool:
    arrays = x.rows if isinstance(x.rows, tuple) else (x.rows,)
    return all(getattr(getattr(a, "dtype", None), "kind", "O") == "f" for a in arrays)


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
    inquiry = begin(model, x, method, Ask(baseline, target, labels, args, groups, seed), settings)
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
        model: torch module, scikit-learn estimator or Pipeline, XGBoost or LightGBM model, or a callable
            rows -> (n,) or (n, outputs). Never changed.
        x: one input: row (d,) or (1, d), one-row frame, image (C, H, W), (H, W, C) or (H, W) with `layout=`, or a
            tuple of arrays. With more rows, every row is explained and `values` has the same leading axis.
        method: a name from `methods()`, or "auto".
        baseline: what "absent" means: None (chosen, and named in the answer), a name, one input, or many rows.
        target: class index or name, "predicted", a tuple index, or a callable outputs -> (n,). A list: one per row.
        labels: names of the outputs.
        args: further positional arguments of the model that are not explained.
        groups: whole numbers broadcastable to `x` (equal numbers are one player), lists of column names, or for
            images "patches", "superpixels" or "pixels".
        samples: the most model evaluations (rows or gradients) to spend; the first answer always comes.
        tolerance: stop when `error` is below this share of the values' spread.
        seconds: stop after this time (10 s if neither `samples` nor `tolerance` is given).
        seed: the only source of randomness.
        on_progress: called with every answer.
        **settings: the method's own settings, and `layout`, `link`, `segments`.

    Returns:
        Explanation: the last answer of `stream`.

    Raises:
        ValueError, TypeError: for a wrong argument; what the model itself raises passes through with a note.
    """
    samples, tolerance = check_samples(samples), _check_positive("tolerance", tolerance)
    seconds = _check_positive("seconds", seconds)
    limit = seconds if seconds or samples or tolerance else SECONDS
    ask = Ask(baseline, target, labels, tuple(args), groups, seed)
    rest = dict(settings)
    wrapped = wrap(model, link=_link(rest, method), args=ask.args)
    inputs = read_input(wrapped, x, rest.get("layout"), rest.get("names"))
    stop = _Stop(samples, tolerance, limit, on_progress)
    if inputs.batch:
        return _batch(wrapped, inputs, method, ask, rest, stop)
    if isinstance(target, list):
        ask = replace(ask, target=_targets(target, 1)[0])
    return stop.last(begin(wrapped, inputs, method, ask, rest))


@dataclass
class _Stop:
    """When to be content with an answer."""

    samples: int | None
    tolerance: float | None
    seconds: float | None
    on_progress: Callable[[Explanation], Any] | None

    def last(self, inquiry: Inquiry) -> Explanation:
        for answer in inquiry.answers(self.samples):
            if self.on_progress is not None:
                self.on_progress(answer)
            if self._content(answer):
                break
        if inquiry.latest is None:
            raise RuntimeError(f"{inquiry.method.title}: gave no answer; please report this with your call")
        return inquiry.latest

    def _content(self, answer: Explanation) -> bool:
        close = self.tolerance is not None and answer.error <= self.tolerance * answer.spread
        return close or (self.seconds is not None and answer.seconds >= self.seconds)


def _batch(model: Model, inputs: Input, method: str, ask: Ask, settings: dict[str, Any], stop: _Stop) -> Explanation:
    """Explain every row on its own and stack the answers."""
    n = length(inputs.rows)
    targets = _targets(ask.target, n)
    found = [
        stop.last(begin(model, single, method, replace(ask, target=t), settings))
        for single, t in zip(inputs.singles(), targets, strict=True)
    ]
    return stacked(found, inputs)


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
        values=_stack([e.values for e in many]),
        stderr=None if first.stderr is None else _stack([e.stderr for e in many]),
        base=None if first.base is None else np.array([e.base for e in many]),
        output=np.array([e.output for e in many]),
        error=max(e.error for e in many),
        target=first.target if len({e.target for e in many}) == 1 else "one per row",
        evals=sum(e.evals for e in many),
        seconds=sum(e.seconds for e in many),
        notes=tuple(dict.fromkeys(n for e in many for n in e.notes)),
        layout=inputs.describe(),
    )


def _stack(values: list[Any]) -> Any:
    if isinstance(values[0], tuple):
        return tuple(np.stack(parts) for parts in zip(*values, strict=True))
    return np.stack(values)
