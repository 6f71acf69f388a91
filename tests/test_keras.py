"""Keras 3: on torch a network like any other, elsewhere a model that predicts."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import pytest
import torch
from checks import Case, complete, globals_untouched, model_untouched, same_stream, state_of
from zoo import Animal

import jupyter_explain as jx
from jupyter_explain.models import wrap

_before = os.environ.get("KERAS_BACKEND")
os.environ["KERAS_BACKEND"] = "torch"  # read once, when Keras is imported
try:
    keras = pytest.importorskip("keras", minversion="3")
finally:
    os.environ.pop("KERAS_BACKEND") if _before is None else os.environ.update(KERAS_BACKEND=_before)
pytestmark = pytest.mark.skipif(keras.backend.backend() != "torch", reason="Keras runs on another backend here")

RNG = np.random.default_rng(0)
PICTURE = RNG.random((12, 12, 3)).astype(np.float32)


def filled(net, seed=0):
    """Weights from a generator of our own."""
    rng = np.random.default_rng(seed)
    for variable in net.weights:
        if "float" in str(variable.dtype):
            positive = rng.uniform(0.5, 1.5, variable.shape)
            scale = 1 / np.sqrt(max(1, np.prod(variable.shape[:-1])))
            variable.assign(positive if "variance" in variable.path else scale * rng.normal(size=variable.shape))
    return net


@cache
def cnn():
    """Channels last, a batch norm, a residual sum, dropout, and a softmax at the end; compiled, trained one step."""
    layers = keras.layers
    x = given = keras.Input((12, 12, 3))
    x = layers.Conv2D(6, 3, padding="same", name="first")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    x = layers.Add()([x, layers.Conv2D(6, 3, padding="same", activation="relu", name="second")(x)])
    x = layers.GlobalAveragePooling2D()(layers.Dropout(0.5)(x))
    net = keras.Model(given, layers.Dense(4, activation="softmax", name="head")(x))
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(RNG.random((8, 12, 12, 3)), np.arange(8) % 4, verbose=0)
    return filled(net)


@cache
def rows():
    net = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="gelu"), keras.layers.Dense(1)])
    return filled(net, 1)


def truth(net, x):
    with torch.no_grad():
        return net(torch.from_numpy(np.asarray(x, np.float32)), training=False).numpy()


def test_the_twin_has_the_same_weights_and_sees_training():
    from jupyter_explain.models.keras_torch import twin_of

    net = filled(keras.models.clone_model(cnn()), 3)
    twin, x = twin_of(net), torch.from_numpy(PICTURE[None])
    first = twin(x, training=False)
    assert torch.equal(first, net(x, training=False).detach())
    assert not first.requires_grad
    net.layers[1].kernel.assign_add(0.1 * np.ones((3, 3, 3, 6)))
    assert torch.equal(twin(x, training=False), net(x, training=False).detach())
    assert not torch.equal(first, twin(x, training=False))
    names = [n for n, _ in twin.named_modules()]
    assert {"first", "norm", "second", "head"} <= set(names)


@pytest.mark.parametrize("first", ["Rescaling", "Normalization", "RandomFlip"])
def test_layers_of_preprocessing(first):
    """They hold what they compute with, which cannot be copied."""
    layers = keras.layers
    made = {"Rescaling": {"scale": 2.0, "offset": -1.0}, "Normalization": {"mean": 0.5, "variance": 0.25}}
    inside = [getattr(layers, first)(**made.get(first, {})), layers.Flatten(), layers.Dense(2)]
    net = filled(keras.Sequential([keras.Input((12, 12, 3)), *inside]))
    e = jx.explain(net, PICTURE, "input_x_gradient", target=1)
    scale = 1.0 if first == "RandomFlip" else 2.0
    expected = scale * PICTURE * np.asarray(inside[-1].kernel.value.detach())[:, 1].reshape(PICTURE.shape)
    np.testing.assert_allclose(e.values, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(e.output, truth(net, PICTURE[None])[0, 1], rtol=1e-5)


def test_an_image_with_channels_last():
    e = jx.explain(cnn(), PICTURE, "saliency", target=2)
    assert e.values.shape == PICTURE.shape
    assert e.unit == "probability"
    assert e.output == pytest.approx(truth(cnn(), PICTURE[None])[0, 2], abs=1e-6)
    x = torch.from_numpy(PICTURE[None]).requires_grad_()
    (grad,) = torch.autograd.grad(cnn()(x, training=False)[0, 2], x)
    np.testing.assert_allclose(e.values, grad[0], atol=1e-6)
    assert jx.explain(cnn(), PICTURE[None], "saliency").values.shape == (1, *PICTURE.shape)


@pytest.mark.parametrize("method", ["integrated_gradients", "deep_lift", "occlusion", "permutation_shap", "grad_cam"])
def test_what_every_method_promises(method):
    case = Case(method, Animal(cnn(), PICTURE, np.zeros_like(PICTURE), {"segments": 4}))
    for check in (complete, same_stream, globals_untouched, model_untouched):
        check(case)


def test_gradients_are_complete():
    for method in ("integrated_gradients", "deep_lift"):
        e = jx.explain(rows(), np.linspace(-1, 1, 5), method, baseline="zeros", samples=200)
        assert abs(e.gap) < 1e-5
        assert e.output == pytest.approx(float(truth(rows(), [np.linspace(-1, 1, 5)])[0, 0]), abs=1e-6)
        assert e.unit == "output"


def test_layers_by_name_and_by_object():
    named = jx.explain(cnn(), PICTURE, "grad_cam", at="second", target=1)
    own = jx.explain(cnn(), PICTURE, "grad_cam", at=cnn().get_layer("second"), target=1)
    np.testing.assert_array_equal(named.values, own.values)
    chosen = jx.explain(cnn(), PICTURE, "grad_cam", target=1)
    assert "Layer chosen for you: second." in chosen.notes
    with pytest.raises(ValueError, match="at must name a layer"):
        jx.explain(cnn(), PICTURE, "grad_cam", at="no such layer")


def test_a_subclass_that_trains_by_default():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.norm = keras.layers.Dense(8, activation="relu"), keras.layers.BatchNormalization()
            self.drop, self.two = keras.layers.Dropout(0.5), keras.layers.Dense(3)

        def call(self, x, training=True):
            x = self.norm(self.one(x), training=training)
            return self.two(self.drop(x, training=training))

    net = Net()
    net(np.zeros((1, 5), np.float32), training=False)
    filled(net, 4)
    x, before = np.linspace(0, 1, 5), state_of(net)
    e = jx.explain(net, x, "integrated_gradients", baseline="zeros", samples=100)
    assert e.output == pytest.approx(truth(net, x[None])[0].max(), abs=1e-6)
    assert abs(e.gap) < 1e-4
    assert state_of(net) == before


@pytest.mark.parametrize("channels", [5, 10, 12])
@pytest.mark.parametrize("at", ["first", "norm", "drop"])
def test_channels_are_last_whatever_their_number(at, channels):
    """Twelve channels over 12 × 12 places, and sizes that are nearly as square the wrong way round."""
    layers = keras.layers
    stack = [
        layers.Conv2D(channels, 3, padding="same", name="first"),
        layers.BatchNormalization(name="norm"),
        layers.Dropout(0.5, name="drop"),
    ]
    net = filled(keras.Sequential([keras.Input((12, 12, 3)), *stack, layers.GlobalMaxPooling2D(), layers.Dense(2)]))
    part = keras.Model(net.inputs, net.get_layer(at).output)
    want = truth(part, PICTURE[None])[0]
    np.testing.assert_allclose(jx.explain(net, PICTURE, "activations", at=at).maps, np.moveaxis(want, -1, 0), rtol=1e-6)
    flat = want.reshape(-1, channels).T.astype(float)  # Eigen-CAM needs no gradient
    first = np.linalg.svd(flat, full_matrices=False)[0][:, 0] @ flat
    got = jx.explain(net, PICTURE, "grad_cam", at=at, variant="eigen").values
    assert got.shape == PICTURE.shape
    np.testing.assert_allclose(np.abs(got.sum(-1)), np.abs(first.reshape(12, 12)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"])
def test_every_kind_of_convolution_is_one(kind):
    layers = keras.layers
    sizes = (3,) if kind == "DepthwiseConv2D" else (6, 3)
    last = getattr(layers, kind)(*sizes, name="last")
    stack = [layers.Conv2D(4, 3), last, layers.GlobalMaxPooling2D(), layers.Dense(2)]
    net = filled(keras.Sequential([keras.Input((12, 12, 3)), *stack]))
    for method in ("grad_cam", "activations"):
        assert "Layer chosen for you: last." in jx.explain(net, PICTURE, method).notes


def test_a_grey_picture_without_its_channel():
    layers = keras.layers
    net = filled(keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)]))
    grey = PICTURE[..., 0]
    own, told = jx.explain(net, grey, "saliency"), jx.explain(net, grey[..., None], "saliency")
    assert own.layout.kind == "image"
    np.testing.assert_array_equal(own.values, told.values[..., 0])


def test_several_inputs_and_a_nested_model():
    layers = keras.layers
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh", name="inside")], name="inner")
    a, b = keras.Input((3,)), keras.Input((2,))
    net = filled(keras.Model([a, b], layers.Dense(2)(layers.Concatenate()([inner(a), b]))), 5)
    x = np.arange(3.0), np.arange(2.0)
    e = jx.explain(net, x, "integrated_gradients", samples=100, target=0)
    assert [v.shape for v in e.values] == [(3,), (2,)]
    assert abs(e.gap) < 1e-5
    assert "inner.inside" in [c.name for c in wrapped_calls(net, x)]
    inner.layers[0].kernel.assign_add(np.ones((3, 4)))
    assert jx.explain(net, x, "saliency", target=0).output == pytest.approx(output(net, x), abs=1e-6)


def output(net, x):
    with torch.no_grad():
        return float(net([torch.from_numpy(a[None].astype(np.float32)) for a in x], training=False)[0, 0])


def wrapped_calls(net, x):
    model = wrap(net)
    model.predict(tuple(a[None] for a in x))
    return model.net.calls


def test_tokens_of_a_recurrent_network():
    layers = keras.layers
    net = [keras.Input((6,), dtype="int32"), layers.Embedding(20, 8), layers.GRU(6), layers.Dense(2)]
    net = filled(keras.Sequential(net), 6)
    e = jx.explain(net, np.array([3, 1, 4, 1, 5, 9]), layout="tokens", names=list("abcdef"), samples=100)
    assert e.method == "integrated_gradients"
    assert e.layout.names == tuple("abcdef")
    assert abs(e.gap) < 1e-5


def test_refusals():
    with pytest.raises(ValueError, match=r"Sequential: must be built"):
        jx.explain(keras.Sequential([keras.layers.Dense(2)]), np.zeros(3))
    with pytest.raises(ValueError, match=r"link: must be 'identity' or 'probability'"):
        jx.explain(rows(), np.zeros(5), link="margin")


def test_probabilities_are_made_once():
    plain = jx.explain(cnn(), PICTURE, "saliency", target=0)
    linked = jx.explain(cnn(), PICTURE, "saliency", target=0, link="probability")
    np.testing.assert_array_equal(plain.values, linked.values)
    scores = jx.explain(rows(), np.ones(5), "saliency", link="probability")
    assert scores.output == pytest.approx(1 / (1 + np.exp(-truth(rows(), np.ones((1, 5)))[0, 0])), abs=1e-6)


class Elsewhere:
    """What Keras is on another backend: layers whose tensors are not torch's."""

    _call_has_training_arg = True
    layers = ()

    def predict(self, rows):
        raise AssertionError("prints a progress bar")

    predict_on_batch = predict

    def __call__(self, rows, training=None):
        assert training is False
        rows = np.asarray(rows, float)
        return np.stack([rows[:, 0] * 2 - rows[:, 1], rows[:, 1]], axis=1)


