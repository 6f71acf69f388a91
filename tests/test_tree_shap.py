"""Tree SHAP against its definition by enumeration, closed forms, and peers."""

from __future__ import annotations

import sys
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn import ensemble
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.tree import DecisionTreeRegressor
from test_trees import by_category, categories

import jupyter_explain as jx
from jupyter_explain.models import trees
from jupyter_explain.shapley.game import small_sample
from jupyter_explain.treeshap import attributions, sums
from jupyter_explain.treeshap.meetings import Meetings
from jupyter_explain.treeshap.pairs import Pairs
from jupyter_explain.treeshap.plan import Plan, held
from jupyter_explain.treeshap.tables import Tables

X, Y = load_diabetes(return_X_y=True)
SIX = X[:, :6]
APART = np.arange(6)
TOGETHER = np.array([0, 0, 1, 2, 2, 3])


def shapley(value, d):
    """Shapley values by their definition."""
    games = {frozenset(s): value(frozenset(s)) for k in range(d + 1) for s in combinations(range(d), k)}
    phi = np.zeros(d)
    for s, v in games.items():
        for i in set(range(d)) - s:
            phi[i] += factorial(len(s)) * factorial(d - len(s) - 1) / factorial(d) * (games[s | {i}] - v)
    return phi


def by_cover(found, row, players):
    """The path-dependent game: known players follow the row, at other tests the training rows' shares decide."""

    def walk(n, known):
        left, right = found.left[n], found.right[n]
        if left < 0:
            return found.value[n, 0]
        feature = found.feature[n]
        if players[feature] in known:
            goes = found.goes_left(row[feature : feature + 1], np.array([n]))[0]
            return walk(left if goes else right, known)
        a, b = found.cover[left], found.cover[right]
        return (a * walk(left, known) + b * walk(right, known)) / (a + b)

    return lambda known: sum(walk(root, known) for root in found.roots)


def by_rows(found, row, players, background):
    """The interventional game: unknown columns show a background row's values."""

    def value(known):
        mixed = background.copy()
        mixed[:, np.isin(players, list(known))] = row[np.isin(players, list(known))]
        return found.scores(mixed).mean()

    return value


@pytest.fixture(scope="module")
def boosted():
    model = ensemble.GradientBoostingRegressor(n_estimators=12, max_depth=5, random_state=0).fit(SIX, Y)
    found = trees.read(model).single(0)
    return found, found.encode(SIX)


