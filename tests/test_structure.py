"""The model as a graph: parameters counted once, shapes as hooks see them, edges as data flow."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from zoo import ZOO, cnn, net_of, seeded, table

import jupyter_explain as jx
from jupyter_explain.explanation import Graph, Node
from jupyter_explain.views.graph_plan import Planner, opened
from jupyter_explain.views.layered_layout import layout
from jupyter_explain.wire import answer_message


def graph(model, x, **options) -> Graph:
    answer = jx.explain(model, x, "structure", **options)
    assert isinstance(answer, Graph)
    return answer


def names(e: Graph) -> list[tuple[str, str, str]]:
    """Edges by name, with the run where there are several."""
    label = [n.name if n.calls < 2 or not n.call else f"{n.name}#{n.call}" for n in e.nodes]
    return [(label[a], label[b], words) for a, b, words in e.edges]


class Block(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.one, self.two, self.drop = nn.Conv2d(wide, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.Dropout(0.5)

    def forward(self, x):
        return F.relu(self.drop(self.two(self.one(x))) + x)


class Net(nn.Module):
    """Nested blocks, a shared weight, a layer that never runs, a frozen one."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 1)
        self.body = nn.Sequential(Block(4), Block(4))
        self.head, self.tied, self.spare = nn.Linear(4, 3), nn.Linear(4, 3), nn.Linear(7, 7)
        self.tied.weight = self.head.weight
        self.stem.requires_grad_(False)

    def forward(self, x):
        x = self.body(self.stem(x)).mean((2, 3))
        return self.head(x) + self.tied(x)


X = table(1, 128).reshape(2, 8, 8).astype(np.float32)


@pytest.mark.parametrize("animal", ["torch_double", "torch_cnn", "torch_residual", "torch_several", "torch_sequence"])
def test_parameters_and_shapes(animal):
    a = ZOO[animal]()
    e = graph(a.model, a.x, **a.options)
    assert e.parameters == sum(p.numel() for p in a.model.parameters())
    assert e.trainable == sum(p.numel() for p in a.model.parameters() if p.requires_grad)
    seen, handles = {}, []
    for name, module in a.model.named_modules():
        note = lambda m, i, out, name=name: seen.__setitem__(name, tuple(out.shape[1:]))  # noqa: E731
        handles.append(module.register_forward_hook(note))
    parts = a.x if isinstance(a.x, tuple) else (a.x,)
    dtype = next(a.model.parameters()).dtype
    training = a.model.training
    with torch.no_grad():
        a.model.eval()(*(torch.as_tensor(np.asarray(p), dtype=dtype)[None] for p in parts))
    a.model.train(training)
    for handle in handles:
        handle.remove()
    for node in e.layers:
        module = a.model.get_submodule(node.name)
        assert node.type == type(module).__name__
        assert node.shape == seen[node.name][-len(node.shape) :]
        assert node.own == sum(p.numel() for p in module.parameters(recurse=False))
        assert node.total == sum(p.numel() for p in module.parameters())


def test_everything_about_a_nested_network():
    model = seeded(Net(), 1)
    e = graph(model, X)
    found = {n.name: n for n in e.nodes}
    assert e.parameters == sum(p.numel() for p in model.parameters())  # the tied weight once
    assert e.parameters - e.trainable == found["stem"].total == 12
    assert found["head"].shared == ("tied",)
    assert [n.name for n in e.idle] == ["spare"]
    assert found["spare"].calls == 0
    assert (found["body"].kind, e.nodes[found["body.1"].parent].name) == ("block", "body")
    assert e.nodes[found["body.1.two"].parent].name == "body.1"
    inner = [e.nodes[n.parent].name for n in e.nodes if n.name in ("add", "relu") and n.parent is not None]
    assert inner == ["body.0", "body.0", "body.1", "body.1"]
    flow = names(e)
    assert ("stem", "body.0.one", "") in flow
    assert flow.count(("stem", "add", "")) == 1  # the way past the block
    assert ("body.0.drop", "add", "") in flow  # dropout hands its input on; the arrow still comes from it
    assert ("mean", "head", "") in flow
    assert ("mean", "tied", "") in flow


def test_a_layer_that_runs_twice_is_two_nodes_and_one_layer():
    e = graph(cnn(), X)
    runs = [n for n in e.nodes if n.name == "again"]
    assert [(n.call, n.calls) for n in runs] == [(1, 2), (2, 2)]
    assert ("norm", "again#1", "") in names(e)
    assert ("again#1", "add", "") in names(e)
    assert ("second", "again#2", "") in names(e)
    assert [n.name for n in e.layers].count("again") == 1


