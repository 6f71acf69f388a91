"""Every kind of network with every gradient method, and what each cannot do, by name."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from checks import state_of
from torch import nn
from zoo import seeded, table, vit

import jupyter_explain as jx
from jupyter_explain.models import wrap

SLOPES = ("saliency", "input_x_gradient", "smoothgrad", "integrated_gradients", "expected_gradients")
RULED = ("guided_backprop", "deconvolution", "deep_lift", "lrp")
BASED = ("integrated_gradients", "expected_gradients", "deep_lift")
COMPLETE = ("integrated_gradients", "deep_lift")


class Cnn(nn.Module):
    """Functional and in-place activations, pooling, a batch norm, dropout."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.second, self.drop, self.head = nn.Conv2d(6, 6, 3, stride=2), nn.Dropout(0.5), nn.Linear(24, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)
        x = F.adaptive_avg_pool2d(F.relu_(self.second(x)), 2)
        return self.head(self.drop(x.flatten(1)))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inside, self.head = kind(2, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x):
        return self.head(self.inside(x.transpose(1, 2))[0][:, -1])


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.head = nn.Linear(3, 6), nn.Conv1d(2, 3, 3), nn.Linear(12, 3)

    def forward(self, a, b):
        return self.head(torch.cat([F.elu(self.left(a)), F.relu(self.right(b)).flatten(1)], 1))


class Around(nn.Module):
    """A network whose output comes in something else."""

    def __init__(self, net, wrap):
        super().__init__()
        self.net, self.wrap = net, wrap

    def forward(self, *x):
        return self.wrap(self.net(*x))


def dense():
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 1))


def mlp(outputs=3):
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, outputs))


def frozen(net):
    return net.requires_grad_(False)


PICTURE, SERIES, ROW = table(1, 128, 1).reshape(2, 8, 8), table(2, 6, 2), table(1, 5, 3)[0]
NETS = {
    "cnn": (Cnn, PICTURE, {}),
    "vit": (vit, PICTURE, {}),
    "mlp": (mlp, ROW, {}),
    "lstm": (lambda: Recurrent(nn.LSTM), SERIES, {}),
    "gru": (lambda: Recurrent(nn.GRU), SERIES, {}),
    "several inputs": (Several, (table(1, 3, 4)[0], table(2, 4, 5)), {}),
    "dict": (lambda: Around(Cnn(), lambda y: {"logits": y, "other": y[:, :1]}), PICTURE, {}),
    "tuple": (lambda: Around(Cnn(), lambda y: (y, y.sum())), PICTURE, {}),
    "dense, one place": (dense, PICTURE, {"target": (1, 2, 3)}),
    "dense, reduced": (dense, PICTURE, {"target": lambda y: y[:, 1].mean((1, 2))}),
    "single logit": (lambda: mlp(1), ROW, {}),
    "single probability": (lambda: mlp(1), ROW, {"link": "probability"}),
    "regression": (lambda: Around(mlp(1), lambda y: y[:, 0]), ROW, {}),
    "frozen": (lambda: frozen(Cnn()), PICTURE, {}),
    "in train mode": (lambda: Cnn().train(), PICTURE, {}),
    "compiled": (lambda: torch.compile(Cnn().eval()), PICTURE, {}),
    "compiled inside": (lambda: Around(torch.compile(Cnn().eval()), lambda y: y), PICTURE, {}),
}


@cache
def made(name, dtype=torch.float64):
    net = NETS[name][0]()
    return seeded(net, 7).to(dtype)


def asked(name, method, net=None, x=None):
    given, options = NETS[name][1:]
    options = options | ({"baseline": "zeros"} if method in BASED else {})
    return jx.explain(made(name) if net is None else net, given if x is None else x, method, samples=60, **options)


def parts(values):
    return values if isinstance(values, tuple) else (values,)


