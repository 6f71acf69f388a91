"""Datasets with columns replaced: whatever order the rows are asked in, every answer belongs to its row and swap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jupyter_explain.dataset.variants import BLOCK, Swap, Variants, asked

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(7, 3))
WHOLE = RNG.integers(0, 9, size=(7, 3))
MIXED = pd.DataFrame({"a": NUMBERS[:, 0], "b": RNG.choice(["x", "y", "z"], 7), "c": WHOLE[:, 0]})


def swaps_of(data, count):
    """Single columns and pairs, from other rows and set to one value."""
    columns = [
        np.asarray(data)[:, j] if not isinstance(data, pd.DataFrame) else data.iloc[:, j].to_numpy() for j in range(3)
    ]
    for k in range(count):
        chosen = (k % 3,) if k % 4 else (0, 2)
        which = 2 if k % 5 == 0 else RNG.permutation(len(data))
        yield Swap(chosen, tuple(columns[j] for j in chosen), which)


@pytest.mark.parametrize(
    "data", [NUMBERS, WHOLE, MIXED, pd.DataFrame(NUMBERS)], ids=["floats", "whole", "mixed", "frame"]
)
@pytest.mark.parametrize("count", [1, 5, BLOCK + 3])
@pytest.mark.parametrize("chunk", [1, 10, 10_000])
def test_asked_in_any_order_and_size(data, count, chunk):
    swaps = list(swaps_of(data, count))

    def ask(n, rows):
        made = [np.asarray(rows(slice(a, min(n, a + chunk))), object) for a in range(0, n, chunk)]
        return np.concatenate(made)

    found = asked(ask, data, swaps)
    assert found.shape == (count, 7, 3)
    straight = Variants(data, swaps)
    want = np.asarray(straight(slice(0, len(straight))), object).reshape(count, 7, 3)
    np.testing.assert_array_equal(found, want)


def test_rows_that_are_alike_are_asked_together():
    """Neighbours in a call differ from one row of the data in the swapped columns only."""
    seen = []

    def ask(n, rows):
        seen.append(rows(slice(0, n)))
        return np.zeros(n)

    values = RNG.normal(size=7)
    asked(ask, NUMBERS, [Swap((0,), (values,), k) for k in range(7)])
    assert len(np.unique(seen[0][:7, 1:], axis=0)) == 1
    np.testing.assert_array_equal(seen[0][:7, 0], values)


@pytest.mark.parametrize("which", [2, np.array([2, 0, 1, 2])], ids=["one value", "a value each"])
def test_times_with_gaps_stay_times(which):
    day, hour = pd.Timestamp("2024-03-01"), pd.Timedelta(1, "h")
    frame = pd.DataFrame({"n": np.arange(4.0), "since": [day, pd.NaT, day, day], "wait": [hour, hour, pd.NaT, hour]})
    values = frame["since"].array[[0, 1, 1]], frame["wait"].array[[0, 2, 2]]  # the last is missing
    made = Variants(frame, [Swap((1, 2), values, which)])(slice(0, 4))
    assert list(made.dtypes) == list(frame.dtypes)
    gone = np.atleast_1d(np.arange(3) > 0)[np.broadcast_to(which, 4)]
    np.testing.assert_array_equal(made[["since", "wait"]].isna().to_numpy(), np.stack([gone, gone], 1))
    assert (made["since"].dropna() == day).all()
    assert (made["wait"].dropna() == hour).all()
