"""LRP against textbook rules in matrix form: slow, plain, and written without looking at the implementation."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from zoo import net_of, seeded, table

import jupyter_explain as jx

EPSILON, GAMMA, ALPHA, LOW, HIGH = 0.03, 0.4, 1.7, -2.0, 3.0
NUMBERS = {"epsilon": EPSILON, "gamma": GAMMA, "alpha": ALPHA, "box": (LOW, HIGH)}


def steady(z):
    return z + EPSILON * np.where(z < 0, -1, 1)


def shares(contributions, z, relevance):
    """R_j = Σ_k contribution_jk / z_k · R_k."""
    return contributions @ (relevance / steady(z))


def textbook(rule, w, b, x, r):
    """Relevance of the inputs of out = W x + b, from that of the outputs."""
    z = w @ x + b
    each = (w * x).T  # (inputs, outputs)
    up, down = np.maximum, np.minimum
    if rule == "epsilon":
        return shares(each, z, r)
    if rule == "zplus":
        return shares(up(each, 0), up(each, 0).sum(0) + up(b, 0), r)
    if rule == "alphabeta":
        plus = shares(up(each, 0), up(each, 0).sum(0) + up(b, 0), r)
        minus = shares(down(each, 0), down(each, 0).sum(0) + down(b, 0), r)
        return ALPHA * plus - (ALPHA - 1) * minus
    if rule == "gamma":
        own = np.where(z > 0, up(each, 0), down(each, 0))  # contributions of the output's own sign
        bias = b + GAMMA * np.where(z > 0, up(b, 0), down(b, 0))
        return shares(each + GAMMA * own, (each + GAMMA * own).sum(0) + bias, r)
    spread = w.T**2 if rule == "wsquare" else each - LOW * up(w, 0).T - HIGH * down(w, 0).T
    return shares(spread, spread.sum(0), r)


def as_matrix(layer, shape):
    """A linear layer as (W, b), from its Jacobian."""
    zero = torch.zeros(1, *shape, dtype=torch.float64)
    b = layer(zero).detach().numpy().ravel()
    jacobian = torch.autograd.functional.jacobian(lambda t: layer(t).flatten(), zero)
    return jacobian.numpy().reshape(len(b), -1), b


LAYERS = {
    "linear": lambda: (nn.Linear(6, 4), (6,)),
    "conv1d": lambda: (nn.Conv1d(2, 3, 3, padding=1), (2, 5)),
    "conv2d": lambda: (nn.Conv2d(2, 3, 3, stride=2, padding=1), (2, 5, 4)),
    "grouped": lambda: (nn.Conv2d(2, 4, 3, groups=2), (2, 5, 4)),
    "transposed": lambda: (nn.ConvTranspose2d(2, 3, 2, stride=2), (2, 3, 3)),
}
RULES = ["epsilon", "gamma", "zplus", "alphabeta", "flat", "wsquare", "zbox"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", LAYERS)
def test_one_layer(kind, rule):
    layer, shape = LAYERS[kind]()
    net = seeded(nn.Sequential(layer, nn.ReLU(), nn.Flatten()).double(), 3)
    w, b = as_matrix(layer, shape)
    ones = as_matrix(all_ones(layer), shape)[0]
    options = {"layout": {1: "rows", 2: "CT", 3: "CHW"}[len(shape)]}
    for seed in range(2):
        x = table(1, int(np.prod(shape)), seed)[0]
        out = np.maximum(w @ x + b, 0)
        target = int(out.argmax())
        r = np.eye(len(out))[target] * out[target]
        # A flat layer spreads over the inputs it sees, which padding and stride decide.
        want = shares(ones.T, ones.sum(1), r) if rule == "flat" else textbook(rule, w, b, x, r)
        e = jx.explain(net, x.reshape(shape), "lrp", rules=rule, target=target, **options, **NUMBERS)
        np.testing.assert_allclose(e.values.ravel(), want, atol=1e-12)


def all_ones(layer):
    """A copy of the layer with every weight one and no bias."""
    made = copy.deepcopy(layer)
    with torch.no_grad():
        made.weight.fill_(1)
        made.bias.zero_()
    return made


class Deep(nn.Module):
    """A residual add, functional and re-used ReLUs, average pooling, a batch norm, in train mode."""

    def __init__(self):
        super().__init__()
        self.one, self.norm, self.two = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1)
        self.relu, self.head = nn.ReLU(inplace=True), nn.Linear(4, 3)

    def forward(self, x):
        x = kept = self.relu(self.norm(self.one(x)))
        x = F.relu(self.two(x))
        x = self.relu(x)
        x += kept
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


@pytest.fixture
def deep():
    net = seeded(Deep().double(), 4).train()
    rng = np.random.default_rng(5)
    with torch.no_grad():
        net.norm.running_mean.copy_(torch.from_numpy(rng.normal(size=4)))
        net.norm.running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, size=4)))
    return net


def by_matrices(net, x, target, first, second, last):
    """The whole of `Deep` backwards; the batch norm is one matrix with its convolution."""
    net = net.eval()
    shape = (1, 4, 4)
    w1, b1 = as_matrix(lambda t: net.norm(net.one(t)), shape)
    w2, b2 = as_matrix(net.two, (4, 4, 4))
    w3, b3 = as_matrix(lambda t: net.head(F.adaptive_avg_pool2d(t, 1).flatten(1)), (4, 4, 4))
    pool = np.kron(np.eye(4), np.full(16, 1 / 16))
    head, bias = net.head.weight.detach().numpy(), net.head.bias.detach().numpy()
    kept = np.maximum(w1 @ x.ravel() + b1, 0)
    other = np.maximum(w2 @ kept + b2, 0)
    total = kept + other
    out = w3 @ total + b3
    r = np.zeros(3)
    r[target] = out[target]
    r = textbook(last, head, bias, pool @ total, r)
    r = shares((pool * total).T, pool @ total, r)
    part = r / steady(total)
    r = kept * part + textbook(second, w2, b2, kept, other * part)
    net.train()
    return textbook(first, w1, b1, x.ravel(), r)


@pytest.mark.parametrize("rules", [("epsilon",) * 3, ("wsquare", "zplus", "epsilon"), ("zbox", "gamma", "alphabeta")])
def test_a_network(deep, rules):
    first, second, last = rules
    x = table(1, 16, 6).reshape(1, 4, 4)
    book = {"one": first, "Conv2d": second, "linear": last}
    e = jx.explain(deep, x, "lrp", rules=book, target=1, **NUMBERS)
    np.testing.assert_allclose(e.values.ravel(), by_matrices(deep, x, 1, first, second, last), atol=1e-12)
    by_position = jx.explain(deep, x, "lrp", rules={0: first, 1: second, nn.Linear: last}, target=1, **NUMBERS)
    np.testing.assert_array_equal(by_position.values, e.values)


def test_numbers_of_a_rule_in_their_order_or_by_name(deep):
    x = table(1, 16, 6).reshape(1, 4, 4)
    for short, long in (
        (("gamma", 0.7), ("gamma", {"gamma": 0.7})),
        (("alphabeta", 3, 2), ("alphabeta", {"alpha": 3.0, "beta": 2.0})),
        (("alphabeta", 3), ("alphabeta", {"alpha": 3.0})),
        (("zbox", -4, 4), ("zbox", {"low": -4.0, "high": 4.0})),
        (("flat",), "flat"),
    ):
        one, other = (jx.explain(deep, x, "lrp", rules={0: rule}).values for rule in (short, long))
        assert one.tobytes() == other.tobytes()


def test_without_biases_epsilon_is_input_times_gradient_and_nothing_is_lost():
    layers = [nn.Conv2d(2, 4, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3, bias=False)]
    net, x = net_of(*layers, dtype=torch.float64), table(1, 72, 2).reshape(2, 6, 6)
    e = jx.explain(net, x, "lrp", epsilon=0.0, target=2)
    np.testing.assert_allclose(e.values, jx.explain(net, x, "input_x_gradient", target=2).values, atol=1e-13)
    assert abs(e.values.sum() - e.output) < 1e-13
    for composite in ("epsilon-plus", "epsilon-plus-flat", "epsilon-alphabeta", "epsilon-gamma-box"):
        e = jx.explain(net, x, "lrp", rules=composite, epsilon=1e-12, target=2)
        assert abs(e.values.sum() - e.output) < 1e-8 * np.abs(e.values).sum()


def test_what_is_missing_from_the_sum_is_said():
    net = net_of(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), dtype=torch.float64)
    e = jx.explain(net, table(1, 4)[0], "lrp")
    missing = e.output - e.values.sum()
    assert abs(missing) > 1e-3
    assert any(f"{missing:.4g}" in n for n in e.notes)


def test_softmax_products_and_norms_follow_attention_aware_rules():
    """Achtibat et al. 2024: x (R - s ΣR) through a softmax, halves through a product, all through a norm."""

    class One(nn.Module):
        def __init__(self, f):
            super().__init__()
            self.f = f

        def forward(self, x):
            return self.f(x)

    def relevance(f, x, target):
        return jx.explain(One(f), x, "lrp", target=target, epsilon=0.0).values

    x = table(1, 4, 3)[0]
    s = np.exp(x) / np.exp(x).sum()
    want = x * (np.eye(4)[1] * s[1] - s * s[1])
    np.testing.assert_allclose(relevance(lambda t: torch.softmax(t, 1), x, 1), want, atol=1e-14)
    half = relevance(lambda t: t[:, :2] * t[:, 2:], x, 0)
    np.testing.assert_allclose(half, x[0] * x[2] * np.array([0.5, 0, 0.5, 0]), atol=1e-14)
    normed = relevance(lambda t: F.layer_norm(t, (4,)), x, 2)
    np.testing.assert_allclose(normed, np.eye(4)[2] * ((x - x.mean()) / np.sqrt(x.var() + 1e-5))[2], atol=1e-14)
    gate = relevance(lambda t: t * torch.sigmoid(t), x, 3)
    np.testing.assert_allclose(gate, np.eye(4)[3] * x[3] / (1 + np.exp(-x[3])), atol=1e-14)


def test_captum_agrees_on_epsilon():
    attr = pytest.importorskip("captum.attr")
    net = net_of(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3), dtype=torch.float64).eval()
    x = table(1, 6, 8)[0]
    want = attr.LRP(net).attribute(torch.from_numpy(x)[None], target=1).detach().numpy()[0]
    e = jx.explain(net, x, "lrp", epsilon=1e-9, target=1)
    np.testing.assert_allclose(e.values, want, atol=1e-7)


def test_an_operation_without_a_rule_is_named():
    class Sorted(nn.Module):
        def forward(self, x):
            return torch.cumprod(x, 1)

    e = jx.explain(Sorted(), table(1, 3)[0], "lrp")
    assert any("cumprod" in n for n in e.notes)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("zminus", "rules must be .*'zbox'.*'epsilon-plus'.*; got 'zminus'"),
        ({"on": "zplus"}, "near: .*one.*; got 'on'"),
        ({"one": ("gamma", {"gama": 1})}, "numbers of a rule are .*gamma"),
        ({"one": ("flat", 1)}, r"'flat' has no numbers; got \(1,\)"),
        ({"one": ("gamma", 1, 2)}, "numbers of 'gamma' are gamma"),
        ({-1: "zplus"}, "position from 0.*; got -1"),
    ],
)
def test_wrong_rules_are_refused(deep, rules, words):
    with pytest.raises(ValueError, match=f"LRP: .*{words}"):
        jx.explain(deep, table(1, 16).reshape(1, 4, 4), "lrp", rules=rules)


def test_wrong_boxes_are_refused(deep):
    for box in (3, (1,), (2, 1), ("a", "b")):
        with pytest.raises(ValueError, match="LRP: box must be two numbers"):
            jx.explain(deep, table(1, 16).reshape(1, 4, 4), "lrp", rules="zbox", box=box)