@pytest.mark.parametrize("method", [*SLOPES, *RULED])
@pytest.mark.parametrize("name", NETS)
def test_every_kind_of_network(name, method):
    net = made(name)
    before = {k: v.clone() for k, v in net.state_dict().items()}, [m.training for m in net.modules()]
    e = asked(name, method)
    assert [v.shape for v in parts(e.values)] == [np.shape(v) for v in parts(NETS[name][1])]
    assert all(np.isfinite(v).all() for v in parts(e.values))
    assert any(v.any() for v in parts(e.values)) or any("Every number is zero" in n for n in e.notes)
    if method in COMPLETE:
        assert not any("No rule for" in n for n in e.notes)
        assert abs(e.gap) <= max(1e-9, 5 * e.error)
    assert before[1] == [m.training for m in net.modules()]
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in before[0].items())


@pytest.mark.parametrize("method", ["deep_lift", "lrp", "guided_backprop", "saliency"])
def test_a_compiled_network_gives_what_the_plain_one_gives(method):
    plain = seeded(Cnn(), 7).double().eval()
    options = {"baseline": "zeros"} if method in BASED else {}
    for net in (torch.compile(plain), Around(torch.compile(plain), lambda y: y)):
        found, want = (jx.explain(n, PICTURE, method, **options).values for n in (net, plain))
        np.testing.assert_array_equal(found, want)


@pytest.mark.parametrize("method", [*SLOPES, *RULED])
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision(kind, method):
    """Inputs are converted to the network's precision; what it is too coarse for is not what is asked."""
    single, half = (asked("mlp", method, seeded(mlp(), 7).to(k)) for k in (torch.float32, kind))
    scale = np.abs(single.values).max()
    assert np.abs(half.values - single.values).max() <= 0.1 * scale + 1e-6


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, "tensor", "needs gradient", "bfloat16"])
def test_inputs_of_another_precision_are_converted(kind):
    net, row = seeded(mlp(), 7), ROW.astype(np.float32)
    tensors = {
        "tensor": torch.from_numpy(row).double(),
        "needs gradient": torch.from_numpy(row).requires_grad_(),
        "bfloat16": torch.from_numpy(row).bfloat16(),
    }
    x = tensors[kind] if isinstance(kind, str) else row.astype(kind)
    coarse = kind in (np.float16, "bfloat16")
    want = jx.explain(net, row, "integrated_gradients", baseline="zeros").values
    found = jx.explain(net, x, "integrated_gradients", baseline="zeros").values
    np.testing.assert_allclose(found, want, rtol=0.05 if coarse else 1e-5, atol=0.05 if coarse else 1e-6)


# layers and neurons


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "deep_lift"])
def test_a_neuron_is_a_part_of_the_network_and_a_target(method):
    """captum's neuron variants: the first layers are a model of their own, and the neuron its target."""
    attr = pytest.importorskip("captum.attr")
    layers = (nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(64, 2))
    net = seeded(nn.Sequential(*layers), 8).double().eval()
    x, neuron = torch.from_numpy(PICTURE)[None], (2, 1, 3)
    zero = torch.zeros_like(x)
    peer = {
        "saliency": lambda: attr.NeuronGradient(net, net[3]).attribute(x, neuron),
        "integrated_gradients": lambda: attr.NeuronIntegratedGradients(net, net[3]).attribute(
            x, neuron, zero, n_steps=200
        ),
        "deep_lift": lambda: attr.NeuronDeepLift(net, net[3]).attribute(x, neuron, zero),
    }
    more = {"baseline": "zeros", "samples": 200} if method in BASED else {}
    want = peer[method]().detach().numpy()[0]
    for target in (neuron, lambda maps: maps[(slice(None), *neuron)]):
        found = jx.explain(net[:4], PICTURE, method, target=target, **more)
        np.testing.assert_allclose(found.values, want, atol=1e-6)


@pytest.mark.parametrize("name", ["cnn", "vit", "mlp"])
def test_expected_gradients_at_a_layer_are_integrated_gradients_at_it(name):
    at = {"cnn": "second", "vit": "blocks.0", "mlp": "1"}[name]
    ask = {"baseline": "zeros", "at": at, "target": 0}
    exact = jx.explain(made(name), NETS[name][1], "integrated_gradients", samples=2000, **ask)
    found = jx.explain(made(name), NETS[name][1], "expected_gradients", samples=400, **ask)
    assert found.values.shape == exact.values.shape
    assert np.all(np.abs(found.values - exact.values) <= 6 * found.stderr + 1e-3 * np.abs(exact.values).max())


