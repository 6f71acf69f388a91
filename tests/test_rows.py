"""The algebra of rows: arrays, frames, lists and tuples of them behave alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jupyter_explain.rows import any_change, between, concat, copied, each, is_frame, length, row_bytes, same, take

ARRAY = np.arange(12.0).reshape(4, 3)
KINDS = {
    "array": ARRAY,
    "frame": pd.DataFrame(ARRAY, columns=list("abc")),
    "texts": ["one", "two", "three", "four"],
    "tuple": (ARRAY, ARRAY.reshape(4, 3, 1)),
}


@pytest.fixture(params=KINDS)
def rows(request):
    return KINDS[request.param]


def listed(rows):
    if isinstance(rows, tuple):
        return [listed(r) for r in rows]
    return rows if isinstance(rows, list) else np.asarray(rows).tolist()


def test_length_and_take(rows):
    assert length(rows) == 4
    for which in (slice(1, 3), np.array([3, 0, 0]), [2]):
        some = take(rows, which)
        assert type(some) is type(rows)
        assert length(some) == len(np.arange(4)[which])
    assert listed(take(rows, np.arange(4))) == listed(rows)


def test_concat_undoes_take(rows):
    assert listed(concat([take(rows, slice(0, 1)), take(rows, slice(1, 4))])) == listed(rows)


def test_copies_are_copies(rows):
    twin = copied(rows)
    assert listed(twin) == listed(rows)
    assert twin is not rows
    if isinstance(twin, np.ndarray):
        twin[0] = 99
        assert rows[0, 0] == 0
    if is_frame(twin):
        twin.iloc[0, 0] = 99
        assert rows.iloc[0, 0] == 0
    if isinstance(twin, tuple):
        assert not np.shares_memory(twin[1], rows[1])


def test_row_bytes(rows):
    assert row_bytes(rows) >= 1
    assert row_bytes(KINDS["tuple"]) == 48


def test_each():
    assert each(np.sum, ARRAY) == ARRAY.sum()
    assert each(np.add, (1, 2), (3, 4)) == (4, 6)
    with pytest.raises(ValueError, match="zip"):
        each(np.add, (1, 2), (3,))


def test_between():
    start, end = np.array([[0.0, 2.0]]), np.array([[4.0, 0.0]])
    np.testing.assert_allclose(between(start, end, np.array([0, 0.25, 1])), [[0, 2], [1, 1.5], [4, 0]])
    whole = between(start.astype(int), end.astype(int), np.array([0.25]))
    np.testing.assert_allclose(whole, [[1, 1.5]])
    single = between(start.astype(np.float32), end.astype(np.float32), np.array([0.25]))
    assert single.dtype == np.float32
    many = between(np.zeros((3, 2)), end, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(many, [[0, 0], [2, 0], [4, 0]])
    pair = between((start, start), (end, end), np.array([0.5]))
    np.testing.assert_allclose(pair[1], [[2, 1]])


def test_same():
    nan = np.array([[1.0, np.nan]])
    assert same(nan, nan.copy())
    assert not same(nan, np.array([[1.0, 2.0]]))
    assert not same(ARRAY, ARRAY[:2])
    assert same((ARRAY, nan), (ARRAY, nan))
    assert same(pd.DataFrame(nan), pd.DataFrame(nan))
    assert not same(np.array(["a"]), np.array(["b"]))


def test_any_change():
    assert not any_change(np.zeros((2, 2)))
    assert any_change((np.zeros(2), np.array([0, -1e-300])))