@pytest.mark.parametrize("players", [APART, TOGETHER], ids=["columns", "groups"])
@pytest.mark.parametrize("n", [1, 200])
def test_path_dependent_is_its_definition(boosted, players, n):
    found, codes = boosted
    phi, base = attributions(found, codes[:n], players, None, lambda: None)
    assert phi.shape == (n, players.max() + 1)
    for row in {0, n // 2}:
        game = by_cover(found, codes[row], players)
        np.testing.assert_allclose(phi[row], shapley(game, players.max() + 1), atol=1e-10)
        assert base - found.base[0] == pytest.approx(game(frozenset()), abs=1e-10)


@pytest.mark.parametrize("players", [APART, TOGETHER], ids=["columns", "groups"])
@pytest.mark.parametrize("n", [1, 200])
def test_interventional_is_its_definition(boosted, players, n):
    found, codes = boosted
    background = codes[300:325]
    phi, base = attributions(found, codes[:n], players, background, lambda: None)
    for row in {0, n // 2}:
        game = by_rows(found, codes[row], players, background)
        np.testing.assert_allclose(phi[row], shapley(game, players.max() + 1), atol=1e-10)
        assert base == pytest.approx(game(frozenset()), abs=1e-10)


def paired(pairs, rows, out):
    """Add what pairs of patterns give."""
    for step in pairs.steps(rows, slice(0, len(rows))):
        step(out)


@pytest.mark.parametrize("depth", [1, 2, 3, 7, None])
def test_all_ways_agree(depth, monkeypatch):
    """Quadrature and tables, tables and pairs, and leaves too deep for tables."""
    model = ensemble.RandomForestRegressor(5, max_depth=depth, random_state=0).fit(X, Y)
    found = trees.read(model).single(0)
    codes, players = found.encode(X[:30]), np.arange(10)
    plan, out = Plan(found, players, None), [np.zeros((10, 30)) for _ in range(5)]
    rows = plan.decisions.read(codes)
    for i in range(len(plan.parts)):
        plan.walk(i).add(rows, slice(0, 30), out[0])
    against = Plan(found, players, codes[10:])
    for i in range(len(plan.parts)):
        block = plan.block(i)
        assert not any(map(len, plan.units(i).deep))
        plan.tables(i).add(rows, slice(0, 30), out[1])
        Tables(plan.units(i), against.background).add(rows, slice(0, 30), out[2])
        paired(Pairs(block, block.leaves, against.background, False), rows, out[3])
        for step in Meetings(block, against.background.rows).steps(rows, against.background.weights):
            step(out[4])
    np.testing.assert_allclose(out[0], out[1], atol=1e-9)
    np.testing.assert_allclose(out[2], out[3], atol=1e-9)
    np.testing.assert_allclose(out[2], out[4], atol=1e-9)
    monkeypatch.setattr("jupyter_explain.treeshap.units.MOST_BITS", 4)
    phi, _ = attributions(trees.read(model).single(0), codes, players, codes[10:], lambda: None)
    np.testing.assert_allclose(phi.T, out[2], atol=1e-9)


def test_very_few_rows_meet_the_background_in_parts(boosted, monkeypatch):
    """Each of a few rows with each background row, part after part, also in trees that are one leaf."""
    monkeypatch.setattr("jupyter_explain.treeshap.meetings.TOGETHER", 64)
    found, codes = boosted
    plan, out = Plan(found, TOGETHER, codes[300:340]), np.zeros((TOGETHER.max() + 1, 3))
    steps = [
        s
        for i in range(len(plan.parts))
        for s in plan.meetings(i, plan.background.rows).steps(plan.decisions.read(codes[:3]), plan.background.weights)
    ]
    assert len(steps) > 2
    for step in steps:
        step(out)
    for row in range(3):
        game = by_rows(found, codes[row], TOGETHER, codes[300:340])
        np.testing.assert_allclose(out[:, row], shapley(game, len(out)), atol=1e-10)
    flat = ensemble.RandomForestRegressor(3).fit(SIX, np.ones(len(SIX)))
    one = jx.explain(flat, SIX[0], "tree_shap", baseline=SIX[:9])
    np.testing.assert_array_equal(one.values, np.zeros(6))


def test_missing_values_and_categories_are_their_definition():
    frame, target = categories()
    model = by_category("histogram").fit(frame, target)
    e = jx.explain(model, frame.iloc[:8], "tree_shap")
    against = jx.explain(model, frame.iloc[:8], "tree_shap", baseline=frame.iloc[100:130])
    found = trees.read(model).single(0)
    codes = found.encode(frame)
    for r in range(8):
        want = shapley(by_cover(found, codes[r], np.arange(4)), 4)
        np.testing.assert_allclose(e.values[r], want, atol=1e-10)
        want = shapley(by_rows(found, codes[r], np.arange(4), codes[100:130]), 4)
        np.testing.assert_allclose(against.values[r], want, atol=1e-10)
    np.testing.assert_allclose(e.output, model.predict(frame.iloc[:8]))


def test_additive_trees_have_a_closed_form():
    """Stumps: every column's own effect, minus its mean over the background."""
    model = ensemble.GradientBoostingRegressor(n_estimators=40, max_depth=1, random_state=0).fit(SIX, Y)
    background = SIX[50:90]
    e = jx.explain(model, SIX[0], "tree_shap", baseline=background)
    for j in range(6):
        alone = background.copy()
        alone[:, j] = SIX[0, j]
        assert e.values[j] == pytest.approx((model.predict(alone) - model.predict(background)).mean(), abs=1e-10)


def test_and_game():
    """One tree for x0 AND x1 on all four rows: 3/8 each, by cover and against the rows."""
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    model = DecisionTreeRegressor().fit(rows, rows.prod(1))
    for settings in ({}, {"baseline": rows}):
        e = jx.explain(model, [1.0, 1.0], "tree_shap", **settings)
        np.testing.assert_allclose(e.values, [0.375, 0.375], atol=1e-14)
        assert e.base == pytest.approx(0.25)


def test_answer_is_complete_and_named():
    model = ensemble.RandomForestClassifier(10, random_state=0).fit(SIX, Y > 140)
    e = jx.explain(model, SIX[0], "tree_shap")
    assert e.error == 0
    assert e.error_kind == "exact"
    assert e.final
    assert abs(e.gap) < 1e-12
    assert "cover" in e.baseline
    assert e.output == pytest.approx(model.predict_proba(SIX[:1]).max())
    other = jx.explain(model, SIX[0], "tree_shap", baseline=SIX[:50])
    assert other.baseline == "50 given rows"
    assert other.base == pytest.approx(model.predict_proba(SIX[:50])[:, e.target_index].mean())
    assert not other.notes


def test_batch_is_its_rows_and_keeps_their_order():
    model = ensemble.ExtraTreesClassifier(10, max_depth=6, random_state=0).fit(SIX, np.digitize(Y, [90, 160]))
    e = jx.explain(model, SIX[:40], "tree_shap", baseline=SIX[100:110])
    assert e.target == "one per row"
    assert e.values.shape == (40, 6)
    assert np.abs(e.gap).max() < 1e-12
    for r in (0, 17, 39):
        one = jx.explain(model, SIX[r], "tree_shap", baseline=SIX[100:110])
        np.testing.assert_allclose(e.values[r], one.values, atol=1e-12)
    named = jx.explain(model, SIX[:3], "tree_shap", target=[2, "0", 1])
    for r, k in enumerate([2, 0, 1]):
        one = jx.explain(model, SIX[r], "tree_shap", target=k)
        np.testing.assert_allclose(named.values[r], one.values, atol=1e-12)


def test_margin_of_either_class():
    data, labels = load_breast_cancer(return_X_y=True)
    model = ensemble.HistGradientBoostingClassifier(max_iter=15).fit(data, labels)
    one, other = (jx.explain(model, data[0], "tree_shap", link="margin", target=k) for k in (1, 0))
    np.testing.assert_array_equal(one.values, -other.values)
    assert one.output == pytest.approx(model.decision_function(data[:1])[0])
    assert one.unit == "margin"


@pytest.mark.parametrize("Booster", [ensemble.GradientBoostingClassifier, ensemble.HistGradientBoostingClassifier])
def test_boosted_classifiers_are_explained_on_the_margin(Booster):
    model = Booster(random_state=0).fit(SIX, Y > 140)
    e = jx.explain(model, SIX[0], "tree_shap")
    assert e.unit == "margin"
    assert e.output == pytest.approx(abs(model.decision_function(SIX[:1])[0]))
    ex = jx.explore(model, SIX, method="tree_shap")
    assert ex.wait(30).unit == "margin"
    assert "link='margin'" in ex._panel["code"].replace('"', "'")
    ex.close()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "sklearn"])
