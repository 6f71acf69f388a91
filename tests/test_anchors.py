"""Anchors against enumeration: true precision and coverage, intervals that hold, planted rules, rules of one's own."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.rules import mixtures
from jupyter_explain.rules.bandits import Arms, always, divergence, interval, once, separate
from jupyter_explain.rules.predicates import columns_of, cuts, of_row
from jupyter_explain.wire import answer_message

# intervals


def test_divergence_is_that_of_coins():
    assert divergence(0.3, 0.3) == pytest.approx(0)
    assert divergence(0.5, 0.25) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    assert divergence(0, 0.2) == pytest.approx(-np.log(0.8))
    assert divergence(1, 0) == np.inf
    assert divergence(0, 0) == divergence(1, 1) == 0


def test_intervals_have_their_closed_forms():
    level, n = 3.0, 50
    low, high = interval([1.0, 0.0, 0.5], n, level)
    assert low[0] == pytest.approx(np.exp(-level / n))
    assert high[0] == 1
    assert high[1] == pytest.approx(1 - np.exp(-level / n))
    assert low[1] == 0
    reach = np.sqrt(1 - np.exp(-2 * level / n)) / 2
    assert (low[2], high[2]) == pytest.approx((0.5 - reach, 0.5 + reach))
    assert interval(0.5, 0, level) == (0, 1)
    between = interval(0.37, 80, 2.0)
    assert 80 * divergence(0.37, np.array(between)) == pytest.approx([2.0, 2.0])
    assert always(9, 0.05) == pytest.approx(np.log(10 / 0.05))
    assert once(0.05) == pytest.approx(np.log(40))


@pytest.mark.parametrize("p", [0.5, 0.95])
def test_intervals_hold_at_all_times_together(p):
    rng, n = np.random.default_rng(1), np.arange(1, 1501)
    wrong = 0
    for _ in range(150):
        mean = np.cumsum(rng.random(1500) < p) / n
        wrong += bool((n * divergence(mean, p) > always(n, 0.1)).any())
    assert wrong <= 150 * 0.1


def test_the_bandit_finds_the_best_arms():
    truth, rng = np.array([0.3, 0.9, 0.5, 0.4, 0.85]), np.random.default_rng(0)
    arms = Arms(5, 0.05)
    for a in range(5):
        arms.add(a, truth[a] - rng.random(8))
    for some in separate(arms, 2):
        for a in some:
            arms.add(a, truth[a] - rng.random(16))
    assert set(arms.best(2)) == {1, 4}
    assert arms.draws[[0, 3]].max() < arms.draws.max()
    assert ((arms.low <= truth) & (truth <= arms.high)).all()


# predicates


def test_cuts_are_short_numbers_that_part_the_rows_alike():
    rng = np.random.default_rng(0)
    numbers = np.sort(rng.normal(size=400))
    found = cuts(numbers, 4)
    assert [len(f"{c:g}".lstrip("-").replace(".", "").lstrip("0")) <= 2 for c in found] == [True] * 3
    assert [abs((numbers <= c).mean() - share) <= 0.0125 for c, share in zip(found, (0.25, 0.5, 0.75), strict=True)]
    assert cuts(np.array([3.0, 3.0, 3.0]), 4) == []
    assert cuts(np.array([0.0] * 95 + [1.0] * 5), 4) == [0]
    assert cuts(np.array([0.0] * 5 + [1.0] * 95), 4) == [0]
    assert cuts(np.array([1, 2, 3, 4.0]), 4) == [1, 2, 3]
    assert all(c == round(c) for c in cuts(np.arange(1000.0), 7))


def test_a_row_meets_its_predicates_and_missing_is_in_no_interval():
    rows = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0], "b": ["x", "y", None, "x"]})
    a, b = columns_of(rows, ["a", "b"])
    for row in range(4):
        for column in (a, b):
            for p in of_row(column, column, row, 4):
                assert p.holds(column)[row]
    assert [p.text for p in of_row(a, a, 2, 4)] == ["a is missing"]
    assert [p.text for p in of_row(b, b, 1, 4)] == ["b = y"]
    assert not any(p.holds(a)[2] for p in of_row(a, a, 0, 4))


# the search, against enumeration

SPACE = np.array(list(itertools.product([0.0, 1.0], repeat=5)))


def votes(rows):
    """Two classes: the first two columns together, or any three of the other ones."""
    yes = (rows[:, 0] * rows[:, 1] > 0) | (rows[:, 2:].sum(1) > 2)
    return np.stack([~yes, yes], 1).astype(float)


def truth(x, columns, model=votes):
    """(precision, coverage) of keeping some of binary columns."""
    rows = SPACE.copy()
    rows[:, columns] = x[columns]
    same = model(rows).argmax(1) == model(x[None]).argmax(1)
    return same.mean(), (SPACE[:, columns] == x[columns]).all(1).mean()


def found_columns(e):
    return [int(c.column[1:]) for c in e.rules[0].conditions]


@pytest.mark.parametrize("x", [[1, 1, 0, 0, 1], [0, 1, 1, 1, 1], [0, 0, 0, 1, 0]])
def test_rules_are_as_good_as_they_say(x):
    x = np.array(x, float)
    options = [c for k in range(6) for c in itertools.combinations(range(5), k)]
    widest = max(truth(x, list(c))[1] for c in options if truth(x, list(c))[0] >= 0.95)
    best = 0
    for seed in range(40):
        e = jx.explain(votes, x, "anchors", baseline=SPACE, samples=3000, seed=seed)
        rule, (precision, coverage) = e.rules[0], truth(x, found_columns(e))
        assert e.reached
        assert precision >= 0.95
        assert rule.low <= precision <= rule.high
        assert rule.coverage == coverage
        assert rule.coverage_low <= coverage <= rule.coverage_high
        best += coverage == widest
    assert best >= 38


def test_every_answer_of_the_stream_has_an_interval_that_holds():
    x, wrong = np.array([1.0, 1, 0, 0, 1]), 0
    for seed in range(40):
        for e in jx.stream(votes, x, "anchors", baseline=SPACE, samples=1000, seed=seed, precision=0.9):
            precision = truth(x, found_columns(e))[0]
            wrong += not e.rules[0].low <= precision <= e.rules[0].high
            assert not e.reached or precision >= 0.9
            assert abs(e.rules[0].precision - precision) <= e.error
    assert wrong == 0


def test_an_undecided_row_says_that_no_rule_reaches_the_precision():
    def noise(rows):
        odd = np.modf(np.abs(np.sin(rows @ np.array([991.0, 577, 313, 101]))) * 1e4)[0]
        return np.stack([odd, 1 - odd], 1)

    rows = np.random.default_rng(0).normal(size=(300, 4))
    e = jx.explain(noise, rows[0], "anchors", baseline=rows, samples=6000)
    assert not e.reached
    assert e.rules[0].high < 0.95
    assert "No rule is known to reach the precision 0.95" in str(e)


def test_a_prediction_that_never_changes_needs_no_condition():
    e = jx.explain(
        lambda r: np.tile([0.2, 0.8], (len(r), 1)), [1.0, 2.0], "anchors", baseline=SPACE[:, :2], samples=2000
    )
    assert e.rules[0].conditions == ()
    assert e.reached
    assert e.rules[0].coverage == 1
    assert "ALWAYS class 1" in str(e)


# planted rules


def people(n=400):
    rng = np.random.default_rng(3)
    frame = {"age": rng.integers(0, 4, n), "city": rng.choice(["Rome", "Oslo", "Ulm"], n), "pay": rng.normal(size=n)}
    return pd.DataFrame(frame | {"member": rng.random(n) < 0.5, "copy": frame["age"]})


def accepted(rows):
    yes = (rows["age"] > 1) & (rows["city"] == "Rome")
    return np.stack([~yes, yes], 1).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_rule_is_found_exactly(seed):
    rows = people()
    x = rows[(rows.age == 3) & (rows.city == "Rome")].iloc[[0]]
    e = jx.explain(accepted, x, "anchors", baseline=rows, samples=6000, seed=seed, labels=["no", "yes"])
    assert [c.text for c in e.rules[0].conditions] == ["age > 1", "city = Rome"]
    assert [c.own for c in e.rules[0].conditions] == ["3", "Rome"]
    assert e.rules[0].prediction == "yes"
    assert e.rules[0].coverage == accepted(rows)[:, 1].mean()
    assert e.rules[0].otherwise == 0


def test_another_class_than_the_predicted_one_is_kept_away():
    rows = people()
    x = rows[rows.city == "Oslo"].iloc[[0]]
    e = jx.explain(accepted, x, "anchors", baseline=rows, samples=4000, target="yes", labels=["no", "yes"])
    assert e.rules[0].prediction == "not yes"
    assert [c.text for c in e.rules[0].conditions] == ["city = Oslo"]


def test_same_seed_same_rules():
    one, two = (
        [(e.rules, e.error, e.evals) for e in jx.stream(votes, SPACE[29], "anchors", baseline=SPACE, samples=2000)]
        for _ in range(2)
    )
    assert one == two
    other = jx.explain(votes, SPACE[29], "anchors", baseline=SPACE, samples=2000, seed=1)
    assert other.rules[0].precision != one[0][0][0].precision


# rules of one's own


def test_a_rule_of_ones_own_is_estimated():
    x = np.array([1.0, 1, 0, 0, 1])
    for columns in ([0], [0, 1], [2, 3], []):
        names = [f"x{j}" for j in columns]
        e = jx.explain(votes, x, "anchors", baseline=SPACE, samples=3000, rule=names)
        precision, coverage = truth(x, columns)
        assert e.given
        assert found_columns(e) == columns
        assert e.rules[0].low <= precision <= e.rules[0].high
        assert e.rules[0].coverage == coverage
        assert e.reached == (precision == 1)
        assert [t.on for t in e.candidates] == [j in columns for j in range(5)]


def test_columns_texts_and_toggles_name_the_same_rule():
    rows = people()
    x = rows[(rows.age == 2) & (rows.city == "Rome")].iloc[[0]]
    ask = lambda rule: jx.explain(accepted, x, "anchors", baseline=rows, samples=500, rule=rule)  # noqa: E731
    by_column, by_text = ask(["age", "city"]), ask(("1 < age ≤ 2", "city = Rome"))
    assert by_column.rules == by_text.rules
    assert by_column.rules == ask([t.text for t in by_column.candidates if t.on]).rules
    assert [c.text for c in ask(["age > 1"]).rules[0].conditions] == ["age > 1"]
    assert [c.text for c in ask("city").rules[0].conditions] == ["city = Rome"]


@pytest.mark.parametrize("rule", [["height"], ["age > 2"], [3], 7, {"age": 1}])
def test_a_rule_that_x_does_not_meet_is_refused(rule):
    rows = people()
    with pytest.raises(ValueError, match=r"Anchors: rule must .*; got "):
        jx.explain(accepted, rows[rows.age == 1].iloc[[0]], "anchors", baseline=rows, rule=rule, samples=100)


def test_groups_are_one_condition():
    rows = people()
    x = rows[(rows.age == 3) & (rows.city == "Rome")].iloc[[0]]
    e = jx.explain(accepted, x, "anchors", baseline=rows, samples=4000, groups=[["age", "city"], ["pay", "member"]])
    assert [c.column for c in e.rules[0].conditions] == ["age", "city"]
    assert [t.column for t in e.candidates] == ["age + city", "pay + member", "copy"]


# counterexamples, and what is sent


def test_counterexamples_meet_the_rule_and_stay_in_python():
    rows = people()
    rows["pay"] += 1234.5
    x = rows[(rows.age == 3) & (rows.city == "Rome")].iloc[[0]]
    e = jx.explain(accepted, x, "anchors", baseline=rows, samples=500, rule=["age"])
    others = e.counterexamples
    assert 1 <= len(others) <= 5
    assert (others.age == 3).all()
    assert (accepted(others)[:, 1] == 0).all()
    assert e.rules[0].otherwise == e.rules[0].support - round(e.rules[0].precision * e.rules[0].support) > 0
    sent = json.dumps(answer_message(e, None, False, False)[0], allow_nan=False)
    for pay in others.pay:
        assert f"{pay:.4f}" not in sent + e.to_html() + str(e)
    assert "counterexamples" not in sent


def test_the_answer_has_a_table_a_picture_and_a_page():
    e = jx.explain(votes, SPACE[29], "anchors", baseline=SPACE, samples=1500)
    table = e.to_frame()
    assert len(table) == 1
    assert table.precision[0] == e.rules[0].precision
    assert e.plot().axes
    assert "IF " in e.to_html()
    fields, arrays = answer_message(e, None, False, False)
    assert dict(zip(fields["layout"]["arrays"], arrays, strict=True))["value"][0] == np.float32(e.rules[0].precision)


# numbers, and bad input


def test_a_number_is_asked_about_a_threshold():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3))

    def slope(r):
        return 10 * r[:, 0] + r[:, 1]

    ask = lambda **more: jx.explain(slope, [2.0, 0, 0], "anchors", baseline=rows, samples=3000, **more)  # noqa: E731
    e = ask()
    assert "threshold=" in e.notes[0]
    assert [c.column for c in e.rules[0].conditions] == ["x0"]
    assert e.rules[0].prediction.startswith("output ≥ ")
    assert ask(threshold=-100).rules[0].conditions == ()
    assert ask(threshold="50").rules[0].prediction == "output < 50"
    yes = ask(target=lambda out: out[:, 0] > 0)
    assert yes.rules[0].prediction == "callable is true"
    assert not any("threshold" in n for n in yes.notes)
    for wrong in ("many", np.nan, True):
        with pytest.raises(ValueError, match="Anchors: threshold must be a number; got"):
            ask(threshold=wrong)


def test_one_background_row_is_enough():
    e = jx.explain(votes, [1.0, 1, 0, 0, 0], "anchors", baseline=np.zeros(5), samples=2000)
    assert e.reached
    assert [c.text for c in e.rules[0].conditions] == ["x0 > 0", "x1 > 0"]
    assert e.rules[0].coverage == 0


def test_constant_and_duplicated_columns_and_a_row_of_the_background():
    rows = np.concatenate([SPACE, SPACE[:, :1], np.full((32, 1), 7.0)], 1)
    e = jx.explain(lambda r: votes(r[:, :5]), rows[29], "anchors", baseline=rows, samples=3000)
    assert e.reached
    assert [t.column for t in e.candidates] == [f"x{j}" for j in range(6)]
    e = jx.explain(lambda r: votes(r[:, :5]), rows[29], "anchors", baseline=rows, samples=500, rule=["x6"])
    assert e.rules[0].conditions == ()
    e = jx.explain(votes, SPACE[0], "anchors", baseline=SPACE[:1], samples=2000)
    assert e.rules[0].conditions == ()
    assert e.reached


def test_an_unseen_category_is_a_condition_that_no_row_meets():
    rows = people()
    x = rows.iloc[[0]].assign(city="Bergen")
    e = jx.explain(accepted, x, "anchors", baseline=rows, samples=1000, rule=["city"])
    assert e.rules[0].precision == 1
    assert e.rules[0].coverage == 0
    assert e.rules[0].coverage_high > 0


def test_a_missing_value_is_a_condition_where_the_model_takes_it():
    rows = pd.DataFrame({"a": [1.0, np.nan, 3, np.nan, 5, 6], "b": np.arange(6.0)})

    def gaps(r):
        gone = r["a"].isna()
        return np.stack([~gone, gone], 1).astype(float)

    e = jx.explain(gaps, rows.iloc[[1]], "anchors", baseline=rows, samples=2000)
    assert [c.text for c in e.rules[0].conditions] == ["a is missing"]
    assert e.rules[0].coverage == pytest.approx(2 / 6)
    with pytest.raises(ValueError, match="x must have no missing values"):
        jx.explain(np.log, [np.nan, 1.0], "anchors", baseline=SPACE[:, :2] + 1)


def test_outputs_that_are_no_numbers_are_refused():
    def broken(rows):
        out = votes(rows)
        out[rows[:, 0] == 0] = np.nan
        return out

    with pytest.raises(ValueError, match="must return finite numbers; got NaN or infinity"):
        jx.explain(broken, SPACE[29], "anchors", baseline=SPACE, samples=500)


def test_many_columns_are_screened():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, size=(300, 25)).astype(float)

    def model(r):
        yes = (r[:, 3] > 0) & (r[:, 17] > 0)
        return np.stack([~yes, yes], 1).astype(float)

    x = np.ones(25)
    hits = [
        [c.text for c in jx.explain(model, x, "anchors", baseline=rows, samples=6000, seed=s).rules[0].conditions]
        for s in range(3)
    ]
    assert hits == [["x3 > 0", "x17 > 0"]] * 3


def test_the_explorer_takes_a_rule_and_lets_it_go():
    with jx.explore(votes, SPACE[29], method="anchors", baseline=SPACE, samples=1500) as w:
        assert w.wait(30).given is False
        w._inbox.receive(
            w, {"kind": "ask", "seq": 1, "changes": {"settings": {"rule": ["x0 > 0"]}}, "coarse": False}, []
        )
        mine = w.wait(30)
        assert mine.given
        assert [c.text for c in mine.rules[0].conditions] == ["x0 > 0"]
        assert "rule=['x0 > 0']" in w._panel["code"]
        w._inbox.receive(w, {"kind": "ask", "seq": 2, "changes": {"settings": {"rule": None}}, "coarse": False}, [])
        assert w.wait(30).given is False


@pytest.mark.parametrize("seed", range(3))
def test_margins_lead_where_hardly_any_rule_hits(seed):
    """All eight of 36 segments are needed: one random picture in 256 has them, and no shorter rule is much better."""
    needed = np.random.default_rng(seed).choice(36, 8, replace=False)

    def model(pictures):
        seen = np.asarray(pictures, float).reshape(-1, 36)[:, needed].sum(1)
        return np.stack([seen - 7.5, 7.5 - seen], axis=1)

    how = {"layout": "HW", "baseline": 0.0, "segments": 36, "samples": 20_000, "seed": seed}
    e = jx.explain(model, np.ones((6, 6)), "anchors", **how)
    assert e.reached
    assert set(np.flatnonzero(e.kept)) == set(needed)


@pytest.mark.parametrize("share", [0.5, 1e-4])
def test_values_of_a_large_pool_are_drawn_evenly_among_those_that_fit(share):
    rng = np.random.default_rng(0)
    fits = np.zeros(50_000, bool)
    fits[rng.permutation(50_000)[: int(share * 50_000)]] = True
    drawn = mixtures._among(fits, rng, 20_000)
    assert fits[drawn].all()
    ranks = (np.cumsum(fits)[drawn] - 0.5) / fits.sum()
    fifths = np.bincount((ranks * 5).astype(int), minlength=5)
    assert np.abs(fifths - 4000).max() < 5 * np.sqrt(4000 * 0.8)
