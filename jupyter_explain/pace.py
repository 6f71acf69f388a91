"""How many rows go into one model call: bounded by memory, and by the time until the next chance to stop."""

from __future__ import annotations

from collections.abc import Iterator

CHUNK_BYTES = 32 * 2**20
CHUNK_ROWS = 16384
LIMIT = 0.25  # seconds a call should stay under, so that a cancelled run ends at once
SLOW = 0.06  # seconds for one row from which sizes are found by doubling, so that no call takes half a second
STEP = 8
NET_LIMIT = 0.4  # the same for a network, whose batches are best at a known size
NET_FIRST = 64  # rows of a network's first batch at most
SHARED = 4  # rows of a batch, which share work, are expected to take this much less than one by one
GRADIENT = 3  # a gradient takes about as long as so many outputs


class Pace:
    """Chunk sizes for one question.

    Fast models see the same sizes on every machine (a fixed ramp, then the memory bound), so their results do not
    depend on the clock; only a model too slow to be interrupted between calls is asked for less at a time.

    Args:
        row_bytes: memory of one row.
        fixed: a size known to be best (torch: from the memory of one row's activations).
    """

    def __init__(self, row_bytes: int, fixed: int | None = None) -> None:
        self.cap = fixed or max(1, min(CHUNK_ROWS, CHUNK_BYTES // row_bytes))
        self.limit = NET_LIMIT if fixed else LIMIT
        self.size = min(NET_FIRST, fixed) if fixed else min(STEP, self.cap)
        self._first: tuple[int, float] | None = None
        self._per_row: float | None = None

    def slow(self, seconds: float) -> bool:
        """Whether a call of this time for one row would change how the model is asked."""
        return seconds > SLOW if self.limit == LIMIT else self._long(seconds)

    def begin(self, seconds: float) -> None:
        """Learn from the very first call, for one row: a slow model is asked for one row again, then two, …"""
        if self.limit == LIMIT and seconds > SLOW:
            self.size = 1
        elif self.limit == NET_LIMIT and self._long(seconds):
            self.size = max(1, min(self.size, int(NET_LIMIT / (GRADIENT * seconds))))

    def _long(self, seconds: float) -> bool:
        """Whether a network that takes so long for a row may take too long for gradients of a batch."""
        return self.size > 1 and GRADIENT * seconds * self.size > SHARED * NET_LIMIT

    def chunks(self, n: int) -> Iterator[slice]:
        """Slices that cover n rows; the size may change between them (see `saw`, `halve`)."""
        start = 0
        while start < n:
            stop = min(n, start + self.size)
            yield slice(start, stop)
            start = stop

    def saw(self, n: int, seconds: float) -> None:
        """Learn from a call: grow while the next size is safe, shrink when rows (not overhead) made it slow."""
        if self.limit == NET_LIMIT:
            self._saw_network(n, seconds)
            return
        known, per_row = self._learned(n, seconds)
        if seconds > self.limit:
            if per_row * n > seconds / 2:
                self.size = max(1, min(self.size, int(self.limit / per_row)))
            elif not known:
                self.size = max(1, min(self.size, n // 2))
        elif n >= self.size:
            step = STEP if known or seconds < SLOW else 2
            if seconds + per_row * (step - 1) * n < self.limit:
                self.size = min(self.cap, self.size * step)

    def _saw_network(self, n: int, seconds: float) -> None:
        """Until two sizes were seen, rows are taken to be what takes the time; one row is followed by two."""
        known, slope = self._learned(n, seconds)
        per_row = max(slope if known else seconds / n, 1e-9)
        if seconds > self.limit:
            if per_row * n > seconds / 2:
                self.size = max(1, min(self.size, int(n * self.limit / seconds)))
        elif n >= self.size:
            safe = n + int((self.limit - seconds) / per_row)
            self.size = min(self.cap, max(safe, 2 if not known else 1))

    def _learned(self, n: int, seconds: float) -> tuple[bool, float]:
        """Whether the time of a row is known, and that time: the slope between two sizes."""
        n0, t0 = self._first or (n, seconds)
        if n != n0:
            self._per_row = max(0.0, (seconds - t0) / (n - n0))
        if self._first is None or (n >= n0 and seconds <= t0):
            self._first = (n, seconds)
        elif n < n0 and seconds / n < t0 / n0 / 2:  # fewer rows, yet each quicker: the first call was warming up
            self._first, self._per_row = (n, seconds), None
        return self._per_row is not None, self._per_row or 0.0

    def halve(self) -> bool:
        """Ask for half as much after memory ran out; False when one row is already too much."""
        if self.size == 1:
            return False
        self.size = self.cap = self.size // 2
        return True
