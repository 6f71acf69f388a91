"""Whatever is wrong: one error that says who, what would be right, and what was given; model and inputs untouched."""

from __future__ import annotations

import copy
import itertools
import re
from collections import UserDict

import numpy as np
import pandas as pd
import pytest
import torch
from checks import bytes_of, state_of
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC
from torch import nn
from zoo import labels, net_of, people, seeded, table

import jupyter_explain as jx

X = table(1, 5, 1)[0]
ROWS = table(6, 5, 2)
PERTURBING = ("exact_shap", "kernel_shap", "occlusion", "permutation_shap")
GRADIENTS = ("expected_gradients", "integrated_gradients", "saliency")
ALL = PERTURBING + GRADIENTS
FOUR_PARTS = re.compile(r"^(?P<who>[^:]+): (?P<rule>.+); got (?P<given>.+)$", re.DOTALL)


@pytest.fixture
def net():
    return net_of(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3), dtype=torch.float64)


def linear(rows):
    return rows @ np.arange(1.0, 6.0)


def refused(model, x, method="permutation_shap", kind=ValueError, who=None, says=(), **options):
    """The call is refused in four parts and has changed nothing; returns the text."""
    before = state_of(model), bytes_of(x), [bytes_of(v) for v in options.values()]
    with pytest.raises(kind) as caught:
        jx.explain(model, x, method, **{"samples": 200, **options})
    text = str(caught.value)
    parts = FOUR_PARTS.match(text)
    assert parts, text
    assert who is None or parts["who"] == who, text
    for word in says:
        assert word in text
    assert (state_of(model), bytes_of(x), [bytes_of(v) for v in options.values()]) == before
    return text


# shape


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("shape", [(4,), (6,), (1, 4), (2, 7), (2, 2, 2, 2)])
def test_wrong_shape_for_a_torch_module(net, method, shape):
    text = refused(net, np.ones(shape), method)
    assert "Sequential takes" in text
    assert str(shape[-1]) in text


@pytest.mark.parametrize("method", PERTURBING)
@pytest.mark.parametrize("shape", [(4,), (1, 6), (2, 7)])
def test_wrong_shape_for_an_estimator(method, shape):
    model = LogisticRegression().fit(ROWS, [0, 1] * 3)
    refused(model, np.ones(shape), method, who="LogisticRegression", says=["5 columns"])


def test_wrong_columns_of_a_frame():
    frame = pd.DataFrame(ROWS, columns=list("abcde"))
    model = LinearRegression().fit(frame, ROWS[:, 0])
    renamed = frame.iloc[[0]].rename(columns={"b": "z"})
    refused(model, renamed, baseline=frame, says=["without b", "but with z"])
    refused(model, np.ones(4), baseline=ROWS[:, :4], says=["5 columns"])


