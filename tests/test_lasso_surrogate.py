"""LASSO surrogates: closed forms, scikit-learn's path, groups of categories, fidelity, bands, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.dataset.columns import column_of
from jupyter_explain.surrogates.grouped_lasso import block, coding_of, levels_of, problem
from jupyter_explain.wire import answer_message

SHARES = np.linspace(0, -3, 41)


def table(n=400, d=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def coded(rows):
    blocks = [rows[:, [j]] for j in range(rows.shape[1])]
    coding = coding_of(blocks)
    return coding(blocks), coding.groups


def shop(n=600, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"pay": rng.normal(size=n), "city": rng.choice(["Rome", "Oslo", "Ulm"], n), "age": rng.normal(size=n)}
    )


def test_orthonormal_columns_are_thresholded_softly():
    q, _ = np.linalg.qr(table(200, 6) - table(200, 6).mean(0))
    rows = (q - q.mean(0)) @ np.diag([3.0, 1, 1, 1, 1, 0.1])
    z, groups = coded(np.linalg.qr(rows)[0])
    y = np.random.default_rng(1).normal(size=200)
    p = problem(z, y, groups)
    penalties = p.largest() * 10**SHARES
    closed = np.sign(p.moment) * np.maximum(np.abs(p.moment) - penalties[:, None], 0)
    assert np.allclose(p.path(penalties), closed, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_the_path_is_scikit_learns(seed):
    from sklearn.linear_model import lasso_path

    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(120, 12)) @ rng.normal(size=(12, 12)) + rng.normal(size=(120, 1))
    y = rows @ rng.normal(size=12) + np.abs(rows[:, 0])
    z, groups = coded(rows)
    p = problem(z, y, groups)
    penalties = p.largest() * 10**SHARES
    _, ref, _ = lasso_path(z, y - y.mean(), alphas=penalties, tol=1e-13, max_iter=10**6)
    assert np.allclose(p.path(penalties), ref.T, atol=1e-6 * np.abs(ref).max())


def test_more_columns_than_rows():
    z, groups = coded(table(40, 80))
    p = problem(z, np.random.default_rng(2).normal(size=40), groups)
    penalties = p.largest() * 10 ** np.linspace(0, -1.5, 20)
    _optimal(p, penalties, p.path(penalties))


@pytest.mark.parametrize("seed", range(3))
def test_groups_meet_the_conditions_of_an_optimum(seed):
    frame = shop(300, seed)
    frame["twin"] = frame["city"]
    columns = [column_of(frame, j, n) for j, n in enumerate(frame)]
    blocks = [block(c, levels_of(c)) for c in columns]
    coding = coding_of(blocks)
    y = (frame["city"] == "Rome") * 2.0 + frame["pay"] + 0.3 * np.random.default_rng(seed).normal(size=300)
    p = problem(coding(blocks), y.to_numpy(), coding.groups)
    assert [g.stop - g.start for g in coding.groups] == [1, 2, 1, 2]
    penalties = p.largest() * 10**SHARES
    _optimal(p, penalties, p.path(penalties))


def _optimal(p, penalties, path):
    """Karush, Kuhn and Tucker: used groups pull with exactly their force, the others with at most that."""
    for penalty, b in zip(penalties, path, strict=True):
        rest = p.moment - p.gram @ b
        for g, weight in zip(p.groups, p.weights, strict=True):
            size = np.linalg.norm(b[g])
            if size > 1e-9:
                assert np.allclose(rest[g], penalty * weight * b[g] / size, atol=1e-6)
            else:
                assert np.linalg.norm(rest[g]) <= penalty * weight + 1e-7


def test_a_linear_model_is_recovered():
    rows = table(800, 4) * [1, 5, 0.1, 1]
    e = jx.explain(lambda r: 3 * r[:, 0] - r[:, 1] + 2, rows, "lasso_surrogate", seconds=None)
    ends = {n: y[0] for n, y in zip(e.names, e.y, strict=True)}
    assert ends["x0"] == pytest.approx(3 * rows[:, 0].std(), rel=0.01)
    assert ends["x1"] == pytest.approx(-rows[:, 1].std(), rel=0.01)
    assert abs(ends["x2"]) < 0.01
    assert all(y[-1] == 0 for y in e.y)  # at the largest penalty nothing is left
    assert "R² 1.000 ± 0.000 with 2 of 4 columns" in " ".join(e.notes)
    assert e.final


def test_a_category_column_is_one_curve_without_a_sign():
    rows = shop()

    def model(r):
        return r["city"].map({"Rome": -2.0, "Oslo": 1.0, "Ulm": 0.0}).to_numpy() + 0.5 * r["pay"].to_numpy()

    e = jx.explain(model, rows, "lasso_surrogate", seconds=None)
    assert sorted(e.names) == ["age", "city", "pay"]
    city = e.y[e.names.index("city")]
    part = rows["city"].map({"Rome": -2.0, "Oslo": 1.0, "Ulm": 0.0}).std()
    assert (city >= 0).all()
    assert city[0] == pytest.approx(part, rel=0.02)


def test_fidelity_is_what_new_rows_say():
    """R² and its error, from tenfold cross-validation, against twenty thousand rows that nobody saw."""

    def model(r):
        return r[:, 0] + 0.5 * r[:, 1] + np.sin(2 * r[:, 2]) + 0.5 * r[:, 0] * r[:, 3]

    inside = 0
    new = table(20_000, 5, 99)
    for seed in range(20):
        rows = table(400, 5, seed)
        e = jx.explain(model, rows, "lasso_surrogate", seed=seed, seconds=None)
        words = next(n for n in e.notes if "R²" in n).split("R² ")[1].split()
        said, error = float(words[0]), float(words[2])
        x = np.column_stack([np.ones(400), rows])
        b = np.linalg.lstsq(x, model(rows), rcond=None)[0]
        true = 1 - np.var(model(new) - np.column_stack([np.ones(20_000), new]) @ b) / np.var(model(new))
        inside += abs(said - true) <= 1.96 * error
    assert inside >= 17


def test_the_bands_hold_the_coefficients_of_all_rows():
    def model(r):
        return r[:, 0] - 0.5 * r[:, 1] + r[:, 2] * r[:, 3]

    inside, seen = 0, 0
    for seed in range(40):
        e = jx.explain(model, table(400, 4, seed), "lasso_surrogate", seed=seed, seconds=None)
        for name, true in (("x0", 1.0), ("x1", -0.5)):
            low, high = e.band[e.names.index(name)][:, 0]
            inside += low <= true <= high
            seen += 1
    assert 0.88 <= inside / seen <= 1


def test_the_same_seed_gives_the_same_and_answers_come_early():
    rows = table(900)
    answers = list(jx.stream(lambda r: r[:, 0] * r[:, 1] + r[:, 2], rows, "lasso_surrogate"))
    assert [a.evals for a in answers] == [201, 401, 801, 901, 901]
    assert [a.final for a in answers] == [False] * 4 + [True]
    again = list(jx.stream(lambda r: r[:, 0] * r[:, 1] + r[:, 2], rows, "lasso_surrogate"))
    assert np.array_equal(answers[-1].y, again[-1].y)


def test_gaps_constants_twins_and_texts():
    rows = shop(300)
    rows["same"], rows["twin"] = 1.0, rows["pay"]
    rows.loc[::7, "age"] = np.nan
    rows["note"] = [f"secret {i}" for i in range(300)]
    e = jx.explain(lambda r: 2 * r["pay"].to_numpy(), rows, "lasso_surrogate", seconds=None)
    assert not e.y[e.names.index("same")].any()
    both = e.y[e.names.index("pay")] + e.y[e.names.index("twin")]
    assert both[0] == pytest.approx(2 * rows["pay"].std(), rel=0.01)
    assert "secret" not in json.dumps(answer_message(e, None, False, False)[0]) + str(e)


def test_an_output_that_never_changes_has_no_coefficient():
    e = jx.explain(lambda r: np.full(len(r), 2.5), table(60), "lasso_surrogate", seconds=None)
    assert not np.any(e.y)
    assert "no coefficient" in str(e)


def test_many_columns_are_few_that_follow_the_output():
    rows = table(200, 400)
    e = jx.explain(lambda r: 3 * r[:, 7], rows, "lasso_surrogate", seconds=None)
    assert e.names[0] == "x7"
    assert any("50 of 400 columns" in n for n in e.notes)


def test_words_frame_message_and_chosen_columns():
    e = jx.explain(lambda r: r[:, 0] - r[:, 1], table(), "lasso_surrogate", features="x3, x1", seconds=None)
    assert e.names == ("x3", "x1")
    assert "changes most along the penalty" in str(e)
    fields, arrays = answer_message(e, None, False, False)
    assert fields["layout"]["along"]
    assert sum(a.nbytes for a in arrays) < 20_000
    assert len(e.to_frame()) == 82
    assert e.plot() is not None


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"LASSO surrogate: x must have at least \d+ rows .*; got 12 rows"):
        jx.explain(lambda r: r[:, 0], table(12), "lasso_surrogate")
    with pytest.raises(ValueError, match="LASSO surrogate: needs a dataset"):
        jx.explain(lambda r: r[:, 0], table(1), "lasso_surrogate")
    with pytest.raises(ValueError, match=r"LASSO surrogate: features must be columns of x.*; got 'no'"):
        jx.explain(lambda r: r[:, 0], table(), "lasso_surrogate", features="no")
    with pytest.raises(ValueError, match="must return finite numbers"):
        jx.explain(lambda r: np.where(r[:, 0] > 0, np.nan, 1.0), table(), "lasso_surrogate")


def test_missing_texts_belong_to_no_category():
    rows = pd.DataFrame({"pay": np.arange(80.0), "town": pd.array(["u", pd.NA, "v", "w"] * 20, dtype="string")})
    e = jx.explain(lambda r: 3.0 * (r["town"] == "u").fillna(False).to_numpy(float), rows, "lasso_surrogate")
    assert e.fidelity[0] > 0.99
    assert e.y[e.names.index("town")].max() == pytest.approx(3 * np.sqrt(3) / 4, rel=0.02)
