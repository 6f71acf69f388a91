"""Occlusion by what a window changes in each layer, against whole passes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from zoo import seeded, table

import jupyter_explain as jx
from jupyter_explain.inside.hiding import Hiding
from jupyter_explain.models import wrap
from jupyter_explain.models.patches import Axis
from jupyter_explain.models.replay import Replay
from jupyter_explain.models.torch import speed_up

SIZE = 40


class Residual(nn.Module):
    """In-place and functional activations, sums, stacked channels, norms, three kinds of pools."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 5, 2, 2, bias=False), nn.BatchNorm2d(4)
        self.left, self.right = nn.Conv2d(4, 4, 3, padding="same", dilation=2), nn.Conv2d(4, 4, 1, groups=2)
        self.last, self.head = nn.Conv2d(8, 5, 3), nn.Linear(5 * 4, 3)
        self.register_buffer("mean", torch.tensor([0.1, -0.2, 0.3]).reshape(1, 3, 1, 1))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first((x - self.mean) / 0.7)), inplace=True), 3, 2, 1)
        y = self.left(x)
        y = F.avg_pool2d(torch.cat([y.relu_() + x, torch.sigmoid(self.right(x)) * 2], 1), 2, 1)
        y = F.adaptive_avg_pool2d(F.elu(self.last(y)), 2)
        return self.head(y.view(y.size(0), -1))


def sequential(*layers):
    return lambda: nn.Sequential(*layers)


NETS = {
    "residual": Residual,
    "pools": sequential(
        nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 6, 3, padding=1), nn.PReLU(6),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6 * 25, 3),
    ),
    "ceiling": sequential(
        nn.Conv2d(3, 4, (3, 5), padding=(0, 2)), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(4, 4, 1),
        nn.AdaptiveAvgPool2d((3, 1)), nn.Flatten(), nn.Linear(12, 2), nn.Softmax(1),
    ),
    "skips pixels": sequential(nn.Conv2d(3, 4, 1, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "late norm": sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 3), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ),
}  # fmt: skip


def net_of(name, dtype=torch.float64):
    return seeded(NETS[name](), 5).to(dtype).eval()


def picture(seed=0, n=1):
    return table(n, 3 * SIZE * SIZE, seed).reshape(n, 3, SIZE, SIZE)


def replay_of(net, x):
    model = wrap(net)
    model.predict(x)
    speed_up(model, x)
    return Replay(model.net, x), model


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("box", [(1, 1), (7, 4), (16, 16), (3, 39)])
def test_patches_anywhere_give_what_whole_passes_give(name, box):
    x, n = picture(), 23
    replay, model = replay_of(net_of(name), x)
    assert not replay.why
    rng = np.random.default_rng(1)
    top, left = (rng.integers(0, SIZE - b + 1, n) for b in box)
    top[:4], left[:4] = [0, SIZE - box[0]] * 2, [0, 0, SIZE - box[1], SIZE - box[1]]
    data, rows = rng.normal(size=(n, 3, *box)), np.repeat(x, n, 0)
    for row, i, j, patch in zip(rows, top, left, data, strict=True):
        row[:, i : i + box[0], j : j + box[1]] = patch
    found, want = replay.outputs(top, left, data), model.predict(rows)
    np.testing.assert_allclose(found, want, atol=1e-12 * max(1, np.abs(want).max()))
    assert np.ptp(want, axis=0).max() > 1e-6