def test_wrong_shape_of_an_image():
    convolution = net_of(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    text = refused(convolution, np.ones((4, 8, 8), np.float32), "saliency")
    assert "layout=" in text
    assert "(4, 8, 8)" in text
    refused(convolution, np.ones((1, 3, 8, 8), np.float32), "saliency", layout="HW", says=["layout 'HW'"])
    refused(convolution, np.ones((3, 8, 8), np.float32), "saliency", layout="WHC", who="layout", says=["'CHW'"])


@pytest.mark.parametrize(
    "x", [np.empty(0), np.empty((0, 5)), np.empty((1, 0)), [], [[]], (), pd.DataFrame(), pd.DataFrame(columns=["a"])]
)
def test_an_empty_set(x):
    refused(linear, x, who="x", says=["at least one"])


@pytest.mark.parametrize("x", ["text", {"a": 1}, {1, 2}, b"12"])
def test_not_an_input(x):
    refused(linear, x, kind=TypeError, who="x")


@pytest.mark.parametrize("x", [3.0, None, [[1, 2], [3]], object(), np.float64(2)])
def test_not_rows(x):
    refused(linear, x, kind=(ValueError, TypeError), who="x")


def test_repeated_column_names():
    frame = pd.DataFrame(ROWS, columns=list("abcda"))
    refused(lambda f: f.iloc[:, 0].to_numpy(), frame.iloc[[0]], baseline=frame, who="x", says=["a more than once"])


# model


@pytest.mark.parametrize("model", [None, 3, "model", object(), LogisticRegression, nn.Linear, [linear]])
def test_not_a_model(model):
    refused(model, X, kind=TypeError, who="model")


@pytest.mark.parametrize(
    ("out", "says"),
    [
        (lambda r: 3.0, "one row for each"),
        (lambda r: None, "one row for each"),
        (lambda r: np.ones(len(r) + 1), "one row for each"),
        (lambda r: [[1.0], [1.0, 2.0]], "each"),
        (lambda r: np.empty((len(r), 0)), "at least one"),
        (lambda r: np.array(["cat"] * len(r)), "not labels"),
        (lambda r: np.ones(len(r), int), "labels"),
        (lambda r: np.ones(len(r), complex), "numbers"),
        (lambda r: {"a": 1}, "one row for each"),
        (lambda r: [object()] * len(r), "numbers"),
    ],
)
@pytest.mark.parametrize("method", PERTURBING)
def test_a_callable_that_returns_something_else(method, out, says):
    refused(out, X, method, baseline=ROWS, says=[says])


def test_a_callable_that_sums_over_the_batch():
    """Right for one row, wrong for several."""
    refused(lambda rows: np.atleast_1d(rows.sum()), X, "kernel_shap", baseline=ROWS, says=["one row for each of the"])


def test_labels_of_a_classifier():
    binary = [0, 1] * 3
    for model in (LogisticRegression().fit(ROWS, binary), LinearSVC().fit(ROWS, binary)):
        refused(model.predict, X, baseline=ROWS, says=["labels", "predict"])
        refused(lambda rows, m=model: m.predict(rows), X, baseline=ROWS, says=["labels"])
    named = LogisticRegression().fit(ROWS, ["cat", "dog"] * 3)
    refused(lambda rows: list(named.predict(rows)), X, baseline=ROWS, says=["labels", "str"])


class Wrapped(nn.Module):
    """A module around any function of the rows."""

    def __init__(self, fn):
        super().__init__()
        self.fn = fn
        self.weight = nn.Parameter(torch.ones(1, dtype=torch.float64))

    def forward(self, x):
        return self.fn(x * self.weight)


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (lambda x: x.sum(), "one row of scores"),
        (lambda x: torch.cat([x, x]), "one row of scores"),
        (lambda x: x.argmax(1), "not labels"),
        (lambda x: x > 0, "not labels"),
        (lambda x: x[:, :0], "one row of scores"),
        (lambda x: "scores", "must return a tensor"),
        (lambda x: {}, "must return a tensor"),
        (lambda x: (), "must return a tensor"),
        (lambda x: None, "must return a tensor"),
    ],
)
@pytest.mark.parametrize("method", ["saliency", "exact_shap"])
@pytest.mark.parametrize("link", ["identity", "probability"])
def test_a_module_that_returns_something_else(fn, says, method, link):
    refused(Wrapped(fn), X, method, link=link, says=[says])


@pytest.mark.parametrize("method", GRADIENTS)
def test_a_gradient_of_something_else(method):
    refused(linear, X, method, baseline=ROWS, says=["a model with gradients"])


@pytest.mark.parametrize("method", GRADIENTS)
@pytest.mark.parametrize("fn", [lambda x: x.detach(), lambda x: x * 0 + 1.0, lambda x: x.round(), lambda x: x.sign()])
def test_no_gradient_at_all(method, fn):
    """Absent, or exactly zero everywhere although the output changes: a wrong answer if it were given."""
    model = Wrapped(lambda x: fn(x) @ torch.arange(1.0, 6.0, dtype=torch.float64))
    constant = fn(torch.tensor([[-3.0]])).equal(fn(torch.tensor([[5.0]])))
    if constant and method != "saliency":
        answer = jx.explain(model, X, method, samples=100)
        assert not answer.values.any()
        return
    refused(model, X, method, says=["gradient"])


