"""A real kernel for each test: ipykernel 7 (this environment's) and ipykernel 6 (one of its own)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from kernel.client import Kernel, running_kernel

HERE = Path(__file__).parent
IPYKERNEL_6 = "jx-ipykernel6"

# A callable model that counts its calls and, once it is told to, waits a little in each one.
MODEL = """
import threading
import numpy as np, jupyter_explain as jx

class Model:
    calls, slow = 0, False

    def __init__(self):
        self.called = threading.Event()

    def __call__(self, X):
        self.calls += 1
        self.called.set()
        if self.slow:
            threading.Event().wait(0.05)
        X = np.asarray(X, dtype=float)
        return X @ np.arange(1, X.shape[1] + 1) + 3 * X[:, 0] * X[:, 1]

model = Model()
rows = np.random.default_rng(0).normal(size=(20, 16))
ex = jx.explore(model, rows[0], method="kernel_shap", baseline=rows, samples=500)
_ = ex.wait(60)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder and runs them after the quick ones."""
    own = [item for item in items if HERE in item.path.parents]
    for item in own:
        item.add_marker("kernel")
    items.sort(key=own.__contains__)


@pytest.fixture(params=["python3", IPYKERNEL_6])
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """A fresh kernel of either generation, with an Explorer named `ex` that has given its first answer."""
    yield from explorer_kernel(request.param)


@pytest.fixture
def kernel_7() -> Iterator[Kernel]:
    yield from explorer_kernel("python3")


@pytest.fixture
def kernel_6() -> Iterator[Kernel]:
    yield from explorer_kernel(IPYKERNEL_6)


def explorer_kernel(name: str) -> Iterator[Kernel]:
    known = KernelSpecManager().find_kernel_specs()
    assert name in known, f"no kernel {name!r}: `make test` installs it (known: {sorted(known)})"
    with running_kernel(name) as kernel:
        kernel.execute(MODEL)
        kernel.attach()
        yield kernel