# what cannot be done


class Idle(Cnn):
    """Has a layer that never runs."""

    def __init__(self):
        super().__init__()
        self.spare = nn.Conv2d(2, 2, 1)


def refused(net, x, method, *words, **options):
    with pytest.raises((ValueError, TypeError)) as caught:
        jx.explain(net, x, method, **options)
    text = str(caught.value)
    assert all(w in text for w in words), text
    assert ": " in text
    assert "; got " in text


LAYERED = ["saliency", "deep_lift", "expected_gradients", "grad_cam", "guided_grad_cam", "score_cam", "ablation_cam"]
LAYERED += ["lrp", "activations", "guided_backprop", "deconvolution", "input_x_gradient", "integrated_gradients"]


@pytest.mark.parametrize("method", LAYERED)
def test_layers_that_cannot_be_asked(method):
    net = seeded(Idle(), 7)
    refused(net, PICTURE, method, "near: ", "second", at="secnd")
    refused(net, PICTURE, method, "runs", "'spare'", at="spare")
    refused(net, PICTURE, method, "layer of the model", "Linear", at=nn.Linear(2, 2))


@pytest.mark.parametrize("how", ["script", "trace"])
@pytest.mark.parametrize("method", [*RULED, "grad_cam", "score_cam", "ablation_cam", "guided_grad_cam", "activations"])
def test_scripted_modules_refuse_by_name_what_they_cannot_do(method, how, recwarn):
    net, x = seeded(dense(), 7).eval(), torch.from_numpy(PICTURE).float()[None]
    net = nn.Sequential(net, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    hidden = torch.jit.script(net) if how == "script" else torch.jit.trace(net, x)
    refused(hidden, PICTURE, method, "torch.jit")
    if method not in ("deep_lift", "lrp"):
        refused(hidden, PICTURE, method, "torch.jit", at="0.0")


@pytest.mark.parametrize("method", ["saliency", "smoothgrad", "occlusion", "feature_ablation"])
def test_scripted_modules_do_what_they_can(method, recwarn):
    net = nn.Sequential(*seeded(dense(), 7).eval(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    ask = {"target": 1, "samples": 40} | ({"baseline": "zeros"} if "saliency" != method != "smoothgrad" else {})
    found, want = (jx.explain(n, PICTURE, method, **ask).values for n in (torch.jit.script(net), net))
    np.testing.assert_allclose(found, want, atol=1e-6)


class Cut(nn.Module):
    """No gradient gets to the input."""

    def __init__(self, how):
        super().__init__()
        self.how, self.inside = how, mlp()

    def forward(self, x):
        return self.inside(self.how(x))


@pytest.mark.parametrize("method", [*SLOPES, *RULED])
@pytest.mark.parametrize("how", [lambda x: x.detach(), lambda x: (x > 0).float()])
def test_a_model_with_no_gradient_to_the_input(how, method):
    options = {"baseline": "zeros"} if method in BASED else {}
    refused(seeded(Cut(how), 7), ROW.astype(np.float32), method, "differentiable", **options)


@pytest.mark.parametrize("method", ["attention", "attention_rollout", "attention_gradients"])
def test_attention_of_a_model_that_has_none(method):
    refused(seeded(Cnn(), 7), PICTURE, method, "attention", "Cnn")


def test_a_dense_output_asks_for_a_reduction():
    for method in ("saliency", "grad_cam", "occlusion"):
        refused(seeded(dense(), 7), PICTURE, method, "callable outputs -> (n,)", "(3, 8, 8)")


def test_weights_that_are_not_there():
    refused(seeded(Cnn(), 7).to("meta"), PICTURE, "saliency", "meta device")
    net = seeded(Cnn(), 7)
    net.second.to("meta")
    refused(net, PICTURE, "saliency", "meta device")


class Tokens(nn.Module):
    """Patches of 4 × 4, a class token, and perhaps fewer tokens than there are patches."""

    def __init__(self, most=None):
        super().__init__()
        self.cut, self.most = nn.Conv2d(2, 6, 4, 4), most
        self.first = nn.Parameter(torch.zeros(1, 1, 6))
        self.block = nn.TransformerEncoderLayer(6, 2, 8, batch_first=True)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(len(x), -1, -1), x], 1)[:, : self.most]
        return self.head(self.block(x).mean(1))


def test_token_grids_need_not_be_square():
    wide = table(1, 2 * 12 * 20, 6).reshape(2, 12, 20)
    e = jx.explain(seeded(Tokens(), 9), wide, "grad_cam", at="block")
    assert any("Map of 3 × 5 places" in n for n in e.notes)
    assert any("Tokens before those of the image" in n for n in e.notes)
    refused(seeded(Tokens(14), 9), wide, "grad_cam", "places on the image", "(14, 6)", at="block")
    refused(seeded(Tokens(14), 9), wide, "attention_rollout", "grid= must say")


class Remembering(nn.Module):
    """Writes into its buffers in every forward pass, and keeps what it computed last."""

    def __init__(self):
        super().__init__()
        self.conv, self.head, self.kept = nn.Conv2d(2, 3, 3), nn.Linear(48, 2), {}
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        maps = torch.relu(self.conv(x))
        self.mean.mul_(0.9).add_(maps.detach().mean((0, 2, 3)))
        self.calls += 1
        self.kept["maps"], self.last = [maps], maps
        return self.head(maps.flatten(1))


@pytest.mark.parametrize(
    "method", ["saliency", "grad_cam", "lrp", "deep_lift", "occlusion", "structure", "activations"]
)
def test_a_network_that_writes_into_its_buffers_and_keeps_feature_maps(method):
    net = seeded(Remembering(), 0)
    net(torch.ones(4, 2, 6, 6)).sum().backward()
    before = state_of(net)
    kept = net.last, net.kept["maps"][0]
    jx.explain(net, np.ones((2, 6, 6), np.float32), method, samples=20)
    assert state_of(net) == before
    assert net.last is net.kept["maps"][0] is kept[0] is kept[1]


def test_what_training_writes_into_buffers_is_seen_in_the_next_answer():
    net = seeded(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), 0)
    model, x = wrap(net), torch.tensor([1.0, -2.0, 0.5])
    first = jx.explain(model, x, "saliency").output
    net.train()(torch.from_numpy(table(16, 3)).float() * 3)
    now = jx.explain(model, x, "saliency").output
    assert now != first
    assert now == pytest.approx(net.eval()(x[None]).item(), abs=1e-6)