@pytest.mark.parametrize(
    "method", ["input_x_gradient", "smoothgrad", "guided_backprop", "deconvolution", "lrp", "deep_lift"]
)
@pytest.mark.parametrize("fn", [lambda x: x.round(), lambda x: x.sign(), lambda x: x * 0 + 1.0])
def test_a_gradient_that_is_zero_everywhere(method, fn):
    """Refused, except where zero is the answer: no part of a constant differs from the baseline's."""
    model = Wrapped(lambda x: fn(x) @ torch.arange(1.0, 6.0, dtype=torch.float64))
    x = np.array([0.7, -1.2, 2.0, 0.9, 1.1])
    if method == "deep_lift" and fn(torch.tensor([-3.0])) == 1:
        assert not jx.explain(model, x, method).values.any()
        return
    refused(model, x, method, says=["zero everywhere"])


@pytest.mark.parametrize("method", ["grad_cam", "guided_grad_cam"])
def test_a_layer_whose_gradient_is_zero_everywhere(method):
    class Rounds(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Conv2d(1, 3, 3), nn.Linear(3, 2)

        def forward(self, x):
            return self.two(self.one(x).round().mean((2, 3)))

    refused(seeded(Rounds(), 1), table(1, 36).reshape(1, 6, 6).astype("f4"), method, says=["zero everywhere"])


@pytest.mark.parametrize("method", GRADIENTS)
def test_an_infinite_gradient(method):
    refused(Wrapped(lambda x: (x - x.detach()).abs().sqrt().sum(1)), X, method, says=["finite gradient"])


@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.int32, torch.bool])
@pytest.mark.parametrize("method", GRADIENTS)
def test_integer_tensors_for_a_gradient_method(net, method, kind):
    """One that casts by itself, and one that looks tokens up; a float module gets floats."""
    x = torch.ones(5, dtype=kind)
    np.testing.assert_array_equal(
        jx.explain(net, x, method, samples=60).values, jx.explain(net, x.float(), method, samples=60).values
    )
    refused(Wrapped(lambda x: x.double().sum(1)), x, method, says=["floating-point", str(kind).removeprefix("torch.")])
    lookup = seeded(nn.Sequential(nn.Embedding(4, 2), nn.Flatten(), nn.Linear(10, 2)), 0)
    if kind in {torch.int64, torch.int32}:
        refused(lookup, x, method, baseline=np.zeros(5, np.int64), says=["floating-point"])
        assert jx.explain(lookup, x, "exact_shap", baseline=np.zeros(5, np.int64)).values.shape == (5,)


@pytest.mark.parametrize("rows", [np.arange(8).reshape(2, 4), pd.DataFrame({k: [1] for k in "abcd"}), [3, 1, 4, 1]])
def test_whole_numbers_of_a_table_for_a_network(rows):
    """As a frame with one column of fractions always was: a table has no scale that would have to be guessed."""
    line = seeded(nn.Linear(4, 2), 0)
    want = np.broadcast_to(line.weight.detach().numpy()[0], np.shape(rows))
    np.testing.assert_array_equal(jx.explain(line, rows, "saliency", target=0).values, want)
    refused(line, np.arange(5), "saliency", says=["float32", "1x5 and 4x2"])  # its shape is wrong, not its type


