"""Gradient methods against closed forms, finite differences, captum, and the truth about their own errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from checks import state_of
from sklearn.linear_model import LinearRegression
from torch import nn
from zoo import CLASSES, cnn, net_of, seeded, table

import jupyter_explain as jx
from jupyter_explain.models.torch import fast_twin, twin_of
from jupyter_explain.quadrature import fixed_rule

D = torch.float64
RULES = ("gauss-legendre", "midpoint", "left", "right", "trapezoid")
X = np.array([2.0, 3.0])
B = np.array([1.0, 0.0])


class Formula(nn.Module):
    """A module that computes a function of its inputs."""

    def __init__(self, fn):
        super().__init__()
        self.fn = fn
        self.one = nn.Parameter(torch.ones(1, dtype=D))

    def forward(self, *x):
        return self.fn(*x) * self.one


def ig(model, x, **options):
    return jx.explain(model, x, "integrated_gradients", **{"samples": 3000, **options})


# integrated gradients: closed forms


@pytest.mark.parametrize("rule", ["adaptive", *RULES])
def test_linear(rule):
    w = torch.tensor([1.5, -2.0], dtype=D)
    found = ig(Formula(lambda x: x @ w), X, baseline=B, rule=rule, steps=7)
    np.testing.assert_allclose(found.values, [1.5, -6.0], atol=1e-13)
    assert abs(found.gap) < 1e-13


@pytest.mark.parametrize("rule", ["adaptive", "gauss-legendre", "midpoint", "trapezoid"])
def test_product(rule):
    found = ig(Formula(lambda x: x[:, 0] * x[:, 1]), X, baseline=B, rule=rule, steps=5)
    np.testing.assert_allclose(found.values, [1.5, 4.5], atol=1e-12)


def test_powers():
    """x^3 from 1 to 2 along the first axis, exp along the second."""
    model = Formula(lambda x: x[:, 0] ** 3 + x[:, 1].exp())
    found = ig(model, X, baseline=B)
    np.testing.assert_allclose(found.values, [7.0, np.exp(3) - 1], atol=1e-11)
    assert found.error_kind == "bound"
    assert found.error < 1e-8


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 51])
def test_a_kink_by_fixed_rules(steps):
    """relu(x - 1) from 0 to 2: the rule's share of nodes above 1, times 2."""
    model, x, zero = Formula(lambda x: (x[:, 0] - 1).relu()), np.array([2.0]), np.zeros(1)
    for rule in RULES:
        nodes, weights = fixed_rule(rule, steps)
        above = weights[nodes * 2 > 1].sum()
        found = ig(model, x, baseline=zero, rule=rule, steps=steps)
        at_kink = weights[np.isclose(nodes * 2, 1)].sum()
        assert found.values[0] == pytest.approx(2 * above, abs=2 * at_kink + 1e-12)
        assert found.error == pytest.approx(abs(found.gap), abs=1e-12)
        assert found.error_kind == "gap"


def test_a_kink_adaptively():
    found = ig(Formula(lambda x: (x[:, 0] - 1).relu()), np.array([2.0]), baseline=np.zeros(1))
    assert found.values[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 64])
@pytest.mark.parametrize("rule", RULES)
def test_weights_sum_to_one(rule, steps):
    nodes, weights = fixed_rule(rule, steps)
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert len(nodes) == steps + (rule == "trapezoid")
    assert nodes.min() >= 0
    assert nodes.max() <= 1