@pytest.mark.parametrize("method", ["saliency", "lrp", "occlusion", "integrated_gradients"])
@pytest.mark.filterwarnings("ignore:.*weight_norm")
def test_weights_that_are_computed_before_every_pass(method):
    """`weight_norm` and `spectral_norm` as hooks and as parametrizations: the plain network's values."""
    plain = seeded(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2)), 0)
    normed = copy.deepcopy(plain)
    nn.utils.weight_norm(normed[0])
    nn.utils.parametrizations.weight_norm(normed[2])
    x = np.array([1.0, -0.5, 2.0, 0.3], np.float32)
    expected = jx.explain(plain, x, method, baseline="zeros")
    np.testing.assert_allclose(jx.explain(normed, x, method, baseline="zeros").values, expected.values, atol=1e-5)
    nn.utils.spectral_norm(normed[4])
    assert np.isfinite(jx.explain(normed, x, method, baseline="zeros").values).all()


@pytest.mark.parametrize("method", ["saliency", "grad_cam", "occlusion", "lrp"])
def test_weights_made_in_inference_mode(method):
    with torch.inference_mode():
        net = seeded(nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2)), 0)
    plain = seeded(nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2)), 0)
    x = np.ones((2, 6, 6), np.float32)
    np.testing.assert_allclose(jx.explain(net, x, method).values, jx.explain(plain, x, method).values, atol=1e-6)


def test_the_structure_of_a_forward_in_inference_mode():
    class Inference(Cnn):
        @torch.inference_mode()
        def forward(self, x):
            return super().forward(x)

    assert jx.explain(Inference(), np.ones((2, 6, 6), np.float32), "structure").nodes


