"""What the live controls offer for a model, an input and a method."""

from __future__ import annotations

from typing import Any

import numpy as np

from .baselines import NAMED, names_for
from .inputs import Input
from .method import METHODS, Method
from .models import Model
from .offered import offered, reason
from .question import Question
from .rows import Rows

MOST_TARGETS = 200
BUDGETS = {"gradients": (8, 4096, 128), "evaluations": (64, 65536, 4096)}
OVER_DATA = (1024, 2**22, 2**17)  # a dataset is asked about many times over
HELP = {
    "background": "rows of the data: absent means “as in a random row”",
    "given": "what you passed as baseline=",
    "permute": "values shuffled: marginals kept, relations broken",
}


def unit_of(method: Method) -> str:
    """What one sample of the method is."""
    return "gradients" if "gradient" in method.needs else "evaluations"


def default_samples(method: Method) -> int:
    """A budget that finishes in a second or two on ordinary models."""
    return _budget(method)[2]


def _budget(method: Method) -> tuple[int, int, int]:
    """Least, most and usual samples."""
    low, high, usual = OVER_DATA if method.over_data else BUDGETS[unit_of(method)]
    return low, high, method.usual or usual


def panel(
    method: Method, model: Model, x: Input, data: Rows | None, values: dict[str, Any], q: Question | None = None
) -> dict[str, Any]:
    """The `_panel` trait (see docs/architecture.md); `q` knows the outputs once the model has been asked."""
    count = values["rows"]
    return {
        "methods": [_method_entry(m, model, x, data, q) for m in METHODS.values()],
        "targets": _targets(q) if q is not None else [{"value": "predicted", "label": "", "score": None}],
        "baselines": [] if method.over_data or not method.baseline else _baselines(x, data, values["given"]),
        "samples": _samples(method, values["samples"]),
        "rows": {"count": count, "labels": None} if count > 1 and method.row else None,
        "settings": offered(method, model, x, q),
        "input": x.kind,
        "code": code(method, _about_data(values, q) if method.over_data else values),
    }


def _about_data(values: dict[str, Any], q: Question | None) -> dict[str, Any]:
    """The same call about the dataset: all rows, no baseline, and the target that the picked row's prediction is."""
    index = None if q is None else q.target.index
    target = index if values["target"] == "predicted" and isinstance(index, int) else values["target"]
    labels = {"labels": q is not None and q.truth is not None}
    return values | {"x": "x", "baseline": None, "given": False, "target": target} | labels


def _method_entry(m: Method, model: Model, x: Input, data: Rows | None, q: Question | None) -> dict[str, Any]:
    why = reason(m, model, x, data, q)
    return {"name": m.name, "title": m.title, "family": m.family, "reason": why, "help": m.help}


def _targets(q: Question) -> list[dict[str, Any]]:
    """The predicted output, then the outputs by number; of very many, those with the largest scores."""
    scores = q.scores
    if scores.ndim != 1:
        return [{"value": "predicted", "label": q.target.name, "score": None}]
    best = int(np.argmax(scores))
    which = np.arange(len(scores))
    if len(which) > MOST_TARGETS:
        which = np.sort(np.argsort(-scores)[:MOST_TARGETS])
    first = {"value": "predicted", "label": q.names[best], "score": float(scores[best])}
    return [first, *({"value": int(i), "label": q.names[i], "score": float(scores[i])} for i in which)]


def _baselines(x: Input, data: Rows | None, given: bool) -> list[dict[str, Any]]:
    names = [*(["given"] if given else []), *names_for(x, data)]
    own = {} if x.reader is None else x.reader.absent
    return [{"value": n, "label": _label(n), "help": own.get(n) or HELP.get(n) or NAMED[n][0]} for n in names]


def _label(name: str) -> str:
    return {"given": "As given", "background": "Rows of the data"}.get(name, name.replace("_", " ").capitalize())


def _samples(method: Method, value: int | None) -> dict[str, Any] | None:
    if method.exact:
        return None
    low, high, default = _budget(method)
    value = value or default
    return {"low": min(low, value), "high": max(high, value), "value": value, "unit": unit_of(method)}


def code(method: Method, values: dict[str, Any]) -> str:
    """The call that gives the same answer without the widget."""
    parts = ["model", values["x"], repr(method.name)]
    if values["baseline"] != "given" and values["baseline"] is not None:
        drawn = values["baseline"] == "background"
        parts.append("baseline=x" if drawn else f"baseline={values['baseline']!r}")
    elif values["given"]:
        parts.append("baseline=baseline")
    if values["target"] != "predicted":
        parts.append(f"target={values['target']!r}")
    if values.get("labels"):
        parts.append("labels=labels")
    if values["samples"] and not method.exact:
        parts.append(f"samples={values['samples']}")
    if values["seed"]:
        parts.append(f"seed={values['seed']}")
    parts += [f"{k}={v!r}" for k, v in values["settings"].items() if k in method.settings]
    parts += [f"{k}={v!r}" if isinstance(v, (str, int)) else f"{k}={k}" for k, v in values.get("ways", {}).items()]
    before = "" if method.over_data else values.get("before", "")
    return f"{before}jx.explain({', '.join(parts)})"