def test_regressors_of_counts_are_explained_on_the_margin(library):
    """What they predict is the exponential of the sum, which is refused with the way out."""
    if library == "sklearn":
        model = ensemble.HistGradientBoostingRegressor(loss="poisson", max_iter=5)
    elif library == "xgboost":
        model = pytest.importorskip(library).XGBRegressor(n_estimators=5, objective="count:poisson")
    else:
        model = pytest.importorskip(library).LGBMRegressor(n_estimators=5, objective="poisson", verbose=-1)
    model.fit(SIX, Y)
    e = jx.explain(model, SIX[0], "tree_shap")
    assert e.unit == "margin"
    assert np.exp(e.output) == pytest.approx(model.predict(SIX[:1])[0], rel=1e-5)
    np.testing.assert_array_equal(e.values, jx.explain(model, SIX[0], "tree_shap", link="margin").values)
    with pytest.raises(ValueError, match=r"Tree SHAP: needs .*link='margin'"):
        jx.explain(model, SIX[0], "tree_shap", link="identity")
    assert jx.explain(model, SIX[0], samples=200).unit == "output"


def test_output_that_is_no_sum_is_refused_with_the_way_out():
    xgboost = pytest.importorskip("xgboost")
    bare = xgboost.train({"objective": "count:poisson"}, xgboost.DMatrix(SIX, Y), 5)
    with pytest.raises(ValueError, match=r"must be the sum of its trees \(try link='margin'\); got"):
        jx.explain(bare, SIX[0], "tree_shap")


