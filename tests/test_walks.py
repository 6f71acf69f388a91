"""The first walks of permutation SHAP, for those who want to watch: they are the run's own, and change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from checks import fingerprint
from zoo import table, wide

import jupyter_explain as jx
from jupyter_explain.wire import answer_message

ROWS = table(5, 4, 1)


def product(rows):
    """Main effects, an interaction, and a column that changes nothing."""
    return 2 * rows[:, 0] - rows[:, 1] + rows[:, 0] * rows[:, 2]


def watched(samples=2000, x=None, baseline=ROWS, **more):
    given = np.array([1.0, 2.0, 3.0, 4.0]) if x is None else x
    return jx.explain(product, given, "permutation_shap", baseline=baseline, samples=samples, orders=True, **more)


def without_settings(answer):
    arrays, scalars, words = fingerprint(answer)
    return arrays, scalars.partition("{'orders'")[0], words


@pytest.mark.parametrize("samples", [60, 400, 3000])
def test_numbers_stay_as_they_are(samples):
    a = wide()
    ways = [
        list(jx.stream(a.model, a.x, "permutation_shap", baseline=a.baseline, samples=samples, orders=orders))
        for orders in (False, True)
    ]
    assert [without_settings(e) for e in ways[0]] == [without_settings(e) for e in ways[1]]
    assert all(e.steps is None for e in ways[0])
    assert ways[1][0].steps is None  # before the way back
    assert all(e.steps is not None for e in ways[1][1:])


def test_every_gain_is_a_difference_of_the_models_outputs():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    steps = watched(x=x).steps
    assert steps.gains.shape == (len(steps.starts), 4)
    for ranks, gains, start in zip(steps.ranks, steps.gains, steps.starts, strict=True):
        row = ROWS[np.argmin(np.abs(product(ROWS) - start))].copy()
        assert product(row[None])[0] == pytest.approx(start)
        for player in np.argsort(ranks):
            before = product(row[None])[0]
            row[player] = x[player]
            assert gains[player] == pytest.approx(product(row[None])[0] - before)
        assert start + gains.sum() == pytest.approx(steps.output)


def test_walks_come_in_pairs_there_and_back():
    steps = watched().steps
    d = len(steps.names)
    np.testing.assert_array_equal(steps.ranks[::2] + steps.ranks[1::2], np.full_like(steps.ranks[::2], d - 1))
    np.testing.assert_array_equal(steps.starts[::2], steps.starts[1::2])
    pairs = (steps.gains[::2] + steps.gains[1::2]) / 2
    np.testing.assert_allclose(steps.stderr, pairs.std(0, ddof=1) / np.sqrt(len(pairs)))
    np.testing.assert_allclose(steps.mean, pairs.mean(0))


def test_there_are_no_more_than_64_and_a_longer_run_has_the_same():
    a = wide()
    seen = [
        jx.explain(a.model, a.x, "permutation_shap", baseline=a.baseline, samples=n, orders=True) for n in (3000, 9000)
    ]
    one, other = (e.steps for e in seen)
    assert one.gains.shape == (64, 18)
    assert one.gains.tobytes() == other.gains.tobytes()
    assert one.names == tuple(f"x{i}" for i in range(18))


def test_means_agree_with_the_answer():
    e = watched(samples=100_000)
    assert e.error_kind == "exact"
    assert (np.abs(e.steps.mean - e.values) <= 4 * e.steps.stderr + 1e-12).all()


def test_what_travels_is_the_largest_and_the_sum_of_the_others():
    weights = np.arange(1.0, 31)
    e = jx.explain(lambda r: r @ weights, np.ones(30), "permutation_shap", baseline="zeros", samples=3000, orders=True)
    message, arrays = answer_message(e, 3000, False, False)
    layout = message["layout"]
    facts, found = layout["parts"]["orders"], dict(zip(layout["arrays"], arrays, strict=True))
    assert facts["names"] == [f"x{i}" for i in range(29, 9, -1)]
    assert facts["others"] == 10
    assert found["orders.gains"].shape == (64, 21)
    np.testing.assert_allclose(found["orders.gains"][:, -1], weights[:10].sum())
    assert sum(a.nbytes for a in arrays) < 15_000


def test_walks_are_drawn_and_written():
    e = watched()
    figure = e.plot(kind="steps")
    figure.canvas.draw()
    drawn = figure.axes[0].collections
    np.testing.assert_allclose(drawn[0].get_offsets()[:, 0], e.steps.gains[:, e.steps.order[0]])
    frame = e.steps.to_frame()
    assert list(frame) == ["walk", "place", "player", "gain", "output"]
    assert frame[frame.place == 3].output.to_numpy() == pytest.approx(product(np.array([[1.0, 2, 3, 4]]))[0])
    assert "first walks" in e.to_html()


def test_players_may_be_groups_and_parts_of_a_picture():
    e = watched(groups=[0, 0, 1, 1])
    assert len(e.steps.names) == 2
    picture = np.arange(16.0).reshape(1, 4, 4)
    options = {"layout": "CHW", "groups": np.arange(16).reshape(1, 4, 4) // 4, "samples": 200, "orders": True}
    seen = jx.explain(lambda r: r.sum((1, 2, 3)), picture, "permutation_shap", baseline="zeros", **options)
    assert [n.partition(" ")[0] for n in seen.steps.names] == ["segment"] * 4


def test_one_player_has_no_walks():
    e = watched(x=np.array([1.0, *ROWS[0, 1:]]), baseline=ROWS[:1])
    assert e.steps is None