@pytest.mark.parametrize(
    "row",
    [
        np.array([3, True, 4, 1.5], object),
        pd.DataFrame({"a": [3], "b": [True], "c": [4], "d": [1]}),
        pd.DataFrame({"a": pd.array([3], "Int64"), "b": [1], "c": [4.0], "d": pd.array([1], "boolean")}),
    ],
)
def test_numbers_among_objects_for_a_network(row):
    line = seeded(nn.Linear(4, 2), 0)
    want = line.weight.detach().numpy()[0].reshape(np.shape(row))
    np.testing.assert_array_equal(jx.explain(line, row, "saliency", target=0).values, want)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (np.array(["a", "b"]), ["must be numbers for Linear", "'a'"]),
        (np.array([1, "b"], object), ["must be numbers for Linear", "object"]),
        (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), ["must be numbers for Linear", "datetime64"]),
        (np.array([1, None], object), ["missing", "1 NaN"]),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), ["missing", "1 NaN"]),
        (np.ma.array([1, 2], mask=[0, 1]), ["missing", "1 NaN"]),
        (pd.DataFrame({"a": [1], "b": pd.array([None], "Int64")}), ["missing", "1 NaN"]),
    ],
)
def test_no_numbers_for_a_network(row, says):
    refused(seeded(nn.Linear(2, 2), 0), row, "saliency", says=says)


@pytest.mark.parametrize(("key", "hint"), [("input_ids", "layout='tokens'"), ("pixel_values", "x['pixel_values']")])
def test_what_a_tokenizer_puts_out(net, key, hint):
    x = UserDict({key: torch.ones(1, 5)})  # as Hugging Face's BatchEncoding and BatchFeature are
    with pytest.raises(TypeError, match="UserDict") as caught:
        jx.explain(net, x, "saliency")
    assert hint in str(caught.value)


def test_one_network_asked_with_one_and_with_several_inputs():
    """What was asked last is compared with what is asked now, whatever kind both are."""

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.line = nn.Linear(2, 2)

        def forward(self, x, mask=None):
            return self.line(x if mask is None else x * mask)

    net, one = seeded(Masked(), 0), torch.ones(2)
    for x in (one, (one,), (one, one), one):
        values = jx.explain(net, x, "saliency", target=0).values
        np.testing.assert_array_equal(values[0] if isinstance(x, tuple) else values, net.line.weight.detach()[0])


@pytest.mark.parametrize("shape", [(3, 8, 8), (8, 8, 3), (2, 8, 8, 3)])
def test_bytes_of_a_picture_are_not_scaled_in_secret(shape):
    net = seeded(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(72, 2)), 0)
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    refused(net, picture, "saliency", says=["floating point", "x / 255", "uint8 from 0 to"])
    assert jx.explain(net, picture / 255, "saliency").values.shape == shape


def test_several_inputs_with_an_integer_one():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(4, 2)
            self.line = nn.Linear(2, 2)

        def forward(self, tokens, x):
            return self.table(tokens).sum(1) + self.line(x)

    x = torch.ones(3, dtype=torch.int64), torch.ones(2)
    refused(seeded(Both(), 0), x, "integrated_gradients", says=["floating-point", "int64"])


# numbers


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_in_the_input(net, method, bad):
    x = X.copy()
    x[[1, 3]] = bad
    refused(net, x, method, says=["2 NaN or infinite (x1, x3)"])


@pytest.mark.parametrize("method", PERTURBING)
def test_nan_in_a_frame(method):
    frame = pd.DataFrame(ROWS, columns=list("abcde"))
    model = LinearRegression().fit(frame, ROWS[:, 0])
    x = frame.iloc[[0]].copy()
    x.loc[0, "c"] = np.nan
    refused(model, x, method, baseline=frame, says=["no missing values", "1 NaN", "(c)"])


def test_nan_in_one_of_several_inputs(torch_several):
    x = tuple(a.copy() for a in torch_several.x)
    x[1][0, 1] = np.nan
    refused(torch_several.model, x, "integrated_gradients", says=["1 NaN or infinite (input 1: 1)"])


def test_missing_values_where_the_model_takes_them(lgbm):
    x = lgbm.x.copy()
    x.iloc[0, 1] = np.nan
    assert np.isfinite(jx.explain(lgbm.model, x, "exact_shap", baseline=lgbm.baseline).values).all()


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_model_that_returns_nan_for_some_rows(method, bad):
    """Fine for the input itself, undefined on the way to the baseline."""
    model = Wrapped(lambda x: torch.where(x[:, :1] > X[0] - 1e-9, x.sum(1, keepdim=True), bad) + 0 * x[:, :2])
    text = refused(model, X, method, baseline=X - 1) if method != "saliency" else None
    assert text is None or ("finite" in text and ("NaN" in text or "infinit" in text))