def test_what_only_changes_the_shape_stands_on_the_arrow():
    class Shapes(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(32, 2)

        def forward(self, x):
            left, right = x.chunk(2, 1)
            return self.one(torch.cat([left.flatten(1), right.flatten(1)], 1)[:, :32].view(-1, 32))

    e = graph(Shapes(), X)
    assert ("input", "cat", "chunk · flatten") in names(e)
    assert ("cat", "one", "index · view") in names(e)


def test_in_place_operations_move_on():
    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            y = self.one(x)
            y.relu_()
            y[:, 0] = 0
            y += x
            return self.two(y)

    flow = names(graph(InPlace(), table(1, 4)[0].astype(np.float32)))
    assert ("one", "relu", "") in flow
    assert ("relu", "setitem", "") in flow
    assert [b for a, b, _ in flow if a == "setitem"] == ["iadd"] or [b for a, b, _ in flow if a == "setitem"] == ["add"]
    assert [a for a, b, _ in flow if b == "two"] in (["iadd"], ["add"])


def test_a_loop_is_drawn_once():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.LSTMCell(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            h = c = torch.zeros(len(x), 4)
            for t in range(x.shape[1]):
                h, c = self.cell(x[:, t], (h, c))
            return self.out(h)

    e = graph(Loop(), table(9, 4).astype(np.float32), layout="CT")
    (cell,) = [n for n in e.nodes if n.name == "cell"]
    assert (cell.calls, cell.call) == (9, 0)
    assert "Run over and over, drawn once: cell." in e.notes
    assert all(a != b for a, b, _ in e.edges)


def test_transformers_are_looked_into():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Flatten(), nn.Linear(40, 2))
    e = graph(model.eval(), table(5, 8).astype(np.float32), layout="CT")
    assert "0.layers.1.linear2" in {n.name for n in e.layers}
    assert not e.idle


def test_dict_and_tuple_outputs_and_keywords():
    class Outputs(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 2), nn.Linear(4, 3)

        def forward(self, x):
            return {"logits": self.one(input=x), "more": (self.two(x),)}

    flow = names(graph(Outputs(), table(1, 4)[0].astype(np.float32)))
    assert ("input", "one", "") in flow
    assert ("two", "output", "") in flow


def test_the_whole_network_may_be_one_layer():
    e = graph(nn.Linear(3, 2), np.float32([1, 2, 3]))
    assert [(n.kind, n.type) for n in e.nodes] == [("input", "input"), ("layer", "Linear"), ("output", "output")]
    assert [(a, b) for a, b, _ in e.edges] == [(0, 1), (1, 2)]


def test_scripted_modules_are_refused_by_name():
    with pytest.raises(ValueError, match=r"Structure: cannot look into torch\.jit; .*; got a scripted module"):
        graph(torch.jit.script(net_of(nn.Linear(3, 2))), [1.0, 2.0, 3.0])
    part = nn.Sequential(nn.Linear(3, 3), torch.jit.script(nn.Sequential(nn.Linear(3, 2))))
    assert graph(part, np.float32([1, 2, 3])).parameters == 20


def test_a_compiled_module_keeps_its_names():
    model = torch.compile(net_of(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), backend="eager")
    model._orig_mod[0].weight.requires_grad_(False)
    e = graph(model, np.float32([1, 2, 3]))
    assert [n.name for n in e.layers] == ["0", "1", "2"]
    assert e.parameters - e.trainable == 12


# scikit-learn


def test_a_pipeline_with_columns():
    a = ZOO["pipeline"]()
    e = graph(a.model, a.x)
    found = {n.name: n for n in e.nodes}
    assert found["columns"].kind == "block"
    assert found["columns.numbers"].detail == "age, income"
    assert found["columns.numbers"].shape == (2,)
    assert found["columns"].shape == a.model[0].transform(a.x).shape[1:]
    assert [(x, y) for x, y, _ in names(e)] == [
        *(("input", f"columns.{n}") for n in ("numbers", "classes", "flags", "text")),
        *((f"columns.{n}", "concatenate") for n in ("numbers", "classes", "flags", "text")),
        ("concatenate", "model"),
        ("model", "output"),
    ]
    assert e.parameters is None
    assert "5 steps." in str(e)


def test_unions_and_steps_that_are_left_out():
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import FeatureUnion, make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = table(20, 4)
    both = FeatureUnion([("scaled", StandardScaler()), ("short", make_pipeline(PCA(2))), ("none", "drop")])
    e = graph(make_pipeline("passthrough", both, LinearRegression()).fit(rows, rows[:, 0]), rows[0])
    kinds = {n.name: n.type for n in e.nodes}
    assert kinds["passthrough"] == "passthrough"
    assert kinds["featureunion.short.pca"] == "PCA"
    assert "featureunion.none" not in kinds
    assert next(n for n in e.nodes if n.name == "featureunion").shape == (6,)


def test_other_models_are_told_why_not():
    a = ZOO["forest"]()
    with pytest.raises(ValueError, match=r"Structure: needs a model of parts \(a torch module, or a scikit-learn"):
        graph(a.model, a.x)


# words, tables, pictures, messages


def test_words_and_tables():
    e = graph(seeded(Net(), 1), X)
    text = str(e)
    assert text.startswith("Structure of Net\n")
    assert "11 layers with 391 parameters (12 frozen)" in text or f"with {e.parameters} parameters (12 frozen)" in text
    assert "never used: spare" in text
    frame = e.to_frame()
    assert list(frame.layer).count("head") == 1
    assert (
        frame[frame.runs > 0].parameters.sum() + 56 - 12 == e.parameters
    )  # spare apart, the tied weight counted twice
    assert e.plot().axes
    assert e.to_html()


def test_message_leaves_out_what_is_usual_and_closes_what_is_too_much():
    e = graph(seeded(Net(), 1), X)
    fields, arrays = answer_message(e, None, False, False)
    assert arrays == []
    first = fields["layout"]["nodes"][0]
    assert first == {"name": "input", "kind": "input", "type": "input", "shape": (2, 8, 8)}
    nodes = [Node(name="input", kind="input", type="input"), Node(name="b", kind="block", type="B")]
    nodes += [Node(name=f"b.{i}", kind="layer", type="L", parent=1) for i in range(3000)]
    edges = ((0, 2, ""), *((i, i + 1, "") for i in range(2, 3001)))
    big = Graph(nodes=tuple(nodes), edges=edges, error=0.0, error_kind="exact")
    layout = answer_message(big, None, False, False)[0]["layout"]
    assert len(layout["nodes"]) == 2
    assert layout["edges"] == [[0, 1, ""]]
    assert len(json.dumps(fields)) < 20_000


@pytest.mark.parametrize("open_", [False, True])
def test_boxes_neither_touch_nor_leave_their_block(open_):
    e = graph(seeded(Net(), 1), X)
    blocks = opened(e, 100) if open_ else set()
    plan = Planner(e, blocks, lambda i: (60.0 + 7 * (i % 4), 20.0)).plan()
    boxes = plan.boxes
    assert len(boxes) == (len(e.nodes) - 1 if open_ else sum(n.parent is None and n.calls > 0 for n in e.nodes))
    for i, (x, y, w, h) in boxes.items():
        assert -1e-6 <= x <= plan.width - w + 1e-6
        assert -1e-6 <= y <= plan.height - h + 1e-6
        parent = e.nodes[i].parent
        if parent is not None:
            px, py, pw, ph = boxes[parent]
            assert px < x
            assert py < y
            assert x + w < px + pw
            assert y + h < py + ph
        for j, (x2, y2, w2, h2) in boxes.items():
            if i < j and e.nodes[i].parent == e.nodes[j].parent:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    for points, _, back in plan.lines:
        assert back or all(b[1] >= a[1] - 1e-6 for a, b in pairwise(points))


def test_layout_of_a_diamond():
    """Both sides beside each other, the ends in the middle, the way past both on a lane of its own."""
    sizes = dict.fromkeys("abcd", (40.0, 10.0))
    found = layout(sizes, [("a", "b", 0), ("a", "c", 0), ("b", "d", 0), ("c", "d", 0), ("a", "d", 0)])
    assert found.at["b"][1] == found.at["c"][1]
    assert abs(found.at["b"][0] - found.at["c"][0]) >= 62
    assert found.at["a"][1] < found.at["b"][1] < found.at["d"][1]
    lane = found.lines["a", "d", 0][1][0]
    assert min(abs(lane - found.at[k][0]) for k in "bc") >= 20
