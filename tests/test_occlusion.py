"""Occlusion: drops of hidden columns and windows, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from zoo import table

import jupyter_explain as jx


def weights(*shape):
    return table(1, int(np.prod(shape)), 3).reshape(shape)


def picture_model(w):
    return lambda pictures: (pictures * w).sum(tuple(range(1, pictures.ndim))) ** 2


def by_loops(model, x, base, window, stride):
    """Mean drop of all windows over a position of an (H, W) picture."""
    total, seen = np.zeros(x.shape), np.zeros(x.shape)
    starts = []
    for n, w, s in zip(x.shape, window, stride, strict=True):
        at = list(range(0, n - w + 1, s))
        starts.append(at + ([n - w] if at[-1] + w < n else []))
    for i in starts[0]:
        for j in starts[1]:
            hidden = x.copy()
            hidden[i : i + window[0], j : j + window[1]] = base[i : i + window[0], j : j + window[1]]
            drop = model(x[None])[0] - model(hidden[None])[0]
            total[i : i + window[0], j : j + window[1]] += drop
            seen[i : i + window[0], j : j + window[1]] += 1
    assert seen.min() >= 1
    return total / seen


@pytest.mark.parametrize("references", [1, 4])
def test_a_table_leaves_one_column_out(references):
    x, rows = table(1, 5, 1)[0], table(references, 5, 2)
    model = lambda r: np.sin(r).sum(1) * r[:, 0]  # noqa: E731
    want = []
    for j in range(5):
        hidden = np.tile(x, (references, 1))
        hidden[:, j] = rows[:, j]
        want.append(model(x[None])[0] - model(hidden).mean())
    found = jx.explain(model, x, "occlusion", baseline=rows)
    np.testing.assert_allclose(found.values, want, atol=1e-12)
    assert found.evals == 1 + 5 * references
    assert (found.error, found.error_kind, found.final) == (0.0, "exact", True)
    assert found.gap is None


def test_groups_of_a_table_show_the_drop_of_the_group():
    x, rows = np.arange(1.0, 5.0), np.zeros((1, 4))
    found = jx.explain(lambda r: r.sum(1), x, "occlusion", baseline=rows, groups=[0, 0, 1, 2])
    np.testing.assert_allclose(found.values, [3, 3, 3, 4])


@pytest.mark.parametrize(("window", "stride"), [(3, 2), ((2, 4), (1, 3)), (1, 1), (5, 5), ((9, 7), 1), (100, 100)])
def test_windows_of_a_picture(window, stride):
    x, base = weights(9, 7) + 1, np.zeros((9, 7))
    model = picture_model(weights(9, 7))
    pair = lambda v: v if isinstance(v, tuple) else (v, v)  # noqa: E731
    size = tuple(min(a, b) for a, b in zip(pair(window), x.shape, strict=True))
    step = tuple(min(a, b) for a, b in zip(pair(stride), x.shape, strict=True))
    found = jx.explain(model, x, "occlusion", layout="HW", baseline=base, window=window, stride=stride)
    np.testing.assert_allclose(found.values, by_loops(model, x, base, size, step), atol=1e-9)
    assert found.error_kind == "exact"


def test_colours_share_a_drop():
    x = np.random.default_rng(4).random((6, 5, 3))
    model = picture_model(weights(6, 5, 3))
    found = jx.explain(model, x, "occlusion", layout="HWC", baseline="black", window=2, stride=1)
    first = jx.explain(
        lambda p: model(np.moveaxis(p, 1, -1)),
        np.moveaxis(x, -1, 0),
        "occlusion",
        layout="CHW",
        baseline="black",
        window=2,
        stride=1,
    )
    np.testing.assert_allclose(np.moveaxis(first.values, 0, -1), found.values, atol=1e-12)
    assert np.ptp(found.values, axis=-1).max() == 0
    hidden = x.copy()
    hidden[:2, :2] = 0
    drop = model(x[None])[0] - model(hidden[None])[0]
    assert found.values[0, 0].sum() == pytest.approx(drop)  # one window only covers the corner


def test_a_series():
    x = weights(2, 10)
    model = picture_model(weights(2, 10))
    found = jx.explain(model, x, "occlusion", layout="CT", baseline=np.zeros((2, 10)), window=(2, 3), stride=(1, 3))
    hidden = x.copy()
    hidden[:, :3] = 0
    assert found.values.shape == (2, 10)
    assert found.values[0, 0] == found.values[1, 0] == pytest.approx(model(x[None])[0] - model(hidden[None])[0])


def test_several_references_are_averaged():
    x, rows = weights(6, 6), np.stack([np.zeros((6, 6)), np.ones((6, 6))])
    model = picture_model(weights(6, 6))
    each = [jx.explain(model, x, "occlusion", layout="HW", baseline=r, window=2, stride=2).values for r in rows]
    found = jx.explain(model, x, "occlusion", layout="HW", baseline=rows, window=2, stride=2)
    np.testing.assert_allclose(found.values, np.mean(each, axis=0), atol=1e-12)


def test_a_users_map_of_segments():
    x, ids = weights(6, 4), np.zeros((6, 4), int)
    ids[3:] = 5
    model = picture_model(weights(6, 4))
    found = jx.explain(model, x, "occlusion", layout="HW", baseline=np.zeros((6, 4)), groups=ids)
    for k in (0, 5):
        drop = model(x[None])[0] - model(np.where(ids == k, 0, x)[None])[0]
        np.testing.assert_allclose(found.values[ids == k], drop, atol=1e-12)


def test_the_first_picture_is_coarse_and_covers_everything():
    x = weights(16, 16)
    stream = jx.stream(picture_model(weights(16, 16)), x, "occlusion", layout="HW", baseline=np.zeros((16, 16)))
    first = next(stream)
    assert first.error_kind == "unknown"
    assert first.evals < 10
    assert (first.values != 0).mean() > 0.9
    kinds = [a.error_kind for a in stream]
    assert kinds[-1] == "exact"
    assert set(kinds[:-1]) == {"unknown"}


def test_windows_larger_than_the_memory_for_masks_go_in_parts():
    """Every chunk stays small although there are many windows."""
    sizes = []

    def model(pictures):
        sizes.append(pictures.nbytes)
        return pictures.sum((1, 2))

    jx.explain(model, np.ones((64, 64)), "occlusion", layout="HW", baseline="zeros", window=4, stride=1, samples=3000)
    assert max(sizes) <= 33 * 2**20


def test_places_between_the_windows_are_zero():
    """With a stride larger than the window; what wider windows said of them at first is no exact answer."""
    weights, x = np.random.default_rng(0).normal(size=(2, 1, 8, 8))
    own = (weights * x)[0]

    def linear(rows):
        return (rows * weights).sum((1, 2, 3))

    e = jx.explain(linear, x, "occlusion", window=1, stride=3, baseline="zeros")
    covered = np.zeros((8, 8), bool)
    covered[np.ix_([0, 3, 6, 7], [0, 3, 6, 7])] = True
    np.testing.assert_allclose(e.values[0], np.where(covered, own, 0), atol=1e-12)
    assert e.error_kind == "exact"
    assert any("48 of 64 places are in no window" in n for n in e.notes)
    whole = jx.explain(linear, x, "occlusion", window=2, stride=2, baseline="zeros")
    assert not any("no window" in n for n in whole.notes)


def test_a_table_against_many_rows_is_answered_on_the_way():
    """First from some of the baseline rows, with an error that is calibrated; in the end from all, as at once."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 12))

    def model(r):
        return r[:, 0] * r[:, 1] + np.exp(0.5 * r[:, 2]) + 0.3 * r[:, 3:11].sum(1)

    answers = list(jx.stream(model, rows[0], "occlusion", baseline=rows))
    hidden = np.repeat(rows[:1], 600 * 12, 0).reshape(600, 12, 12)
    hidden[:, np.arange(12), np.arange(12)] = rows
    want = model(rows[:1])[0] - model(hidden.reshape(-1, 12)).reshape(600, 12).mean(0)
    np.testing.assert_allclose(answers[-1].values, want, atol=1e-12)
    assert answers[-1].error_kind == "exact"
    assert answers[0].evals < 300
    assert answers[0].values[11] == answers[0].stderr[11] == 0
    inside = []
    for seed in range(40):
        first = next(iter(jx.stream(model, rows[0], "occlusion", baseline=rows, seed=seed)))
        inside.append((np.abs(first.values - want) <= 1.96 * first.stderr)[:11])
    assert 0.88 <= np.mean(inside) <= 1


def test_a_table_against_few_rows_is_exact_at_once():
    rows = np.random.default_rng(0).normal(size=(100, 5))
    [*answers] = jx.stream(lambda r: r.sum(1), rows[0], "occlusion", baseline=rows)
    assert all(a.error_kind == "exact" for a in answers)
