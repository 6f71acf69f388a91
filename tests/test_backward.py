"""Rectifier rules on networks as people write them, against backward passes written by hand."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from zoo import cnn, net_of, seeded, table

import jupyter_explain as jx
from jupyter_explain.models.backward import ReluRule
from jupyter_explain.models.torch import twin_of


class Ways(nn.Module):
    """The same ReLU as a module used twice, a function, a method, in place, and behind a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(5))
        self.out = nn.Linear(6, 3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        a, b, c, d, e = self.layers
        x = self.relu(a(x))
        x = F.relu(b(x)) + x
        x = c(x).relu()
        y = d(x)
        y += x
        y.relu_()
        return self.out(self.relu(e(y)))


def by_hand(net: Ways, x: np.ndarray, target: int, guided: bool) -> np.ndarray:
    """The same network forwards and backwards with matrices."""
    mats = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in (*net.layers, net.out)]
    (wa, ba), (wb, bb), (wc, bc), (wd, bd), (we, be), (wo, _) = mats
    relu = lambda z: np.maximum(z, 0)  # noqa: E731
    back = lambda g, z: np.maximum(g, 0) * ((z > 0) if guided else 1)  # noqa: E731
    za = wa @ x + ba
    a = relu(za)
    zb = wb @ a + bb
    b = relu(zb) + a
    zc = wc @ b + bc
    c = relu(zc)
    zd = wd @ c + bd + c
    ze = we @ relu(zd) + be
    g = back(wo[target], ze)
    g = back(we.T @ g, zd)
    g = back(wd.T @ g + g, zc)
    g = wc.T @ g
    g = wb.T @ back(g, zb) + g
    return wa.T @ back(g, za)


@pytest.fixture
def ways():
    return seeded(Ways().double(), 3)


@pytest.mark.parametrize("name", ["guided_backprop", "deconvolution"])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_every_way_to_write_a_relu(ways, name, target):
    for seed in range(5):
        x = table(1, 6, seed)[0]
        want = by_hand(ways, x, target, name == "guided_backprop")
        np.testing.assert_allclose(jx.explain(ways, x, name, target=target).values, want, atol=1e-14)


def test_captum_agrees_where_every_relu_is_a_module_of_its_own():
    attr = pytest.importorskip("captum.attr")
    layers = (
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 3),
    )
    net = net_of(*layers, dtype=torch.float64).eval()
    x = table(1, 144, 5).reshape(1, 12, 12)
    one = torch.from_numpy(x)[None]
    for name, peer in (("guided_backprop", attr.GuidedBackprop), ("deconvolution", attr.Deconvolution)):
        want = peer(net).attribute(one.clone().requires_grad_(), target=1).detach().numpy()[0]
        np.testing.assert_allclose(jx.explain(net, x, name, target=1).values, want, atol=1e-14)


def test_captum_misses_a_functional_relu():
    """Why hooks are not enough: the peer answers with the plain gradient, without a word."""
    attr = pytest.importorskip("captum.attr")

    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 1)

        def forward(self, x):
            return self.b(F.relu(self.a(x)))

    net, x = seeded(Functional().double(), 4), table(1, 6, 4)[0]
    peer = attr.GuidedBackprop(net).attribute(torch.from_numpy(x)[None].requires_grad_(), target=0).detach().numpy()[0]
    np.testing.assert_allclose(peer, jx.explain(net, x, "saliency").values, atol=1e-14)
    assert np.abs(peer - jx.explain(net, x, "guided_backprop").values).max() > 0.01


def test_other_activations_are_named_and_none_is_said():
    net, x = net_of(nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 1)), table(1, 4)[0].astype(np.float32)
    e = jx.explain(net, x, "guided_backprop")
    assert any("gelu" in n for n in e.notes)
    assert any("no ReLU" in n for n in e.notes)
    np.testing.assert_array_equal(e.values, jx.explain(net, x, "saliency").values)


@pytest.mark.parametrize("method", ["guided_backprop", "deconvolution"])
def test_only_activations_are_named(method):
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.line = nn.Linear(4, 4)

        def forward(self, x):
            h = self.line(x)
            h += x
            h.mul_(2).clamp_(min=0)
            return h.sum(1)

    assert jx.explain(seeded(Residual(), 0), table(1, 4)[0], method).notes == ()


@pytest.mark.parametrize("name", ["guided_backprop", "deconvolution", "deep_lift", "lrp"])
def test_scripted_modules_are_refused_by_name(name):
    inner = torch.jit.trace(net_of(nn.Linear(4, 4), nn.ReLU()), torch.zeros(1, 4))
    for net in (inner, nn.Sequential(inner, nn.Linear(4, 2))):
        with pytest.raises(ValueError, match="torch.jit.*scripted module"):
            jx.explain(net, table(1, 4)[0].astype(np.float32), name)


