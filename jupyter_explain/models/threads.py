"""What a machine does around the arithmetic: threads that wait for each other, memory that comes and goes."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch


@lru_cache(maxsize=1)
def _openmp() -> Any:
    """The OpenMP runtime that torch itself is linked to, or None where it cannot be reached or has no say."""
    folder = Path(torch.__file__).parent / "lib"
    for name in ("libtorch_cpu.so", "libtorch_cpu.dylib"):
        with contextlib.suppress(OSError, AttributeError):
            found = ctypes.CDLL(str(folder / name))  # loaded already; symbols are looked up in what it depends on
            if found.omp_get_max_threads() == torch.get_num_threads():
                found.omp_set_num_threads.restype = None
                return found
    return None


@contextlib.contextmanager
def one_thread(on: bool) -> Iterator[None]:
    """Run torch's operations of this thread on it alone, where waking others takes longer than the work.

    `torch.set_num_threads` would set it for the whole process. OpenMP keeps the number per thread.

    Args:
        on: False changes nothing.
    """
    library: Any = _openmp() if on else None
    before = 1 if library is None else library.omp_get_max_threads()
    if before == 1:
        yield
        return
    library.omp_set_num_threads(1)
    try:
        yield
    finally:
        library.omp_set_num_threads(before)


@lru_cache(maxsize=1)
def keep_freed() -> None:
    """Have freed memory used again: on Linux, the C library gives it back to the system as soon as twice the largest
    block that was ever freed lies idle, and getting it again page by page takes longer than the arithmetic in it.
    After a block of nearly 32 MB (here never touched) the limit is 64 MB.
    """
    np.empty(32 * 2**20 - 2**16, np.uint8)