@pytest.mark.parametrize("method", PERTURBING)
def test_a_callable_that_returns_nan(method):
    def log(rows):
        with np.errstate(all="ignore"):
            return np.log(rows[:, 0])

    refused(
        log, np.ones(3), method, baseline=-np.ones((2, 3)), says=["must return finite numbers", "NaN or infinity for"]
    )
    refused(log, -np.ones(3), method, baseline=np.ones((2, 3)), says=["finite numbers"])


# the model's own errors


class OwnError(Exception):
    """An exception of the user's."""


class Failing:
    """Raises at its third call."""

    def __init__(self, error):
        self.calls, self.error = itertools.count(1), error

    def __call__(self, rows):
        if next(self.calls) == 3:
            raise self.error
        return np.asarray(rows, float).sum(1)


@pytest.mark.parametrize(
    "error",
    [OwnError("ünïcode"), OwnError(), ValueError("mine"), KeyError(3), ZeroDivisionError(), KeyboardInterrupt()],
)
@pytest.mark.parametrize("method", ["exact_shap", "kernel_shap", "permutation_shap"])
def test_a_model_that_raises_at_its_third_call(method, error):
    """The very same error, with a note that says where; answers until then were given."""
    x, rows = X.copy(), ROWS.copy()
    stream = jx.stream(Failing(error), x, method, baseline=rows)
    with pytest.raises(type(error)) as caught:
        list(stream)
    assert caught.value is error
    if isinstance(error, Exception):
        assert any("rows." in note for note in error.__notes__)
    assert x.tobytes() == X.tobytes()
    assert rows.tobytes() == ROWS.tobytes()


