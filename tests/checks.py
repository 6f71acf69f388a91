"""What every method promises, as functions of a case; `test_conformance` runs them, `test_the_tests` breaks them."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import math
import pickle
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
from zoo import Animal

from jupyter_explain.explanation import Attribution, Explanation, parts
from jupyter_explain.inputs import read_input
from jupyter_explain.inquiry import Ask, Inquiry, asked_model, begin
from jupyter_explain.method import METHODS, Method
from jupyter_explain.models import Model, wrap
from jupyter_explain.params import Between, Choice
from jupyter_explain.question import Cancelled
from jupyter_explain.rows import length, take

KINDS = {"exact", "stderr", "gap", "bound", "unknown"}
BUDGET = 150
SOME = 60
WITH_DATA = ("forest", "lgbm", "function")
DATA = 28  # rows
Change = Callable[[Model], Model]


@dataclass(frozen=True)
class Case:
    """One method on one animal."""

    method: str
    animal: Animal
    name: str = ""

    @property
    def record(self) -> Method:
        return METHODS[self.method]

    @property
    def data(self) -> Any:
        """The baseline rows of some animals, several times over: the dataset of methods that are about one."""
        if not self.record.over_data or self.name.partition("-")[2] not in WITH_DATA:
            return None
        rows = self.animal.baseline
        return take(rows, np.arange(DATA) % len(rows))

    def applies(self) -> bool:
        model = wrap(self.animal.model)
        ways = {k: v for k, v in self.animal.options.items() if k in ("layout", "tokenizer")}
        return self.record.reason(model, read_input(model, self.animal.x, **ways), self.data) is None

    def open(self, change: Change | None = None, **ask: Any) -> Inquiry:
        """A fresh stream; `change` replaces parts of the model, wrapped on the scale that the method asks for."""
        model: Any = self.animal.model
        if change is not None:
            model = change(asked_model(model, self.animal.options.get("link"), self.method))
        asked = Ask(baseline=ask.pop("baseline", self.animal.baseline), data=self.data, **ask)
        return begin(model, self.animal.x, self.method, asked, dict(self.animal.options))

    def answers(self, samples: int = BUDGET, **ask: Any) -> list[Explanation]:
        return list(self.open(**ask).answers(samples))


def numbers(answer: Explanation) -> dict[str, np.ndarray]:
    """Every array of an answer that is a result (not what was explained), by name."""
    found = {}
    for f in fields(answer):
        value = getattr(answer, f.name)
        for i, part in enumerate(parts(value)):
            if isinstance(part, np.ndarray) and part.dtype.kind in "fiub":
                found[f"{f.name} {i}"] = part
    return found


def fingerprint(answer: Explanation) -> Any:
    """An answer to the byte, without the clock."""
    arrays = {k: (a.dtype.str, a.shape, a.tobytes()) for k, a in numbers(answer).items()}
    scalars = [getattr(answer, k) for k in ("error", "error_kind", "evals", "target", "baseline", "notes", "settings")]
    words = {f.name: v for f in fields(answer) for v in parts(getattr(answer, f.name)) if _words(v)}
    return arrays, repr(scalars), repr({k: v.tolist() for k, v in words.items()})


def _words(value: Any) -> bool:
    """Whether it is an array of something else than numbers (the categories of a column, say)."""
    return isinstance(value, np.ndarray) and value.dtype.kind not in "fiub"


def same_numbers(one: Explanation, other: Explanation, tolerance: float) -> None:
    """Equal up to a share of the answer, or a tenth of it of the output, whose roundings reach the values."""
    output = float(np.abs(getattr(one, "output", None) or 0.0).max())
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for name, a in first.items():
        scale = max(1e-12, float(np.abs(a).max(initial=0)), one.spread, output / 10)
        atol = scale * (tolerance**0.5 if name.startswith(("stderr", "band")) else tolerance)  # a root of rounding
        np.testing.assert_allclose(second[name], a, rtol=0, atol=atol, err_msg=name)


# the checks


def complete(case: Case) -> None:
    """Every answer is whole, finite, says its error, and can be written as JSON."""
    x, previous = case.animal.x, 0
    answers = case.answers()
    assert answers, "no answer at all"
    for answer in answers:
        assert answer.error_kind in KINDS
        assert answer.method == case.method
        assert answer.title
        assert answer.target
        assert isinstance(answer.evals, int)
        assert answer.evals >= max(previous, 1)
        previous = answer.evals
        assert type(answer.error) is float
        assert math.isfinite(answer.error)
        assert answer.error >= 0
        assert bool(answer.baseline) == case.record.baseline
        for name, array in numbers(answer).items():
            assert np.isfinite(array).all(), name
        _clean(answer)
        if isinstance(answer, Attribution):
            _shaped(answer, x)
    assert [a.error_kind for a in answers[:-1]].count("exact") == 0, "an exact answer must be the last"
    assert [a.final for a in answers[:-1]].count(True) == 0


def _clean(answer: Explanation) -> None:
    scalars = {f.name: getattr(answer, f.name) for f in fields(answer)}
    plain = {k: v for k, v in scalars.items() if isinstance(v, (str, int, float, bool, type(None)))}
    plain |= {"notes": list(answer.notes), "target_index": answer.target_index}
    if isinstance(answer, Attribution):
        plain |= {"base": answer.base, "gap": answer.gap}
        assert answer.gap is None or math.isfinite(answer.gap)
    json.dumps(plain, allow_nan=False)


def _shaped(answer: Attribution, x: Any) -> None:
    shapes = [np.shape(answer.layout.names)] if isinstance(x, str) else [np.shape(part) for part in parts(x)]
    assert [np.shape(v) for v in parts(answer.values)] == shapes
    assert all(v.dtype == np.float64 for v in parts(answer.values))
    if answer.stderr is not None:
        assert [np.shape(v) for v in parts(answer.stderr)] == shapes
        assert all((v >= 0).all() for v in parts(answer.stderr))
    assert math.isfinite(answer.output)
    assert answer.complete == ("completeness" in METHODS[answer.method].axioms)
    if answer.layout.kind == "table" and not isinstance(x, tuple):
        assert len(answer.layout.names) == np.prod(shapes[0])


def first_is_early(case: Case) -> None:
    """The first answer costs a small multiple of players + baseline rows, unless the method is exact or needs an
    explanation first."""
    inquiry = case.open()
    next(inquiry.answers())
    q = inquiry.question
    if not case.record.exact and not case.record.over_data and not case.record.judges:
        assert inquiry.latest.evals <= 4 * (q.players + length(q.reference)) + 32


def same_stream(case: Case) -> None:
    """Same seed, same stream, to the byte, from another thread too."""
    first = [fingerprint(a) for a in case.answers(seed=3)]
    second: list[Any] = []
    thread = threading.Thread(target=lambda: second.extend(map(fingerprint, case.answers(seed=3))))
    thread.start()
    thread.join()
    assert first == second


def batches_do_not_matter(case: Case) -> None:
    """The size of the batches changes nothing beyond rounding."""
    whole = case.answers(SOME)
    for size in (1, 5):
        inquiry = case.open()
        inquiry.question.pace.size = inquiry.question.pace.cap = size
        pieces = list(inquiry.answers(SOME))
        assert [a.evals for a in whole] == [a.evals for a in pieces]
        for one, other in zip(whole, pieces, strict=True):
            same_numbers(one, other, 1e-5 if _single_precision(case) else 1e-10)


def _single_precision(case: Case) -> bool:
    net = wrap(case.animal.model).net
    roots = {cls.__module__.partition(".")[0] for cls in type(case.animal.model).__mro__}
    return (net is not None and "float64" not in str(net.dtype)) or "xgboost" in roots


def budget_is_kept(case: Case) -> None:
    """No answer after the first goes beyond `samples`; a longer stream begins with the shorter, resumed or not."""
    longest = [fingerprint(a) for a in case.answers(400)]
    for samples in (1, 23, SOME, 151):
        some = case.answers(samples)
        assert all(a.evals <= samples for a in some[1:]), [a.evals for a in some]
        assert [fingerprint(a) for a in some] == longest[: len(some)]
    inquiry = case.open()
    resumed = [fingerprint(a) for n in (1, 23, SOME, 151, 400) for a in inquiry.answers(n)]
    assert resumed == longest


def error_shrinks(case: Case) -> None:
    """On the whole the stated error falls; what replaces an answer is never much worse."""
    answers = case.answers(1200)
    known = [a.error for a in answers if a.error_kind != "unknown"]
    late = [a.error_kind for a in answers[len(answers) // 2 :]]
    assert "unknown" not in late or len(answers) < 4 or set(late[:-1]) == {"unknown"}
    if len(known) > 3:
        third = len(known) // 3
        assert np.median(known[-third:]) <= np.median(known[:third]) * 1.05
        assert known[-1] <= min(known) * 1.5
    kinds = [a.error_kind for a in answers]
    first_known = next((i for i, k in enumerate(kinds) if k != "unknown"), len(kinds))
    assert "unknown" not in kinds[first_known:], "what was known is forgotten"


def ends_with_final(case: Case) -> None:
    """A stream that ends by itself says so in its last answer, and only there."""
    inquiry = case.open()
    answers = list(inquiry.answers(3000))
    if inquiry.exhausted:
        assert answers[-1].final
        assert inquiry.latest is answers[-1]
        assert list(inquiry.answers()) == []


def globals_untouched(case: Case) -> None:
    """Random states, grad mode, warnings filters, printing, Matplotlib: as before, at every moment."""
    before = surroundings()
    inquiry = case.open()
    for answer in inquiry.answers(BUDGET):
        assert surroundings() == before
        assert answer is not None
    assert surroundings() == before


def surroundings() -> dict[str, Any]:
    state: dict[str, Any] = {
        "numpy": pickle.dumps(np.random.get_state()),  # noqa: NPY002 (the global state is what is watched)
        "random": random.getstate(),
        "errors": np.geterr(),
        "print": repr(np.get_printoptions()),
        "warnings": list(warnings.filters),
        "stdout": (id(sys.stdout), id(sys.stderr)),
    }
    if "torch" in sys.modules:
        import torch

        state["torch"] = torch.get_rng_state().numpy().tobytes()
        state["modes"] = (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype())
        state["kernels"] = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled())
        state["autocast"] = torch.is_autocast_enabled("cpu")
    if "matplotlib" in sys.modules:
        import matplotlib as mpl

        state["rc"] = dict(mpl.rcParams)
        plt = sys.modules.get("matplotlib.pyplot")
        state["figures"] = plt.get_fignums() if plt else []
    return state


class Boom(RuntimeError):
    """What the user's model raises."""


