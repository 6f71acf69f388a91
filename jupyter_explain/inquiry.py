"""From the user's arguments to a suspended stream: read and check everything, pose the question, drive the method."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .baselines import Baseline, read_baseline
from .dataset.twins import twins_note
from .errors import Phrase, is_whole, refuse
from .explanation import Attribution, Explanation, Scores
from .inputs import Input, read_input
from .method import METHODS, Method, Stream, find
from .models import Model, wrap
from .offers import check_choices
from .question import Question
from .refusals import (
    check_missing,
    missing,
    missing_words,
    not_fitted,
    refused_words,
    strange_category,
    unfit,
    unknown_category,
)
from .rows import Rows, copied, each, length, same, take
from .targets import ambiguous, is_predicted, output_names, read_target, split_labels, usual_target
from .texts import Reader, unsuited

MOST_SAMPLES = 10**8
LARGE = 1024  # points of a picture from which on a fast twin of the network is worth making
SUMS = {"linear": "linear", "ensemble": "trees"}  # by what a method needs: what is a sum only on one scale
READ_OFF = {"linear": "linear_shap", "trees": "tree_shap"}  # methods that read exact values off a model, by capability
WHY = {
    "linear_shap": ", exact for a linear model",
    "tree_shap": ", exact for an ensemble of trees",
    "exact_shap": ", exact for this few columns",
}
READ = ("layout", "names", "tokenizer", "words", "normalization")  # how the input is read
WAYS = (*READ, "link", "segments")  # how model and input are read: for all methods


class Inquiry:
    """One stream that can be suspended, resumed with a larger budget, and cancelled from another thread.

    Attributes:
        alike: what is said of columns that move together; None until it was looked at.
    """

    def __init__(self, method: Method, question: Question, settings: dict[str, Any]) -> None:
        self.method, self.question, self.settings = method, question, settings
        self.latest: Explanation | None = None
        self.exhausted = False
        self._seconds = 0.0
        self.alike: str | None = None
        check_choices(method, settings, question)
        self._answers = method.fn(question, **settings)

    def affords(self, samples: int | None) -> bool:
        """Whether one more answer fits the budget (the first always does)."""
        if self.exhausted:
            return False
        q = self.question
        return self.latest is None or samples is None or (q.evals < samples and q.evals + q.upcoming <= samples)

    def step(self) -> Explanation | None:
        """The next answer, stamped; None when there is nothing left to refine."""
        started, answer, failed = time.perf_counter(), None, True
        try:
            answer = next(self._answers, None)
            failed = False
        except Exception as error:
            if isinstance(error, ValueError) and strange_category(error):
                raise unknown_category(self.question.who, self.question.model, error) from error
            _tell_whose(error, self.method.title)
            raise
        finally:
            self._seconds += time.perf_counter() - started
            self.exhausted = failed or answer is None
        if answer is None:
            if self.latest is not None:
                self.latest = replace(self.latest, final=True)
            return None
        self.latest = self._stamped(answer)
        self.exhausted = self.latest.final
        return self.latest

    def answers(self, samples: int | None = None) -> Stream:
        """Answers until the budget is spent; may be called again with a larger budget."""
        while self.affords(samples):
            answer = self.step() or self.latest  # once more, as final, when nothing is left to refine
            if answer is not None:
                yield answer

    def cancel(self) -> None:
        """Stop at the next batch."""
        self.question.cancel()

    def _stamped(self, answer: Explanation) -> Explanation:
        q = self.question
        if isinstance(answer, Attribution) and not answer.layout.names:  # else its places are not the input's
            values = q.input.restore(each(_double, answer.values))
            stderr = None if answer.stderr is None else q.input.restore(each(_double, answer.stderr))
            answer = replace(answer, values=values, stderr=stderr, layout=q.input.describe())
        return replace(
            answer,
            method=self.method.name,
            title=self.method.title + q.where,
            target=answer.target or q.target.name,
            target_index=q.target.index if isinstance(q.target.index, (int, tuple)) else None,
            baseline=q.baseline.words if self.method.baseline else "",
            unit=q.model.unit if answer.unit == "output" else answer.unit,
            evals=q.evals,
            seconds=self._seconds,
            seed=q.seed,
            settings=dict(self.settings),
            notes=(*self._choices(), *q.notes, *answer.notes, *self._twins(answer)),
            final=answer.error_kind == "exact",
        )

    def _choices(self) -> tuple[str, ...]:
        """What was chosen for the user."""
        chosen = self.method.baseline and self.question.baseline.chosen
        return (f"Baseline chosen for you: {self.question.baseline.words}.",) if chosen else ()

    def _twins(self, answer: Explanation) -> tuple[str, ...]:
        """Which columns the values cannot tell apart."""
        q = self.question
        if q.input.kind != "table" or q.grouped or q.where or not isinstance(answer, (Attribution, Scores)):
            return ()
        if self.alike is None:
            rows = q.data if q.data is not None else q.reference if self.method.baseline else None
            self.alike = (None if rows is None else twins_note(rows, q.input.names)) or ""
        return (self.alike,) if self.alike else ()


def _double(values: Any) -> NDArray[np.float64]:
    """Answers are in double precision, whatever the model computes in."""
    return np.asarray(values, np.float64)


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
    whole: bool = False  # the dataset itself is asked about, and no row of it in particular


def _tell_whose(error: Exception, title: str) -> None:
    """Add to an error that was noted by another method's question (run for every row, say) which method wanted it."""
    notes = getattr(error, "__notes__", ())
    if notes and not any(title in note for note in notes):
        error.add_note(f"{title} needed that.")


