"""Pictures whose normalization the user names: colours as they are, black that is black, numbers as without."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.inputs import read_input
from jupyter_explain.models import wrap
from jupyter_explain.normalization import Normalization, read_normalization

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
PIXELS = np.random.default_rng(0).integers(0, 256, (8, 8, 3)) / 255
X = (PIXELS - MEAN) / STD
WEIGHTS = np.random.default_rng(1).normal(size=(8, 8, 3))


def model(pictures):
    return (np.asarray(pictures, float) * WEIGHTS).sum((1, 2, 3))


def explain(method="exact_shap", **more):
    return jx.explain(model, X, method, **{"segments": 4, "normalization": "imagenet", **more})


@pytest.mark.parametrize(
    ("baseline", "pixels"),
    [
        (None, np.zeros(3)),
        ("black", np.zeros(3)),
        ("white", np.ones(3)),
        ("mean", PIXELS.mean((0, 1))),
        ("max_distance", np.where(PIXELS > 0.5, 0.0, 1.0)),
    ],
)
def test_baselines_are_named_for_pixels(baseline, pixels):
    absent = np.broadcast_to((pixels - MEAN) / STD, X.shape)
    assert explain(baseline=baseline).base == pytest.approx(model(absent[None])[0])


def test_zeros_are_the_models_zeros_and_noise_stays_within_the_pixels():
    assert explain(baseline="zeros").base == 0.0
    for name in ("noise", "uniform", "blur"):
        x = read_input(wrap(model), X, normalization="imagenet")
        from jupyter_explain.baselines import read_baseline

        rows = read_baseline(name, x, None, np.random.default_rng(0), "test").rows
        pixels = rows[0] * STD + MEAN
        assert pixels.min() > -1e-9
        assert pixels.max() < 1 + 1e-9


@pytest.mark.parametrize("order", ["HWC", "CHW"])
def test_the_picture_is_shown_in_its_own_colours(order):
    x = X if order == "HWC" else np.moveaxis(X, -1, 0)
    own = (lambda p: p) if order == "HWC" else (lambda p: np.moveaxis(p, 1, -1))
    with jx.explore(lambda p: model(own(p)), x, method="occlusion", normalization="imagenet", layout=order) as w:
        w.wait(30)
        shown = np.frombuffer(w._input["pixels"], np.uint8).reshape(8, 8, 3)
        assert np.abs(shown / 255 - PIXELS).max() < 1 / 255
        assert set(np.frombuffer(w._reference["pixels"], np.uint8)) == {0}
        assert "normalization" in w._panel["code"]


def test_without_it_the_lowest_value_is_called_black_and_said():
    e = jx.explain(model, X, "exact_shap", segments=4)
    assert e.baseline == f"black (its lowest value, {X.min():.3g})"
    assert e.base == pytest.approx(model(np.full_like(X, X.min())[None])[0])
    white = jx.explain(model, X, "exact_shap", segments=4, baseline="white")
    assert white.baseline == f"white (its highest value, {X.max():.3g})"
    assert explain().baseline == "black"


def test_values_do_not_depend_on_it():
    plain = jx.explain(model, X, "exact_shap", segments=4, baseline=0.0)
    np.testing.assert_array_equal(explain(baseline=0.0).values, plain.values)


def test_static_pictures_have_the_colours_too():
    from jupyter_explain.tables import cases
    from jupyter_explain.views.attribution_heatmap import _pixels

    np.testing.assert_allclose(_pixels(cases(explain())[0].layout), PIXELS, atol=1e-12)
    batch = jx.explain(model, np.stack([X, X]), "occlusion", normalization="imagenet")
    np.testing.assert_allclose(_pixels(cases(batch)[1].layout), PIXELS, atol=1e-12)


def test_a_hidden_segment_of_a_counterfactual_is_black():
    e = jx.explain(lambda p: (model(p) > model(X[None])[0] - 1) * 1.0, X, "counterfactual", normalization="imagenet")
    np.testing.assert_allclose(e.pieces.picture, PIXELS, atol=1e-12)
    assert np.abs(e.pieces.absent).max() < 1e-12


def test_the_box_of_lrp_is_what_pixels_can_be():
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 1)).double()
    x = np.moveaxis(X, -1, 0)
    low, high = read_normalization("imagenet").ends
    own = jx.explain(net, x, "lrp", rules="zbox", normalization="imagenet")
    given = jx.explain(net, x, "lrp", rules="zbox", box=(low, high))
    np.testing.assert_array_equal(own.values, given.values)


@pytest.mark.parametrize("value", ["imagenet", ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), (0.5, 0.25)])
def test_it_is_named_or_given_as_numbers(value):
    assert read_normalization(value).std[0] > 0
    assert read_normalization(None) is None


def test_means_of_bytes():
    how = Normalization((123.0,), (58.0,))
    assert how.ends == (-123 / 58, 132 / 58)
    np.testing.assert_allclose(how.undone(how.done(PIXELS, -1), -1), PIXELS)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("image net", "must be 'imagenet', 'clip', 'half', or \\(mean, std\\)"),
        ((0.5, 0.0), "must be 'imagenet'"),
        ((0.5,), "must be 'imagenet'"),
        (3, "must be 'imagenet'"),
        (([0.1, 0.2], [0.3]), "as many as x has channels"),
        (((0.5, 0.5), (0.1, 0.1, 0.1)), "must be 'imagenet'"),
        ((0.5, 40.0), "must be the one that x was made with.*pixels from"),
    ],
)
def test_what_does_not_fit_is_refused(value, says):
    with pytest.raises(ValueError, match=f"normalization: .*{says}"):
        explain(normalization=value)


def test_it_is_for_images():
    with pytest.raises(ValueError, match="normalization: is for images; got table input"):
        jx.explain(lambda rows: rows.sum(1), np.ones(3), "exact_shap", normalization="imagenet")
