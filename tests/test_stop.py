"""Stop before there is anything to keep: the work ends, the status says so, and the next question is answered."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import jupyter_explain as jx

ROWS = np.random.default_rng(0).normal(size=(20, 6))


class Gate:
    """A model whose call number `closed`, counted from the last `close`, waits until `open`."""

    def __init__(self) -> None:
        self.entered, self._opened, self.calls, self._closed = threading.Event(), threading.Event(), 0, -1

    def close(self, call: int) -> None:
        self.entered.clear()
        self._opened.clear()
        self.calls, self._closed = 0, call

    def open(self) -> None:
        self._opened.set()

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        self.calls += 1
        if self.calls == self._closed:
            self.entered.set()
            assert self._opened.wait(60)
        return rows.prod(1)


@pytest.mark.parametrize("call", [1, 2], ids=["while the question is posed", "while the first answer is made"])
def test_stop_before_the_first_answer(call):
    gate = Gate()
    with jx.explore(gate, ROWS, method="permutation_shap", samples=200) as ex:
        first = ex.wait(60)
        gate.close(call)
        ex.seed = 5
        assert gate.entered.wait(60)
        ex.cancel()
        gate.open()
        with pytest.raises(RuntimeError, match="stopped before the first answer"):
            ex.wait(60)
        assert gate.calls <= call + 2
        assert (ex.status, ex.error) == ("partial", None)
        assert ex.explanation is first
        ex.seed = 6
        assert ex.wait(60).seed == 6
        assert ex.status == "done"


def test_stop_at_once():
    gate = Gate()
    with jx.explore(gate, ROWS, method="permutation_shap", samples=200) as ex:
        ex.wait(60)
        for seed in range(1, 30):
            ex.seed = seed
            ex.cancel()
            try:
                assert ex.wait(60).seed == seed
            except RuntimeError as error:
                assert "stopped before the first answer" in str(error)  # noqa: PT017  (either may come first)
            assert ex.status in ("partial", "done")