def begin(model: Any, x: Any, method: str, ask: Ask, settings: dict[str, Any]) -> Inquiry:
    """Read and check everything, and open a suspended stream for one input.

    Raises:
        ValueError, TypeError: whatever is wrong, said in four parts.
    """
    settings = dict(settings)
    ways = {k: settings.pop(k) for k in WAYS if k in settings}
    wrapped = asked_model(model, take_link(ways), method, tuple(ask.args))
    x = x if isinstance(x, Input) else read_input(wrapped, x, **read_ways(ways), like=ask.baseline)
    _check_seed(ask.seed)
    name = (_read_off(wrapped, x, ask, ways) or choose(wrapped, x, ask)) if method == "auto" else method
    chosen = find(name)
    if x.batch and chosen.over_data:
        x, ask = x.row(0), replace(ask, data=x.rows, whole=True)
    if x.batch and not chosen.batch:
        raise refuse("x", "must be one input here (explain takes batches)", x.rows)
    reason = chosen.reason(wrapped, x, ask.data)
    if reason is not None:
        alone = "data" in chosen.needs and ask.data is None and x.kind == "table"
        given = Phrase("one row" if alone else f"{wrapped.title} and {x.kind} input")
        raise refuse(chosen.title, reason.removeprefix(f"{chosen.title} "), given)
    checked = chosen.checked(settings)
    if x.reader is not None:
        wrapped, x = cast("Reader", x.reader).bind(wrapped, x)  # every text is bound here, once
        ask = replace(ask, target=x.bound.target(ask.target), data=None)
    question = pose(wrapped, x, ask, chosen, ways)
    if method == "auto":
        question.note(f"Method chosen for you: {chosen.title}{WHY.get(name, '')}.")
    return Inquiry(chosen, question, checked)


def read_ways(ways: dict[str, Any]) -> dict[str, Any]:
    """The options that `read_input` takes."""
    return {k: v for k, v in ways.items() if k in READ}


def take_link(ways: dict[str, Any]) -> Any:
    """Take the link out of the options; None where none is given."""
    return ways.pop("link", None)


def asked_model(model: Any, link: Any, method: str, args: tuple[Any, ...] = ()) -> Model:
    """The model on the scale of `link`; without one, on its own, or on the margin where the method needs that.

    (Probabilities of a boosted or logistic classifier, or counts of a Poisson regressor, are no sum over its trees or
    columns; the margin is.)
    """
    wrapped = wrap(model, link=link or "identity", args=args)
    needs = METHODS[method].needs if isinstance(method, str) and method in METHODS else frozenset()
    wanted = {SUMS[n] for n in needs if n in SUMS}
    if link is not None or wanted <= wrapped.can:
        return wrapped
    try:
        margin = wrap(model, link="margin", args=args)
    except ValueError:
        return wrapped
    return margin if wanted <= margin.can else wrapped


