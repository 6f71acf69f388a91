"""Every method on every model where it applies, without naming one: a new method is tested the moment it exists."""

from __future__ import annotations

import numpy as np
import pytest
from checks import ASKING, EVERYWHERE, ON_SOME, Case
from zoo import ZOO, table

import jupyter_explain as jx
from jupyter_explain.explanation import Attribution, flatten
from jupyter_explain.method import METHODS
from jupyter_explain.pace import Pace

NAMES = [m.name for m in jx.methods()]
ANYWHERE = [m for m in NAMES if METHODS[m].needs <= {"predict", "gradient"}]  # those that take a torch module
WITHOUT_MODEL = ("feature_correlations",)  # looks at the data alone
SOME = ("torch_double", "function", "torch_cnn", "picture", "torch_vit")


def cases(animals):
    found = [Case(m, ZOO[a](), f"{m}-{a}") for a in animals for m in NAMES]
    return [pytest.param(c, id=c.name) for c in found if c.applies()]


def once(names):
    """Every check with each method on the first of some animals that it applies to."""
    found = {}
    for a in names:
        for m in NAMES:
            case = Case(m, ZOO[a](), f"{m}-{a}")
            if m not in found and case.applies():
                found[m] = case
    return [
        pytest.param(check, case, id=f"{check.__name__}-{case.name}")
        for check in ON_SOME
        for case in found.values()
        if case.method not in WITHOUT_MODEL or check not in ASKING
    ]


@pytest.fixture
def quick(monkeypatch):
    """A busy machine does not make the small models look slow: batches of slow models follow the clock."""
    saw = Pace.saw
    monkeypatch.setattr(Pace, "saw", lambda self, n, _seconds: saw(self, n, 0.0))
    monkeypatch.setattr(Pace, "slow", lambda _self, _seconds: False)
    monkeypatch.setattr(Pace, "begin", lambda _self, _seconds: None)


@pytest.mark.parametrize("case", cases(ZOO))
@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda c: c.__name__)
@pytest.mark.usefixtures("quick")
def test_everywhere(check, case):
    check(case)


@pytest.mark.parametrize(("check", "case"), once(SOME))
def test_once(check, case):
    check(case)


def test_every_method_is_tested():
    tested = {p.values[0].method for p in cases(ZOO)}
    untested = set(NAMES) - tested
    assert all(METHODS[n].needs - {"predict", "gradient"} for n in untested), untested


# axioms: what a method declares, it must hold


def declared(axiom):
    return [m for m in ANYWHERE if axiom in METHODS[m].axioms]


def formula(fn):
    """A torch module (so that every method applies) that computes `fn` of the rows."""
    import torch

    class Formula(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))

        def forward(self, x):
            return fn(x) * self.one

    return Formula()


X, ROWS = table(1, 5, 1)[0], table(3, 5, 2)


def values(fn, method, x=X, rows=ROWS):
    answer = jx.explain(formula(fn), x, method, baseline=rows, samples=1500)
    if not isinstance(answer, Attribution):
        pytest.fail(f"{method} declares an axiom of attributions")
    known = answer.error if answer.error_kind in {"bound", "gap"} else 0.0
    return answer.values, 4 * (known if answer.stderr is None else answer.stderr) + 1e-9


def smooth(x):
    return (x[:, 0] * x[:, 1]).sin() + x[:, 3] ** 2 * x[:, 4]


def other(x):
    return x[:, 0].exp() - x[:, 2] * x[:, 3]


def alike(x):
    return (x[:, 0] + x[:, 1]) * x[:, 2] + x[:, 0] * x[:, 1] * x[:, 3] - x[:, 4]


@pytest.mark.parametrize("method", declared("dummy"))
def test_dummy(method):
    found, error = values(smooth, method)
    assert abs(found[2]) <= np.broadcast_to(error, 5)[2]


@pytest.mark.parametrize("method", declared("symmetry"))
def test_symmetry(method):
    x, rows = X.copy(), ROWS.copy()
    x[1], rows[:, 1] = x[0], rows[:, 0]
    found, error = values(alike, method, x, rows)
    error = np.broadcast_to(error, 5)
    assert abs(found[0] - found[1]) <= error[0] + error[1]


@pytest.mark.parametrize("method", declared("linearity"))
def test_linearity(method):
    one, e1 = values(smooth, method)
    two, e2 = values(other, method)
    both, e3 = values(lambda x: 2 * smooth(x) - other(x), method)
    assert (np.abs(both - (2 * one - two)) <= 2 * e1 + e2 + e3).all()


@pytest.mark.parametrize("case", [c for c in cases(ZOO) if "completeness" in c.values[0].record.axioms])
def test_completeness(case):
    answer = case.answers(3000)[-1]
    scale = abs(answer.output - answer.base) + answer.spread
    rounding = 1e-5 if case.animal.x is ZOO["torch_float"]().x or case.animal.x is ZOO["torch_cnn"]().x else 1e-9
    spare = (
        float(flatten(answer.stderr).sum()) if answer.stderr is not None else flatten(answer.values).size * answer.error
    )
    assert abs(answer.gap) <= 4 * spare + rounding * scale


@pytest.mark.parametrize("method", ANYWHERE)
def test_gap_is_what_is_left(method):
    """Only what declares completeness has a gap, and then it is the number that the sum misses."""
    answer = jx.explain(formula(smooth), X, method, baseline=ROWS, samples=300)
    if method in declared("completeness"):
        assert answer.gap == pytest.approx(answer.output - answer.base - answer.values.sum(), abs=1e-12)
    else:
        assert getattr(answer, "gap", None) is None
