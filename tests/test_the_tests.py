"""Saboteurs: for every conformance check a method (or driver) that breaks it; a check that misses it is no check."""

from __future__ import annotations

import contextlib
import random
import warnings
from dataclasses import replace

import checks
import numpy as np
import pytest
from checks import Case
from zoo import ZOO, table

from jupyter_explain.explanation import Attribution
from jupyter_explain.inquiry import Inquiry
from jupyter_explain.method import METHODS, method
from jupyter_explain.params import Between, Choice, Param
from jupyter_explain.question import Cancelled

# Saboteurs are plain generators `f(q)`; each is registered for its own test only.


def answer(q, values=None, **facts):
    facts = {"error": 0.5, "error_kind": "unknown", "output": q.output} | facts
    return Attribution(values=np.zeros(np.shape(q.x)) if values is None else values, **facts)


def honest(q):
    for n in q.rounds(1):
        q.outputs(np.repeat(q.x, n, 0))
        yield answer(q)


def gives_nothing(q):
    return
    yield


def gives_nan(q):
    yield answer(q, np.full(np.shape(q.x), np.nan))


def gives_wrong_shape(q):
    yield answer(q, np.zeros((1, q.x.size + 1)))


def gives_half_numbers(q):
    yield answer(q, error=np.float64(0.5) * q.output)


def gives_infinite_error(q):
    yield answer(q, error=np.inf)


def gives_negative_error(q):
    yield answer(q, error=-1.0)


def invents_a_kind(q):
    yield answer(q, error_kind="about right")


def claims_completeness(q):
    yield answer(q, complete=True, base=0.0)


def gives_nan_base(q):
    yield answer(q, base=float("nan"), complete=False, stderr=np.full(np.shape(q.x), np.nan))


def thinks_first(q):
    q.outputs(np.repeat(q.x, 500, 0))
    yield from honest(q)


def rolls_dice(q):
    for _ in q.rounds(1):
        q.outputs(q.x)
        yield answer(q, np.random.default_rng().normal(size=np.shape(q.x)))


def looks_at_the_batch(q):
    for _ in q.rounds(1):
        q.outputs(q.x)
        yield answer(q, np.full(np.shape(q.x), float(q.pace.size)))


def overspends(q):
    for _ in q.rounds(1):
        q.outputs(np.repeat(q.x, 11, 0))
        yield answer(q)


def hides_costs(q):
    for n in q.rounds(1):
        q.outputs(np.repeat(q.x, n, 0))
        q.upcoming = 0
        yield answer(q)


def gets_worse(q):
    for i, n in enumerate(q.rounds(1)):
        q.outputs(np.repeat(q.x, n, 0))
        yield answer(q, error=1.0 + i, error_kind="stderr")


def forgets(q):
    for i, n in enumerate(q.rounds(1)):
        q.outputs(np.repeat(q.x, n, 0))
        yield answer(q, error=1.0, error_kind="unknown" if i % 7 == 5 else "stderr")


def seeds_numpy(q):
    np.random.seed(0)  # noqa: NPY002
    yield answer(q)


def draws_random(q):
    random.random()
    yield answer(q)


def seeds_torch(q):
    import torch

    torch.manual_seed(1)
    yield answer(q)


def leaves_grad_off(q):
    import torch

    torch.set_grad_enabled(False)
    yield answer(q)


def silences_warnings(q):
    warnings.simplefilter("ignore")
    yield answer(q)


def yields_inside_errstate(q):
    with np.errstate(all="raise"):
        yield answer(q)


def evaluates(q):
    q.model.source.eval() if q.model.source.training else q.model.source.train()
    yield answer(q)


def leaves_gradients(q):
    import torch

    rows = torch.from_numpy(np.array(q.x))
    q.model.source(rows).sum().backward()
    yield answer(q)


def hooks(q):
    q.model.source[0].register_forward_hook(lambda *_: None)
    yield answer(q)


def writes_weights(q):
    import torch

    with torch.no_grad():
        q.model.source[0].bias[0] += 1
    yield answer(q)


def keeps_notes_on_the_model(q):
    q.model.source.seen = 1
    yield answer(q)


def lends_the_input(q):
    q.model.predict(q.x)
    for _ in q.rounds(1):
        yield answer(q, values=np.array(q.x), output=float(q.outputs(q.x)[0]))


def swallows(q):
    for _ in q.rounds(1):
        with contextlib.suppress(RuntimeError):
            q.outputs(q.x)
        yield answer(q)


def will_not_stop(q):
    for _ in range(60):
        try:
            q.outputs(q.x)
        except Cancelled:
            q._stop.clear()
    yield answer(q)


