"""Class-activation maps against two-line references, brute force, captum's raw values, and torch's own enlarging."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_deep_lift import Attending
from torch import nn
from torch.nn import functional as F
from zoo import net_of, seeded, table

import jupyter_explain as jx
from jupyter_explain.inside.cam import enlarged
from jupyter_explain.models import wrap
from jupyter_explain.models.layers import activations

VARIANTS = ["grad-cam", "++", "hires", "layer", "xgrad", "eigen"]


class Small(nn.Module):
    """Convolutions of which the last is registered first; an in-place ReLU right behind it; frozen."""

    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Conv2d(6, 5, 3, stride=2), nn.Conv2d(3, 6, 3, padding=1)
        self.norm, self.head, self.unused = nn.BatchNorm2d(6), nn.Linear(5 * 7 * 4, 4), nn.Conv2d(1, 1, 1)
        for p in self.parameters():
            p.requires_grad_(False)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        return self.head(F.relu(self.last(x), inplace=True).flatten(1))


@pytest.fixture
def small():
    return seeded(Small().double(), 3).train()


X = table(1, 3 * 15 * 10, 1).reshape(3, 15, 10)


def reference(net, x, layer, target):
    """Activation and gradient of a layer, (channels, h, w) each."""
    net = net.eval()
    got = []
    handle = layer.register_forward_hook(lambda m, i, o: got.append(o.detach().requires_grad_()) or got[0].clone())
    grad = torch.autograd.grad(net(torch.from_numpy(x)[None])[0, target], got[0])[0]
    handle.remove()
    net.train()
    return got[0].detach().numpy()[0], grad.numpy()[0]


def by_formula(variant, a, g):
    if variant == "grad-cam":
        return np.einsum("k,kij->ij", g.mean((1, 2)), a)
    if variant == "hires":
        return (g * a).sum(0)
    if variant == "layer":
        return (np.maximum(g, 0) * a).sum(0)
    if variant == "xgrad":
        return np.einsum("k,kij->ij", (g * a).sum((1, 2)) / a.sum((1, 2)), a)
    if variant == "++":
        alpha = np.where(g != 0, g**2 / (2 * g**2 + a.sum((1, 2), keepdims=True) * g**3 + (g == 0)), 0)
        return np.einsum("k,kij->ij", (alpha * np.maximum(g, 0)).sum((1, 2)), a)
    flat = a.reshape(len(a), -1)
    power = np.linalg.eigh(flat @ flat.T)[1][:, -1] @ flat
    return (power * np.sign(power @ flat.sum(0))).reshape(a.shape[1:])


def large(raw, size):
    return F.interpolate(torch.from_numpy(raw)[None, None], size, mode="bilinear").numpy()[0, 0]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("target", [0, 3])
def test_variants_are_their_formulas_raw(small, variant, target):
    e = jx.explain(small, X, "grad_cam", variant=variant, target=target)
    want = large(by_formula(variant, *reference(small, X, small.last, target)), X.shape[1:])
    np.testing.assert_allclose(e.values.sum(0), want, atol=1e-12)
    np.testing.assert_allclose(e.values[0], e.values[2], atol=0)
    assert e.error_kind == "exact"
    assert any("7 × 4 places at last (5 channels)" in n for n in e.notes)
    assert any("chosen for you: last" in n for n in e.notes)


def test_captum_agrees_on_raw_values(small):
    attr = pytest.importorskip("captum.attr")
    for layer in (small.first, small.norm, small.last):
        e = jx.explain(small, X, "grad_cam", at=layer, target=1)
        peer = attr.LayerGradCam(small.eval(), layer).attribute(torch.from_numpy(X)[None], 1, relu_attributions=False)
        np.testing.assert_allclose(e.values.sum(0), large(peer.detach().numpy()[0, 0], X.shape[1:]), atol=1e-12)
    assert (jx.explain(small, X, "grad_cam", target=2).values < 0).any()  # raw: never rectified


def test_guided_grad_cam_is_the_product(small):
    for target in range(4):
        e = jx.explain(small, X, "guided_grad_cam", target=target)
        cam = jx.explain(small, X, "grad_cam", target=target).values.sum(0)
        detail = jx.explain(small, X, "guided_backprop", target=target).values
        np.testing.assert_allclose(e.values, detail * np.maximum(cam, 0), atol=1e-13)
        assert e.values.any() == (cam > 0).any() == (not any("nowhere positive" in n for n in e.notes))


def test_score_cam_by_brute_force(small):
    base = np.full_like(X, 0.3)
    e = jx.explain(small, X, "score_cam", target=1, baseline=base)
    a, _ = reference(small, X, small.last, 1)
    ask = lambda x: small.eval()(torch.from_numpy(x)[None])[0, 1].item()  # noqa: E731
    gains = []
    for one in a:
        mask = large(one, X.shape[1:])
        mask = (mask - mask.min()) / np.ptp(mask)
        gains.append(ask(base + mask * (X - base)) - ask(base))
    weights = np.exp(gains) / np.exp(gains).sum()
    np.testing.assert_allclose(e.values.sum(0), large(np.einsum("k,kij->ij", weights, a), X.shape[1:]), atol=1e-12)
    kinds = [k.error_kind for k in jx.stream(small, X, "score_cam", target=1, baseline=base)]
    assert set(kinds[:4]) == {"unknown"}
    assert kinds[-1] == "exact"


def test_a_channel_that_is_the_same_everywhere_is_left_out(small):
    with torch.no_grad():
        small.last.weight[2] = 0
    e = jx.explain(small, X, "score_cam", target=1, baseline="zeros")
    assert any("1 of 5 channels" in n for n in e.notes)
    assert np.isfinite(e.values).all()


class Mixing(Small):
    """Joins what is above the layer with what is below it, which only works with the same number of rows."""

    def forward(self, x):
        low = self.first(x)
        high = F.interpolate(self.last(low), low.shape[2:])
        return self.head(torch.cat([low, high], 1)[:, :5, :7, :4].flatten(1)) + high.mean((1, 2, 3))[:, None]


@pytest.mark.parametrize("kind", [Small, Mixing])
def test_ablation_cam_by_brute_force(kind):
    net = seeded(kind().double(), 4).eval()
    e = jx.explain(net, X, "ablation_cam", target=1)
    a, _ = reference(net, X, net.last, 1)
    net.eval()

    def ask():
        return net(torch.from_numpy(X)[None])[0, 1].item()

    full, drops = ask(), []
    for k in range(5):
        handle = net.last.register_forward_hook(lambda m, i, o, k=k: o * (torch.arange(5) != k)[None, :, None, None])
        drops.append(full - ask())
        handle.remove()
    np.testing.assert_allclose(e.values.sum(0), large(np.einsum("k,kij->ij", drops, a), X.shape[1:]), atol=1e-12)
    assert any(drops)


def test_ablation_runs_what_is_below_the_layer_once_a_batch(small):
    model = wrap(small)
    rows = []
    model.net.plain.first.register_forward_hook(lambda m, i, o: rows.append(len(o)))
    jx.explain(model, X, "ablation_cam", target=1)
    assert max(rows) == 1


@pytest.mark.parametrize("shape", [(16, 16), (24, 12)])
def test_tokens_go_back_to_their_grid(shape):
    """One class token; the last norm that the picture's own tokens reach is the last block's first."""
    net = seeded(Attending().double(), 1)
    x = table(1, 3 * shape[0] * shape[1], 2).reshape(3, *shape)
    e = jx.explain(net, x, "grad_cam", target=1)
    assert any("chosen for you: blocks.layers.1.norm1" in n for n in e.notes)
    a, g = reference(net, x, net.blocks.layers[1].norm1, 1)  # (tokens, channels)
    grid = (shape[0] // 4, shape[1] // 4)
    raw = (a[1:] @ g[1:].mean(0)).reshape(grid)
    np.testing.assert_allclose(e.values.sum(0), large(raw, shape), atol=1e-12)
    assert e.values.any()


def test_a_series_has_places_too():
    net = net_of(nn.Conv1d(2, 3, 5), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(60, 2), dtype=torch.float64)
    x = table(2, 24, 3)
    e = jx.explain(net, x, "grad_cam", layout="CT", target=1)
    a, g = reference(net, x, net[0], 1)
    want = F.interpolate(torch.from_numpy(g.mean(1) @ a)[None, None], 24, mode="linear").numpy()[0, 0]
    np.testing.assert_allclose(e.values.sum(0), want, atol=1e-13)


def test_enlarging_is_torchs():
    for shape, size in (((3, 5), (7, 9)), ((4, 4), (4, 4)), ((6, 2), (3, 5)), ((1, 1), (4, 3))):
        a = table(*shape, 1)
        np.testing.assert_allclose(enlarged(a, size), large(a, size), atol=1e-14)


def test_no_graph_is_built_below_the_layer(small):
    net = wrap(small).net
    seen = {}
    for name in ("first", "norm", "last", "head"):
        net.plain.get_submodule(name).register_forward_hook(lambda m, i, o, n=name: seen.update({n: o.requires_grad}))
    activations(net, X[None], ["last"], lambda o: o[:, 0])
    assert seen == {"first": False, "norm": False, "last": False, "head": True}


def test_several_layers_at_once(small):
    both = activations(wrap(small).net, X[None], ["first", "last"], lambda o: o[:, 2])
    for name, layer in (("first", small.first), ("last", small.last)):
        a, g = reference(small, X, layer, 2)
        np.testing.assert_allclose(both[name][0][0], a, atol=1e-13)
        np.testing.assert_allclose(both[name][1][0], g, atol=1e-13)


@pytest.mark.parametrize("name", ["grad_cam", "guided_grad_cam", "score_cam", "ablation_cam"])
def test_wrong_layers_are_refused(small, name):
    options = {"baseline": "zeros"} if name == "score_cam" else {}
    for at, words in (
        ("lasst", r"near: last.*; got 'lasst'"),
        ("unused", "runs.*; got 'unused', which did not"),
        (nn.Linear(1, 1), "a layer of the model.*; got Linear"),
        ("head", "whose output has places.*; got 'head', whose output has the shape"),
        (3, "name a layer.*; got 3"),
    ):
        with pytest.raises(ValueError, match=f"at must .*{words}"):
            jx.explain(small, X, name, at=at, **options)
    flat = net_of(nn.Flatten(), nn.Linear(450, 2), dtype=torch.float64)
    with pytest.raises(ValueError, match="needs a convolution"):
        jx.explain(flat, X, name, **options)
    with pytest.raises(ValueError, match="needs an image or a series"):
        jx.explain(net_of(nn.Linear(4, 2)), table(1, 4)[0], name, **options)


def test_a_layer_that_runs_twice_gives_its_last_run():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.again, self.head = nn.Conv2d(2, 2, 3, padding=1), nn.Linear(2, 2)

        def forward(self, x):
            return self.head(self.again(torch.tanh(self.again(x))).mean((2, 3)))

    net, x = seeded(Twice().double(), 1), table(1, 50, 1).reshape(2, 5, 5)
    e = jx.explain(net, x, "grad_cam", target=0)
    assert any("runs 2 times" in n for n in e.notes)
    weights = net.head.weight.detach().numpy()[0] / 25
    a = net.again(torch.tanh(net.again(torch.from_numpy(x)[None]))).detach().numpy()[0]
    np.testing.assert_allclose(e.values.sum(0), np.tensordot(weights, a, 1), atol=1e-13)


def test_nothing_that_speaks_for_the_target_is_said():
    net = net_of(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 1), dtype=torch.float64)
    with torch.no_grad():
        net[0].weight.abs_(), net[0].bias.zero_(), net[3].weight.copy_(-net[3].weight.abs())
    e = jx.explain(net, np.abs(table(4, 4))[None], "grad_cam")
    assert any("no number is positive" in n for n in e.notes)
    assert e.values.max() < 0


def test_feature_ablation_by_brute_force():
    net, x, b = net_of(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1), dtype=torch.float64), table(1, 5)[0], table(3, 5, 1)
    e = jx.explain(net, x, "feature_ablation", baseline=b)
    ask = lambda rows: net(torch.from_numpy(rows)).detach().numpy()[:, 0]  # noqa: E731
    for i in range(5):
        rows = np.tile(x, (3, 1))
        rows[:, i] = b[:, i]
        assert abs(e.values[i] - (ask(x[None])[0] - ask(rows).mean())) < 1e-14
    grouped = jx.explain(net, x, "feature_ablation", baseline=b, groups=[0, 0, 1, 1, 1])
    rows = np.tile(x, (3, 1))
    rows[:, :2] = b[:, :2]
    np.testing.assert_allclose(grouped.values[:2].sum(), ask(x[None])[0] - ask(rows).mean(), atol=1e-14)
    kinds = [k.error_kind for k in jx.stream(net, x, "feature_ablation", baseline=b)]
    assert kinds[:5] == ["unknown"] * 4 + ["exact"]


def test_a_norm_over_linear_and_whole_maps():
    """Channels last behind a Linear or a LayerNorm over channels; first where the norm covers the places, too."""

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.cut, self.whole = nn.Conv2d(3, 8, 1), nn.LayerNorm([8, 8, 8])
            self.mix, self.norm, self.head = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 2)

        def forward(self, x):
            x = self.whole(self.cut(x)).permute(0, 2, 3, 1)
            return self.head(torch.relu(self.norm(self.mix(x))).amax((1, 2)))

    model, x = seeded(Mixed(), 0).double(), torch.from_numpy(table(1, 192).reshape(3, 8, 8))
    whole = model.whole(model.cut(x[None]))
    mixed = model.mix(whole.permute(0, 2, 3, 1))
    for at, want in (
        ("whole", whole[0]),
        ("mix", mixed[0].permute(2, 0, 1)),
        ("norm", model.norm(mixed)[0].permute(2, 0, 1)),
    ):
        maps = want.detach().numpy()
        np.testing.assert_allclose(jx.explain(model, x, "activations", at=at).maps, maps, atol=1e-12)
        flat = maps.reshape(8, -1)
        eigen = np.abs(np.linalg.svd(flat, full_matrices=False)[0][:, 0] @ flat).reshape(8, 8)
        got = jx.explain(model, x, "grad_cam", at=at, variant="eigen").values.sum(0)
        np.testing.assert_allclose(np.abs(got), eigen, atol=1e-9)


def test_exported_and_scripted_modules_are_refused_by_name():
    net = net_of(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    x = torch.from_numpy(table(1, 192).reshape(3, 8, 8)).float()
    exported = torch.export.export(net, (x[None],)).module()
    for hidden, words in ((exported, "an exported"), (nn.Sequential(torch.jit.script(net)), "a scripted")):
        with pytest.raises(ValueError, match=f"torch.jit and torch.export.*{words} module"):
            jx.explain(hidden, x, "grad_cam")