@pytest.mark.parametrize("name", ["guided_backprop", "deconvolution", "deep_lift", "lrp"])
def test_exported_modules_are_refused_by_name(name):
    net = net_of(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    exported = torch.export.export(net, (torch.zeros(1, 4),)).module()
    x = table(1, 4)[0].astype(np.float32)
    with pytest.raises(ValueError, match="before it is exported.*aten.linear"):
        jx.explain(exported, x, name)
    np.testing.assert_array_equal(jx.explain(exported, x, "saliency").values, jx.explain(net, x, "saliency").values)


class Normed(nn.Module):
    """A norm called as `functional` has it, or as `torch` does, which takes its arguments in another order."""

    def __init__(self, kind, bare):
        super().__init__()
        self.kind, self.bare = kind, bare
        self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 2)
        size = 6 if kind in {"layer", "group", "batch"} else 2
        for i, k in enumerate(("weight", "bias", "mean", "var")):
            self.register_buffer(k, torch.linspace(0.5 + i, 1.5 - i / 9, size))

    def forward(self, x):
        h, own = self.first(x), (self.weight, self.bias)
        both, stats = h.view(-1, 2, 3), (self.mean, self.var)
        h = {
            "batch": lambda: torch.batch_norm(h, *own, *stats, False, 0.1, 1e-5, True)
            if self.bare else F.batch_norm(h, *stats, *own),
            "layer": lambda: torch.layer_norm(h, (6,), *own, 1e-5, True) if self.bare else F.layer_norm(h, (6,), *own),
            "group": lambda: torch.group_norm(h, 2, *own, 1e-5, True) if self.bare else F.group_norm(h, 2, *own),
            "instance": lambda: torch.instance_norm(both, *own, None, None, True, 0.1, 1e-5, False)
            if self.bare else F.instance_norm(both, weight=own[0], bias=own[1]),
            "tracked": lambda: torch.instance_norm(both, *own, *stats, use_input_stats=False, momentum=0.1, eps=1e-5,
                                                   cudnn_enabled=False)
            if self.bare else F.instance_norm(both, *stats, *own, use_input_stats=False),
        }[self.kind]()  # fmt: skip
        return self.last(torch.tanh(h.reshape(-1, 6)))


@pytest.mark.parametrize("method", ["deep_lift", "lrp"])
@pytest.mark.parametrize("kind", ["batch", "layer", "group", "instance", "tracked"])
def test_norms_in_either_order_of_arguments(kind, method):
    x, baseline = table(2, 6)
    nets = [seeded(Normed(kind, bare), 0).double() for bare in (False, True)]
    options = {"baseline": baseline} if method == "deep_lift" else {}
    ours, bare = (jx.explain(net, x, method, target=0, **options) for net in nets)
    np.testing.assert_array_equal(ours.values, bare.values)
    assert not any("No rule" in n for n in ours.notes)
    if method == "deep_lift":
        assert abs(ours.gap) < 1e-12


def test_a_compiled_module_is_explained_as_it_was_written(ways):
    x = table(1, 6)[0]
    compiled = torch.compile(ways, backend="eager")
    for name in ("guided_backprop", "lrp", "saliency"):
        np.testing.assert_array_equal(jx.explain(compiled, x, name).values, jx.explain(ways, x, name).values)
    layered = torch.compile(cnn(), backend="eager")
    picture = table(1, 128).reshape(2, 8, 8).astype(np.float32)
    at = layered.second
    assert any("at second" in n for n in jx.explain(layered, picture, "grad_cam", at=at).notes)


def test_another_thread_keeps_its_ordinary_gradients(ways):
    net = twin_of(ways)
    x = torch.from_numpy(table(1, 6)).requires_grad_()
    plain = torch.autograd.grad(net(x)[0, 0], x)[0]
    inside, checked = threading.Event(), threading.Event()
    found = []

    def other():
        inside.wait(5)
        found.append(torch.autograd.grad(net(x)[0, 0], x)[0])
        checked.set()

    thread = threading.Thread(target=other)
    thread.start()

    def ask(given):
        inside.set()
        checked.wait(5)
        return net(*given)[:, 0]

    rule = ReluRule("test", guided=True)
    bent = torch.autograd.grad(rule.ask(ask, (x,), None, net), x)[0]
    thread.join()
    assert torch.equal(found[0], plain)
    assert not torch.equal(bent, plain)
    assert rule.acted == {"relu"}


