"""Notebook cells for the browser tests: small models, each in a cell that ends with its Explorer."""

IMAGE = """
import numpy as np, torch, jupyter_explain as jx
torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 16 * 16, 3)
)
images = torch.rand(20, 1, 16, 16)
ex = jx.explore(net, images[0], method="expected_gradients", baseline=images, samples=200)
ex
"""

TABLE = """
import numpy as np, pandas as pd, jupyter_explain as jx
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :8]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
ex = jx.explore(model, X.iloc[:20], method="kernel_shap", baseline=X.iloc[::20], samples=2000)
ex
"""

# A callable model that counts its calls; once it is told to, it waits a little in each, or fails.
CALLABLE = """
import threading
import numpy as np, jupyter_explain as jx

class Model:
    calls, slow, fails = 0, False, False

    def __call__(self, X):
        self.calls += 1
        if self.fails:
            raise RuntimeError("the model had enough")
        if self.slow:
            threading.Event().wait(0.05)
        X = np.asarray(X, dtype=float)
        return X @ np.arange(1, X.shape[1] + 1) + 3 * X[:, 0] * X[:, 1]

model = Model()
rows = np.random.default_rng(0).normal(size=(20, 16))
"""
EXPLORE = """
ex = jx.explore(model, rows[0], method="kernel_shap", baseline=rows, samples=500)
ex
"""
# After the first picture, so that it is a live widget that meets the slow model.
SLOW = "model.slow = True; ex.samples = 200_000"
