"""Owen values against all orders that keep blocks together, and the games where they are something simpler."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.methods.owen_values import owen_of
from jupyter_explain.shapley.blocks import correlated
from jupyter_explain.shapley.game import all_masks, shapley_of

RNG = np.random.default_rng(0)
BLOCKS = [np.array([0, 3]), np.array([1]), np.array([2, 4])]


def by_orders(values, blocks, d):
    """The definition: the mean contribution over all orders in which every block stays together."""
    bit = 1 << np.arange(d)[::-1]
    total, count = np.zeros(d), 0
    for order in permutations(range(d)):
        of = [next(k for k, b in enumerate(blocks) if i in b) for i in order]
        if sum(a != b for a, b in pairwise(of)) != len(blocks) - 1:
            continue
        count, before = count + 1, 0
        for i in order:
            total[i] += values[before + bit[i]] - values[before]
            before += bit[i]
    return total / count


def test_closed_form_is_the_mean_over_all_orders():
    values = RNG.normal(size=32)
    np.testing.assert_allclose(owen_of(values, BLOCKS, 5), by_orders(values, BLOCKS, 5), atol=1e-12)


@pytest.mark.parametrize("blocks", [[[0], [1], [2], [3], [4]], [[0, 1, 2, 3, 4]]])
def test_single_features_and_one_block_are_shapley_values(blocks):
    values = RNG.normal(size=32)
    np.testing.assert_allclose(owen_of(values, [np.array(b) for b in blocks], 5), shapley_of(values), atol=1e-12)


def test_blocks_share_as_players_of_their_own():
    values = RNG.normal(size=32)
    masks = all_masks(3)
    bit = 1 << np.arange(5)[::-1]
    quotient = values[masks @ np.array([bit[b].sum() for b in BLOCKS])]
    sums = [owen_of(values, BLOCKS, 5)[b].sum() for b in BLOCKS]
    np.testing.assert_allclose(sums, shapley_of(quotient), atol=1e-12)


def model(rows):
    rows = np.asarray(rows, float)
    return rows[:, 0] * rows[:, 1] + np.tanh(rows[:, 2] * rows[:, 3]) * 2 + rows[:, 4] ** 2 * rows[:, 0]


X, ROWS = RNG.normal(size=5), RNG.normal(size=(6, 5))
NAMED = [["a", "d"], ["b"], ["c", "e"]]


def frame(rows):
    return pd.DataFrame(np.atleast_2d(rows), columns=list("abcde"))


def exact():
    return jx.explain(model, frame(X), "owen_values", baseline=frame(ROWS), groups=NAMED, samples=10_000)


def test_the_stream_ends_exactly():
    e = exact()
    assert e.error_kind == "exact"
    masks = all_masks(5)
    values = np.mean([model(np.where(masks, X, row)) for row in ROWS], axis=0)
    np.testing.assert_allclose(e.values[0], by_orders(values, BLOCKS, 5), atol=1e-10)
    assert abs(e.gap) < 1e-10


def test_standard_errors_cover():
    truth, hits = exact().values, []
    for seed in range(40):
        e = jx.explain(model, frame(X), "owen_values", baseline=frame(ROWS), groups=NAMED, samples=120, seed=seed)
        assert e.error_kind == "stderr"
        hits.append(np.abs(e.values - truth) <= 1.96 * e.stderr)
    assert 0.88 <= np.mean(hits) <= 1


def test_numbers_of_groups_work_like_names():
    by_name = exact()
    ids = np.array([0, 1, 2, 0, 2])
    e = jx.explain(model, frame(X), "owen_values", baseline=frame(ROWS), groups=ids, samples=10_000)
    np.testing.assert_array_equal(e.values, by_name.values)


def test_correlated_columns_become_blocks():
    base = RNG.normal(size=(200, 3))
    rows = np.column_stack([base[:, 0], base[:, 1], -2 * base[:, 0] + 0.01 * base[:, 2], base[:, 2], np.ones(200)])
    assert [b.tolist() for b in correlated(rows, tuple("abcde"), 0.7)] == [[0, 2], [1], [3], [4]]
    e = jx.explain(model, frame(X), "owen_values", baseline=frame(rows), samples=200)
    assert any("a, c" in note for note in e.notes)


def test_categories_stay_alone():
    rows = pd.DataFrame({"a": np.arange(40.0), "kind": ["red", "blue"] * 20, "b": -np.arange(40.0)})
    assert [b.tolist() for b in correlated(rows, ("a", "kind", "b"), 0.9)] == [[0, 2], [1]]


def test_it_says_when_nothing_tells_what_belongs_together():
    e = jx.explain(model, X, "owen_values", baseline="zeros", samples=1000)
    assert any("every player is alone" in note for note in e.notes)
    np.testing.assert_allclose(e.values, jx.explain(model, X, "exact_shap", baseline="zeros").values, atol=1e-10)