@pytest.mark.parametrize("reach", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_every_output_that_a_stretch_touches_is_in_its_range(reach, stride, before):
    inputs = 17
    axis = Axis(reach, stride, before, (inputs + 2 * before - reach) // stride + 1)
    for count in (1, 2, 6):
        start = np.arange(inputs - count + 1)
        first, length = axis.touched(start, count)
        assert first.min() >= 0
        assert (first + length).max() <= axis.outputs
        for s, f in zip(start, first, strict=True):
            reads = [set(range(o * stride - before, o * stride - before + reach)) for o in range(axis.outputs)]
            touched = [o for o, r in enumerate(reads) if r & set(range(s, s + count))]
            assert not touched or f <= touched[0] <= touched[-1] < f + length


def both(net, x, monkeypatch, **settings):
    """Occlusion layer by layer, and by whole passes."""
    quick = jx.explain(net, x, "occlusion", **settings)
    with monkeypatch.context() as patched:
        patched.setattr(Hiding, "_may_follow", lambda self: False)
        return quick, jx.explain(net, x, "occlusion", **settings)


def followed(e):
    return any("Only what a window changes" in n for n in e.notes)


@pytest.mark.parametrize(
    "settings",
    [
        {"window": 8, "stride": 4, "baseline": "black"},
        {"window": (5, 9), "stride": (7, 2), "baseline": "blur"},
        {"window": 6, "stride": 6, "baseline": picture(3, 4)},
        {"window": 4, "stride": 3, "baseline": "noise", "link": "probability", "target": 1},
    ],
)
def test_windows(settings, monkeypatch):
    net, x = net_of("pools"), picture()[0]
    quick, plain = both(net, x, monkeypatch, **settings)
    assert followed(quick)
    assert not followed(plain)
    np.testing.assert_allclose(quick.values, plain.values, atol=1e-13)
    assert (quick.error, quick.error_kind, quick.final) == (0.0, "exact", True)
    assert quick.evals == plain.evals + 8  # four windows in both ways


def test_segments(monkeypatch):
    ids = np.arange(SIZE)[:, None] // 7 * 9 + np.arange(SIZE) // 5
    quick, plain = both(net_of("pools"), picture()[0], monkeypatch, groups=ids, baseline="white")
    assert followed(quick)
    np.testing.assert_allclose(quick.values, plain.values, atol=1e-13)


def test_colours_last_and_single_precision(monkeypatch):
    x = np.moveaxis(picture()[0], 0, -1).astype(np.float32)
    quick, plain = both(net_of("pools", torch.float32), x, monkeypatch, window=8, layout="HWC", baseline="black")
    assert followed(quick)
    np.testing.assert_allclose(quick.values, plain.values, atol=1e-5 * np.abs(plain.values).max() + 1e-7)


class Looking(nn.Module):
    """Goes another way where the numbers are such."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        x = x * 2 if float(x[0, 0, 0, 0].detach()) > 0 else x
        return x.mean((2, 3))


class Batched(Looking):
    """Its answer depends on how many rows there are: no patch can agree."""

    def forward(self, x):
        return self.conv(x).mean((2, 3)) * len(x)


@pytest.mark.parametrize(("kind", "words"), [(Looking, "looks at numbers"), (Batched, "other numbers")])
def test_what_cannot_be_followed_takes_whole_passes_and_says_so(kind, words, monkeypatch):
    monkeypatch.setattr("jupyter_explain.models.torch.Net.batch", lambda self: 1)
    e = jx.explain(seeded(kind(), 2).double(), picture()[0], "occlusion", window=8, baseline="black")
    assert not followed(e)
    assert any(words in n for n in e.notes)


def test_same_seed_same_bytes():
    net, x = net_of("residual", torch.float32), picture()[0].astype(np.float32)
    one, two = (jx.explain(net, x, "occlusion", window=8, baseline="noise", seed=4) for _ in range(2))
    assert followed(one)
    assert one.values.tobytes() == two.values.tobytes()


def test_training_in_between_is_seen():
    net, x = net_of("pools"), picture()[0]
    model = wrap(net)
    first = jx.explain(model, x, "occlusion", window=8, baseline="black").values
    with torch.no_grad():
        net[-1].weight.mul_(2)
    again = jx.explain(model, x, "occlusion", window=8, baseline="black", target=0)
    want = jx.explain(net, x, "occlusion", window=8, baseline="black", target=0).values
    np.testing.assert_allclose(again.values, want, atol=1e-12)
    assert first.shape == want.shape
