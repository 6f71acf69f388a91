"""A network's twin is kept for the next call, and never used once the network is another one."""

from __future__ import annotations

import copy
import functools
import gc
import threading
import types
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import jupyter_explain as jx
from jupyter_explain.models import kept, wrap

PICTURE = np.random.default_rng(0).random((3, 40, 40), np.float32)
ROW = np.random.default_rng(1).random(6, np.float32)
POWER = 1.0  # a global that a forward pass reads


def raised(x):
    return x**POWER


class Config:
    def __init__(self):
        self.gain, self.inner = 1.0, {"shift": 0.0}


class Net(nn.Module):
    """Convolutions with batch norms to fold, and all sorts of attributes that its answer depends on."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.conv, self.norm, self.head = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.Linear(6, 3)
            self.norm.running_mean.normal_(0, 0.1)
        self.act = nn.ReLU()
        self.scale, self.weights, self.config = 1.0, [1.0, 1.0], Config()
        self.warp = functools.partial(torch.clamp, max=1e3)
        self.plain, self.skipped = torch.ones(3), {"nothing"}
        self.register_buffer("shift", torch.zeros(3), persistent=False)

    def forward(self, x):
        x = self.act(self.norm(self.conv(x)))
        x = self.warp(raised(x.mean((2, 3)) + 1)) * self.scale * self.weights[0] * self.config.gain
        return self.head(x + self.config.inner["shift"]) * self.plain + len(self.skipped)


def mlp(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))


def values(net, x=PICTURE, method="saliency", **settings):
    return jx.explain(net, x, method, target=1, **settings).values


def told(net):
    """Values, and the output as a gradient and as the first look tell it."""
    e = jx.explain(net, PICTURE, "saliency", target=1)
    first = jx.explain(net, PICTURE, "occlusion", window=20, target=1).output
    return np.append(e.values, [e.output, first])


@pytest.fixture(autouse=True)
def nothing_kept():
    kept._entries.clear()


def twin(net):
    """The twin that is kept, or None."""
    return next((e.twin for e in kept._entries if e.net() is net), None)


@pytest.mark.parametrize(
    "method",
    ["saliency", "integrated_gradients", "deep_lift", "lrp", "guided_backprop", "grad_cam", "occlusion", "activations"],
)
def test_the_second_answer_is_the_first_to_the_byte(method):
    net = Net().eval()
    first = jx.explain(net, PICTURE, method, target=1, samples=200)
    kept_twin = twin(net)
    assert kept_twin is not None
    values(net, method="smoothgrad", samples=20)
    values(net, x=PICTURE[:, :35, :38])
    second = jx.explain(net, PICTURE, method, target=1, samples=200)
    assert twin(net) is kept_twin
    for name in ("values", "maps", "output", "base"):
        if hasattr(first, name):
            assert np.asarray(getattr(first, name)).tobytes() == np.asarray(getattr(second, name)).tobytes()


def test_methods_that_change_how_the_network_runs_leave_nothing_behind():
    net = Net().eval()
    clean = values(net)
    for method in ("deep_lift", "lrp", "guided_backprop", "attention", "score_cam", "ablation_cam", "structure"):
        try:
            jx.explain(net, PICTURE, method, target=1, samples=30)
        except ValueError:
            assert method == "attention"  # there is none, and that is known before anything runs
        assert values(net).tobytes() == clean.tobytes()


def stepped(net):
    with torch.no_grad():
        net.conv.weight.mul_(1.5)


def written(net):
    net.conv.weight.data[2] = 0.3  # torch does not count this


def swapped(net):
    a = net.conv.weight.data
    a[0], a[1] = a[1].clone(), a[0].clone()


def head_written(net):
    net.head.weight.data[1] += 1


def one_weight(net):
    net.head.weight.data[1, 5] += 1  # none of those that are looked at by themselves


def replaced_weight(net):
    net.head.weight = nn.Parameter(net.head.weight.detach() * 2)


def replaced_layer(net):
    net.act = nn.Tanh()


def statistics(net):
    net.norm.running_var.mul_(3)


def epsilon(net):
    net.norm.eps = 0.5


def scaled(net):
    net.scale = 3.0


def listed(net):
    net.weights[0] = 2.0


def configured(net):
    net.config.gain = 2.0


def configured_inside(net):
    net.config.inner["shift"] = 2.0


def partly(net):
    net.warp = functools.partial(torch.mul, other=2.0)


def in_a_set(net):
    net.skipped.add("more")


def loose_tensor(net):
    net.plain[1] = 4.0


def patched(net):
    net.forward = types.MethodType(lambda self, x: Net.forward(self, x) * 2, net)


def hooked(net):
    net.conv.register_forward_hook(lambda module, inputs, out: out * 2)


def child_function(net):
    net.act.forward = functional.softplus


def test_weights_whose_channels_come_last_are_watched_too():
    net = Net().eval().to(memory_format=torch.channels_last)
    before = told(net)
    written(net)
    assert not np.allclose(told(net), before)


@pytest.mark.parametrize(
    "change",
    [
        stepped,
        written,
        swapped,
        head_written,
        one_weight,
        replaced_weight,
        replaced_layer,
        statistics,
        epsilon,
        scaled,
        listed,
        configured,
        configured_inside,
        partly,
        in_a_set,
        loose_tensor,
        patched,
        hooked,
        child_function,
    ],
)
def test_a_change_of_the_network_is_seen(change):
    net = Net().eval()
    before = told(net)
    assert twin(net) is not None
    change(net)
    after = told(net)
    kept._entries.clear()
    assert after.tobytes() == told(net).tobytes()  # what a new twin says
    assert not np.allclose(after, before)


def test_a_wrapped_network_and_an_explorer_follow_a_training_step():
    """What was folded together before it is not asked about the output after it."""
    net = Net().eval()
    model = wrap(net)
    ask = {"window": 20, "target": 1}
    jx.explain(model, PICTURE, "occlusion", **ask)
    with jx.explore(net, PICTURE, method="occlusion", **ask) as w:
        before = w.wait(30).output
        with torch.no_grad():
            net.conv.weight.mul_(3).add_(0.3)
            true = net(torch.tensor(PICTURE)[None])[0, 1].item()
        assert abs(true - before) > 0.1
        assert jx.explain(model, PICTURE, "occlusion", **ask).output == pytest.approx(true, abs=1e-5)
        w.seed = 1
        assert w.wait(30).output == pytest.approx(true, abs=1e-5)


def test_a_change_of_a_global_is_seen(monkeypatch):
    net = Net().eval()
    before = values(net)
    monkeypatch.setitem(globals(), "POWER", 2.0)
    assert not np.allclose(values(net), before)


def test_a_change_of_a_closure_and_of_a_method_is_seen(monkeypatch):
    gain = 1.0

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp()

        def helped(self, x):
            return x

        def forward(self, x):
            return self.inner(self.helped(x)) * gain

    net = Own()
    before = values(net, ROW)
    gain = 3.0
    assert values(net, ROW) == pytest.approx(3 * before, rel=1e-4, abs=1e-7)
    monkeypatch.setattr(Own, "helped", lambda self, x: x * 0 + x.detach())
    with pytest.raises(ValueError, match="exactly zero"):
        values(net, ROW)


def test_a_small_network_answers_for_new_weights():
    net = mlp()
    first = jx.explain(net, ROW, "saliency", target=1)
    net[2].bias.data += 1.0
    assert jx.explain(net, ROW, "saliency", target=1).output == pytest.approx(first.output + 1.0)


def test_scales_have_twins_of_their_own():
    net = mlp()
    logit, probability = values(net, ROW), values(net, ROW, link="probability")
    assert values(net, ROW).tobytes() == logit.tobytes()
    assert values(net, ROW, link="probability").tobytes() == probability.tobytes()
    assert not np.allclose(logit, probability)


class Slotted:
    __slots__ = ("gain",)

    def __init__(self):
        self.gain = 1.0


def test_what_could_change_unseen_is_not_kept(monkeypatch):
    hiding = mlp()
    hiding.state = Slotted()
    values(hiding, ROW)
    assert kept.looks(hiding) is None
    assert twin(hiding) is None
    scripted = torch.jit.script(mlp())
    assert kept.looks(scripted) is None
    large = mlp()
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    values(large, ROW)
    assert twin(large) is None


def test_after_an_error_nothing_is_kept():
    class Third(nn.Module):
        """Fails in its third call."""

        def __init__(self):
            super().__init__()
            self.inner, self.calls = mlp(), []

        def forward(self, x):
            self.calls.append(1)
            if len(self.calls) > 2:
                raise RuntimeError("the model had enough")
            return self.inner(x)

    net = Third()
    with pytest.raises(RuntimeError, match="had enough"):
        values(net, ROW, method="integrated_gradients", samples=400)
    assert twin(net) is None


def test_a_twin_goes_with_its_network():
    net = Net().eval()
    values(net)
    gone = weakref.ref(twin(net))
    del net
    gc.collect()
    assert kept._entries == []
    assert gone() is None


def test_only_the_networks_of_late_are_kept():
    nets = [mlp(seed) for seed in range(kept.MOST + 1)]
    for net in nets:
        values(net, ROW)
    assert [twin(net) is not None for net in nets] == [False] + [True] * kept.MOST


def test_a_twin_is_out_with_one_caller_at_a_time():
    net = mlp()
    values(net, ROW)
    mine = kept.take(net, "identity")
    assert mine is not None
    assert kept.take(net, "identity") is None
    with jx.explore(net, ROW, method="saliency") as w:  # makes its own
        assert w._model.net is not mine
        w.wait(30)


def test_many_threads_explain_one_network():
    net = Net().eval()
    alone = values(net, method="integrated_gradients", samples=60)
    found = []
    start = threading.Barrier(4)

    def work():
        start.wait()
        found.extend(values(net, method="integrated_gradients", samples=60).tobytes() for _ in range(4))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert set(found) == {alone.tobytes()}


def test_a_copy_of_a_network_is_another_network():
    net = Net().eval()
    before = values(net)
    other = copy.deepcopy(net)
    other.scale = 2.0
    assert values(other) == pytest.approx(2 * before, rel=1e-4, abs=1e-7)
    assert values(net).tobytes() == before.tobytes()


def test_the_network_is_left_as_it_was():
    net = Net().eval()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    attributes = [sorted(vars(m)) for m in net.modules()]
    for _ in range(3):
        values(net)
    assert all(torch.equal(v, state[k]) for k, v in net.state_dict().items())
    assert [sorted(vars(m)) for m in net.modules()] == attributes
