"""Interleaved timing: CPU seconds of all threads, medians of ratios within a round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

Times = dict[str, list[tuple[float, float]]]


def cpu_seconds() -> float:
    """CPU seconds of this process, all threads: steadier than the clock on a shared machine."""
    return time.process_time()


def interleave(calls: dict[str, Callable[[], object]], rounds: int = 5, least: float = 0.0) -> Times:
    """Run every call once a round, in shuffled order; name -> (wall, CPU) seconds per round.

    A call shorter than `least` seconds is repeated within a round until it takes about that long.
    """
    rng, times, repeats = np.random.default_rng(0), {name: [] for name in calls}, {}
    for name, call in calls.items():
        call()
        started = time.perf_counter()
        call()
        repeats[name] = max(1, round(least / max(time.perf_counter() - started, 1e-9)))
    for _ in range(rounds):
        for name in rng.permutation(list(calls)):
            wall, cpu = time.perf_counter(), cpu_seconds()
            for _ in range(repeats[name]):
                calls[name]()
            n = repeats[name]
            times[name].append(((time.perf_counter() - wall) / n, (cpu_seconds() - cpu) / n))
    return times


def ratio(times: Times, ours: str, other: str) -> tuple[float, float]:
    """Median over rounds of ours / other: (CPU, wall)."""
    pairs = list(zip(times[ours], times[other], strict=True))
    cpu = statistics.median(a[1] / max(b[1], 1e-9) for a, b in pairs)
    return cpu, statistics.median(a[0] / b[0] for a, b in pairs)


def row(case: str, against: str, figure: float, target: str, note: str = "") -> str:
    """One line of a benchmark table."""
    line = f"| {case} | {against} | {figure:.2f} | {target} | {note} |"
    print(line, flush=True)
    return line
