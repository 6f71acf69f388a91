"""How good predictions are: scikit-learn's scorers on answers that were computed beforehand, many columns at a time.

A scorer is a function (estimator, X, y) that asks the estimator itself. Asking once per shuffled column is slow, so
the first call, on the untouched data, finds out what the scorer asks for (`predict`, `predict_proba`, …); from then on
these answers are computed for many shuffled columns in one call, and the scorer gets an estimator that knows them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..models.sklearn import accepted
from ..question import Question
from ..rows import Rows, copied, length, take
from .variants import Swap, asked

Array = NDArray[Any]
Answers = dict[str, Array]
ASKED = ("predict", "predict_proba", "decision_function", "predict_log_proba")
ROUNDING = 1e-13  # smaller differences, as a share of the outputs, come from the size of a batch and not from the rows


class Judge:
    """Scores of predictions; larger is better.

    Attributes:
        name: what is measured, in words.
        looks: whether the scorer may look at the rows themselves (scikit-learn's own never do).
        base: the score of the untouched data.
    """

    def __init__(self, q: Question, data: Rows, truth: Array, scorer: Any) -> None:
        self._q, self._data, self._truth = q, data, truth
        self._real = _estimator(q, truth)
        self._accept = accepted(self._real)
        self.name, self._scorer = _scorer(q, scorer, self._real)
        if not callable(scorer):
            _check_outcomes(q, self._real, truth)
        self.looks = not type(self._scorer).__module__.startswith("sklearn.metrics")
        self._known_name = not callable(scorer)  # scikit-learn's own, which refuses what it is not for
        self._models: Exception | None = None  # an error of the model's, not of the scorer's
        self._untouched: Answers = {}
        self.base = self._score(data, self._untouched)

    def answers(self, swaps: Sequence[Swap]) -> Answers:
        """Everything the scorer asks for, for the dataset under every swap: (swaps, rows, …) each."""
        return {name: asked(partial(self._answer, name), self._data, swaps) for name in sorted(self._untouched)}

    def score(self, answers: Answers, rows: Rows | None) -> float:
        """The score of one set of rows with these answers; `rows` only for scorers that look at them."""
        settled_answers = {name: settled(a, self._untouched[name]) for name, a in answers.items()}
        return self._score(self._data if rows is None else rows, settled_answers)

    def ask(self, name: str, rows: Rows) -> Array:
        """One kind of answer of the estimator."""
        return self._answer(name, length(rows), lambda part: copied(take(rows, part)))

    def _answer(self, name: str, n: int, rows: Callable[[slice], Rows]) -> Array:
        respond = getattr(self._real, name)
        try:
            found = self._q.responses(n, rows, lambda some: respond(self._accept(some)))
        except Exception as error:
            self._models = error
            raise
        return found if name == "predict_log_proba" else finite(self._q, found)  # there the logarithm of 0 is right

    def _score(self, rows: Rows, answers: Answers) -> float:
        known = Known(self, self._real, rows, answers)
        try:
            value = self._scorer(known, rows, self._truth)
        except Exception as error:
            if isinstance(error, (ValueError, AttributeError)) and self._known_name and error is not self._models:
                rule = f"scorer must be one for this model and these outcomes, such as {listed(_likely(self._real))}"
                raise refuse(self._q.who, rule, Phrase(f"{self.name!r}, which says: {error}")) from error
            error.add_note(f"This was while {self._q.who} asked the scorer {self.name!r}.")
            raise
        if np.ndim(value) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise refuse(self._q.who, f"the scorer {self.name!r} must return one finite number", value)
        return float(value)


class Known:
    """An estimator that knows its answers for one set of rows, and asks the real one about any others."""

    def __init__(self, judge: Judge, real: Any, rows: Rows, answers: Answers) -> None:
        self._judge, self._real, self._rows, self._answers = judge, real, rows, answers

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # a scorer that cannot use it says so about the user's own
        return type(self._real)

    def __getattr__(self, name: str) -> Any:
        if name == "__sklearn_tags__" and not hasattr(self._real, name):
            return partial(_tags, self._real)
        found = getattr(self._real, name)
        if name not in ASKED:
            return found

        def answer(rows: Rows) -> Array:
            return self._answer(name, rows)

        answer.__name__ = name  # scikit-learn looks at it
        return answer

    def _answer(self, name: str, rows: Rows) -> Array:
        if rows is not self._rows:
            return self._judge.ask(name, rows)
        if name not in self._answers:
            self._answers[name] = self._judge.ask(name, rows)
        return self._answers[name]


def _tags(real: Any) -> Any:
    """What scikit-learn's scorers want to know of an estimator that was not made with its base classes."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    kind = ClassifierMixin if hasattr(real, "classes_") else RegressorMixin
    return type("Plain", (kind, BaseEstimator), {})().__sklearn_tags__()


def finite(q: Question, answer: Array) -> Array:
    """An answer of the model, or an error that says how many rows have no finite one."""
    if answer.dtype.kind == "f" and not np.isfinite(answer).all():
        bad = int((~np.isfinite(answer.reshape(len(answer), -1)).all(1)).sum())
        given = Phrase(f"NaN or infinity for {bad} of {len(answer)} rows")
        raise refuse(q.model.title, "must return finite numbers", given)
    return answer


def check_numbers(q: Question, truth: Array) -> None:
    """Refuse outcomes that cannot be compared with numbers."""
    if np.asarray(truth).dtype.kind not in "fiub":
        raise refuse(q.who, "labels must be numbers for a model of numbers", Phrase(f"labels such as {truth[0]!r}"))


def _check_outcomes(q: Question, real: Any, truth: Array) -> None:
    if not hasattr(real, "classes_"):
        if not hasattr(real, "decision_function"):  # outlier detectors decide, too
            check_numbers(q, truth)
        return
    if isinstance(real.classes_, list):
        return
    own, found = np.ravel(real.classes_), np.unique(truth)
    classes = _alike(own, truth)
    if classes is None or not np.isin(found, classes).any():
        raise refuse(q.who, f"labels must be outcomes among {listed(map(str, own), 8)}", Phrase(listed(found, 8)))
    if len(strange := found[~np.isin(found, classes)]):
        q.note(f"Labels that are no class of the model count as wrong: {listed(strange, 4)}.")


def settled(answer: Array, before: Array) -> Array:
    """Answers that differ from those of the untouched rows by rounding only are those: an unused column scores 0."""
    if answer.dtype.kind != "f" or before.shape != answer.shape:
        return answer
    largest = np.abs(before).max(initial=0, where=np.isfinite(before))  # the logarithm of 0 is no size
    limit = (1e-6 if answer.dtype == np.float32 else ROUNDING) * largest
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(answer - before) <= limit, before, answer)