@pytest.mark.parametrize("method", ALL)
def test_a_module_that_raises(net, method):
    class Raises(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = net

        def forward(self, x):
            raise OwnError("mine")

    model = Raises()
    before = state_of(model)
    with pytest.raises(OwnError, match="mine") as caught:
        jx.explain(model, X, method)
    assert caught.value.__notes__
    assert state_of(model) == before


@pytest.mark.parametrize("model", [LogisticRegression(), LinearRegression(), make_pipeline(LogisticRegression())])
def test_an_estimator_that_is_not_fitted(model):
    for x in (X, X[None], pd.DataFrame(X[None], columns=list("abcde"))):
        refused(model, x, who=type(model).__name__, says=["must be fitted", "not fitted"])


@pytest.mark.parametrize("method", PERTURBING)
def test_a_category_that_the_model_does_not_know(method):
    frame = pd.DataFrame({"city": ["Oslo", "Rome"] * 3, "age": range(6)})
    steps = ColumnTransformer([("city", OneHotEncoder(), ["city"])], remainder="passthrough")
    model = make_pipeline(steps, LogisticRegression()).fit(frame, [0, 0, 1, 1, 0, 1])
    x = frame.iloc[[0]].assign(city="Paris")
    refused(model, x, method, baseline=frame, says=["categories that Pipeline knows", "'Paris'"])


# target


@pytest.mark.parametrize(
    "target", [-1, 3, 99, "cat", 1.0, 2.5, True, None, np.array([0]), (0, 1), (3,), ("a",), [0, 1]]
)
@pytest.mark.parametrize("method", ["integrated_gradients", "permutation_shap"])
def test_an_unknown_target(net, method, target):
    refused(net, X, method, target=target, says=["target"])


def test_an_unknown_class_name():
    model = LogisticRegression().fit(ROWS, ["cat", "dog"] * 3)
    text = refused(model, X, target="cow", baseline=ROWS, says=["cat", "dog", "'cow'"])
    assert text.startswith("Permutation SHAP: target must be one of 0…1")
    refused(model, X, target="cow", labels=["ox", "cow", "ass"], who="labels", says=["2 outputs", "3 names"])


def test_an_unknown_target_of_one_output():
    refused(linear, X, target=1, baseline=ROWS, says=['0, "predicted" or a callable'])


@pytest.mark.parametrize(
    "target", [lambda out: out.sum(), lambda out: out, lambda out: out[:, :1], lambda out: None, lambda out: "x"]
)
def test_a_target_callable_that_returns_something_else(net, target):
    refused(net, X, target=target, says=["target callable"])


def test_a_dense_output_needs_an_index():
    dense = Wrapped(lambda x: x[:, :, None] * x[:, None, :])
    refused(dense, X, "saliency", says=["(5, 5)"])
    refused(dense, X, "saliency", target=2, says=["(5, 5)"])
    refused(dense, X, "saliency", target=(1, 5), says=["(5, 5)"])


def test_a_list_of_targets_of_the_wrong_length(net):
    refused(net, ROWS, "saliency", target=[0, 1], who="target", says=["each of the 6 rows"])


# baseline


@pytest.mark.parametrize("method", [m for m in ALL if m != "saliency"])
@pytest.mark.parametrize(
    "baseline",
    [
        np.zeros(4),
        np.zeros((2, 6)),
        np.zeros((1, 1, 5)),
        [0, 1],
        np.empty((0, 5)),
        np.full(5, np.nan),
        "grey",
        "",
        {"a": 1},
        ["a"] * 5,
        linear,
        pd.DataFrame(np.zeros((2, 4))),
        True,
    ],
    ids=lambda b: type(b).__name__,
)
def test_a_wrong_baseline(net, method, baseline):
    refused(net, X, method, baseline=baseline, kind=(ValueError, TypeError), says=["baseline"])


def test_a_wrong_baseline_of_a_frame():
    frame = people().drop(columns="y")
    model = lambda f: f["age"].to_numpy(float)  # noqa: E731
    x = frame.iloc[[0]]
    refused(model, x, baseline=frame.drop(columns="city"), says=["baseline", "without city"])
    refused(model, x, baseline=frame.rename(columns={"city": "town"}), says=["without city but with town"])
    refused(model, x, baseline=frame.iloc[:0], says=["at least one row"])
    refused(model, x, baseline=np.zeros((2, 3)), says=["6 columns"])
    refused(model, x, baseline="blur", says=["baseline must be"])
    refused(model, x, says=["needs baseline="])
    refused(model, x, baseline=3, says=["baseline"])


def test_a_wrong_baseline_of_several_inputs(torch_several):
    for baseline in (
        np.zeros(3),
        (np.zeros(3),),
        (np.zeros(3), np.zeros(4)),
        (np.zeros((2, 3)), np.zeros((3, 2, 2))),
        "x",
    ):
        refused(torch_several.model, torch_several.x, "integrated_gradients", baseline=baseline, says=["baseline"])


def test_texts_need_a_baseline():
    refused(lambda rows: np.ones(len(rows)), np.array(["a", "b"]), says=["needs baseline="])


# budget, seed, names


@pytest.mark.parametrize("samples", [0, -3, 2.5, "abc", True, 1e9, 10**9, np.inf, np.nan, [5], 3 + 0j])
@pytest.mark.parametrize("verb", [jx.explain, jx.stream])
def test_samples(net, samples, verb):
    """Refused when called, not when the first answer is asked for."""
    before = state_of(net)
    with pytest.raises(ValueError, match=r"^samples: must be a whole number from 1 to 100000000 or None; got "):
        verb(net, X, "permutation_shap", samples=samples)
    assert state_of(net) == before


@pytest.mark.parametrize("samples", [1, np.int64(3), 10**8])
def test_good_samples(samples):
    assert jx.explain(linear, X, "occlusion", samples=samples).evals >= 1


@pytest.mark.parametrize("value", [0, -1.0, "1", True, np.nan, [1]])
@pytest.mark.parametrize("name", ["tolerance", "seconds"])
def test_when_to_stop(name, value):
    refused(linear, X, **{name: value}, who=name, says=["above 0"])


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True, 2**63, [0]])
def test_seed(seed):
    refused(linear, X, seed=seed, who="seed")
    with pytest.raises(ValueError, match=r"^seed: .*; got "):
        jx.stream(linear, X, seed=seed)


