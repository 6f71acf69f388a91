"""DeepLIFT against closed forms and completeness; against captum where it is right, and where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from zoo import net_of, seeded, table

import jupyter_explain as jx


def explain(net, x, baseline, **options):
    return jx.explain(net, x, "deep_lift", baseline=baseline, target=options.pop("target", 0), **options)


def picture(seed, channels=3, side=16):
    return table(1, channels * side**2, seed).reshape(channels, side, side)


def test_one_unit_in_closed_form():
    """y = relu(w x + c): every input gets w_i Δx_i Δy / Δz."""
    net = net_of(nn.Linear(4, 1), nn.ReLU(), dtype=torch.float64)
    w, c = net[0].weight.detach().numpy()[0], net[0].bias.item()
    for seed in range(20):
        x, b = table(2, 4, seed)
        z, z0 = w @ x + c, w @ b + c
        want = w * (x - b) * (max(z, 0) - max(z0, 0)) / (z - z0)
        np.testing.assert_allclose(explain(net, x, b).values, want, atol=1e-14)


def test_reveal_cancel_in_closed_form():
    """min(a, b) = a - relu(a - b): rescale gives all to one input, RevealCancel half to each (section 3.5.2)."""

    class Smaller(nn.Module):
        def __init__(self):
            super().__init__()
            self.minus, self.all = nn.Linear(2, 1, bias=False), nn.Linear(1, 1)

        def forward(self, x):
            return x[:, :1] - torch.relu(self.minus(x))

    net = Smaller().double()
    with torch.no_grad():
        net.minus.weight.copy_(torch.tensor([[1.0, -1.0]]))
    x, b = np.array([3.0, 2.0]), np.zeros(2)
    np.testing.assert_allclose(explain(net, x, b).values, [0, 2], atol=1e-15)
    # Δz⁺ = 3 and Δz⁻ = -2: Δy⁺ = (3 + 1) / 2 = 2 and Δy⁻ = (0 + (1 - 3)) / 2 = -1
    np.testing.assert_allclose(explain(net, x, b, rules="reveal-cancel").values, [3 - 2, 1], atol=1e-15)


def test_reveal_cancel_by_brute_force():
    """Each hidden unit's two multipliers from its definition, in matrices."""
    net = net_of(nn.Linear(5, 4), nn.Softplus(), nn.Linear(4, 2), dtype=torch.float64)
    (w, c), (v, _) = ((m.weight.detach().numpy(), m.bias.detach().numpy()) for m in (net[0], net[2]))
    f = lambda z: np.logaddexp(0, z)  # noqa: E731
    for seed in range(5):
        x, b = table(2, 5, seed)
        each = w * (x - b)
        plus, minus, z0 = np.maximum(each, 0).sum(1), np.minimum(each, 0).sum(1), w @ b + c
        with np.errstate(invalid="ignore"):  # a unit without positive (negative) changes needs no multiplier for them
            up = (f(z0 + plus) - f(z0) + f(z0 + plus + minus) - f(z0 + minus)) / 2 / plus
            down = (f(z0 + minus) - f(z0) + f(z0 + plus + minus) - f(z0 + plus)) / 2 / minus
        want = (v[1][:, None] * each * np.where(each > 0, up[:, None], down[:, None])).sum(0)
        np.testing.assert_allclose(explain(net, x, b, target=1, rules="reveal-cancel").values, want, atol=1e-13)


class Everything(nn.Module):
    """Functional, in-place and re-used ReLUs, residual adds, batch norm, overlapping and adaptive max-pools."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.second, self.relu = nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(inplace=True)
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        x = kept = self.relu(self.norm(self.first(x)))
        x = self.second(x)
        x += kept
        x = F.max_pool2d(F.relu(x, inplace=True), 3, 2, 1)
        x = self.relu(-x + x.amax((2, 3), keepdim=True) / 2)
        return self.head(F.adaptive_max_pool2d(x, 2).flatten(1))


def everything():
    net = seeded(Everything().double(), 5).train()
    rng = np.random.default_rng(6)
    with torch.no_grad():
        net.norm.running_mean.copy_(torch.from_numpy(rng.normal(size=8)))
        net.norm.running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, size=8)))
    return net


class Attending(nn.Module):
    """A small transformer with tokens from patches, in torch's own layers."""

    def __init__(self, activation="gelu"):
        super().__init__()
        self.cut, self.token = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.randn(1, 1, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, norm_first=True, activation=activation)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 4)

    def forward(self, x):
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = self.blocks(torch.cat([self.token.expand(len(x), -1, -1), x], 1))
        return self.head(self.norm(x)[:, 0])


class Mixed(nn.Module):
    """Fused attention, group and root-mean-square norms, a quotient, log-probabilities."""

    def __init__(self):
        super().__init__()
        self.keys, self.head = nn.Linear(16, 24), nn.Linear(128, 3)
        self.group, self.root = nn.GroupNorm(2, 16), nn.RMSNorm(8)

    def forward(self, x):
        q, k, v = self.keys(self.group(x.mean(1))).chunk(3, -1)
        x = self.root(F.scaled_dot_product_attention(q, k, v, is_causal=True))
        return F.log_softmax(self.head((x / (1 + x.exp())).flatten(1)), 1)


@pytest.mark.parametrize(
    "make", [everything, lambda: seeded(Attending().double(), 1), lambda: seeded(Mixed().double(), 2)]
)
@pytest.mark.parametrize("link", ["identity", "probability"])
def test_the_sum_is_exact_through_every_operation_with_a_rule(make, link):
    e = explain(make(), picture(0), picture(1), link=link)
    assert abs(e.gap) < 1e-12 * np.abs(e.values).sum()
    assert np.abs(e.values).sum() > 1e-3
    assert not any("No rule" in n for n in e.notes)


