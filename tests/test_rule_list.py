"""Rule lists: planted lists recovered, fidelity against other rows, regression, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.dataset.outcomes import Outcomes
from jupyter_explain.rules.covering import rule_list
from jupyter_explain.rules.predicates import columns_of, of_column
from jupyter_explain.wire import answer_message


def shop(n=900, seed=0):
    rng = np.random.default_rng(seed)
    frame = {"age": rng.integers(18, 80, n), "city": rng.choice(["Rome", "Oslo", "Ulm"], n), "pay": rng.normal(size=n)}
    return pd.DataFrame(frame | {"member": rng.random(n) < 0.5})


def planted(rows):
    """IF city = Rome AND member THEN 2, ELSE IF city = Oslo THEN 1, ELSE 0."""
    first = (rows["city"] == "Rome") & rows["member"]
    second = ~first & (rows["city"] == "Oslo")
    return np.stack([~first & ~second, second, first], 1).astype(float)


def texts(e):
    return [" AND ".join(c.text for c in r.conditions) for r in e.rules]


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_list_is_found(seed):
    rows = shop(seed=seed)
    e = jx.explain(planted, rows, "rule_list", labels=["a", "b", "c"], seed=seed)
    assert set(zip(texts(e), (r.prediction for r in e.rules), strict=True)) == {
        ("city = Rome AND member = True", "c"),
        ("city = Oslo", "b"),
        ("", "a"),
    }
    assert e.fidelity == 1
    assert 0 < e.stderr < 0.02
    assert all(r.precision == 1 and r.high == 1 and r.low > 0.9 for r in e.rules)
    assert sum(r.coverage for r in e.rules) == pytest.approx(1)
    assert e.plain == pytest.approx(planted(rows)[:, 0].mean(), abs=0.06)
    assert e.final


def test_fidelity_is_what_the_list_does_on_rows_that_it_never_saw():
    def model(rows):
        yes = np.sin(rows[:, 0]) + rows[:, 1] > 0.3
        return np.stack([~yes, yes], 1).astype(float)

    rows = np.random.default_rng(0).normal(size=(600, 3)) * 2
    new = np.random.default_rng(1).normal(size=(20_000, 3)) * 2
    inside = 0
    for seed in range(20):
        e = jx.explain(model, rows, "rule_list", seed=seed)
        agree = (decided(e, new) == model(new).argmax(1)).mean()
        inside += abs(e.fidelity - agree) <= 1.96 * e.stderr
    assert inside >= 17


def decided(e, rows):
    """The list's predictions, from the words of its rules alone."""
    left, out = np.ones(len(rows), bool), np.zeros(len(rows), int)
    for rule in e.rules:
        holds = np.ones(len(rows), bool)
        for c in rule.conditions:
            holds &= read(c.text, c.column, rows[:, int(c.column[1:])])
        out[left & holds] = int(rule.prediction)
        left &= ~holds
    return out


def read(text, name, values):
    """A condition such as `0.3 < x1 ≤ 2`."""
    before, _, after = text.partition(name)
    holds = np.ones(len(values), bool)
    if before:
        holds &= values > float(before.removesuffix(" < "))
    for sign in (" ≤ ", " > "):
        if after.startswith(sign):
            number = float(after.removeprefix(sign))
            holds &= values <= number if sign == " ≤ " else values > number
    return holds


def test_numbers_are_explained_by_means():
    rows = np.random.default_rng(0).uniform(size=(900, 3))

    def steps(r):
        return np.where(r[:, 0] > 0.5, 10.0, np.where(r[:, 1] > 0.5, 4.0, 1.0))

    e = jx.explain(steps, rows, "rule_list", length=4)
    assert e.fidelity > 0.97
    for r in e.rules:
        assert r.precision is None
        assert r.low <= r.mean <= r.high
    assert {round(float(r.prediction)) for r in e.rules} >= {10, 4, 1}
    assert "R²" in str(e)
    assert "precision" not in e.to_frame()


def test_r2_and_its_error_are_those_of_the_textbook():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        true = rng.normal(size=(400, 1))
        said = 0.8 * true + 0.3 * rng.normal(size=(400, 1))
        found.append(Outcomes(true, None).agreement(true, said))
    values, errors = np.array(found).T
    assert values.mean() == pytest.approx(1 - (0.04 + 0.09), abs=0.005)
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_length_and_terms_are_kept_and_more_rules_fit_better():
    def model(rows):
        return np.sin(2 * rows[:, 0]) + rows[:, 1] * rows[:, 2]

    rows = np.random.default_rng(0).normal(size=(1500, 4))
    fits = []
    for length in (1, 3, 10):
        for terms in (1, 3):
            e = jx.explain(model, rows, "rule_list", length=length, terms=terms)
            assert len(e.rules) <= length + 1
            assert max(len(r.conditions) for r in e.rules) <= terms
            fits.append(e.fidelity)
    assert fits[-1] > fits[0] + 0.1


