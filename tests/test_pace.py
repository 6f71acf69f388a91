"""Batch sizes: never too slow to stop, never too large for memory, the same on every machine for fast models."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.pace import CHUNK_BYTES, CHUNK_ROWS, LIMIT, NET_FIRST, NET_LIMIT, SHARED, SLOW, STEP, Pace


def play(pace, rows, cost):
    """Sizes and times of the calls that cover `rows`, when a call for n rows takes cost(n) seconds."""
    calls = []
    for part in pace.chunks(rows):
        n = part.stop - part.start
        calls.append((n, cost(n)))
        pace.saw(*calls[-1])
    return calls


def test_chunks_cover_everything_once():
    pace = Pace(8)
    found = [i for part in pace.chunks(1000) for i in range(part.start, part.stop)]
    assert found == list(range(1000))
    assert list(pace.chunks(0)) == []


@pytest.mark.parametrize("speed", [1e-9, 1e-6, 5e-6])
def test_fast_models_see_a_fixed_ramp(speed):
    sizes = [n for n, _ in play(Pace(8), 40_000, lambda n: n * speed)]
    assert sizes[:5] == [8, 64, 512, 4096, 16384]


@pytest.mark.parametrize("row_bytes", [1, 1000, 10**6, 10**9])
def test_memory(row_bytes):
    sizes = [n for n, _ in play(Pace(row_bytes), 3000, lambda n: 0.0)]
    assert max(sizes) <= max(1, CHUNK_BYTES // row_bytes)
    assert max(sizes) <= CHUNK_ROWS


@pytest.mark.parametrize("per_row", [1e-4, 1e-3, 0.01, 0.03, 0.059, 0.061, 0.1, 0.2, 0.24])
@pytest.mark.parametrize("overhead", [0.0, 0.005, 0.05, 0.2])
def test_no_call_takes_half_a_second(per_row, overhead):
    """Whatever the cost of a row and of a call; a single row may take what it takes."""
    cost = lambda n: overhead + per_row * n  # noqa: E731
    pace = Pace(8)
    pace.begin(cost(1))
    calls = play(pace, 400, cost)
    assert all(t <= max(2 * LIMIT + 0.01, cost(1) * 2) for _, t in calls), calls
    late = [t for _, t in calls[5:]]
    assert not late or max(late) <= max(LIMIT + per_row, cost(2)) + 1e-9


@pytest.mark.parametrize("overhead", [0.02, 0.1, 0.2])
def test_overhead_is_shared(overhead):
    """Calls that cost the same for any number of rows are made for many."""
    pace = Pace(8)
    pace.begin(overhead)
    calls = play(pace, 20_000, lambda n: overhead)
    assert len(calls) < 20
    assert max(n for n, _ in calls) > 4000


def test_a_slow_first_call_is_forgotten():
    """Imports and compilation: after them sizes follow the model's real speed."""
    times = iter([0.4])
    calls = play(Pace(8), 4000, lambda n: next(times, n * 0.004))
    assert max(t for _, t in calls[1:]) <= LIMIT * 2
    assert max(n for n, _ in calls[1:]) >= 32


def test_a_model_that_becomes_slow():
    pace = Pace(8)
    play(pace, 5000, lambda n: n * 1e-6)
    calls = play(pace, 20_000, lambda n: n * 1e-3)
    assert calls[-1][1] <= LIMIT * 1.1


def test_halving():
    pace = Pace(8)
    play(pace, 5000, lambda n: 0.0)
    size = pace.size
    assert pace.halve()
    assert pace.size == pace.cap == size // 2
    while pace.halve():
        pass
    assert pace.size == 1


def test_out_of_memory_is_survived_and_the_answer_is_the_same():
    most = 20

    def small(rows):
        if len(rows) > most:
            raise MemoryError
        return np.sin(rows).sum(1)

    x, rows = np.arange(1.0, 7.0), np.zeros((3, 6))
    found = jx.explain(small, x, "exact_shap", baseline=rows, samples=10_000)
    most = 10**9
    whole = jx.explain(small, x, "exact_shap", baseline=rows, samples=10_000)
    np.testing.assert_allclose(found.values, whole.values, atol=1e-12)
    assert found.evals == whole.evals
    most = 0
    with pytest.raises(MemoryError):
        jx.explain(small, x, "exact_shap", baseline=rows)


@pytest.mark.parametrize("cap", [2, 8, 64, 512])
@pytest.mark.parametrize("per_row", [1e-4, 1e-3, 0.005, 0.02, 0.05, 0.11, 0.13, 0.3])
def test_slow_networks_can_be_stopped(per_row, cap):
    """A gradient takes three times as long as the output that is asked for first; one row may take what it takes."""
    pace = Pace(8, cap)
    pace.begin(per_row)
    calls = play(pace, 600, lambda n: 3 * per_row * n)
    assert calls[0][1] <= max(SHARED * NET_LIMIT, 3 * per_row)
    assert all(t <= max(NET_LIMIT, 6 * per_row) + 1e-9 for _, t in calls[1:])
    assert all(t <= max(NET_LIMIT, 3 * per_row) + 1e-9 for _, t in calls[3:])


@pytest.mark.parametrize("per_call", [0.001, 0.02, 0.1])
def test_networks_whose_rows_share_the_work_get_large_batches(per_call):
    """A recurrent network takes about as long for many rows as for one."""
    pace = Pace(8, 512)
    pace.begin(per_call)
    calls = play(pace, 4000, lambda n: per_call * (3 + n / 1000))
    assert len(calls) <= 16


def test_fixed_sizes_are_kept():
    sizes = [n for n, _ in play(Pace(8, 128), 1000, lambda n: n * 1e-3)]
    assert sizes[0] == NET_FIRST
    assert set(sizes[1:-1]) == {128}
    assert {n for n, _ in play(Pace(8, 32), 320, lambda n: n * 1e-3)} == {32}
    assert SLOW * STEP < 2 * LIMIT