def test_exact_weights():
    np.testing.assert_allclose(fixed_rule("trapezoid", 4)[1], np.array([1, 2, 2, 2, 1]) / 8)
    np.testing.assert_allclose(fixed_rule("trapezoid", 4)[0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(fixed_rule("left", 4)[0], [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(fixed_rule("right", 4)[0], [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(fixed_rule("midpoint", 4)[0], [0.125, 0.375, 0.625, 0.875])
    half = np.sqrt(1 / 3) / 2
    np.testing.assert_allclose(fixed_rule("gauss-legendre", 2)[0], [0.5 - half, 0.5 + half])
    for k in range(9):  # five nodes integrate degree nine
        nodes, weights = fixed_rule("gauss-legendre", 5)
        assert weights @ nodes**k == pytest.approx(1 / (k + 1), abs=1e-14)


@pytest.mark.parametrize("steps", [3, 20, 50])
def test_gauss_legendre_is_captums(steps, torch_double):
    attr = pytest.importorskip("captum.attr")
    net, x = torch_double.model, torch.tensor(torch_double.x)[None]
    for target in range(CLASSES):
        want = attr.IntegratedGradients(net).attribute(
            x, torch.zeros_like(x), target, n_steps=steps, method="gausslegendre"
        )
        found = ig(net, x[0], target=target, rule="gauss-legendre", steps=steps, baseline=0.0)
        np.testing.assert_allclose(
            found.values, want[0].detach(), rtol=0, atol=1e-7 * found.spread
        )  # captum's float32 weights
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        points = torch.tensor((nodes[:, None] + 1) / 2 * x.numpy(), requires_grad=True)
        (g,) = torch.autograd.grad(net(points)[:, target].sum(), points)
        np.testing.assert_allclose(found.values, (weights / 2) @ g.numpy() * x[0].numpy(), rtol=0, atol=1e-13)
        assert found.evals == steps + 2


def test_several_baseline_rows_are_a_mean_of_paths(torch_residual):
    a = torch_residual
    for rule in ("adaptive", "gauss-legendre"):
        each = [ig(a.model, a.x, baseline=row, rule=rule, steps=40).values for row in a.baseline]
        found = ig(a.model, a.x, baseline=a.baseline, rule=rule, steps=40)
        np.testing.assert_allclose(found.values, np.mean(each, axis=0), atol=1e-9)


# its stated error


def smooth_net(seed):
    return net_of(nn.Linear(8, 24), nn.Softplus(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1), seed=seed, dtype=D)


def kinked_net(seed):
    return net_of(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1), seed=seed, dtype=D)


def truth(net, x, n):
    """A midpoint rule far finer than anything that is judged here."""
    t = ((torch.arange(n, dtype=D) + 0.5) / n)[:, None]
    points = (t * torch.tensor(x)).requires_grad_(True)
    (g,) = torch.autograd.grad(net(points).sum(), points)
    return (g.mean(0) * torch.tensor(x)).numpy()


@pytest.mark.parametrize(("make", "resolution", "n"), [(smooth_net, 1e-8, 12_001), (kinked_net, 2e-5, 40_001)])
def test_the_adaptive_error_is_an_upper_bound(make, resolution, n):
    """In at least 95 of 100 answers, at every stage, and not absurdly loose."""
    covered, ratios = [], []
    for seed in range(12):
        net, x = make(seed), 2 * table(1, 8, 100 + seed)[0]
        exact = truth(net, x, n)
        for answer in jx.stream(net, x, "integrated_gradients", baseline=0.0, samples=250):
            true = np.abs(answer.values - exact).max()
            covered.append(true <= answer.error + resolution * np.abs(exact).max())
            if true > 10 * resolution * np.abs(exact).max():
                ratios.append(answer.error / true)
    assert np.mean(covered) >= 0.95
    assert not ratios or np.median(ratios) < 30


def test_the_adaptive_rule_converges():
    net, x = kinked_net(1), 2 * table(1, 8, 3)[0]
    errors = [a.error for a in jx.stream(net, x, "integrated_gradients", baseline=0.0, samples=1000)]
    assert errors[-1] < errors[0] / 50
    smooth = ig(smooth_net(2), x, baseline=0.0, samples=60)
    assert smooth.error < 1e-7 * smooth.spread


def test_completeness_of_every_answer():
    """Intervals keep the change of the output, so that the gap is rounding on kinked nets too, when well refined."""
    net, x = kinked_net(4), 2 * table(1, 8, 5)[0]
    found = ig(net, x, baseline=0.0, samples=800)
    assert abs(found.gap) <= max(found.error, 1e-9)


# saliency, expected gradients


def test_saliency_is_the_slope(torch_double, torch_residual, torch_frozen):
    for animal in (torch_double, torch_residual, torch_frozen):
        found = jx.explain(animal.model, animal.x, "saliency")
        step = 1e-6
        moved = animal.x + step * np.eye(animal.x.size), animal.x - step * np.eye(animal.x.size)
        with torch.no_grad():
            up, down = (animal.model.eval()(torch.tensor(m)) for m in moved)
        slope = ((up - down) / (2 * step)).reshape(animal.x.size, -1)[:, found.target_index]
        np.testing.assert_allclose(found.values.ravel(), slope, atol=1e-8)


def test_saliency_is_signed_and_not_scaled():
    found = jx.explain(Formula(lambda x: -1e6 * x[:, 0] + 1e-6 * x[:, 1]), X, "saliency")
    np.testing.assert_allclose(found.values, [-1e6, 1e-6])
    assert found.base is None
    assert found.gap is None


def test_expected_gradients_closed_form():
    """For a product the mean over rows and places is known: x1 x2 gives (x - b) · mean of the other on the way."""
    rows = table(4, 2, 6)
    want = ((X - rows) * (X + rows)[:, ::-1] / 2).mean(0)
    found = jx.explain(Formula(lambda x: x[:, 0] * x[:, 1]), X, "expected_gradients", baseline=rows, samples=4000)
    assert (np.abs(found.values - want) <= 4 * found.stderr).all()
    assert found.stderr.max() < 0.1
    linear = jx.explain(Formula(lambda x: x[:, 0] - 3 * x[:, 1]), X, "expected_gradients", baseline=B, samples=50)
    np.testing.assert_allclose(linear.values, [1.0, -9.0], atol=1e-12)
    assert linear.error < 1e-12


# forms of inputs and outputs


def test_a_batch_is_its_rows(torch_double):
    net, rows = torch_double.model, table(3, 5, 7)
    for method in ("saliency", "integrated_gradients"):
        each = [jx.explain(net, r, method, samples=200, target=t) for r, t in zip(rows, [0, 2, 1], strict=True)]
        found = jx.explain(net, rows, method, samples=200, target=[0, 2, 1])
        np.testing.assert_allclose(found.values, [e.values for e in each], atol=1e-12)
        np.testing.assert_allclose(found.output, [e.output for e in each])
        assert found.values.shape == (3, 5)
        if method == "integrated_gradients":
            assert found.gap.shape == (3,)
            assert np.abs(found.gap).max() < 1e-9


def test_images_keep_their_axes(torch_cnn):
    found = ig(torch_cnn.model, torch_cnn.x, samples=200)
    assert found.values.shape == (2, 8, 8)
    stacked = ig(torch_cnn.model, torch_cnn.x[None], samples=200)
    assert stacked.values.shape == (1, 2, 8, 8)
    assert stacked.values[0].tobytes() == found.values.tobytes()
    last = ig(torch_cnn.model, np.moveaxis(torch_cnn.x, 0, -1), samples=200, layout="HWC")
    assert last.values.shape == (8, 8, 2)
    np.testing.assert_allclose(np.moveaxis(last.values, -1, 0), found.values, atol=1e-6)


def test_several_inputs(torch_several):
    net, x = torch_several.model, torch_several.x
    found = ig(net, x, target=1)
    assert [v.shape for v in found.values] == [(3,), (2, 2)]
    assert abs(found.gap) < 1e-9
    tensors = tuple(torch.tensor(a, requires_grad=True) for a in x)
    again = ig(net, tensors, target=1)
    np.testing.assert_array_equal(again.values[1], found.values[1])
    assert all(t.grad is None and t.requires_grad for t in tensors)
    slope = jx.explain(net, x, "saliency", target=1)
    leaf = tuple(torch.tensor(a)[None].requires_grad_(True) for a in x)
    wanted = torch.autograd.grad(net(*leaf)[0, 1], leaf)
    for v, w in zip(slope.values, wanted, strict=True):
        np.testing.assert_allclose(v, w[0], atol=1e-12)


def test_an_input_that_is_not_used():
    found = jx.explain(Formula(lambda a, b: a.sum(1)), (np.ones(2), np.ones(3)), "saliency")
    np.testing.assert_array_equal(found.values[0], [1, 1])
    np.testing.assert_array_equal(found.values[1], [0, 0, 0])


@pytest.mark.parametrize("outputs", [1, 3])
def test_probability(outputs):
    net, x = net_of(nn.Linear(4, outputs), dtype=D), table(1, 4, 8)[0]
    found = jx.explain(net, x, "saliency", link="probability")
    leaf = torch.tensor(x)[None].requires_grad_(True)
    p = torch.sigmoid(net(leaf)) if outputs == 1 else torch.softmax(net(leaf), 1)
    k = int(p.argmax())
    np.testing.assert_allclose(found.values, torch.autograd.grad(p[0, k], leaf)[0][0], atol=1e-12)
    assert found.unit == "probability"
    assert found.output == pytest.approx(p[0, k].item())


def test_further_arguments():
    class Net(nn.Module):
        def forward(self, x, scale, flag):
            return x.sum(1) * scale if flag else x.sum(1)

    x = np.ones(3, np.float32)
    found = ig(Net(), x, args=(2.0, True), baseline=0.0)
    np.testing.assert_allclose(found.values, [2, 2, 2], atol=1e-6)
    one = np.array([5.0], np.float32)
    found = ig(Net(), x, args=(one, True), baseline=np.zeros((4, 3)))
    np.testing.assert_allclose(found.values, [5, 5, 5], atol=1e-5)
    assert one.tobytes() == np.array([5.0], np.float32).tobytes()


@pytest.mark.parametrize("form", [np.asarray, torch.tensor])
def test_an_argument_of_every_row(form):
    """A batch comes with one row of each further argument for every row of x."""

    class Net(nn.Module):
        def forward(self, x, scale):
            return x.sum(1) * scale

    found = jx.explain(Net(), np.ones((3, 2), np.float32), "saliency", args=(form([1.0, 2.0, 3.0]),))
    np.testing.assert_allclose(found.values, [[1, 1], [2, 2], [3, 3]])


def test_arguments_of_a_callable():
    def scaled(rows, scale, shift):
        assert len(scale) == len(rows)
        return rows.sum(1) * scale + shift

    x = np.array([1.0, 2.0])
    found = jx.explain(scaled, x, "exact_shap", args=(np.array([3.0]), 7.0))
    np.testing.assert_allclose(found.values, [3, 6])
    batch = jx.explain(scaled, np.stack([x, x]), "exact_shap", args=(np.array([3.0, 4.0]), 7.0))
    np.testing.assert_allclose(batch.values, [[3, 6], [4, 8]])
    estimator = LinearRegression().fit(np.eye(2), [1, 2])
    with pytest.raises(ValueError, match=r"args.*; got "):
        jx.explain(estimator, x, "exact_shap", args=(1,))


@pytest.mark.parametrize("wrap", [lambda y: {"logits": y, "x": 1}, lambda y: (y, 3), lambda y: {"a": y}, lambda y: [y]])
def test_outputs_in_containers(wrap):
    class Net(nn.Module):
        def forward(self, x):
            return wrap(x * 2)

    np.testing.assert_allclose(jx.explain(Net(), X.astype(np.float32), "saliency", target=1).values, [0, 2])


def test_dense_outputs_and_callables():
    model = Formula(lambda x: x[:, :, None] * x[:, None, :])
    found = jx.explain(model, X, "saliency", target=(0, 1))
    np.testing.assert_allclose(found.values, [3, 2])
    assert found.target_index == (0, 1)
    found = jx.explain(model, X, "saliency", target=lambda out: out[:, 0, 0] + out[:, 1, 1])
    np.testing.assert_allclose(found.values, [4, 6])
    assert found.target_index is None
    named = jx.explain(net_of(nn.Linear(2, 2), dtype=D), X, "saliency", target="dog", labels=["cat", "dog"])
    assert (named.target, named.target_index) == ("dog", 1)


# precisions and modes


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "expected_gradients"])
def test_precisions(kind, method):
    net = net_of(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))
    low = seeded(net_of(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2)), 0).to(kind)
    x = torch.tensor(table(1, 6, 9)[0])
    want = jx.explain(net.double(), x, method, target=0, samples=200, baseline=0.0)
    found = jx.explain(low, x.to(kind), method, target=0, samples=200, baseline=0.0)
    loose = {torch.float16: 0.02, torch.bfloat16: 0.08, torch.float32: 1e-4}[kind]
    np.testing.assert_allclose(found.values, want.values, atol=loose * np.abs(want.values).max())
    assert found.values.dtype == np.float64
    assert next(low.parameters()).dtype == kind


def test_a_float_row_of_a_double_module():
    """The path is computed in the module's precision, not in the row's."""
    net = net_of(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1), dtype=D)
    x = table(1, 5, 10)[0]
    for kind, near in ((np.float32, 1e-9), (np.float16, 1e-9)):
        short = x.astype(kind)
        found = ig(net, short, baseline=0.0)
        want = ig(net, short.astype(float), baseline=0.0)
        np.testing.assert_allclose(found.values, want.values, atol=near)
        assert abs(found.gap) < 1e-9


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu", torch.bfloat16)])
@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "kernel_shap"])
def test_modes_around_the_call(torch_double, mode, method):
    want = jx.explain(torch_double.model, torch_double.x, method, samples=100)
    with mode():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        x = torch.tensor(torch_double.x)
        found = jx.explain(torch_double.model, x, method, samples=100)
        assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before
    assert found.values.tobytes() == want.values.tobytes()