def test_the_twin_needs_no_gradient_and_follows_training(ways):
    twin = twin_of(ways)
    assert not any(p.requires_grad for p in twin.parameters())
    assert all(p.requires_grad for p in ways.parameters())
    with torch.no_grad():
        ways.out.bias += 1
    assert torch.equal(twin.out.bias, ways.out.bias)
    assert twin.out.bias.data_ptr() == ways.out.bias.data_ptr()


def test_input_times_gradient_is_exact_without_biases():
    net = net_of(nn.Linear(5, 7, bias=False), nn.ReLU(), nn.Linear(7, 2, bias=False), dtype=torch.float64)
    x = table(1, 5, 2)[0]
    e = jx.explain(net, x, "input_x_gradient", target=1)
    assert abs(e.values.sum() - e.output) < 1e-14
    np.testing.assert_allclose(e.values, x * jx.explain(net, x, "saliency", target=1).values, rtol=1e-14)


class Masked(nn.Module):
    """One head over a series whose steps see no later ones, the mask put on in several ways."""

    def __init__(self, how):
        super().__init__()
        self.inside, self.qkv, self.head, self.how = nn.Linear(3, 4), nn.Linear(4, 12), nn.Linear(4, 2), how
        seeded(self, 0).double()

    def forward(self, x):
        q, k, v = self.qkv(self.inside(x.transpose(1, 2))).chunk(3, -1)
        later = torch.ones(x.shape[-1], x.shape[-1], dtype=torch.bool).triu(1)
        added = torch.zeros(later.shape).double().masked_fill(later, -torch.inf)
        if self.how == "causal":
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        elif self.how == "fused":
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=added)
        else:
            scores = q @ k.transpose(1, 2)
            scores = scores / 2 + added if self.how == "by hand" else (scores + added) / 2
            mixed = torch.softmax(scores, -1) @ v
        return self.head(mixed.mean(1))


@pytest.mark.parametrize("how", ["fused", "by hand", "before scaling"])
@pytest.mark.parametrize("method", ["deep_lift", "lrp"])
def test_minus_infinity_added_to_scores_hides_them(method, how):
    x = table(3, 5, seed=1)
    expected = jx.explain(Masked("causal"), x, method, baseline="zeros" if method == "deep_lift" else None)
    found = jx.explain(Masked(how), x, method, baseline="zeros" if method == "deep_lift" else None)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)
    assert np.abs(found.values).max() > 0.01


MASKS = {
    "none": None,
    "later": torch.ones(5, 5, dtype=torch.bool).triu(1),
    "numbers": torch.ones(5, 5).triu(1) * -2,
    "by head": torch.eye(5, dtype=torch.bool).roll(1, 1).repeat(2, 1, 1),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("keys", [4, 3])
@pytest.mark.filterwarnings("ignore:Support for mismatched")
def test_multi_head_attention_written_out(mask, padded, keys):
    """torch's own numbers, weights included, with every kind of mask; and complete."""

    class Attending(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = nn.MultiheadAttention(4, 2, batch_first=True, kdim=keys, vdim=keys)
            seeded(self, 3).double()

        def forward(self, x):
            given = MASKS[mask].repeat(len(x), 1, 1) if mask == "by head" else MASKS[mask]
            given = given.double() if mask == "numbers" else given
            hidden = torch.zeros(len(x), 5, dtype=torch.bool)
            hidden[:, 3:] = padded
            out, weights = self.inside(x, x[..., :keys], x[..., :keys], hidden if padded else None, attn_mask=given)
            return torch.stack([out.sum((1, 2)), (weights * weights).sum((1, 2))], 1)

    net, x = Attending(), torch.from_numpy(table(5, 4, seed=2))
    with torch.no_grad():
        wanted = net(x[None])[0].numpy()
    for target in (0, 1):
        found = jx.explain(net, x, "deep_lift", baseline=table(5, 4, seed=9), target=target, layout="CT")
        assert found.output == pytest.approx(wanted[target], abs=1e-9)
        assert abs(found.gap) < 1e-9
        assert not any("No rule" in n for n in found.notes)


def test_queries_that_may_look_at_nothing_have_no_weights():
    from jupyter_explain.models.backward.parts import attention

    q, k, v = torch.randn(3, 2, 4, 3, generator=torch.Generator().manual_seed(0)).unbind(0)
    mask = torch.tensor([[True, False, True, True], [False] * 4, [True] * 4, [False, True, False, False]])
    added = torch.zeros(4, 4).masked_fill(~mask, -torch.inf)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    for given in (mask, added):
        torch.testing.assert_close(attention(q, k, v, given), expected)