def pose(model: Model, x: Input, ask: Ask, method: Method, ways: dict[str, Any]) -> Question:
    """The question itself: probe the model once, read the target and the baseline."""
    who = method.title
    started = time.perf_counter()
    scores = _probe(model, x, who)
    asked = time.perf_counter() - started
    labels, truth = split_labels(ask.labels, ask.data, scores.shape[1], who)
    names = output_names(model, labels, scores.shape[1])
    wanted = usual_target(model, ask.data, scores) if ask.whole and is_predicted(ask.target) else ask.target
    target = read_target(wanted, scores, names, who, model.net is not None)
    _quicken(model, x)

    def against() -> Baseline:
        return read_baseline(ask.baseline, x, ask.data, np.random.default_rng([ask.seed, 7]), who, method.alone)

    later = not method.baseline and ask.baseline is None and x.kind in ("image", "series")  # cannot be refused
    baseline = None if later else against()
    compared = baseline if method.baseline else None
    nothing = compared is not None and same(x.rows, compared.rows)
    _check_gaps(model, x, ask, method, None if nothing else compared)
    question = Question(
        replace(model, unit=model.unit if scores.shape[1] > 1 or model.unit != "logit" else "output"),
        x,
        baseline or against,
        target,
        who=who,
        seed=ask.seed,
        groups=None if method.blocks else ask.groups,
        blocks=ask.groups if method.blocks else None,
        segments=_segments(ways.get("segments", 64), who),
        data=ask.data,
        truth=truth,
        whole=ask.whole,
    )
    question.probed(scores, names)
    if ambiguous(ask.target, target, names):
        question.note(f"Target {ask.target} is the output with this number, {target.name}; a text means a name.")
    chosen = target.name if wanted is not ask.target and len(names) > 1 else None
    for text in _remarks(model, x, chosen, compared if nothing else None):
        question.note(text)
    _time(question, asked)
    return question


def _quicken(model: Model, x: Input) -> None:
    """Make the network's fast twin for pictures that are worth it."""
    if x.kind == "image" and model.net is not None and np.prod(x.rows.shape[-2:]) >= LARGE:
        from .models.torch import speed_up

        speed_up(model, take(x.rows, slice(0, 1)))


def _check_gaps(model: Model, x: Input, ask: Ask, method: Method, compared: Baseline | None) -> None:
    """Refuse missing values that the model would be asked about, in the baseline and in the data."""
    if x.reader is None and compared is not None:
        check_missing(model, compared.rows, x.names, "baseline", method.title)
    if method.over_data and ask.data is not None and "predict" in method.needs:
        check_missing(model, ask.data, x.names, "x", method.title)


def _remarks(model: Model, x: Input, target: str | None, equal: Baseline | None) -> Iterator[str]:
    """What is to be said whatever the method; of a target that was chosen, and a baseline that equals the input."""
    if x.reader is not None:
        yield from x.bound.notes
    if model.net is not None and model.net.draws:
        yield "The network draws random numbers: it was given the same ones each time, and others may change this."
    if target is not None:
        yield f"Target chosen for you: {target}."
    if equal is not None and length(equal.rows) == 1 and not equal.chosen:
        yield "The baseline equals the input: nothing is ever absent, so every value is 0."


def _time(question: Question, asked: float) -> None:
    """Tell the question's pace what a row costs; a first call may have loaded code and started threads."""
    model, net = question.model, question.model.net
    seconds = (net.row_seconds if net is not None else 0) or asked
    if question.pace.slow(seconds) and asked >= seconds:
        started = time.perf_counter()
        model.predict(copied(take(question.x, slice(0, 1))))
        seconds = min(seconds, time.perf_counter() - started)
        if net is not None:
            net.row_seconds = seconds
    question.pace.begin(seconds)