def test_groups_are_one_player():
    model = ensemble.RandomForestRegressor(10, max_depth=5, random_state=0).fit(SIX, Y)
    found = trees.read(model).single(0)
    codes = found.encode(SIX)
    e = jx.explain(model, SIX[0], "tree_shap", groups=TOGETHER, baseline=SIX[9:19])
    want = shapley(by_rows(found, codes[0], TOGETHER, codes[9:19]), 4)
    got = np.bincount(TOGETHER, e.values)
    np.testing.assert_allclose(got, want, atol=1e-10)


def test_columns_of_a_frame_in_any_order():
    frame, target = categories()
    model = by_category("histogram").fit(frame, target)
    e = jx.explain(model, frame.iloc[[0]], "tree_shap", target=0)
    turned = frame[["age", "town", "size", "code"]]
    other = jx.explain(model, turned.iloc[[0]], "tree_shap", target=0)
    names = list(frame.columns)
    np.testing.assert_allclose(other.values[0], e.values[0][[names.index(c) for c in turned.columns]])


def test_constant_and_duplicate_columns():
    data = np.column_stack([SIX, np.ones(len(SIX)), SIX[:, 2]])
    model = ensemble.RandomForestRegressor(10, random_state=0).fit(data, Y)
    assert jx.explain(model, data[0], "tree_shap").values[6] == 0
    one_leaf = DecisionTreeRegressor().fit(data, np.full(len(data), 3.0))
    e = jx.explain(one_leaf, data[:100], "tree_shap", baseline=data[:1])
    assert not e.values.any()
    assert (e.base == 3).all()


def test_model_changed_in_place_is_read_again():
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(SIX, Y)
    jx.explain(model, SIX[0], "tree_shap")
    for estimator in model.estimators_:
        estimator.tree_.value[...] *= 2
    assert jx.explain(model, SIX[0], "tree_shap").output == pytest.approx(model.predict(SIX[:1])[0])


def test_wrong_targets_and_settings():
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(SIX, Y)
    with pytest.raises(ValueError, match=r"perturbation must be one of .*; got 'tree'"):
        jx.explain(model, SIX[0], "tree_shap", perturbation="tree")
    with pytest.raises(ValueError, match="not a function of the outputs"):
        jx.explain(model, SIX[0], "tree_shap", target=lambda out: out[:, 0])
    with pytest.raises(ValueError, match="a tree ensemble"):
        jx.explain(lambda rows: rows[:, 0], SIX[0], "tree_shap")


def test_blocks_hold_every_node(monkeypatch):
    found = trees.read(ensemble.RandomForestRegressor(30, random_state=0).fit(SIX, Y)).single(0)
    for size in (1, 100, 3000, 10**9):
        monkeypatch.setattr("jupyter_explain.treeshap.plan.NODES", size)
        plan = Plan(found, APART, None)
        assert sum(plan.block(i).nodes for i in range(len(plan.parts))) == len(found.left)