def test_gradients_of_the_users_tensors_stay():
    net, x = net_of(nn.Linear(2, 1), dtype=D), torch.tensor(X, requires_grad=True)
    net(x[None]).sum().backward()
    kept = x.grad.clone(), net[0].weight.grad.clone()
    before = state_of(net)
    ig(net, x)
    assert state_of(net) == before
    assert torch.equal(x.grad, kept[0])
    assert torch.equal(net[0].weight.grad, kept[1])


@pytest.mark.parametrize("inplace", [nn.ReLU(inplace=True), nn.Dropout(0.5, inplace=True), nn.Hardtanh(inplace=True)])
def test_a_module_that_writes_into_its_input_first(inplace):
    net = net_of(inplace, nn.Linear(4, 2), dtype=D)
    x = np.array([0.5, -0.5, 0.25, 0.75])
    for method in ("saliency", "integrated_gradients", "exact_shap"):
        mine = x.copy()
        found = jx.explain(net, mine, method, samples=300)
        assert mine.tobytes() == x.tobytes()
        clean = net_of(type(inplace)(), nn.Linear(4, 2), dtype=D)
        np.testing.assert_allclose(found.values, jx.explain(clean, x, method, samples=300).values, atol=1e-12)


def test_training_mode_changes_nothing(torch_cnn):
    """Batch norm and dropout answer as in eval mode, and stay in training mode with their own statistics."""
    net = cnn().train()
    before = state_of(net)
    found = jx.explain(net, torch_cnn.x, "saliency")
    assert state_of(net) == before
    again = jx.explain(cnn().eval(), torch_cnn.x, "saliency")
    assert found.values.tobytes() == again.values.tobytes()