def _probe(model: Model, x: Input, who: str) -> Any:
    """The model's outputs for the input; missing values in the input are named when the model takes none."""
    try:
        scores = _asking(model)(take(x.rows, slice(0, 1)))
    except Exception as error:
        gaps = _gaps(x)
        if gaps and not str(error).startswith(f"{model.title}: "):  # a refusal of the adapter's knows better
            raise refuse(who, f"x must have no missing values for {model.title}", gaps) from error
        if not_fitted(error):
            raise refuse(model.title, "must be fitted (call fit)", Phrase("one that is not fitted yet")) from error
        if strange_category(error):
            raise unknown_category(who, model, error) from error
        if x.reader is not None and model.net is None and unsuited(error):
            said = " ".join(str(error).split())[:120]
            rule = f"must be rows that {model.title} takes, which takes no list of texts"
            raise TypeError(f"x: {rule}; got a text ({said})") from error
        if unfit(error):
            raise refuse(who, f"x must be an input that {model.title} takes", refused_words(x.rows, error)) from error
        error.add_note(f"This was while {who} asked {model.title} for the input itself.")
        raise
    if not np.isfinite(scores).all() and (gaps := _gaps(x)):
        raise refuse(who, f"x must have no missing values for {model.title}", gaps)
    return scores


def _asking(model: Model) -> Callable[[Rows], Any]:
    """How to ask about the input itself (with a copy): a network that was just asked about it knows."""
    net = model.net
    return net.once if net is not None and model.predict == net.predict else lambda row: model.predict(copied(row))


def _gaps(x: Input) -> Any:
    """Where the input is NaN or infinite, in words, or None."""
    bad = None if x.reader is not None else missing(x.rows)
    return None if bad is None else missing_words(bad[:1], x.names)


def _segments(count: Any, who: str) -> int:
    if not is_whole(count, 1, 4096):
        raise refuse(who, "segments must be a whole number from 1 to 4096", count)
    return int(count)


def check_args(args: Any) -> tuple[Any, ...]:
    """The model's further arguments, or a ValueError."""
    if not isinstance(args, (tuple, list)):
        raise refuse("args", "must be a tuple of the model's further arguments", args)
    return tuple(args)


def _check_seed(seed: Any) -> None:
    if not is_whole(seed, 0, 2**63 - 1):
        raise refuse("seed", "must be a whole number, 0 or more", seed)


def check_samples(samples: Any) -> int | None:
    """The budget, or a ValueError."""
    if samples is None:
        return None
    if not is_whole(samples, 1, MOST_SAMPLES):
        raise refuse("samples", f"must be a whole number from 1 to {MOST_SAMPLES} or None", samples)
    return int(samples)


def _read_off(model: Model, x: Input, ask: Ask, ways: dict[str, Any]) -> str | None:
    """A method that reads exact values off the model, if there is one that does not refuse.

    That shows when it is tried: the output asked for may be a curve of what the coefficients or trees add up to.
    """
    if x.kind != "table" or x.batch or model.net is not None:
        return None
    for capability, name in READ_OFF.items():
        if capability in model.can:
            try:
                trial = begin(model, x, name, replace(ask, baseline=None), dict(ways))
                answer = trial.step()
            except ValueError:  # a refusal; what is wrong with the arguments shows again when they are read
                continue
            if isinstance(answer, Attribution) and np.isclose(answer.output, trial.question.output):
                return name
    return None


def choose(model: Model, x: Input, ask: Ask) -> str:
    """The method that `"auto"` stands for: exact where that is cheap, gradients where there are any, else sampling.

    Of the samplers it is permutation_shap: its error is close to kernel_shap's, and it takes less time beside the model
    (docs/benchmarks.md).
    """
    if x.kind == "text":
        return _for_text(x, ask)
    if "gradient" in model.can and _differentiable(x):
        return "integrated_gradients"
    if x.kind != "table":
        return "occlusion"
    small = ask.groups is None and len(x.names) <= 8
    return "exact_shap" if small else "permutation_shap"


def _for_text(x: Input, ask: Ask) -> str:
    """Gradients to the embeddings where there are some; words are few enough for all coalitions, or are sampled."""
    if x.reader is not None and x.reader.gradients:
        return "integrated_gradients"
    return "exact_shap" if ask.groups is None and len(x.names) <= 8 else "permutation_shap"


def _differentiable(x: Input) -> bool:
    arrays = x.rows if isinstance(x.rows, tuple) else (x.rows,)
    return all(getattr(getattr(a, "dtype", None), "kind", "O") == "f" for a in arrays)
