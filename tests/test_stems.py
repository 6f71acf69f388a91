"""The quick gradient of strided convolutions, against torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import seeded, table

import jupyter_explain as jx
from jupyter_explain.models import wrap
from jupyter_explain.models.stems import Stem, suits, to_input
from jupyter_explain.models.torch import fast_twin


@pytest.mark.parametrize("size", [(33, 40), (34, 41), (35, 42), (36, 43)])
@pytest.mark.parametrize("padding", [0, 1, 3, (2, 5)])
@pytest.mark.parametrize(("kernel", "stride"), [(7, 2), (7, 3), (11, 4), ((8, 9), 4)])
def test_the_gradient_is_torchs(kernel, stride, padding, size):
    random = torch.Generator().manual_seed(1)
    conv = nn.Conv2d(3, 5, kernel, stride, padding).double()
    assert suits(conv.weight, conv.stride, conv.dilation, conv.groups)
    x = torch.randn(2, 3, *size, generator=random, dtype=torch.float64).requires_grad_()
    out = conv(x)
    grad = torch.randn(out.shape, generator=random, dtype=torch.float64)
    want = torch.autograd.grad(out, x, grad)[0]
    found = to_input(x.shape, conv.weight.detach(), grad, stride, padding)
    torch.testing.assert_close(found, want, rtol=0, atol=1e-12)


def net():
    layers = (nn.Conv2d(3, 6, 7, 2, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    return seeded(nn.Sequential(*layers, nn.Conv2d(6, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()), 2).double().eval()


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "guided_backprop", "deep_lift", "lrp"])
def test_every_method_sees_the_same_convolution(method, monkeypatch):
    x, more = table(1, 3 * 40 * 40, 3).reshape(3, 40, 40), {"samples": 200, "baseline": "zeros"}
    found = jx.explain(net(), x, method, **more)
    monkeypatch.setattr("jupyter_explain.models.torch.quicken", lambda _: None)
    monkeypatch.setattr("jupyter_explain.models.backward.weighted._stem", lambda *_: False)
    want = jx.explain(net(), x, method, **more)
    np.testing.assert_allclose(found.values, want.values, atol=1e-12 * np.abs(want.values).max())
    assert found.notes == want.notes


def test_only_the_private_network_has_it():
    own = net()
    model = wrap(own)
    assert isinstance(fast_twin(own, torch.zeros(1, 3, 40, 40, dtype=torch.float64)).net[0], Stem)
    assert type(own[0]) is type(model.net.plain[0]) is nn.Conv2d


@pytest.mark.parametrize(
    "conv",
    [nn.Conv2d(3, 4, 3, 2), nn.Conv2d(3, 4, 7), nn.Conv2d(8, 4, 7, 2), nn.Conv2d(3, 4, 7, 2, dilation=2)],
)
def test_where_torchs_is_as_quick_it_stays(conv):
    assert not suits(conv.weight, conv.stride, conv.dilation, conv.groups)