def model_untouched(case: Case) -> None:
    """Half way, after close, cancel, an exception and an interrupt: model, input and baseline are what they were."""
    before = everything(case)

    inquiry = case.open()
    stream = inquiry.answers(BUDGET)
    next(stream)
    assert everything(case) == before, "half way"
    inquiry._answers.close()
    assert everything(case) == before, "closed"

    inquiry = case.open()
    next(inquiry.answers())
    inquiry.cancel()
    with contextlib.suppress(Cancelled):
        list(inquiry.answers(BUDGET))
    assert everything(case) == before, "cancelled"

    for error in (Boom, KeyboardInterrupt):
        with contextlib.suppress(error):
            list(case.open(bomb(error)).answers(BUDGET))
        assert everything(case) == before, error.__name__

    case.answers()
    assert everything(case) == before, "finished"


def errors_pass(case: Case) -> None:
    """What the user's model raises arrives as it is, with a note; a broken stream does not call itself finished."""
    fuse = Fuse()
    inquiry = case.open(lambda m: around(m, fuse))
    fuse.lit = True  # however often opening asked
    with pytest.raises(Boom, match="call") as caught:
        list(inquiry.answers(400))
    assert any(case.record.title in n for n in caught.value.__notes__)
    assert inquiry.latest is None or not inquiry.latest.final
    assert list(inquiry.answers(400)) == []
    assert inquiry.latest is None or not inquiry.latest.final