CAUGHT = {
    checks.complete: (
        gives_nothing,
        gives_nan,
        gives_wrong_shape,
        gives_half_numbers,
        gives_infinite_error,
        gives_negative_error,
        invents_a_kind,
        claims_completeness,
        gives_nan_base,
    ),
    checks.first_is_early: (thinks_first,),
    checks.same_stream: (rolls_dice,),
    checks.batches_do_not_matter: (looks_at_the_batch,),
    checks.budget_is_kept: (overspends, hides_costs, rolls_dice),
    checks.error_shrinks: (gets_worse, forgets),
    checks.globals_untouched: (
        seeds_numpy,
        draws_random,
        seeds_torch,
        leaves_grad_off,
        silences_warnings,
        yields_inside_errstate,
    ),
    checks.model_untouched: (evaluates, leaves_gradients, hooks, writes_weights, keeps_notes_on_the_model),
    checks.writes_do_no_harm: (lends_the_input,),
    checks.errors_pass: (swallows,),
    checks.stops_at_once: (will_not_stop,),
}
FAILURES = (AssertionError, ValueError, TypeError, pytest.fail.Exception)


@pytest.fixture
def restored():
    """What saboteurs break is put right again."""
    import torch

    before, numpy_state, python_state = dict(METHODS), np.random.get_state(), random.getstate()  # noqa: NPY002
    torch_state, grad, errors = torch.get_rng_state(), torch.is_grad_enabled(), np.geterr()
    with warnings.catch_warnings():
        yield
    METHODS.clear()
    METHODS.update(before)
    np.random.set_state(numpy_state)  # noqa: NPY002
    random.setstate(python_state)
    torch.set_rng_state(torch_state)
    torch.set_grad_enabled(grad)
    np.seterr(**errors)


def victim():
    """A fresh model: some saboteurs change it."""
    from torch import float64, nn
    from zoo import Animal, net_of

    net = net_of(nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 2), dtype=float64)
    return Animal(net, table(1, 5, 1)[0], table(7, 5, 2))


def case_of(fn, animal=None):
    def copy(q):
        """A saboteur."""
        yield from fn(q)

    copy.__name__ = fn.__name__
    method("Saboteur")(copy)
    return Case(fn.__name__, animal or victim())


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("check", "saboteur"), [(c, s) for c, many in CAUGHT.items() for s in many], ids=lambda f: f.__name__
)
def test_caught(check, saboteur):
    animal = ZOO["function"]() if saboteur is lends_the_input else None
    with pytest.raises(FAILURES):
        check(case_of(saboteur, animal))


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("check", [*checks.EVERYWHERE, *checks.ON_SOME], ids=lambda c: c.__name__)
def test_the_honest_pass(check):
    check(case_of(honest))


@pytest.mark.usefixtures("restored")
def test_a_driver_that_never_says_final_is_caught(monkeypatch):
    kept = Inquiry.answers
    monkeypatch.setattr(Inquiry, "answers", lambda self, n=None: (replace(a, final=False) for a in kept(self, n)))
    with pytest.raises(AssertionError):
        checks.ends_with_final(Case("saliency", victim()))


@pytest.mark.usefixtures("restored")
def test_a_driver_that_calls_a_broken_stream_finished_is_caught(monkeypatch):
    def careless(self):
        answer = next(self._answers, None)
        if answer is None:
            self.latest = replace(self.latest, final=True)
            return None
        self.latest = self._stamped(answer)
        return self.latest

    monkeypatch.setattr(Inquiry, "step", careless)
    with pytest.raises((AssertionError, TypeError)):
        checks.errors_pass(case_of(honest))


class Careless(Param):
    """A setting that takes anything."""

    def check(self, who, value):
        return value


def with_setting(param):
    case = case_of(honest)
    METHODS[case.method] = replace(METHODS[case.method], settings={param.name: param})
    return case


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("rule", [Between(1, 5), Choice("a", "b")])
def test_unchecked_settings_are_caught(rule):
    with pytest.raises(FAILURES):
        checks.settings_are_checked(with_setting(Careless("size", int, rule, 2, "help")))


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    "param",
    [
        Param("size", int, Between(1, 5), 9, "help"),
        Param("size", int, Between(5, 5), 5, "help"),
        Param("size", float, Between(0, 5, log=True), 1.0, "help"),
        Param("size", str, Choice("a", "b"), "c", "help"),
        Param("size", int, Between(1, 5), 2, ""),
    ],
)
def test_incomplete_controls_are_caught(param):
    with pytest.raises(FAILURES):
        checks.controls_are_complete(with_setting(param))


def test_every_check_has_a_saboteur():
    others = {checks.ends_with_final, checks.settings_are_checked, checks.controls_are_complete}
    assert set(CAUGHT) | others == {*checks.EVERYWHERE, *checks.ON_SOME}
