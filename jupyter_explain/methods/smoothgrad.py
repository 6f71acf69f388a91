"""Gradients of noisy copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..explanation import Attribution, parts
from ..inside.layered import LAYER, at_layer
from ..inside.noisy import OVER, dealt
from ..method import Stream, method
from ..params import Between, Choice, When
from ..question import Question
from ..rows import any_change, each
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
KINDS = ("smoothgrad", "squared", "variance")
TOGETHER = 4  # draws of an answer at least: single ones would take networks longer
LARGE = 2**14  # numbers of a draw
FEW = 10  # so many draws may all fall where the network is linear, and would then seem to have no error


@method(
    "SmoothGrad",
    needs=("gradient",),
    cites=(
        "Smilkov et al. 2017 arXiv:1706.03825",
        "Adebayo et al. 2018 arXiv:1810.03292",
        "Hooker et al. 2019 arXiv:1806.10758",
    ),
    baseline=False,
)
def smoothgrad(
    q: Question,
    *,
    noise: Annotated[float, Between(0.0, 2.0), When("sigma", "")] = 0.15,
    sigma: Annotated[float | None, Between(0.0, 1e6)] = None,
    kind: Annotated[str, Choice(*KINDS)] = "smoothgrad",
    over: Annotated[str, Choice(*OVER)] = "saliency",
    at: LAYER = None,
) -> Stream:
    """Mean gradient of copies of the input with Gaussian noise: the slope of a smoothed output.

    "squared" is the mean of the squared gradient, "variance" its variance (VarGrad): both are positive and say where
    the output is sensitive, not in which direction. Use it where a single gradient flickers. The noise decides what
    is seen: with much of it, the copies are no longer like the input. The standard error is that of the mean over
    copies, not of what the network would do elsewhere. Integrated gradients (16 gradients for each copy) and DeepLIFT
    compare with the baseline, which is then named.

    Settings:
        noise: standard deviation of the noise, as a share of the input's range (largest minus smallest value).
        sigma: standard deviation in the input's own units, instead of `noise`.
        kind: mean, mean square, or variance of the gradients.
        over: the method whose answers are averaged.
        at: a layer, whose output is then explained, and made noisy, instead of the input.
    """
    asked, done = OVER[over], 0
    at_layer(q, at, against=asked.based)
    x = each(np.asarray, q.x)
    spread = each(lambda a: _sigma(q, a, noise, sigma), x)
    rng, moments = q.rng("smoothgrad"), each(lambda a: _Moments(a.shape[1:], kind), q.fold(x))
    if asked.based:
        q.note(f"Every copy is compared with the baseline{' chosen for you' * q.baseline.chosen}: {q.baseline.words}.")
    for n in q.rounds(asked.cost, least=TOGETHER):
        most = n if isinstance(x, tuple) else q.pace.size  # several inputs take turns in drawing
        for k in (min(most, n - start) for start in range(0, n, most)):
            draws = each(lambda a, s, k=k: _noisy(rng, a, s, k), x, spread)
            found = asked.at(q, draws, dealt(q, done, k))
            each(lambda m, g: m.add(g), moments, q.fold(found))
            done += k
            if done == k and not any_change(found):
                q.require_change(any_change(q.gradient(draws)[1]))
            del draws, found
        if q.looked_at:
            yield _answer(q, moments)


def _noisy(rng: np.random.Generator, a: NDArray[Any], sigma: float, n: int) -> NDArray[Any]:
    """The input `a` (1, …) n times (n, …), with normal noise, in its own precision."""
    kind = a.dtype if a.dtype in (np.float32, np.float64) else np.dtype(np.float64)
    out = rng.standard_normal((n, *a.shape[1:]), dtype=kind)
    out *= sigma
    out += a
    return out.astype(a.dtype, copy=False)


def _sigma(q: Question, a: NDArray[Any], noise: float, sigma: float | None) -> float:
    """Standard deviation of the noise for one input."""
    if sigma is not None:
        return sigma
    width = float(np.ptp(a))
    if not width:
        rule = "noise is a share of the input's range, which is zero here: give sigma in the input's own units"
        raise refuse(q.who, rule, a)
    return noise * width


class _Moments:
    """Mean, mean square or variance of draws (n, …), with standard errors.

    A variance needs powers up to the fourth; they are taken around the first draw, so that they do not cancel.
    """

    def __init__(self, shape: tuple[int, ...], kind: str) -> None:
        self.kind, self.powers = kind, [Mean(shape) for _ in range(4 if kind == "variance" else 1)]
        self._start: Array | None = None

    @property
    def count(self) -> int:
        """Draws so far."""
        return self.powers[0].count

    def add(self, draws: NDArray[Any]) -> None:
        """Add draws (n, …); powers of large ones a row at a time, so that little is held in double precision."""
        if self.kind == "smoothgrad":
            self.powers[0].add(draws)
            return
        rows = 1 if draws[0].size > LARGE else len(draws)
        for start in range(0, len(draws), rows):
            self._add(np.asarray(draws[start : start + rows], float))

    def _add(self, draws: Array) -> None:
        if self.kind == "variance":
            self._start = draws[0].copy() if self._start is None else self._start
            draws = draws - self._start
        else:
            draws = draws**2
        power = draws
        for mean in self.powers:
            mean.add(power)
            power = power * draws

    def read(self) -> tuple[Array, Array]:
        """Estimate and its standard error, the latter infinite before two draws."""
        if self.kind != "variance":
            return self.powers[0].mean, self.powers[0].stderr
        n = self.count
        first, second, third, fourth = (p.mean for p in self.powers)
        within = np.maximum(second - first**2, 0)
        if n < 2:
            return np.zeros_like(first), np.full_like(first, np.inf)
        tail = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
        return within * n / (n - 1), np.sqrt(np.maximum(tail - within**2, 0) / n)


def _answer(q: Question, moments: Any) -> Attribution:
    read = [m.read() for m in parts(moments)]
    pack: Callable[[list[Array]], Any] = lambda a: tuple(a) if isinstance(moments, tuple) else a[0]  # noqa: E731
    values, n = pack([v[None] for v, _ in read]), parts(moments)[0].count
    if n < FEW:
        size = float(max(np.abs(v).max() for v, _ in read))
        return Attribution(values=values, output=q.output, error=size, error_kind="unknown")
    stderr = [s[None] * small_sample(n - 1) for _, s in read]
    error = float(max(s.max() for s in stderr))
    return Attribution(values=values, stderr=pack(stderr), output=q.output, error=error, error_kind="stderr")
