"""Explanations that are judged: what is given is checked, what is only named is made first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..explanation import Attribution, flatten, parts
from ..inputs import Input
from ..models import Model
from ..question import Question
from ..rows import Rows, copied, each, length

if TYPE_CHECKING:
    from ..inquiry import Inquiry

Array = NDArray[np.float64]
ATTRIBUTIONS = (
    "integrated_gradients",
    "expected_gradients",
    "ig_path",
    "saliency",
    "input_x_gradient",
    "smoothgrad",
    "deep_lift",
    "lrp",
    "guided_backprop",
    "deconvolution",
    "grad_cam",
    "guided_grad_cam",
    "score_cam",
    "ablation_cam",
    "attention_rollout",
    "attention_gradients",
    "occlusion",
    "feature_ablation",
    "permutation_shap",
    "kernel_shap",
    "sampling_shap",
    "exact_shap",
    "owen_values",
    "tree_shap",
    "linear_shap",
    "lime",
)
SLOPES = ("saliency", "smoothgrad", "guided_backprop", "deconvolution")  # per unit of the input
EACH, BY_PLAYER = 64, 4  # evaluations of an explanation that is only named, and more for each player that it hides
COALITIONS = 2048  # evaluations from which sampling is quicker than all coalitions


class Judged:
    """The attribution that a quality measure is about.

    Attributes:
        answer: the attribution.
        title: what made it.
        values: all its numbers, in the user's order (n,).

    Args:
        q: the question of the measure, about the same input and target.
        of: an Attribution, the name of a method that makes one, or "auto".

    Raises:
        ValueError: if the explanation is of another input or target, or the method does not apply.
    """

    def __init__(self, q: Question, of: Any) -> None:
        self._q = q
        self.answer = self._made(of) if isinstance(of, str) else self._given(of)
        self.title = self.answer.title or self.answer.method or "the explanation"
        self.values = flatten(self.answer.values).astype(float)

    @property
    def slopes(self) -> bool:
        """Whether the values are slopes (output per unit of the input) and not parts of the output."""
        return self.answer.method in SLOPES

    def players(self) -> Array:
        """The sum of the values of each player (players,)."""
        which, size = self._of_player().ravel(), self._q.players
        return np.asarray(np.bincount(which[which >= 0], self.values[which >= 0], size), float)

    def again(self, model: Model, rows: Rows) -> Inquiry:
        """The same method with the same settings and seed, asked about another input or model."""
        from ..method import METHODS

        made = self.answer
        x = replace(self._q.input, rows=rows)
        return sibling(self._q, METHODS[made.method].name, dict(made.settings), model, x, made.seed)

    def usual_cost(self, name: str) -> int:
        """Evaluations for an explanation by a method."""
        from ..method import METHODS

        return EACH + (0 if "gradient" in METHODS[name].needs else BY_PLAYER * self._q.players)

    def _of_player(self) -> NDArray[np.intp]:
        """The player of every value, in the values' own shape; -1 where there is none."""
        masker = self._q.masker
        numbers = masker.share(np.arange(1.0, self._q.players + 1))
        ones = masker.share(np.ones(self._q.players))
        found = each(lambda a, b: np.rint(np.divide(a, b, out=np.zeros_like(a), where=b > 0)) - 1, numbers, ones)
        return flatten(self._q.input.restore(found)).astype(np.intp)

    def _made(self, of: str) -> Attribution:
        from ..method import METHODS

        q = self._q
        name = self._usual() if of == "auto" else of
        if name not in ATTRIBUTIONS:
            raise refuse(q.who, f"of must be an explanation, 'auto' or one of {listed(ATTRIBUTIONS, 40)}", of)
        reason = METHODS[name].reason(q.model, q.input)
        if reason is not None:
            raise refuse(q.who, f"of must be a method that applies ({reason})", of)
        inquiry = sibling(q, name)
        answer = finished(q, inquiry, self.usual_cost(name))
        size = f"{answer.evals} evaluation{'s' * (answer.evals != 1)}"
        chosen = ", chosen for you" if of == "auto" else ""
        q.note(f"Judged: {answer.title}{chosen}, with its own defaults ({size}).")
        return answer

    def _usual(self) -> str:
        from ..inquiry import Ask, choose

        q = self._q
        name = choose(q.model, q.input, Ask(groups=q.groups))
        dear = name == "exact_shap" and 2**q.players * length(q.reference) > COALITIONS
        return "permutation_shap" if dear else name

    def _given(self, of: Any) -> Attribution:
        q = self._q
        if not isinstance(of, Attribution):
            rule = "of must be an Attribution (what explain gives for a method about one input) or a method's name"
            raise refuse(q.who, rule, Phrase(type(of).__name__))
        shapes = [np.shape(v) for v in parts(of.values)]
        wanted = [np.shape(v) for v in parts(q.input.restore(q.masker.share(np.zeros(q.players))))]
        if list(map(_bare, shapes)) != list(map(_bare, wanted)):
            raise refuse(q.who, f"of must explain this input, of shape {_shown(wanted)}", Phrase(_shown(shapes)))
        if not _same_data(of.layout.data, q.input.describe().data):
            raise refuse(q.who, "of must explain this very input", Phrase("one of another input of this shape"))
        if of.target and of.target != q.target.name:
            rule = f"of must be about the same target ({q.target.name}); give target="
            raise refuse(q.who, rule, Phrase(f"one of {of.target}"))
        if not np.isfinite(flatten(of.values)).all():
            raise refuse(q.who, "of must hold finite values", Phrase("NaN or infinity"))
        if of.baseline and of.baseline != q.baseline.words:
            q.note(f"The explanation's baseline was {of.baseline}; here, absent means {q.baseline.words}.")
        return of


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without a leading axis of one row."""
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def _shown(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join(map(str, shapes))


def _same_data(one: Any, other: Any) -> bool:
    """Whether two explained inputs are the same, as far as they are known."""
    if one is None or other is None:
        return True
    for a, b in zip(parts(one), parts(other), strict=False):
        same = np.ravel(a) == np.ravel(b)
        if not np.all(same | ((np.ravel(a) != np.ravel(a)) & (np.ravel(b) != np.ravel(b)))):
            return False
    return True


def sibling(
    q: Question,
    name: str,
    settings: dict[str, Any] | None = None,
    model: Model | None = None,
    x: Input | None = None,
    seed: int | None = None,
) -> Inquiry:
    """Another method's stream about the same target and baseline, cancelled together with `q`; not counted by it."""
    from ..inquiry import Inquiry
    from ..method import METHODS

    chosen, model, x = METHODS[name], model or q.model, x or q.input
    inner = Question(
        model,
        x,
        q.baseline,
        q.target,
        who=f"{chosen.title} (for {q.who})",
        seed=q.seed if seed is None else seed,
        groups=None if chosen.blocks else q.groups,
        blocks=q.groups if chosen.blocks else None,
        segments=q.segments,
        data=q.data,
    )
    inner.stop_with(q)
    inner.probed(inner.responses(1, lambda part: copied(x.rows), model.predict), q.names)
    inner.evals = 1
    if model.net is not None:
        inner.pace.begin(model.net.row_seconds)
    return Inquiry(chosen, inner, chosen.checked(settings or {}))


def finished(q: Question, inquiry: Inquiry, samples: int) -> Attribution:
    """The last answer within a budget; its cost is added to that of `q`."""
    *_, found = inquiry.answers(samples)
    q.evals += inquiry.question.evals
    if not isinstance(found, Attribution):
        raise refuse(q.who, "of must be a method that attributes", Phrase(type(found).__name__))
    return found
