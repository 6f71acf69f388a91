"""Wrapping: what a model is told by its type, what it gives, in which unit and under which names."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC
from torch import nn
from zoo import ZOO, net_of, table

import jupyter_explain as jx
from jupyter_explain.inputs import read_input
from jupyter_explain.models import Model, wrap
from jupyter_explain.models.threads import one_thread

ROWS = table(30, 4, 1)
Y = (ROWS[:, 0] > 0).astype(int)


@pytest.mark.parametrize("name", ZOO)
def test_outputs_are_two_dimensional_doubles(name):
    animal = ZOO[name]()
    model = wrap(animal.model)
    rows = animal.x
    if isinstance(rows, str):
        x = read_input(model, rows, tokenizer=animal.options.get("tokenizer"))
        model, x = x.reader.bind(model, x)
        rows = x.rows
    elif isinstance(rows, tuple):
        rows = tuple(a[None] for a in rows)
    elif isinstance(rows, np.ndarray) and not (rows.ndim == 2 and len(rows) == 1):
        rows = rows[None]
    out = model.predict(rows)
    assert out.dtype == np.float64
    assert out.shape[0] == 1
    assert out.ndim == 2
    assert wrap(model) is model


def test_classes_have_names_and_units():
    model = wrap(LogisticRegression().fit(ROWS, np.array(["cat", "dog"])[Y]))
    assert (model.unit, model.outputs, model.classes) == ("probability", ("cat", "dog"), True)
    np.testing.assert_allclose(model.predict(ROWS).sum(1), 1)
    plain = wrap(LinearRegression().fit(ROWS, ROWS[:, 0]))
    assert (plain.unit, plain.outputs, plain.classes) == ("output", (), False)


def test_links():
    estimator = LogisticRegression().fit(ROWS, Y)
    p = estimator.predict_proba(ROWS)
    margin = wrap(estimator, link="margin").predict(ROWS)
    np.testing.assert_allclose(margin[:, 1], estimator.decision_function(ROWS))
    np.testing.assert_allclose(margin[:, 0], -margin[:, 1])
    np.testing.assert_allclose(wrap(estimator, link="logit").predict(ROWS), np.log(p / (1 - p)), atol=1e-9)
    np.testing.assert_allclose(wrap(estimator, link="probability").predict(ROWS), p)


@pytest.mark.parametrize("name", ["xgb"])
def test_margins_of_boosting(name):
    animal = ZOO[name]()
    margin = wrap(animal.model, link="margin").predict(animal.baseline)
    p = wrap(animal.model).predict(animal.baseline)
    np.testing.assert_allclose(1 / (1 + np.exp(-margin[:, 1])), p[:, 1], atol=1e-6)


def test_decision_functions():
    svm = wrap(LinearSVC().fit(ROWS, Y))
    assert svm.unit == "margin"
    assert svm.predict(ROWS).shape == (30, 2)
    outliers = IsolationForest(n_estimators=5, random_state=0).fit(ROWS)
    np.testing.assert_allclose(wrap(outliers).predict(ROWS)[:, 0], outliers.decision_function(ROWS))


def test_frames_are_handed_over_in_the_fitted_order():
    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    estimator = LinearRegression().fit(frame, ROWS @ [1, 2, 3, 4])
    model = wrap(estimator)
    want = estimator.predict(frame)
    np.testing.assert_allclose(model.predict(frame[["d", "b", "a", "c"]])[:, 0], want)
    np.testing.assert_allclose(model.predict(ROWS)[:, 0], want)
    assert model.columns == ("a", "b", "c", "d")
    found = jx.explain(estimator, ROWS[0], "occlusion", baseline=ROWS[1])
    assert found.layout.names == ("a", "b", "c", "d")


def test_multiple_outputs_of_a_regressor():
    model = LinearRegression().fit(ROWS, ROWS[:, :3])
    found = jx.explain(model, ROWS[0], "exact_shap", baseline=ROWS[1], target=2)
    np.testing.assert_allclose(found.values, [0, 0, ROWS[0, 2] - ROWS[1, 2], 0], atol=1e-9)


def test_a_callable_may_give_lists_and_tensors():
    for fn in (lambda r: r.sum(1).tolist(), lambda r: torch.tensor(r).sum(1), lambda r: pd.Series(r.sum(1))):
        assert wrap(fn).predict(ROWS).shape == (30, 1)


def test_bound_methods_and_partials_are_callables():
    estimator = LogisticRegression().fit(ROWS, Y)
    found = jx.explain(estimator.predict_proba, ROWS[0], "exact_shap", baseline=ROWS[1:4])
    want = jx.explain(estimator, ROWS[0], "exact_shap", baseline=ROWS[1:4])
    np.testing.assert_allclose(found.values, want.values, atol=1e-12)


def test_capabilities():
    assert "gradient" in wrap(nn.Linear(2, 1)).can
    assert "gradient" not in wrap(lambda r: r).can
    assert isinstance(wrap(lambda r: r), Model)


def test_the_twin_is_private():
    net = net_of(nn.Linear(4, 2), nn.BatchNorm1d(2)).train()
    model = wrap(net)
    assert model.net.net is not net
    assert net.training
    assert not model.net.net.training


def test_a_module_that_cannot_be_copied_says_so():
    class Stubborn(nn.Module):
        def __deepcopy__(self, memo):
            raise RuntimeError("no copies")

    with pytest.raises(RuntimeError, match="no copies") as caught:
        wrap(Stubborn())
    assert any("could not copy" in note for note in caught.value.__notes__)


def test_a_small_call_runs_on_one_thread_of_its_own(torch_cnn):
    """And nothing changes for the caller or anybody else."""
    before, seen = torch.get_num_threads(), []
    with one_thread(True):
        inside = torch.get_num_threads()
        other = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        other.start()
        other.join()
    assert inside in (1, before)
    assert seen == [before]
    assert torch.get_num_threads() == before
    jx.explain(torch_cnn.model, torch_cnn.x, "saliency")
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("change", [lambda w: w.mul_(2), lambda w: w.data.mul_(2)])
def test_an_answer_is_asked_again_once_weights_change(change):
    net = torch.nn.Linear(3, 1).requires_grad_(False)
    model = wrap(net)
    first = jx.explain(model, [1.0, 2.0, 3.0], "saliency")
    again = jx.explain(model, [1.0, 2.0, 3.0], "input_x_gradient")
    change(net.weight)
    net.bias.zero_()
    assert first.output == again.output
    now = jx.explain(model, [1.0, 2.0, 3.0], "permutation_shap", baseline="zeros", samples=50)
    assert now.output == pytest.approx(float(net(torch.tensor([1.0, 2.0, 3.0]))), abs=1e-6)


def test_the_same_row_is_not_asked_about_twice():
    calls = []

    class Counting(torch.nn.Linear):
        def forward(self, x):
            calls.append(len(x))
            return super().forward(x)

    model = wrap(Counting(3, 1))
    one = jx.explain(model, [1.0, 2.0, 3.0], "saliency")
    before = len(calls)
    two = jx.explain(model, [1.0, 2.0, 3.0], "saliency")
    assert len(calls) == before + 1  # the gradient
    assert one.evals == two.evals
    jx.explain(model, [1.0, 2.0, 3.5], "saliency")
    assert len(calls) == before + 3


def test_a_pool_with_nothing_to_average_is_a_copy_and_still_a_pool(monkeypatch):
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.AdaptiveAvgPool2d(4), nn.ReLU(inplace=True), nn.Flatten())
    model, asked = wrap(net), []
    x = np.random.default_rng(0).normal(size=(1, 1, 4, 4)).astype(np.float32)
    monkeypatch.setattr(torch.nn.functional, "adaptive_avg_pool2d", lambda *a: asked.append(a))
    np.testing.assert_array_equal(model.predict(x), net[0](torch.tensor(x)).relu().detach().flatten(1))
    assert not asked
    assert type(model.net.plain[1]).__name__ == "AdaptiveAvgPool2d"


def test_channels_last_is_given_up_where_a_network_cannot_view_them():
    class Views(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 3, 2), nn.Linear(4 * 19 * 19, 2)

        def forward(self, x):
            return self.head(torch.relu(self.conv(x)).view(-1, 4 * 19 * 19))

    x = np.random.default_rng(0).normal(size=(3, 40, 40)).astype(np.float32)
    found = jx.explain(Views(), x, "integrated_gradients", samples=40)
    assert np.isfinite(found.values).all()