def by_hand(found, row, other):
    """One row against one background row: a walk that goes both ways where the two part for the first time."""
    phi = np.zeros(len(row))

    def walk(node, must, wont):
        if found.left[node] < 0:
            a, b = len(must), len(wont)
            for j in must:
                phi[j] += found.value[node, 0] * factorial(a - 1) * factorial(b) / factorial(a + b)
            for j in wont:
                phi[j] -= found.value[node, 0] * factorial(a) * factorial(b - 1) / factorial(a + b)
            return
        j = found.feature[node]
        own, its = (found.left[node] if r[j] <= found.threshold[node] else found.right[node] for r in (row, other))
        if own == its or j in must:
            walk(own, must, wont)
        elif j in wont:
            walk(its, must, wont)
        else:
            walk(own, must | {j}, wont)
            walk(its, must, wont | {j})

    for root in found.roots:
        walk(root, frozenset(), frozenset())
    return phi


@pytest.mark.parametrize("columns", [20, 40, 80])
@pytest.mark.parametrize("rows", [2, 40])
def test_pairs_of_patterns_are_pairs_of_rows(columns, rows, monkeypatch):
    """Long paths (numbered by sorting) and many columns, few rows and many, whatever is taken together."""
    rng = np.random.default_rng(columns)
    data = rng.normal(size=(400, columns))
    target = (data > 0).sum(1) + rng.normal(size=400)
    model = ensemble.ExtraTreesRegressor(2, max_features=1, random_state=0).fit(data, target)
    found, players = trees.read(model).single(0), np.arange(columns)
    codes = found.encode(data)
    plan = Plan(found, players, codes[100:107])
    explained, out = plan.decisions.read(codes[:rows]), [np.zeros((columns, rows)) for _ in range(2)]
    [block] = [plan.block(i) for i in range(len(plan.parts))]
    assert block.widest > 16 or columns < 40
    paired(Pairs(block, block.leaves, plan.background, True), explained, out[0])
    for name, value in (("STEP", 3), ("CELLS", 50), ("LEAVES", 100), ("SPREAD", 3), ("FEW_ROWS", 1), ("PARTED", 1)):
        monkeypatch.setattr(f"jupyter_explain.treeshap.pairs.{name}", value)
    paired(Pairs(block, block.leaves, plan.background, False), explained, out[1])
    np.testing.assert_allclose(out[0], out[1], atol=1e-10)
    want = np.mean([by_hand(found, codes[0], other) for other in codes[100:107]], axis=0)
    np.testing.assert_allclose(out[0][:, 0], want, atol=1e-10)


def test_a_very_large_background_is_sampled_and_said(monkeypatch):
    monkeypatch.setattr(sys.modules["jupyter_explain.methods.tree_shap"], "MOST_ROWS", 50)
    model = ensemble.GradientBoostingRegressor(n_estimators=5, random_state=0).fit(SIX, Y)
    e = jx.explain(model, SIX[0], "tree_shap", baseline=SIX)
    assert any("442 baseline rows, 50 drawn at random" in note for note in e.notes)
    assert e.base + e.values.sum() == pytest.approx(e.output)
    assert (jx.explain(model, SIX[0], "tree_shap", baseline=SIX).values == e.values).all()


def test_one_row_background():
    model = ensemble.GradientBoostingRegressor(n_estimators=5, random_state=0).fit(SIX, Y)
    e = jx.explain(model, SIX[0], "tree_shap", baseline=SIX[9])
    want = jx.explain(model, SIX[0], "exact_shap", baseline=SIX[9])
    np.testing.assert_allclose(e.values, want.values, atol=1e-10)


# peers


def integers(n=300):
    """Data on a coarse grid: shap's interventional values are wrong where numbers nearly equal in double precision
    become equal in single precision (its gap on the bundled diabetes data is 5)."""
    return np.random.default_rng(5).integers(0, 40, (n, 8)).astype(float)


