"""Small models of every framework, each with an input and baseline rows; all are made from their own seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

ROWS = 7  # baseline rows of most animals
CLASSES = 3


@dataclass(frozen=True)
class Animal:
    """A model, one input, and what "absent" means."""

    model: Any
    x: Any
    baseline: Any
    options: dict[str, Any] = field(default_factory=dict)


ZOO: dict[str, Callable[[], Animal]] = {}


def animal(make: Callable[[], Animal]) -> Callable[[], Animal]:
    """Register a maker; what it makes is made once per process."""
    ZOO[make.__name__] = cache(make)
    return ZOO[make.__name__]


def table(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def labels(rows: np.ndarray) -> np.ndarray:
    return (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(int) + (rows[:, 3] > 1)


# torch


def net_of(*layers: Any, seed: int = 0, dtype: Any = None) -> Any:
    """A Sequential whose weights are drawn from a generator of its own (the global one is left alone)."""
    import torch

    net = torch.nn.Sequential(*layers).to(dtype or torch.float32)
    return seeded(net, seed)


def seeded(net: Any, seed: int) -> Any:
    """Fresh weights from numpy's generator."""
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for p in net.parameters():
            fan = max(1, p[0].numel()) if p.ndim > 1 else 4
            p.copy_(torch.from_numpy(rng.normal(size=tuple(p.shape)) / np.sqrt(fan)))
    return net


@animal
def torch_double() -> Animal:
    from torch import float64, nn

    net = net_of(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 8), nn.Softplus(), nn.Linear(8, CLASSES), dtype=float64)
    return Animal(net, table(1, 5, 1)[0], table(ROWS, 5, 2))


@animal
def torch_float() -> Animal:
    from torch import nn

    net = net_of(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, CLASSES), seed=1)
    return Animal(net.train(), table(1, 6, 3)[0].astype(np.float32), np.zeros(6, np.float32))


@animal
def torch_cnn() -> Animal:
    """Functional, in-place and re-used ReLUs, a batch norm and dropout, left in training mode."""
    return Animal(
        cnn(), table(1, 128, 4).reshape(2, 8, 8).astype(np.float32), np.zeros((2, 8, 8), np.float32), {"segments": 9}
    )


def cnn(channels: int = 2, width: int = 6) -> Any:
    import torch
    import torch.nn.functional as F
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(channels, width, 3, padding=1)
            self.norm = nn.BatchNorm2d(width)
            self.again = nn.ReLU(inplace=True)
            self.second = nn.Conv2d(width, width, 3, padding=1)
            self.drop = nn.Dropout(0.5)
            self.head = nn.Linear(width, CLASSES)

        def forward(self, x: Any) -> Any:
            x = self.again(self.norm(self.first(x)))
            x = F.relu(self.again(self.second(x)) + x)
            return self.head(self.drop(x.mean((2, 3))))

    net = seeded(Net(), 5).train()
    rng = np.random.default_rng(6)
    with torch.no_grad():
        net.norm.running_mean.copy_(torch.from_numpy(rng.normal(size=width)))
        net.norm.running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, size=width)))
    return net


@animal
def torch_residual() -> Animal:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
            self.out = nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            for layer in self.inside:
                x = x + torch.tanh(layer(x))
            return self.out(x)[:, 0]

    return Animal(seeded(Net().double(), 7), table(1, 4, 8), table(ROWS, 4, 9))


@animal
def torch_several() -> Animal:
    """Two inputs of different shapes."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(3, 4), nn.Linear(4, 4)

        def forward(self, a: Any, b: Any) -> Any:
            return torch.tanh(self.left(a)) * self.right(b.flatten(1))

    x = table(1, 3, 10)[0], table(1, 4, 11).reshape(2, 2)
    return Animal(seeded(Net().double(), 12), x, tuple(np.zeros_like(a) for a in x))


@animal
def torch_frozen() -> Animal:
    from torch import float64, nn

    net = net_of(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 2), seed=13, dtype=float64)
    for p in net.parameters():
        p.requires_grad_(False)
    return Animal(net.eval(), table(1, 4, 14)[0], table(ROWS, 4, 15))


@animal
def torch_sequence() -> Animal:
    """Channels and time."""
    from torch import float64, nn

    net = net_of(nn.Conv1d(2, 3, 3, padding=1), nn.GELU(), nn.Flatten(), nn.Linear(36, 2), seed=16, dtype=float64)
    return Animal(net, table(2, 12, 17), np.zeros((2, 12)), {"layout": "CT", "segments": 3})


@animal
def torch_vit() -> Animal:
    """Patches, a class token and attention."""
    x = table(1, 128, 18).reshape(2, 8, 8)
    return Animal(seeded(vit().double(), 19), x, np.zeros((2, 8, 8)), {"segments": 9})


def vit(width: int = 6, blocks: int = 2) -> Any:
    import torch
    from torch import nn

    class ViT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cut = nn.Conv2d(2, width, 4, 4)
            self.first = nn.Parameter(torch.zeros(1, 1, width))
            self.places = nn.Parameter(torch.zeros(1, 5, width))
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(width, 2, 8, batch_first=True) for _ in range(blocks)
            )
            self.head = nn.Linear(width, CLASSES)

        def forward(self, x: Any) -> Any:
            x = self.cut(x).flatten(2).transpose(1, 2)
            x = torch.cat([self.first.expand(len(x), -1, -1), x], 1) + self.places
            for block in self.blocks:
                x = block(x)
            return self.head(x[:, 0])

    return ViT()


# estimators


@animal
def logistic() -> Animal:
    from sklearn.linear_model import LogisticRegression

    rows = table(60, 5, 20)
    return Animal(LogisticRegression().fit(rows, labels(rows)), rows[0], rows[1 : ROWS + 1])


@animal
def forest() -> Animal:
    from sklearn.ensemble import RandomForestClassifier

    rows = table(60, 4, 21)
    return Animal(RandomForestClassifier(8, random_state=0).fit(rows, labels(rows)), rows[0], rows[1 : ROWS + 1])


@animal
def sklearn_mlp() -> Animal:
    from sklearn.neural_network import MLPRegressor

    rows = table(60, 7, 22)
    net = MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", max_iter=2000, random_state=0).fit(
        rows, np.sin(rows[:, 0]) * rows[:, 1]
    )
    return Animal(net, rows[0], rows[1 : ROWS + 1])


def people(n: int = 60) -> Any:
    """A frame with numbers, gaps, categories, flags and text."""
    import pandas as pd

    rng = np.random.default_rng(23)
    words = np.array(["good", "bad", "cheap", "slow", "quick", "late"])
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "income": np.where(rng.random(n) < 0.2, np.nan, rng.normal(3000, 900, n)),
            "city": rng.choice(["Oslo", "Rome", "Ulm"], n),
            "grade": pd.Categorical(rng.choice(["A", "B"], n), ["A", "B", "C"]),
            "member": rng.random(n) < 0.5,
            "note": [" ".join(rng.choice(words, 4)) for _ in range(n)],
        }
    )
    frame["y"] = ((frame.age > 50) ^ frame.note.str.contains("good")).astype(int)
    return frame


@animal
def pipeline() -> Animal:
    """Text and categories on a data frame."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = people()
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), ["age", "income"]),
            ("classes", OneHotEncoder(handle_unknown="ignore"), ["city", "grade"]),
            ("flags", "passthrough", ["member"]),
            ("text", TfidfVectorizer(), "note"),
        ]
    )
    rows = frame.drop(columns="y")
    model = Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=3000))]).fit(rows, frame.y)
    return Animal(model, rows.iloc[[0]], rows.iloc[1 : ROWS + 1])