def test_on_other_backends_it_predicts():
    other = type("Functional", (Elsewhere,), {"__module__": "keras.src.models.functional"})()
    e = jx.explain(other, np.array([1.0, 3.0, 5.0]), baseline="zeros", target=0)
    np.testing.assert_allclose(e.values, [2, -3, 0], atol=1e-12)
    assert e.method == "exact_shap"
    with pytest.raises(ValueError, match=r"Integrated gradients: needs a model with gradients"):
        jx.explain(other, np.ones(3), "integrated_gradients")
    with pytest.raises(ValueError, match=r"link: must be 'identity'"):
        jx.explain(other, np.ones(3), link="probability")


@pytest.mark.parametrize("method", ["grad_cam", "score_cam", "activations"])
def test_maps_of_a_keras_network_lie_along_the_steps(method):
    x = RNG.normal(size=(24, 3)).astype(np.float32)
    net = keras.Sequential(
        [
            keras.Input((24, 3)),
            keras.layers.Conv1D(4, 5, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2),
        ]
    )
    e = jx.explain(net, x, method, **({} if method == "activations" else {"target": 1}))
    assert e.layout.channels == -1
    if method == "activations":
        assert e.maps.shape == (4, 1, 24)
    else:
        assert e.values.shape == (24, 3)
        assert np.ptp(e.values, axis=1).max() == 0
