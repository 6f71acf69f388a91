"""How badly an explanation foretells what the output does when the input changes."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Scores
from ..method import Stream, method
from ..params import Between, Choice, Free, Needs, When
from ..quality.judging import Judged
from ..quality.nearby import Nearby, bell
from ..question import Question
from ..rows import length
from ..shapley.game import small_sample

Array = NDArray[np.float64]
FIRST = 8  # draws of the first answer
Z95 = 1.96
HUGE = 1e70  # of a change of the output


@method("Infidelity", cites=("Yeh et al. 2019 arXiv:1901.09392",), usual=10_000)
def infidelity(
    q: Question,
    *,
    of: Annotated[Any, Free("an explanation, or the name of an attribution method", text=True)] = "auto",
    perturbation: Annotated[str, Choice("auto", "hide", "noise"), Needs("noise", "numbers")] = "auto",
    radius: Annotated[float, Between(0.001, 1.0, log=True), When("perturbation", "auto", "noise")] = 0.1,
) -> Stream:
    """Mean squared difference between the change that an explanation foretells and the change of the output.

    "hide" hides random sets of parts behind the baseline (their number is drawn evenly); what is foretold is the sum
    of their values. "noise" subtracts normal noise; what is foretold is the noise times the values, which must be
    slopes (gradients). "auto" takes what fits the explanation. Two numbers stand beside it, from the same draws: the
    miss that is left when all values are multiplied by the best factor, and the miss of an explanation of zeros, above
    which an explanation says less than nothing. In squared units of the output.

    Settings:
        of: the explanation that is judged, or a method whose explanation is made first; "auto" takes the usual one.
        perturbation: how the input is changed.
        radius: standard deviation of the noise, as a share of each column's, or of the range of a picture.
    """
    judged = Judged(q, of)
    noise = _noisy(q, judged, perturbation)
    q.note(NOISE if noise else HIDE)
    nearby, rng = Nearby(q, radius) if noise else None, q.rng("infidelity")
    phi, told, seen = judged.players(), np.empty(0), np.empty(0)
    for n in q.rounds(1 if nearby else length(q.reference), first=FIRST):
        some = _moved(q, nearby, judged.values, rng, n) if nearby else _hidden(q, phi, rng, n)
        told, seen = np.append(told, some[0]), np.append(seen, some[1])
        _check_size(q, told, seen)
        yield _answer(judged.title, told, seen)


NOISE = "Changed by noise; foretold: noise × value."
HIDE = "Changed by hiding random sets of parts; foretold: the sum of their values."


def _noisy(q: Question, judged: Judged, perturbation: str) -> bool:
    """Whether noise is added."""
    noise = judged.slopes and q.input.fractions if perturbation == "auto" else perturbation == "noise"
    if noise and not judged.slopes:
        q.note(f"The values of {judged.title} are parts of the output, not slopes: noise × value is another unit.")
    if not noise and judged.slopes:
        q.note(f"The values of {judged.title} are slopes, not parts of the output: their sum is another unit.")
    return noise


def _hidden(q: Question, phi: Array, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """(foretold, actual) change of the output for n random sets of hidden players."""
    sizes = rng.integers(1, len(phi), size=(n, 1), endpoint=True)
    hidden = np.argsort(rng.random((n, len(phi))), axis=1) < sizes
    return hidden @ phi, q.output - q.value(~hidden)


def _moved(q: Question, nearby: Nearby, values: Array, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """(foretold, actual) change of the output when noise is subtracted."""
    rows, steps = nearby.draw(rng, n, bell)
    return -np.einsum("ij,j->i", steps, values), q.output - q.outputs(rows)


def _check_size(q: Question, told: Array, seen: Array) -> None:
    """Squares are added up, and squared once more for their error."""
    most = max(np.abs(told).max(), np.abs(seen).max())
    if most > HUGE:
        raise refuse(
            q.who, f"changes must be at most {HUGE:g} in size, so that they can be squared", Phrase(f"{most:.3g}")
        )


def _answer(title: str, told: Array, seen: Array) -> Scores:
    power = float(told @ told)
    factor = float(told @ seen) / power if power else 0.0
    misses = np.stack([(told - seen) ** 2, (factor * told - seen) ** 2, seen**2])
    n = len(told)
    values = misses.mean(1)
    values[1] *= n / (n - 1)  # a factor was fitted
    stderr = misses.std(1, ddof=1) / np.sqrt(n) * small_sample(n - 1)
    return Scores(
        names=(title, f"{title}, rescaled", "an explanation of zeros"),
        values=values,
        low=values - Z95 * stderr,
        high=values + Z95 * stderr,
        stderr=stderr,
        measure="mean squared miss of the foretold change",
        draws=n,
        notes=(f"Rescaled: all values times {factor:.3g}, the factor that fits these draws best.",),
        error=float(stderr[0]),
        error_kind="stderr",
    )