def test_the_greedy_choice_is_the_best_single_rule():
    """One rule of one condition: the smallest squared error among all of them, by brute force."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(120, 4))
    y = (rows[:, 1] + 0.5 * rng.normal(size=120))[:, None]
    columns = columns_of(rows, ["a", "b", "c", "d"])
    predicates = [p for c in columns for p in of_column(c, 8, 5)]
    holds = np.array([p.holds(columns[p.column]) for p in predicates])
    cost = [sum(((y[s] - y[s].mean(0)) ** 2).sum() for s in (h, ~h)) for h in holds]
    clauses = rule_list(predicates, holds, y, 1, 1, 5)
    chosen = holds[predicates.index(clauses[0].predicates[0])]
    mine = sum(((y[s] - y[s].mean(0)) ** 2).sum() for s in (chosen, ~chosen))
    assert mine == pytest.approx(min(cost))
    assert clauses[0].value == pytest.approx(y[chosen].mean(0))
    assert clauses[1].value == pytest.approx(y[~chosen].mean(0))


def test_answers_come_while_rows_are_asked_and_the_same_seed_gives_the_same():
    rows = shop(3000)
    answers = list(jx.stream(planted, rows, "rule_list"))
    assert [a.evals for a in answers] == [201, 401, 801, 1601, 3001, 3001]
    assert [a.final for a in answers] == [False] * 5 + [True]
    assert answers[-1].error < answers[0].error
    again = list(jx.stream(planted, rows, "rule_list"))
    assert [a.rules for a in again] == [a.rules for a in answers]


def test_the_chosen_row_is_marked():
    rows = shop()
    at = int(np.flatnonzero(planted(rows)[:, 2])[0])
    with jx.explore(planted, rows, method="rule_list", row=at) as w:
        e = w.wait(30)
    here = [r for r in e.rules if r.here]
    assert [[c.text for c in r.conditions] for r in here] == [["city = Rome", "member = True"]]
    assert [c.own for c in here[0].conditions] == ["Rome", "True"]
    fields, _ = answer_message(e, None, False, False)
    assert fields["layout"]["here"] == e.rules.index(here[0])
    assert not any(r.here for r in jx.explain(planted, rows, "rule_list").rules)


def test_a_rare_text_never_becomes_a_condition():
    rows = shop(300)
    rows["note"] = [f"secret {i}" for i in range(300)]
    e = jx.explain(planted, rows, "rule_list", length=10, terms=3)
    assert "secret" not in json.dumps(answer_message(e, None, False, False)[0]) + str(e)


def test_gaps_constant_and_duplicated_columns():
    rows = shop(600)
    rows["same"], rows["twin"] = 1, rows["city"]
    rows.loc[::7, "pay"] = np.nan
    e = jx.explain(planted, rows, "rule_list")
    assert e.fidelity == 1
    assert "same" not in str(texts(e))


def test_a_model_that_always_says_the_same_needs_no_rule():
    e = jx.explain(
        lambda r: np.tile([0.3, 0.7], (len(r), 1)), np.random.default_rng(0).normal(size=(60, 2)), "rule_list"
    )
    assert len(e.rules) == 1
    assert e.fidelity == 1
    e = jx.explain(lambda r: np.full(len(r), 2.5), np.random.default_rng(0).normal(size=(60, 2)), "rule_list")
    assert len(e.rules) == 1
    assert e.rules[0].mean == 2.5


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"Rule list: x must have at least 20 rows .*; got 12 rows"):
        jx.explain(planted, shop(12), "rule_list")
    with pytest.raises(ValueError, match=r"Rule list: needs a dataset"):
        jx.explain(planted, shop().iloc[[0]], "rule_list")
    with pytest.raises(ValueError, match=r"Rule list: length must be a whole number from 1 to 10; got 11"):
        jx.explain(planted, shop(), "rule_list", length=11)
    with pytest.raises(ValueError, match="must return finite numbers"):
        jx.explain(lambda r: np.where(planted(r) > 0, np.nan, 1.0), shop(), "rule_list")


def test_many_rows_are_a_random_choice_and_said():
    e = jx.explain(planted, shop(12_000), "rule_list")
    assert "10000 of 12000 rows, chosen at random." in e.notes
    assert e.evals == 10_001