@animal
def xgb() -> Animal:
    from xgboost import XGBClassifier

    rows = table(80, 5, 24)
    model = XGBClassifier(n_estimators=6, max_depth=2, n_jobs=1, random_state=0).fit(rows, (rows[:, 0] > 0).astype(int))
    return Animal(model, rows[0], rows[1 : ROWS + 1])


@animal
def lgbm() -> Animal:
    """A row with a missing value, which trees take."""
    import pandas as pd
    from lightgbm import LGBMRegressor

    rows = pd.DataFrame(table(80, 4, 25), columns=["a", "b", "c", "d"])
    rows.iloc[::5, 1] = np.nan
    model = LGBMRegressor(n_estimators=6, num_leaves=4, min_child_samples=5, n_jobs=1, random_state=0, verbose=-1)
    return Animal(model.fit(rows, rows.a * 2 + rows.b.fillna(1)), rows.iloc[[0]], rows.iloc[1 : ROWS + 1])


# callables


@animal
def function() -> Animal:
    def product(rows: np.ndarray) -> np.ndarray:
        return np.sin(rows[:, 0]) * rows[:, 1] + rows[:, 2] ** 2 - rows[:, 3]

    return Animal(product, table(1, 4, 26)[0], table(ROWS, 4, 27))


@cache
def wide() -> Animal:
    """More players than can be enumerated; not for every method."""
    weights = table(2, 18, 28)

    def ridge(rows: np.ndarray) -> np.ndarray:
        return np.tanh(rows @ weights[0]) + (rows @ weights[1]) ** 2 / 10

    return Animal(ridge, table(1, 18, 29)[0], table(ROWS, 18, 30))


@animal
def picture() -> Animal:
    """Height, width, colours."""
    weights = table(1, 10 * 6 * 3, 31).reshape(10, 6, 3)

    def bright(pictures: np.ndarray) -> np.ndarray:
        lit = (pictures * weights).sum((1, 2, 3))
        return np.stack([lit, -lit + pictures[:, 2, 2, 1] ** 2], axis=1)

    options = {"layout": "HWC", "segments": 6}
    return Animal(bright, np.random.default_rng(32).random((10, 6, 3)), np.zeros((10, 6, 3)), options)


# texts

REVIEW = "A great plot, not boring"


@animal
def text_function() -> Animal:
    """Words that add up, words that need each other, and a length."""

    def praise(texts: list[str]) -> np.ndarray:
        words = [text.lower().replace(",", " ").split() for text in texts]
        return np.array([2.0 * w.count("great") - ("boring" in w) * (-1) ** ("not" in w) + 0.1 * len(w) for w in words])

    return Animal(praise, REVIEW, "delete")


def word_ids() -> Any:
    """A `tokenizers` tokenizer of few words, with a class token before and a separator behind."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "great", "plot", ",", "not", "boring", "film", "bad"]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    frame = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=frame)
    return made


@animal
def text_transformer() -> Animal:
    """Embeddings, positions, one block of attention, the class token read."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = nn.Embedding(13, 8), nn.Embedding(16, 8)
            self.attend, self.norm = nn.MultiheadAttention(8, 2, batch_first=True), nn.LayerNorm(8)
            self.head = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Dropout(0.5), nn.Linear(8, CLASSES))

        def forward(self, ids: Any) -> Any:
            x = self.words(ids) + self.places(torch.arange(ids.shape[1]))
            return self.head(self.norm(x + self.attend(x, x, x)[0])[:, 0])

    return Animal(seeded(Net().double(), 33).train(), REVIEW, "mask", {"tokenizer": word_ids()})
