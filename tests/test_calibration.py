"""A stated standard error means what it says: values ± 1.96 stderr cover the exact values about 95 times in 100."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from checks import Case
from torch import nn
from zoo import ZOO, table

import jupyter_explain as jx
from jupyter_explain.explanation import flatten

SEEDS = range(40)
LOW, HIGH = 0.88, 1.0


def coverage(answers, exact):
    inside = [np.abs(flatten(a.values) - exact) <= 1.96 * flatten(a.stderr) + 1e-9 for a in answers]
    return float(np.mean(inside))


def sampled(case, samples):
    """The last sampled answer of each seed."""
    found = [[a for a in case.answers(samples, seed=s) if a.error_kind == "stderr"] for s in SEEDS]
    assert all(found), "no standard error within the budget"
    return [f[-1] for f in found]


@pytest.mark.parametrize("animal", ["function", "forest", "logistic", "torch_double", "sklearn_mlp"])
@pytest.mark.parametrize(("method", "samples"), [("permutation_shap", 90), ("kernel_shap", 90)])
def test_sampled_shapley_values(method, samples, animal):
    exact = Case("exact_shap", ZOO[animal]()).answers(10**5)[-1]
    assert exact.error_kind == "exact"
    found = coverage(sampled(Case(method, ZOO[animal]()), samples), flatten(exact.values))
    assert LOW <= found <= HIGH


@pytest.mark.parametrize("samples", [25, 60, 200])
@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap"])
def test_at_every_length(method, samples):
    """Also where only a few draws were taken, with more baseline rows than draws."""
    rng = np.random.default_rng(5)
    weights = rng.normal(size=(6, 6))
    game = lambda r: np.tanh(r @ weights[0]) * (r @ weights[1]) + np.maximum(r @ weights[2], 0)  # noqa: E731
    x, rows = table(1, 6, 3)[0], table(12, 6, 4)
    exact = jx.explain(game, x, "exact_shap", baseline=rows, samples=10**5).values
    found = []
    for seed in SEEDS:
        known = [
            a for a in jx.stream(game, x, method, baseline=rows, samples=samples, seed=seed) if a.error_kind == "stderr"
        ]
        found += known[-1:]
    assert len(found) == len(SEEDS) or samples == 25
    if found:
        assert LOW <= coverage(found, exact) <= HIGH


@pytest.mark.parametrize("samples", [300, 600])
@pytest.mark.parametrize("method", ["permutation_shap", "kernel_shap"])
def test_effects_that_few_draws_show(method, samples):
    """A player that matters against one baseline row in thirty is 0 in most draws, which must not look certain."""
    weights = np.linspace(0.5, 1.5, 12)
    game = lambda r: np.tanh(r[:, :12] @ weights) + 3.0 * (r[:, 12] > 2.0) * r[:, 0]  # noqa: E731
    x, rows = table(1, 13, 3)[0], table(30, 13, 4)
    x[12], rows[:, 12], rows[7, 12] = 0.5, np.linspace(-1, 1, 30), 5.0
    exact = jx.explain(game, x, "exact_shap", baseline=rows, samples=10**6).values
    found = [jx.explain(game, x, method, baseline=rows, samples=samples, seed=s) for s in SEEDS]
    assert coverage(found, exact) >= LOW
    assert np.mean([abs(a.values[12] - exact[12]) <= 1.96 * a.stderr[12] for a in found]) >= 0.8


@pytest.mark.parametrize("parts", [2, 3, 6])
def test_exact_shap_part_way(parts):
    x, rows = table(1, 4, 1)[0], table(8, 4, 2)
    game = lambda r: np.sin(r[:, 0]) * r[:, 1] + r[:, 2] ** 2 - np.abs(r[:, 3])  # noqa: E731
    exact = jx.explain(game, x, "exact_shap", baseline=rows, samples=10**5).values
    found = [jx.explain(game, x, "exact_shap", baseline=rows, samples=1 + 15 * parts + parts, seed=s) for s in SEEDS]
    assert {a.error_kind for a in found} == {"stderr"}
    assert LOW <= coverage(found, exact) <= HIGH


@pytest.mark.parametrize("samples", [20, 120])
def test_expected_gradients(samples):
    class Net(nn.Module):
        def forward(self, x):
            return (x[:, 0] * x[:, 1]).sin() + x[:, 2] ** 3 + x[:, 3]

    x, rows = table(1, 4, 1)[0].astype(float), table(6, 4, 2)
    exact = jx.explain(Net(), x, "integrated_gradients", baseline=rows, samples=20_000).values
    found = [jx.explain(Net(), x, "expected_gradients", baseline=rows, samples=samples, seed=s) for s in SEEDS]
    assert LOW <= coverage(found, exact) <= HIGH
    assert torch.is_grad_enabled()


def test_errors_are_not_absurdly_wide():
    """The interval shrinks with the true error: honest is not the same as loose."""
    case = Case("permutation_shap", ZOO["sklearn_mlp"]())
    exact = Case("exact_shap", ZOO["sklearn_mlp"]()).answers(10**5)[-1].values
    answers = sampled(case, 250)
    true = np.sqrt(np.mean([(a.values - exact) ** 2 for a in answers]))
    stated = np.sqrt(np.mean([a.stderr**2 for a in answers]))
    assert true / 2 <= stated <= 3 * true


def test_mean_sensitivity():
    """The mean change of an explanation under random steps; the true one is that of many more of them."""
    weights = np.random.default_rng(2).normal(size=(4, 4))
    game = lambda r: np.tanh(r @ weights[0]) * (r @ weights[1])  # noqa: E731
    ask = {"of": "occlusion", "baseline": "zeros", "radius": 0.5}
    many = jx.explain(game, table(1, 4, 1)[0], "max_sensitivity", draws=1000, samples=10**5, seed=99, **ask)
    found = [jx.explain(game, table(1, 4, 1)[0], "max_sensitivity", samples=120, seed=s, **ask) for s in SEEDS]
    assert (many.draws, found[0].draws) == (1000, 20)
    assert {a.error_kind for a in found} == {"stderr"}
    inside = [abs(a.values[1] - many.values[1]) <= 1.96 * a.stderr[1] for a in found]
    assert LOW <= np.mean(inside) <= HIGH


def test_mean_rank_correlation_of_random_networks():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.from_numpy(table(1, 6, 1)[0]).float()
    run = lambda draws, s: jx.explain(net, x, "randomization", of="saliency", draws=draws, samples=10**5, seed=s)  # noqa: E731
    exact = np.mean([run(100, 100 + s).y[0] for s in range(8)], axis=0)
    found = [run(8, s) for s in SEEDS]
    assert {a.error_kind for a in found} == {"stderr"}
    inside = [(a.band[0][0] <= exact) & (exact <= a.band[0][1]) for a in found]
    assert LOW <= np.mean([i[1:] for i in inside]) <= HIGH