@pytest.mark.parametrize("rules", ["reveal-cancel", {"conv": "rescale", "second": "reveal-cancel", "*": "rescale"}])
def test_reveal_cancel_sums_up_too(rules):
    e = explain(everything(), picture(0), picture(1), rules=rules)
    assert abs(e.gap) < 1e-12
    assert e.error_kind == "gap"


@pytest.mark.parametrize("name", ["SiLU", "ELU", "Hardswish", "LeakyReLU", "PReLU", "Hardtanh", "ReLU6", "Sigmoid"])
def test_activations(name):
    act = getattr(nn, name)
    net = net_of(
        nn.Conv2d(3, 4, 3), act(), nn.MaxPool2d(3, 2), act(), nn.Flatten(), nn.Linear(144, 2), dtype=torch.float64
    )
    assert abs(explain(net, picture(0), picture(1)).gap) < 1e-13


def test_a_target_that_computes_is_part_of_the_sum():
    def margin(out):
        if isinstance(out, np.ndarray):
            out = torch.from_numpy(out)
            return margin(out).numpy()
        return out[:, 0] - torch.logsumexp(out, 1)

    e = explain(everything(), picture(0), picture(1), target=margin)
    assert abs(e.gap) < 1e-13


def test_nothing_changes_nothing_adds():
    """Where input and baseline agree there is nothing to share out, and no division by zero."""
    x = picture(0)
    half = x.copy()
    half[:, :8] = 0.5
    e = explain(everything(), x, half)
    assert not e.values[:, 8:].any()
    assert not explain(everything(), x, x).values.any()


def test_tiny_differences_become_gradients():
    net, x = everything(), picture(0)
    near = explain(net, x, x * (1 - 1e-9)).values
    grad = jx.explain(net, x, "saliency", target=0).values
    np.testing.assert_allclose(near, grad * x * 1e-9, atol=1e-6 * np.abs(near).max())


def test_many_baselines_are_averaged():
    net, x, rows = everything(), picture(0), table(5, 768, 3).reshape(5, 3, 16, 16)
    many = explain(net, x, rows)
    np.testing.assert_allclose(many.values, np.mean([explain(net, x, r).values for r in rows], 0), atol=1e-14)
    assert many.error_kind == "gap"
    assert many.final or many.evals >= 6
    kinds = [e.error_kind for e in jx.stream(net, x, "deep_lift", baseline=rows, target=0)]
    assert kinds[:5] == ["unknown", "stderr", "stderr", "stderr", "gap"]
    assert set(kinds[5:]) <= {"gap"}  # the driver may repeat the last answer as final


def test_an_operation_without_a_rule_is_named_beside_its_gap():
    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside, self.out = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 2)

        def forward(self, x):
            lengths = [x.shape[1]] * len(x)
            return self.out(self.inside(nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True))[1][0][-1])

    net, x = seeded(Packed().double(), 1), table(6, 4, 1)
    e = explain(net, x, np.zeros_like(x), layout="CT")
    assert abs(e.gap) > 1e-3
    assert e.error == abs(e.gap)
    assert any("lstm" in n for n in e.notes)


def test_a_network_that_goes_another_way_is_refused():
    class Moody(nn.Module):
        def forward(self, x):
            return (torch.tanh(x) if x.sum() > 0 else x.relu()).sum(1)

    with pytest.raises(ValueError, match="same steps"):
        explain(Moody(), np.ones(3), -np.ones(3))


def test_wrong_rules_are_refused_with_near_names():
    net, x = everything(), picture(0)
    with pytest.raises(ValueError, match="DeepLIFT: rules .*'rescale'.*; got 'epsilon'"):
        explain(net, x, 0 * x, rules="epsilon")
    with pytest.raises(ValueError, match=r"near: .*second.*; got 'secnd'"):
        explain(net, x, 0 * x, rules={"secnd": "rescale", "*": "rescale"})


def test_captum_agrees_where_every_activation_is_a_module_of_its_own():
    attr = pytest.importorskip("captum.attr")
    layers = [
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(576, 8),
        nn.Sigmoid(),
    ]
    net = net_of(*layers, nn.Linear(8, 2), dtype=torch.float64).eval()
    x, b = picture(0), picture(1)
    one, zero = (torch.from_numpy(a)[None] for a in (x, b))
    want = attr.DeepLift(net).attribute(one, zero, target=0).detach().numpy()[0]
    np.testing.assert_allclose(explain(net, x, b).values, want, atol=1e-14)
    rows = table(4, 768, 2).reshape(4, 3, 16, 16)
    want = attr.DeepLiftShap(net).attribute(one, torch.from_numpy(rows), target=0).detach().numpy()[0]
    np.testing.assert_allclose(explain(net, x, rows).values, want, atol=1e-14)


def test_captum_is_silently_wrong_on_a_functional_relu():
    attr = pytest.importorskip("captum.attr")

    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 1)

        def forward(self, x):
            return self.b(F.relu(self.a(x)))

    net, (x, b) = seeded(Functional().double(), 4), table(2, 6, 5)
    one, zero = (torch.from_numpy(a)[None] for a in (x, b))
    peer = attr.DeepLift(net).attribute(one, zero, target=0).detach().numpy()
    ours = explain(net, x, b)
    assert abs(ours.gap) < 1e-14
    assert abs(peer.sum() - (ours.output - ours.base)) > 0.01