@pytest.mark.parametrize("method", ["shap", "", None, 3, ["saliency"], jx.explain])
def test_an_unknown_method(method):
    refused(linear, X, method, who="method", says=["'auto'", "permutation_shap"])


@pytest.mark.parametrize("method", ALL)
def test_an_unknown_setting(net, method):
    title = next(m.title for m in jx.methods() if m.name == method)
    refused(net, X, method, stepz=3, who=title, says=["'stepz'"])


@pytest.mark.parametrize("segments", [0, -1, 2.5, True, "8", 10**6, None])
def test_segments(picture, segments):
    refused(picture.model, picture.x, "occlusion", layout="HWC", segments=segments, says=["segments"])


@pytest.mark.parametrize("link", ["softmax", 3, True, ["logit"]])
def test_link(net, link):
    refused(net, X, link=link, who="link")


def test_links_that_do_not_exist():
    refused(linear, X, link="logit", says=["link"])
    refused(LinearRegression().fit(ROWS, X[0] + ROWS[:, 0]), X, link="probability", says=["link"])
    for link in ("probability", "logit"):
        refused(LinearSVC().fit(ROWS, ROWS[:, 0] > 0), X, link=link, who="LinearSVC", says=["link"])


@pytest.mark.parametrize("args", [3.0, "ab", np.ones(2), None])
def test_args_that_are_no_tuple(args):
    refused(lambda rows, *more: rows.sum(1), X, args=args, who="args")
    with pytest.raises(ValueError, match=r"^args: .*; got "):
        jx.stream(linear, X, args=args)


def test_a_progress_that_cannot_be_called():
    refused(linear, X, on_progress=5, who="on_progress")


@pytest.mark.parametrize("names", ["abc", 5])
def test_names_of_outputs_that_are_no_list(net, names):
    refused(net, X, labels=names, who="labels")


def test_a_name_that_several_outputs_have(net):
    refused(net, X, labels=["a", "b", "a"], target="a", says=["target", "2 outputs"])
    assert jx.explain(net, X, "saliency", labels=["a", "b", "a"], target="b").target == "b"


@pytest.mark.parametrize(
    "groups",
    [
        [0, 1],
        [[0, 1], [1, 2]],
        np.zeros((5, 2), int),
        np.zeros(5),
        "pixels",
        [["nope"]],
        [[7]],
        1.5,
        [["x0"], ["x0"]],
        [[]],
    ],
)
def test_groups_of_a_table(groups):
    refused(linear, X, groups=groups, baseline=ROWS, who="groups")


@pytest.mark.parametrize("groups", [np.zeros((3, 3), int), "segments", np.zeros((10, 6)), [["x0"]]])
def test_groups_of_an_image(picture, groups):
    for method in ("kernel_shap", "occlusion"):
        refused(picture.model, picture.x, method, layout="HWC", groups=groups, who="groups")


def test_names():
    refused(linear, X, names=["a", "b"], who="names", says=["5 feature names", "2 names"])


def test_too_many_players_are_refused_before_the_first_answer():
    text = refused(lambda rows: rows.sum(1), np.arange(1.0, 41.0), "exact_shap", who="Exact SHAP")
    assert "40 players" in text


def test_a_window_of_the_wrong_number_of_axes(picture):
    for name in ("window", "stride"):
        refused(picture.model, picture.x, "occlusion", layout="HWC", **{name: (2, 2, 2)}, who="Occlusion", says=[name])


def test_after_a_refusal_the_same_call_put_right_works(net):
    whole = copy.deepcopy(net)
    refused(net, X, "integrated_gradients", target=7)
    found = jx.explain(net, X, "integrated_gradients", target=2)
    assert found.values.tobytes() == jx.explain(whole, X, "integrated_gradients", target=2).values.tobytes()
    assert labels(ROWS).shape == (6,)


