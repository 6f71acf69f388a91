"""The Explorer's controls from Python: what is wrong is refused and the old value stays; what changes is answered."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx

ROWS = np.random.default_rng(0).normal(size=(12, 4))


def product(rows):
    return rows.prod(1)


def two_scores(rows):
    return np.stack([rows.sum(1), rows.prod(1)], axis=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("row", None),
        ("seed", None),
        ("target", None),
        ("baseline", "zeroes"),
        ("baseline", np.zeros(3)),
        ("baseline", np.zeros((0, 4))),
    ],
)
def test_a_wrong_value_is_refused_and_the_old_one_stays(name, value):
    with jx.explore(two_scores, ROWS, method="exact_shap", baseline=ROWS[:3]) as ex:
        first, before = ex.wait(30), ex.state()
        with pytest.raises(ValueError, match=rf"{name}\b.*; got "):
            setattr(ex, name, value)
        assert ex.state() == before
        ex.seed = 1
        assert ex.wait(30).values.tobytes() == first.values.tobytes()


def test_other_baseline_rows_are_another_question():
    with jx.explore(product, ROWS, method="exact_shap", baseline=ROWS[:3]) as ex:
        ex.wait(30)
        ex.baseline = ROWS[3:8]
        assert (
            ex.wait(30).values.tobytes()
            == jx.explain(product, ROWS[0], "exact_shap", baseline=ROWS[3:8]).values.tobytes()
        )


def test_a_smaller_budget_is_kept_after_an_exact_answer():
    with jx.explore(product, ROWS, method="kernel_shap", baseline=ROWS, samples=10_000) as ex:
        assert ex.wait(30).error_kind == "exact"
        ex.samples = 60
        small = ex.wait(30)
        again = jx.explain(product, ROWS[0], "kernel_shap", baseline=ROWS, samples=60)
        assert (small.evals, small.values.tobytes()) == (again.evals, again.values.tobytes())
        assert small.evals <= 60


def test_a_name_of_two_outputs_is_refused():
    with jx.explore(two_scores, ROWS[0], method="exact_shap", labels=["same", "same"]) as ex:
        ex.wait(30)
        with pytest.raises(ValueError, match="target must be"):
            ex.target = "same"


def test_an_unknown_method_is_refused_once_and_with_the_nearest_names():
    for ask in (jx.explore, jx.explain):
        with pytest.raises(ValueError, match="method: must be 'auto' or one of") as refused:
            ask(len, [1.0, 2.0], method="occlusoin", layout="rows", samples=3)
        assert "one of occlusion, " in str(refused.value)
        assert str(refused.value).count("must be") == 1
