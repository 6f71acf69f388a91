"""A model, as a record of what can be asked of it. A capability is a field that is not None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..rows import Rows

if TYPE_CHECKING:
    from .torch import Net

Link = Literal["identity", "probability", "logit", "margin"]
LINKS = ("identity", "probability", "logit", "margin")


@dataclass(frozen=True)
class Model:
    """What can be asked of a model.

    Attributes:
        title: what to call it in notes.
        predict: rows -> array (n, outputs) or (n, …) for dense outputs; the only thing every model has.
        unit: what an output is: "logit", "probability", "margin" or "output".
        outputs: names of the outputs, where the model knows them.
        classes: whether the outputs are scores of classes (so "predicted" means the largest).
        net: gradients and layers of a torch module (a private twin), or None.
        source: the user's own model, for methods that read its trees or coefficients.
        columns: names of the columns it was fitted on, where it knows them.
        tokenizer: how its texts become token ids, where the model itself says so.
    """

    title: str
    predict: Callable[[Rows], NDArray[np.float64]]
    unit: str = "output"
    outputs: tuple[str, ...] = ()
    classes: bool = False
    net: Net | None = None
    source: Any = None
    columns: tuple[str, ...] | None = None
    tokenizer: Any = None

    @property
    def can(self) -> frozenset[str]:
        """The capabilities that methods may need."""
        more = {"gradient", "layers", "structure"} if self.net is not None else set()
        if self.net is not None and self.net.attends:
            more.add("attention")
        if self.source is not None and self.net is None and _compound(self.source):
            more.add("structure")
        if self.source is not None and self.net is None:
            more |= _sums_trees(self)
        if self.net is None and _grows(self.source):
            more.add("tree")
        if self.source is not None and self.net is None and _linear(self):
            more.add("linear")
        return frozenset({"predict"} | more)


def wrap(obj: Any, *, link: str = "identity", args: tuple[Any, ...] = ()) -> Model:
    """Make a Model of a torch module, an estimator with scikit-learn's interface, or a callable.

    Args:
        obj: the user's model; never changed. A Model is returned as it is.
        link: "identity" (what the model gives: logits for torch, `predict_proba` for classifiers), "probability",
            "logit" or "margin".
        args: further positional arguments that are not explained.

    Raises:
        TypeError: if `obj` is none of these.
        ValueError: if the link does not exist for this model.
    """
    if isinstance(obj, Model):
        return obj
    if link not in LINKS:
        raise refuse("link", "must be one of " + ", ".join(map(repr, LINKS)), link)
    for adapter in (_pipeline, _torch, _keras, _booster, _estimator, _callable):
        model = adapter(obj, link, args)
        if model is not None:
            return model
    raise TypeError(
        "model: must be a torch.nn.Module, an estimator with predict, or a callable rows -> numbers; "
        f"got {type(obj).__name__}"
    )


def keep(model: Model) -> None:
    """Whoever asked for a Model and needs it no more may leave what was costly to make to the next call."""
    if model.net is None or type(model.net).__module__ != f"{__name__}.torch":
        return
    from .kept import give

    give(model.source, model.net)


def _compound(source: Any) -> bool:
    if "sklearn" not in _roots(source):
        return False
    from .steps import compound

    return compound(source) is not None


def _grows(source: Any) -> bool:
    from .one_tree import grows

    return grows(source)


def _sums_trees(model: Model) -> set[str]:
    """Whether the output is a sum over trees whose columns are the raw ones, or made of one raw column each.

    If it is, both "trees" and "ensemble"; if it is a curve of such a sum, "ensemble" alone.
    """
    from .columnwise import fed
    from .one_tree import last
    from .trees import bends_trees, sums_trees

    trees = last(model.source)
    sums = sums_trees(trees, model.unit, model.classes)
    if not (sums or bends_trees(trees, model.unit, len(model.outputs))) or fed(model.source) is None:
        return set()
    return {"trees", "ensemble"} if sums else {"ensemble"}


def _linear(model: Model) -> bool:
    if "sklearn" not in _roots(model.source):
        return False
    from .linear import is_linear

    return is_linear(model.source, model.unit, model.classes)


def _roots(obj: Any) -> set[str]:
    """Top-level packages of the object's classes: recognises a framework without importing it."""
    return {cls.__module__.partition(".")[0] for cls in type(obj).__mro__}


def _pipeline(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    """A `transformers` pipeline: its model, which knows its tokenizer."""
    inner = getattr(obj, "model", None)
    if "transformers" not in _roots(obj) or not hasattr(obj, "preprocess") or inner is None:
        return None
    model = _torch(inner, link, args)
    return None if model is None else replace(model, tokenizer=getattr(obj, "tokenizer", None))


def _torch(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    if type(obj).__name__ == "ExportedProgram" and "torch" in _roots(obj):
        raise refuse("model", "must be a torch.nn.Module (the module before the export; or .module() of this)", obj)
    if "torch" not in _roots(obj) or not hasattr(obj, "named_parameters"):
        return None
    if "keras" in _roots(obj):
        from .keras_torch import network_of

        return network_of(obj, link, args)
    from .torch import model_of

    model = model_of(obj, link, args)
    if "transformers" not in _roots(obj):
        return model
    from .huggingface import output_labels

    return replace(model, outputs=output_labels(obj))


def _keras(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    """Keras on another backend than torch: what it predicts."""
    if "keras" not in _roots(obj) or not hasattr(obj, "predict_on_batch"):
        return None
    from .keras import predicting

    _rows_only(args)
    return predicting(obj, link)


def _booster(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    if isinstance(obj, type) or type(obj).__name__ != "Booster" or not _roots(obj) & {"xgboost", "lightgbm"}:
        return None
    from .boosters import model_of

    _rows_only(args)
    return model_of(obj, link)


def _estimator(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    if isinstance(obj, type) or not (hasattr(obj, "predict") or hasattr(obj, "predict_proba")):
        return None
    from .sklearn import model_of

    _rows_only(args)
    return model_of(obj, link)


def _rows_only(args: tuple[Any, ...]) -> None:
    if args:
        raise refuse("args", "must be empty for an estimator, which takes rows and nothing else", args)


def _callable(obj: Any, link: str, args: tuple[Any, ...]) -> Model | None:
    if not callable(obj) or isinstance(obj, type):
        return None
    from .function import model_of

    return model_of(obj, link, args)