def grown(kind):
    data = integers()
    target = data[:, 0] * data[:, 1] / 40 + data[:, 2] + (data[:, 3] > 20) * data[:, 4]
    if kind == "xgboost":
        return pytest.importorskip("xgboost").XGBRegressor(n_estimators=40, max_depth=5).fit(data, target), data
    if kind == "lightgbm":
        return pytest.importorskip("lightgbm").LGBMRegressor(n_estimators=40, verbose=-1).fit(data, target), data
    kinds = {
        "forest": ensemble.RandomForestRegressor(20, random_state=0),
        "histogram": ensemble.HistGradientBoostingRegressor(),
    }
    return kinds[kind].fit(data, target), data


@pytest.mark.parametrize("kind", ["forest", "histogram", "xgboost", "lightgbm"])
def test_agrees_with_shap(kind):
    shap = pytest.importorskip("shap")
    model, data = grown(kind)
    path = shap.TreeExplainer(model).shap_values(data[:60], check_additivity=False)
    np.testing.assert_allclose(jx.explain(model, data[:60], "tree_shap").values, path, atol=1e-4)
    background = data[100:160]
    rows = shap.TreeExplainer(model, background).shap_values(data[:60], check_additivity=False)
    np.testing.assert_allclose(jx.explain(model, data[:60], "tree_shap", baseline=background).values, rows, atol=1e-4)


def test_uses_all_of_a_background_that_shap_cuts_to_100():
    shap = pytest.importorskip("shap")
    model, data = grown("forest")
    assert len(shap.TreeExplainer(model, shap.maskers.Independent(data)).data) == 100
    e = jx.explain(model, data[0], "tree_shap", baseline=data)
    assert e.base == pytest.approx(model.predict(data).mean())


@pytest.mark.parametrize("kind", ["xgboost", "lightgbm"])
def test_agrees_with_the_library_itself(kind):
    model, data = grown(kind)
    if kind == "xgboost":
        own = model.get_booster().predict(pytest.importorskip("xgboost").DMatrix(data[:50]), pred_contribs=True)
    else:
        own = model.predict(data[:50], pred_contrib=True)
    e = jx.explain(model, data[:50], "tree_shap")
    np.testing.assert_allclose(e.values, own[:, :-1], atol=1e-4)
    np.testing.assert_allclose(e.base, own[:, -1], rtol=1e-5)


# very many trees


@pytest.fixture
def thousands(monkeypatch):
    """A forest that is many blocks: smaller blocks stand for more trees."""
    monkeypatch.setattr("jupyter_explain.treeshap.plan.NODES", 400)
    monkeypatch.setattr("jupyter_explain.treeshap.plan.AGAINST_NODES", 400)
    return ensemble.RandomForestRegressor(120, max_depth=6, random_state=0).fit(SIX, Y)


@pytest.mark.parametrize("settings", [{}, {"baseline": SIX[:20]}], ids=["path", "rows"])
@pytest.mark.parametrize("n", [1, 30])
def test_thousands_of_trees_are_answered_on_the_way(thousands, settings, n):
    x = SIX[0] if n == 1 else SIX[:n]
    found = []
    last = jx.explain(thousands, x, "tree_shap", target=0, on_progress=found.append, seconds=100, **settings)
    *partial, _ = found
    assert len(partial) > 3
    assert (last.error_kind, last.error) == ("exact", 0.0)
    assert np.abs(last.gap).max() < 1e-10
    for e in partial:
        assert e.error_kind == "stderr"
        assert not e.final
        assert any("of the trees, drawn at random" in note for note in e.notes)
        assert e.error == pytest.approx(np.max(e.stderr))
        np.testing.assert_array_equal(e.base, last.base)
    assert found[-2].error < found[0].error


def test_standard_errors_of_some_trees_are_calibrated(thousands):
    """95 % intervals of first answers, over orders of the trees and over rows."""
    z = []
    for seed in range(20):
        first, *_, last = _sums_of(thousands, SIX[:40], seed)
        z.append((first.values - last.values) / (first.stderr * small_sample(first.blocks - 1)))
    assert 0.90 < np.mean(np.abs(z) < 1.96) < 1