def test_layers_without_weights_yet():
    refused(nn.Sequential(nn.LazyLinear(3)), [1.0, 2.0], "saliency", "lazy layers", "not initialised")


def test_an_exported_program_is_refused_with_what_to_pass():
    net = nn.Sequential(nn.Linear(2, 2))
    program = torch.export.export(net, (torch.zeros(1, 2),))
    refused(program, [1.0, 2.0], "saliency", "before the export", "ExportedProgram")


BY_TORCH = {
    "softmax": lambda out: torch.softmax(out, 1)[:, 2],
    "method": lambda out: out.softmax(-1)[:, 2],
    "dim": lambda out: out.mean(dim=1),
    "largest": lambda out: out.max(dim=1).values,
    "both": lambda out: out[:, 1] - out[:, 0],
}


@pytest.mark.parametrize(
    "method", ["saliency", "integrated_gradients", "deep_lift", "occlusion", "kernel_shap", "lime"]
)
@pytest.mark.parametrize("target", BY_TORCH)
def test_targets_in_torch_s_terms(target, method):
    """For every method, whatever it asks the model for; the output is the callable's."""
    net, x = seeded(mlp(), 0), table(1, 5)[0]
    with torch.no_grad():
        expected = float(BY_TORCH[target](net(torch.from_numpy(x)[None].to(next(net.parameters()).dtype)))[0])
    found = jx.explain(net, x, method, target=BY_TORCH[target], samples=100)
    assert found.output == pytest.approx(expected, abs=1e-6)


BY_NUMPY = {"asarray": lambda out: np.asarray(out)[:, 1], "backwards": lambda out: out[:, ::-1][:, 0]}


@pytest.mark.parametrize("target", BY_NUMPY)
def test_targets_in_numpy_s_terms_where_no_gradient_is_asked_for(target):
    found = jx.explain(seeded(mlp(), 0), table(1, 5)[0], "occlusion", target=BY_NUMPY[target], baseline="zeros")
    assert np.isfinite(found.values).all()


def test_errors_of_a_target_callable_say_where_they_come_from():
    for method in ("saliency", "occlusion"):
        with pytest.raises(IndexError) as caught:
            jx.explain(mlp(), table(1, 5)[0], method, target=lambda out: out[:, 9])
        assert any("target callable" in n and "(1, 3)" in n for n in caught.value.__notes__)
    refused(mlp(), table(1, 5)[0], "saliency", "torch's operations", target=lambda out: out.detach().numpy()[:, 0])


def test_a_tensor_of_one_number_is_a_target():
    net, x = seeded(mlp(), 0), table(1, 5)[0]
    assert jx.explain(net, x, "saliency", target=torch.tensor(1)).target == "1"
    assert jx.explain(net, x, "saliency", target=np.array(2)).target == "2"


class Random(nn.Module):
    """Dropout that never stops, as people write it by mistake; noise."""

    def __init__(self, picture):
        super().__init__()
        self.net, self.picture = (Cnn() if picture else mlp()), picture

    def forward(self, x):
        return self.net(F.dropout(x, 0.5) + 0.01 * torch.randn_like(x))


@pytest.mark.parametrize("method", ["input_x_gradient", "integrated_gradients", "occlusion"])
@pytest.mark.parametrize("picture", [False, True])
def test_random_numbers_of_a_network_are_the_same_each_time_and_nobody_elses(picture, method):
    net, x = seeded(Random(picture), 8).double(), table(1, 2048, 9).reshape(2, 32, 32) if picture else ROW
    options = {"baseline": "zeros", "target": 1}
    before = torch.get_rng_state()
    first = jx.explain(net, x, method, **options, samples=40)
    assert torch.equal(before, torch.get_rng_state())
    with torch.random.fork_rng():
        torch.rand(3)
        again = jx.explain(net, x, method, **options, samples=40)
    np.testing.assert_array_equal(first.values, again.values)
    assert any("random numbers" in note for note in first.notes)
    plain = jx.explain(made("mlp"), ROW, method, **options)
    assert not any("random numbers" in note for note in plain.notes)