class Fuse:
    """Raises once it is lit."""

    lit = False

    def __call__(self) -> None:
        if self.lit:
            raise Boom("at this call")


def bomb(error: type[BaseException], after: int = 2) -> Change:
    """The model raises after so many calls."""

    def change(model: Model) -> Model:
        calls = itertools.count(1)

        def tick() -> None:
            if next(calls) > after:
                raise error("at this call")

        return around(model, tick)

    return change


def around(model: Model, before: Callable[[], None], rows: Callable[[Any], None] | None = None) -> Model:
    """The model, with something done before each call (and something to its argument)."""
    predict, net = model.predict, model.net

    def predicted(asked: Any) -> Any:
        if net is None:
            before()
        out = predict(asked)
        if rows is not None:
            rows(asked)
        return out

    if net is not None:
        forward = net.forward

        def forwarded(inputs: Any) -> Any:
            before()
            return forward(inputs)

        net.forward = forwarded  # type: ignore[method-assign]
    return replace(model, predict=predicted)


def writes_do_no_harm(case: Case) -> None:
    """A model that writes into its argument changes neither the input, nor the baseline, nor the answer."""
    before = everything(case)
    clean = [fingerprint(a) for a in case.answers(SOME)]
    dirty = [fingerprint(a) for a in case.open(lambda m: around(m, lambda: None, scribble)).answers(SOME)]
    assert everything(case) == before
    assert clean == dirty


def scribble(rows: Any) -> None:
    for part in parts(rows):
        if hasattr(part, "iloc"):
            for column in list(part.columns):
                part[column] = part[column].iloc[0]
        elif isinstance(part, list):
            part[:] = ["7"] * len(part)
        else:
            part[...] = 7


def everything(case: Case) -> Any:
    """Model, input and baseline, to the byte."""
    a = case.animal
    return state_of(a.model), bytes_of(a.x), bytes_of(a.baseline), sorted(map(str, a.options))


