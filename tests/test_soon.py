"""First answers from some of the rows, where all of them would keep somebody waiting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression

import jupyter_explain as jx
from jupyter_explain.dataset import soon

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3000, 6))
Y = X[:, 0] + 0.5 * X[:, 1] * X[:, 2] + 0.1 * RNG.normal(size=3000)


@pytest.fixture
def small(monkeypatch):
    """Somebody waits for 10 000 evaluations."""
    monkeypatch.setattr(soon, "SOON", 10_000)


@pytest.fixture(scope="module")
def linear():
    return LinearRegression().fit(X[:, :5], Y)


def five(rows):
    """Of six columns, the last is not used."""
    return rows[:, 0] + 0.5 * rows[:, 1] * rows[:, 2]


METHODS = {"permutation_importance": {"repeats": 4}, "cohorts": {"repeats": 4, "by": 3}}


@pytest.mark.parametrize("labels", [None, Y], ids=["output", "labels"])
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.usefixtures("small")
def test_first_answers_cost_little_and_the_last_is_about_all_rows(name, labels, monkeypatch):
    answers = list(jx.stream(five, X, name, labels=labels, **METHODS[name]))
    early = [a for a in answers if any(n.startswith("So far from") for n in a.notes)]
    assert 1 <= len(early) < len(answers)
    assert early[0].evals < 15_000
    assert early[-1].evals < len(X) + 0.2 * answers[-1].evals
    assert all(a.error_kind == "stderr" for a in early)
    for a in early:
        np.testing.assert_array_equal(np.asarray(a.values)[..., 5], 0)
    monkeypatch.setattr(soon, "SOON", 10**9)
    plain = list(jx.stream(five, X, name, labels=labels, **METHODS[name]))
    np.testing.assert_allclose(plain[-1].values, answers[-1].values, rtol=1e-12, atol=1e-15)
    errors = [a.error for a in answers]
    assert errors == sorted(errors, reverse=True)
    assert plain[0].evals > 30_000


@pytest.mark.parametrize("labels", [None, Y], ids=["output", "labels"])
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.usefixtures("small")
def test_standard_errors_of_some_rows_are_calibrated(name, labels):
    """About what the same shuffles of very many rows would say."""
    whole = list(jx.stream(five, X, name, labels=labels, **METHODS[name]))[-1].values
    inside = []
    for seed in range(40):
        first = next(iter(jx.stream(five, X, name, labels=labels, seed=seed, **METHODS[name])))
        assert "So far" in first.notes[-1]
        used = first.stderr > 0
        inside.append((np.abs(first.values - whole) <= 1.96 * first.stderr)[used])
    assert 0.88 <= np.mean(np.concatenate(inside)) <= 1


@pytest.mark.usefixtures("small")
def test_nobody_pays_for_answers_that_nobody_sees():
    e = jx.explain(five, X, "permutation_importance", repeats=2, samples=10**6)
    assert e.evals < 39_500  # the rows, and two shuffles of six columns
    assert not any("So far" in n for n in e.notes)


@pytest.mark.usefixtures("small")
def test_a_small_budget_ends_with_some_of_the_rows():
    e = jx.explain(five, X, "permutation_importance", samples=12_000)
    assert e.evals <= 15_000
    assert any(n.startswith("So far from") for n in e.notes)


@pytest.mark.usefixtures("small")
@pytest.mark.filterwarnings("error")
def test_parts_that_lack_a_class_are_left_out():
    rare = (np.arange(3000) % 1000 == 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, rare)
    answers = list(jx.stream(model, X, "permutation_importance", labels=rare, scorer="roc_auc", repeats=2))
    assert not any("So far" in n for a in answers for n in a.notes)
    assert answers[0].error_kind == "stderr"


@pytest.mark.usefixtures("small")
def test_parts_that_cannot_be_scored_are_left_out():
    def picky(truth, predicted):
        if len(truth) < 1000:
            raise ValueError("too few")
        return -np.abs(truth - predicted).mean()

    answers = list(jx.stream(five, X, "permutation_importance", labels=Y, scorer=picky, repeats=2))
    assert not any("So far" in n for a in answers for n in a.notes)


@pytest.mark.usefixtures("small")
def test_shuffles_within_strata_need_all_rows(linear):
    first = next(iter(jx.stream(linear, X[:, :5], "permutation_importance", kind="conditional", repeats=2)))
    assert not any("So far" in n for n in first.notes)


class Q:
    """What is asked of a question."""

    upcoming = evals = unseen = 0

    def rng(self, name):
        return np.random.default_rng(0)


def test_what_comes_next_costs_what_is_told():
    def told(rows, repeats):
        q = Q()
        return [(size, q.upcoming) for size in soon.sizes(q, rows, 30, 2**15, repeats)]

    assert told(20_000, 10) == [(546, 2 * 30 * 2184), (2184, 2 * 30 * 8736), (8736, 4 * 30 * 20_000)]
    assert told(20_000, 2) == [(546, 2 * 30 * 20_000)]
    assert told(500, 10) == []


def test_a_slow_model_is_asked_for_less():
    q = Q()
    assert soon.early(q, 50_000, 0.1) == 0
    assert soon.early(q, 500_000, 0.1) == 2**15
    assert soon.early(q, 50_000, 50.0) == soon.early(q, 50_000, 90.0) == 512
    assert soon.early(q, 500_000, 10_000.0) == 32
    q.unseen = 10**6
    assert soon.early(q, 500_000, 50.0) == 0


def test_importances_of_a_slow_model_come_soon(monkeypatch):
    monkeypatch.setattr(soon, "LONG", 0.0)
    monkeypatch.setattr(soon, "PATIENCE", 1e-9)
    first = next(iter(jx.stream(five, X, "permutation_importance", labels=Y)))
    assert first.evals < len(X) + 1000
    first = next(iter(jx.stream(five, X, "cohorts", by=3)))
    assert any("So far" in n for n in first.notes)


def test_parts_are_different_rows():
    found = soon.parts(Q(), 20_000, 30, 2**15, 10**6)
    together = np.concatenate(found)
    assert len(np.unique(together)) == len(together)
    assert len(found[0]) == 2**15 // (4 * 30)
    assert next(iter(soon.spans(len(found)))) == (0, soon.FIRST)
    assert soon.parts(Q(), 200, 30, 2**15, 10**6) == []