def _sums_of(model, x, seed):
    found = trees.read(model).single(0)
    return sums(found, found.encode(x), APART, None, lambda: None, seed)


def test_thousands_of_trees_stop_when_told(thousands):
    stream = jx.stream(thousands, SIX[0], "tree_shap", baseline=SIX[:20])
    first = next(stream)
    stream.close()
    e = jx.explain(thousands, SIX[0], "tree_shap", baseline=SIX[:20], seconds=1e-6)
    assert any("time limit" in note for note in e.notes)
    np.testing.assert_array_equal(e.values, first.values)
    asked = 0

    def check():
        nonlocal asked
        asked += 1
        if asked > 5:
            raise KeyboardInterrupt

    found = trees.read(thousands).single(0)
    with pytest.raises(KeyboardInterrupt):
        attributions(found, found.encode(SIX[:1]), APART, None, check)
    assert asked == 6


def test_what_is_made_for_a_model_is_kept_while_there_is_room(thousands, monkeypatch):
    monkeypatch.setattr("jupyter_explain.treeshap.plan.KEPT", 2**18)
    found = trees.read(thousands).single(0)
    for background in (None, SIX[:20]):
        plan = Plan(found, APART, background)
        rows = plan.decisions.read(found.encode(SIX[:30]))
        out = np.zeros((6, 30))
        for i in range(len(plan.parts)):
            for step in plan.work(i, rows):
                step(out)
        made = {i for _, i, *_ in plan._kept}
        assert 0 < len(made) < len(plan.parts)
        assert sum(held(v) for v in plan._kept.values()) <= 2**18
        whole, _ = attributions(found, found.encode(SIX[:30]), APART, background, lambda: None)
        np.testing.assert_allclose(out.T, whole, atol=1e-9)


def test_more_trees_than_may_be_held_are_refused_with_the_way_out(monkeypatch):
    model = ensemble.RandomForestRegressor(20, random_state=0).fit(SIX, Y)
    monkeypatch.setattr("jupyter_explain.question.MEMORY", 2**18)
    with pytest.raises(
        ValueError, match=r"Tree SHAP: may hold 0 MB at a time; got .* nodes of the trees; .*permutation_shap"
    ):
        jx.explain(model, SIX[0], "tree_shap")
    curves = jx.explain(model, SIX, "partial_dependence", kind="average", features=[0], grid=3, seconds=60)
    assert not any("read off" in note for note in curves.notes)


def test_a_batch_of_estimates_keeps_the_rows_of_its_standard_errors(thousands):
    model = ensemble.RandomForestClassifier(120, max_depth=9, random_state=0).fit(SIX, Y > 140)
    order = [0, 1, 0, 1, 0]
    e = jx.explain(model, SIX[:5], "tree_shap", target=order, seconds=1e-6)
    assert e.stderr.shape == e.values.shape == (5, 6)
    for r, k in enumerate(order):
        one = jx.explain(model, SIX[r], "tree_shap", target=k, seconds=1e-6)
        np.testing.assert_allclose(e.stderr[r], one.stderr)


def test_blocks_of_deep_trees_are_smaller_for_many_rows(monkeypatch):
    model = ensemble.RandomForestRegressor(6, random_state=0).fit(SIX, Y)
    found = trees.read(model).single(0)
    codes = found.encode(SIX[:40])
    want, base = attributions(found, codes, APART, None, lambda: None)
    monkeypatch.setattr("jupyter_explain.treeshap.plan.DEEP", 10)
    monkeypatch.setattr("jupyter_explain.treeshap.plan.DEEP_NODES", 200)
    found = trees.read(model).single(0)
    (deep,) = sums(found, codes, APART, None, lambda: None)
    assert deep.blocks == 6
    np.testing.assert_allclose(deep.values, want, atol=1e-10)
    assert deep.base == pytest.approx(base)