def _scorer(q: Question, scorer: Any, real: Any) -> tuple[str, Callable[..., Any]]:
    """(name, scorer)."""
    name = scorer or ("accuracy" if hasattr(real, "classes_") else "r2")
    if isinstance(name, str):
        from sklearn.metrics import get_scorer, get_scorer_names

        if name not in get_scorer_names():
            rule = "scorer must be a name that scikit-learn knows, or a callable (estimator, X, y) -> number"
            raise refuse(q.who, f"{rule}; for example {listed(_likely(real))}", name)
        if not scorer:
            q.note(f"Scorer chosen for you: {name}.")
        return name, get_scorer(name)
    if not callable(name):
        raise refuse(q.who, "scorer must be a name or a callable (estimator, X, y) -> number", scorer)
    words = str(getattr(name, "__name__", type(name).__name__))
    if takes(name, 3) or not takes(name, 2):
        return words, name
    return words, lambda estimator, rows, truth: name(truth, estimator.predict(rows))


def takes(fn: Any, count: int) -> bool:
    """Whether a callable can be called with so many arguments, as far as it says."""
    try:
        inspect.signature(fn).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # written in C, and silent about it
        return True
    return True


def _likely(real: Any) -> tuple[str, ...]:
    if hasattr(real, "classes_"):
        area = "roc_auc" if len(np.ravel(real.classes_)) == 2 else "roc_auc_ovr"
        return "accuracy", "balanced_accuracy", "neg_log_loss", area
    return "r2", "neg_mean_squared_error", "neg_mean_absolute_error"


def _estimator(q: Question, truth: Array) -> Any:
    """The user's own estimator, or one made of the model's outputs."""
    source = q.model.source
    if hasattr(source, "fit") and hasattr(source, "predict"):
        return source
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    model, softmax = q.model, q.model.unit == "logit"
    if len(q.scores) == 1:
        values = {"predict": lambda self, rows: model.predict(rows)[:, 0]}
        return type("Outputs", (RegressorMixin, BaseEstimator), values)()

    def scores(self: Any, rows: Rows) -> Array:
        out = model.predict(rows)
        e = np.exp(out - out.max(1, keepdims=True)) if softmax else out
        return e / e.sum(1, keepdims=True) if softmax else out

    def decide(self: Any, rows: Rows) -> Array:
        return self.classes_[model.predict(rows).argmax(1)]

    answers = {"predict": decide, "predict_proba": scores, "classes_": classes_of(q, truth)}
    return type("Outputs", (ClassifierMixin, BaseEstimator), answers)()


def classes_of(q: Question, truth: Array) -> Array:
    """The outcome that each output stands for, of a type that can be compared with the true outcomes.

    Raises:
        ValueError: for outcomes that the model has no output for.
    """
    found, count = np.unique(truth), len(q.scores)
    own = getattr(q.model.source, "classes_", ())
    own = np.ravel(q.model.outputs if isinstance(own, list) or len(own) != count else own)
    if len(own) == count:
        classes = _alike(own, truth)
        if classes is None or not np.isin(found, classes).all():
            raise refuse(q.who, f"labels must be outcomes among {listed(map(str, own), 8)}", Phrase(listed(found, 8)))
        return classes
    if found.dtype.kind in "iu" and found.min() >= 0 and found.max() < count:
        return np.arange(count)
    if len(found) == count:
        q.note(f"Outputs stand for the outcomes in this order: {listed(found)}.")
        return found
    raise refuse(q.who, f"labels must be outcomes among {listed(q.names)}", Phrase(listed(found)))


def _alike(own: Array, truth: Array) -> Array | None:
    """The classes as outcomes are written: numbers as numbers, texts as texts; None where that cannot be."""
    if own.dtype.kind in "fiub" and truth.dtype.kind in "fiub":
        return own.astype(float) if "f" in (own.dtype.kind, truth.dtype.kind) else own.astype(int)
    texts = np.array([str(c) for c in own])
    if truth.dtype.kind == "b":
        return texts == "True" if set(texts) == {"False", "True"} else None
    try:
        return texts.astype(truth.dtype) if truth.dtype.kind in "fiu" else texts
    except ValueError:
        return None
