"""The ninths of a picture: live, static and in a quiz the same sums, also of pictures too large to be sent whole."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.tables import cases
from jupyter_explain.tables.ranking import items, region_sums
from jupyter_explain.wire import answer_message


def total(pictures):
    return (np.asarray(pictures, float) * WEIGHTS[: pictures.shape[1], : pictures.shape[2]]).sum((1, 2))


WEIGHTS = np.random.default_rng(0).normal(size=(500, 500))


@pytest.mark.parametrize("shape", [(8, 8), (3, 4), (224, 224), (225, 301), (448, 448)])
def test_what_is_sent_are_the_sums_that_are_told(shape):
    x = np.random.default_rng(1).random(shape)
    e = jx.explain(total, x, "feature_ablation", layout="HW", segments=16)
    content, _ = answer_message(e, samples=None, partial=False, running=False)
    layout = content["layout"]
    told = [item.value for item in items(cases(e)[0])]
    np.testing.assert_allclose(layout["regions"], told, rtol=1e-12)
    assert sum(layout["regions"]) == pytest.approx(e.values.sum())
    np.testing.assert_allclose(layout["sizes"], region_sums(np.abs(e.values)), rtol=1e-12)
    assert layout["step"] == -(-max(shape) // 224)
    assert max(layout["height"], layout["width"]) <= 224


def test_what_is_no_number_counts_nothing():
    heat = np.ones((6, 6))
    heat[0, 0] = np.nan
    np.testing.assert_array_equal(region_sums(heat), [3, 4, 4, 4, 4, 4, 4, 4, 4])