def bytes_of(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(bytes_of, value))
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.strides, value.tobytes()
    if hasattr(value, "to_csv"):
        return value.to_csv(), str(value.dtypes), str(value.index)
    return repr(value)


def state_of(model: Any) -> Any:
    """All there is to see of a model."""
    if hasattr(model, "named_modules") and not isinstance(model, type):
        return _torch_state(model)
    if hasattr(model, "get_params") and not isinstance(model, type):
        return pickle.dumps(model)
    return repr(vars(model)) if hasattr(model, "__dict__") else repr(model)


def _torch_state(net: Any) -> Any:
    import torch

    tensors = {
        k: (t.detach().numpy().tobytes(), id(t), t.requires_grad, t._version, t.data_ptr())
        for k, t in (*net.named_parameters(), *net.named_buffers())
    }
    grads = {k: None if p.grad is None else p.grad.numpy().tobytes() for k, p in net.named_parameters()}
    modules = {}
    for name, m in net.named_modules():
        hooks = {k: list(v) for k, v in vars(m).items() if "hooks" in k and v is not None}
        modules[name] = (m.training, sorted(vars(m)), hooks, id(m))
    return tensors, grads, modules, list(net.state_dict()), len(torch.nn.modules.module._global_forward_hooks)


def stops_at_once(case: Case) -> None:
    """Cancelled from another thread, a stream over a slow model ends in less than half a second."""
    begun, ended = threading.Event(), threading.Event()
    pause = threading.Event()

    def slow() -> None:
        begun.set()
        pause.wait(0.02)

    inquiry = case.open(lambda m: around(m, slow))
    begun.clear()

    def work() -> None:
        try:
            for _ in inquiry.answers(10**6):
                pass
        except Cancelled:
            ended.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert begun.wait(5)
    asked = time.perf_counter()
    inquiry.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert time.perf_counter() - asked < 0.5
    assert ended.is_set() or inquiry.exhausted


def settings_are_checked(case: Case) -> None:
    """A wrong setting is refused by name, in four parts; an unknown one too."""
    record, ask = case.record, Ask(data=case.data)
    for name, param in record.settings.items():
        for value in wrong_values(param):
            with pytest.raises((ValueError, TypeError)) as caught:
                begin(case.animal.model, case.animal.x, case.method, ask, {**case.animal.options, name: value})
            text = str(caught.value)
            assert text.startswith(f"{record.title}: "), text
            assert name in text
            assert "; got " in text
    with pytest.raises(ValueError, match=f"{record.title}: .*; got 'no_such_setting'"):
        case.record.checked({"no_such_setting": 1})


def wrong_values(param: Any) -> list[Any]:
    if isinstance(param.rule, Choice):
        return ["no such choice", 3, None, True, ["a"]]
    if isinstance(param.rule, Between):
        wrong = [param.rule.low - 1, param.rule.high + 1, "abc", True, math.nan, math.inf, 2 + 3j]
        wrong += [2.5] if param.type is int else []
        wrong += [] if param.default is None else [None]
        wrong += [(), (True, 1), ("a",), (0, 1), (2.5, 1)] if param.rule.per_axis else []
        wrong += [] if param.rule.points else [[]]  # the method itself looks at points
        wrong += [] if param.rule.points or param.rule.per_axis else [(1, 2)]
        return wrong
    return ["yes", 1, None] if param.type is bool else []


def controls_are_complete(case: Case) -> None:
    """Every setting that can be shown has all that a control needs, with a default in its range."""
    keys = {"name", "label", "kind", "low", "high", "log", "choices", "default", "help", "when"}
    for name, param in case.record.settings.items():
        control = param.control()
        if control is None:
            continue
        assert set(control) == keys
        assert control["name"] == name
        assert control["kind"] in {"int", "float", "choice", "bool", "text"}
        assert control["help"]
        assert control["label"]
        json.dumps(control, allow_nan=False)
        if control["kind"] == "choice":
            assert control["default"] in control["choices"]
        if control["kind"] in {"int", "float"}:
            assert control["low"] < control["high"]
            assert control["default"] is None or control["low"] <= control["default"] <= control["high"]
            assert not control["log"] or control["low"] > 0
        assert param.check("who", copy.deepcopy(control["default"])) == control["default"]


EVERYWHERE = (
    complete,
    first_is_early,
    same_stream,
    batches_do_not_matter,
    budget_is_kept,
    error_shrinks,
    globals_untouched,
    model_untouched,
    writes_do_no_harm,
)
ASKING = (errors_pass, stops_at_once)  # checks of methods that ask the model
ON_SOME = (ends_with_final, errors_pass, stops_at_once, settings_are_checked, controls_are_complete)