def test_the_users_hooks_fire_and_stay():
    net, seen = net_of(nn.Linear(2, 2), dtype=D), []
    net[0].register_forward_hook(lambda *_: seen.append(1))
    jx.explain(net, X, "saliency")
    assert len(seen) == 2  # the probe and the gradient: once per call
    assert len(net[0]._forward_hooks) == 1


def test_twin_shares_weights_and_sees_training():
    net = net_of(nn.Linear(2, 1), dtype=D)
    twin = twin_of(net)
    assert twin[0].weight.data_ptr() == net[0].weight.data_ptr()
    first = jx.explain(net, X, "saliency").values
    with torch.no_grad():
        net[0].weight.mul_(2)
    np.testing.assert_allclose(jx.explain(net, X, "saliency").values, 2 * first)


# folding batch norms


class Residual(nn.Module):
    """Functional and module ReLUs, a reused norm that must not be folded, and one that must."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.an = nn.BatchNorm2d(4)
        self.b = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.bn = nn.BatchNorm2d(4, affine=False)
        self.c = nn.Conv2d(4, 4, 1)
        self.cn = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = F.relu(self.an(self.a(x)))
        y = self.bn(self.b(x))
        once = self.c(x)
        x = F.relu(x + y) + self.cn(once) + self.cn(x) + once
        return self.head(x.mean((2, 3)))


def image_net(kind=torch.float32):
    net = seeded(Residual(), 11).to(kind)
    rng = np.random.default_rng(12)
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.copy_(torch.from_numpy(rng.normal(size=4)))
                m.running_var.copy_(torch.from_numpy(rng.uniform(0.3, 3, size=4)))
    return net.train()


def test_folding_is_exact():
    net = image_net(D)
    before = state_of(net)
    x = torch.tensor(table(2, 3 * 32 * 32, 13).reshape(2, 3, 32, 32))
    twin = fast_twin(net, x[:1]).net
    folded = sum(isinstance(m, nn.BatchNorm2d) for m in twin.modules())
    assert folded == 1  # the reused one
    with torch.no_grad():
        np.testing.assert_allclose(twin(x), net.eval()(x), atol=1e-12)
    net.train()
    assert state_of(net) == before


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients"])
def test_large_images_give_the_plain_gradient(method):
    net = image_net(D)
    before = state_of(net)
    x = table(1, 3 * 32 * 32, 14).reshape(3, 32, 32)
    found = jx.explain(net, x, method, samples=100, baseline=0.0)
    assert state_of(net) == before
    plain = image_net(D).eval()
    if method == "saliency":
        leaf = torch.tensor(x)[None].requires_grad_(True)
        want = torch.autograd.grad(plain(leaf)[0, found.target_index], leaf)[0][0]
        np.testing.assert_allclose(found.values, want, atol=1e-12)
    else:
        assert abs(found.gap) <= 1e-3 * abs(found.output - found.base)
    with torch.no_grad():
        net.a.weight.mul_(0.5)
    again = jx.explain(net, x, method, samples=100, baseline=0.0)
    assert np.abs(again.values - found.values).max() > 1e-3 * np.abs(found.values).max()


def test_no_warnings_of_ours(torch_cnn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("saliency", "integrated_gradients", "expected_gradients"):
            jx.explain(torch_cnn.model, torch_cnn.x, method, samples=30)