@pytest.mark.parametrize(
    ("method", "setting"),
    [
        ("lasso_surrogate", {"features": 0.5}),
        ("feature_distributions", {"features": 0.5}),
        ("partial_dependence", {"grid": {"a": 1}}),
        ("accumulated_effects", {"grid": {"a": 1}}),
        ("counterfactual", {"fixed": np.array([1.5])}),
        ("sage", {"scorer": {"a": 1}}),
        ("sage", {"scorer": [None]}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_settings_of_a_wrong_kind_are_refused_in_four_parts(method, setting):
    rows = np.random.default_rng(0).normal(size=(60, 3))
    over_data = {m.name for m in jx.methods() if m.over_data}
    x = rows if method in over_data else rows[0]
    extra = {"labels": rows[:, 0]} if method == "sage" else {}
    with pytest.raises((ValueError, TypeError), match=f"{next(iter(setting))}.*; got"):
        jx.explain(lambda z: z.sum(1), x, method, baseline=rows, **setting, **extra)


@pytest.mark.parametrize(("classes", "target"), [([False, True], True), ([-5, -1, 3], -1), ([1, 2, 3], 3)])
def test_a_class_that_is_no_index_is_its_own_name(classes, target):
    rows = np.random.default_rng(0).normal(size=(60, 3))
    model = LogisticRegression().fit(rows, np.array(classes)[np.arange(60) % len(classes)])
    e = jx.explain(model, rows[0], "exact_shap", baseline=rows, target=target)
    assert e.target == str(target)
    assert e.output == pytest.approx(model.predict_proba(rows[:1])[0, classes.index(target)])
    with pytest.raises(ValueError, match="target must be"):
        jx.explain(model, rows[0], "exact_shap", baseline=rows, target=-7)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (3, 1)])
@pytest.mark.parametrize("method", ["kernel_shap", "lime"])
def test_a_model_that_changes_its_number_of_outputs(before, after, method):
    calls = itertools.count()

    def model(rows):
        return np.repeat(rows[:, :1], before if next(calls) < 2 else after, axis=1)

    with pytest.raises(ValueError, match=rf"model: must return {before} numbers? for each row.*shape \(\d+, {after}\)"):
        jx.explain(model, X, method, baseline=ROWS, target=before - 1)


def test_a_batch_for_a_method_of_one_input_is_refused_after_one_row():
    asked = []

    def model(rows):
        asked.append(len(rows))
        return rows[:, 0]

    with pytest.raises(ValueError, match="Anchors: takes one input at a time; got ndarray of shape"):
        jx.explain(model, np.repeat(ROWS, 5, axis=0), "anchors", samples=200, baseline=ROWS)
    assert sum(asked) < 500


def test_a_float_is_the_name_of_a_class():
    x = np.random.default_rng(0).normal(size=(40, 2))
    model = LogisticRegression().fit(x, (x[:, 0] > 0).astype(float))
    for target in (1.0, np.float64(1.0)):
        assert jx.explain(model, x[0], "exact_shap", baseline=x[:5], target=target).target == "1.0"
    with pytest.raises(ValueError, match="target must be one of"):
        jx.explain(model, x[0], "exact_shap", baseline=x[:5], target=0.5)


def test_a_number_that_is_a_place_and_a_name_is_told():
    x = np.random.default_rng(0).normal(size=(60, 2))
    model = LogisticRegression().fit(x, np.digitize(x[:, 0], [-0.5, 0.5]) + 1)
    e = jx.explain(model, x[0], "exact_shap", baseline=x[:5], target=1)
    assert e.target == "2"
    assert "Target 1 is the output with this number, 2; a text means a name." in e.notes
    e = jx.explain(model, x[0], "exact_shap", baseline=x[:5], target="1")
    assert e.target == "1"
    assert e.notes == ()
