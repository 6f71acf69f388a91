"""Every method on every model where it applies, without naming one: a new method is tested the moment it exists."""

from __future__ import annotations

import numpy as np
import pytest
from checks import EVERYWHERE, ON_SOME, Case
from zoo import ZOO, Animal, net_of, table

import jupyter_explain as jx
from jupyter_explain.explanation import Attribution, flatten

NAMES = [m.name for m in jx.methods()]
SOME = ("torch_double", "function", "torch_cnn", "picture")


def cases(animals):
    found = [Case(m, ZOO[a](), f"{m}-{a}") for a in animals for m in NAMES]
    return [pytest.param(c, id=c.name) for c in found if c.applies()]


def once(names):
    """Each method on the first of some animals that it applies to."""
    found = {}
    for a in names:
        for m in NAMES:
            case = Case(m, ZOO[a](), f"{m}-{a}")
            if m not in found and case.applies():
                found[m] = pytest.param(case, id=case.name)
    return list(found.values())


@pytest.mark.parametrize("case", cases(ZOO))
@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda c: c.__name__)
def test_everywhere(check, case):
    check(case)


@pytest.mark.parametrize("case", once(SOME))
@pytest.mark.parametrize("check", ON_SOME, ids=lambda c: c.__name__)
def test_once(check, case):
    check(case)


def test_every_method_is_tested():
    tested = {p.values[0].method for p in cases(ZOO)}
    untested = set(NAMES) - tested
    assert all(jx.methods()[NAMES.index(n)].needs - {"predict", "gradient"} for n in untested), untested
