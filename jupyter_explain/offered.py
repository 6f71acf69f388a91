"""What the live controls of a method's settings offer: only what the model, the input and the data allow."""

from __future__ import annotations

from typing import Any

from .inputs import Input
from .method import METHODS, Method
from .models import Model
from .offers import shut, too_many
from .quality.judging import ATTRIBUTIONS
from .question import Question
from .rows import Rows

MOST_NAMES = 200
Control = dict[str, Any]


def reason(m: Method, model: Model, x: Input, data: Rows | None, q: Question | None) -> str | None:
    """Why a method does not apply; how many players there are is known once there is a question."""
    return m.reason(model, x, data) or (None if q is None else too_many(m, q))


def offered(method: Method, model: Model, x: Input, q: Question | None) -> list[Control]:
    """The controls of the settings that matter for this input; what they offer but do not allow is "shut", with why."""
    controls = [c for p in method.settings.values() if p.suits(x.kind) and (c := p.control()) is not None]
    fitted = [_fitted(c, x, model, method, q) for c in controls]
    return [c | {"shut": {} if q is None else shut(method, c["name"], q)} for c in fitted if c is not None]


def _fitted(control: Control, x: Input, model: Model, method: Method, q: Question | None) -> Control | None:
    """A text control that takes columns suggests their names; one that takes a layer lists those that ran, one that
    takes an explanation the methods that make one, and one that takes a tree ends at the last."""
    name = control["name"]
    if name == "of" and method.judges:
        fits = [METHODS[m] for m in ATTRIBUTIONS if reason(METHODS[m], model, x, None, q) is None]
        names, titles = ["auto", *(m.name for m in fits)], ["Auto", *(m.title for m in fits)]
        return control | {"kind": "choice", "choices": names, "texts": titles}
    if name == "at" and model.net is not None and model.net.calls:
        return control | _layers(method, model, q)
    if name == "tree" and "tree" in method.needs:
        return _trees(control, model, q)
    return control | {"choices": list(x.names[:MOST_NAMES])} if name == "features" else control


def _layers(method: Method, model: Model, q: Question | None) -> Control:
    """The layers that a method can look at, in the order in which they ran."""
    attends = "attention" in method.needs  # for these a layer is a place in the network, not what it puts out
    ran = [c for c in model.net.calls if c.name and (attends or c.rows)]  # type: ignore[union-attr]
    if attends:
        from .models.attention import may_attend

        parts = dict(model.net.plain.named_modules())  # type: ignore[union-attr]
        ran = [c for c in ran if c.name not in parts or may_attend(parts[c.name])]
    if q is not None and "plane" in method.needs:
        from .inside.places import has_places

        ran = [c for c in ran if has_places(q, c)]
    calls = {c.name: c for c in ran}
    texts = [f"{n} · {c.kind.__name__} {' × '.join(map(str, c.shape))}" for n, c in calls.items()]
    return {"kind": "choice", "choices": ["", *calls], "texts": ["", *texts]}


def _trees(control: Control, model: Model, q: Question | None) -> Control | None:
    """The numbers of the trees; no control where there is only one."""
    from .models.one_tree import tree_count

    index = q.target.index if q is not None else 0
    count = tree_count(model.source, index if isinstance(index, int) else 0)
    return control | {"high": count - 1} if count > 1 else None
