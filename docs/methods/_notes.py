"""What the pages of the methods say beside the docstrings: data for the picture, when to use it, what it leaves open.

A method without an entry in NOTES has no page, and tools/docs.py and tests/test_docs.py fail until it has one.
"""

from __future__ import annotations

from dataclasses import dataclass

SCENES = {
    "image": """\
import jupyter_explain as jx
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
images = rng.normal(0.3, 0.1, (300, 1, 24, 24)).astype("float32")
rings = rng.integers(2, size=300)  # squares, and squares with a hole
for image, ring, row, column in zip(images, rings, *rng.integers(2, 12, (2, 300))):
    image[0, row : row + 10, column : column + 10] += 0.5
    if ring:
        image[0, row + 3 : row + 7, column + 3 : column + 7] -= 0.5

torch.manual_seed(0)
layers = [nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()]
net = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(3), nn.Flatten(), nn.Linear(144, 2))
optimiser = torch.optim.Adam(net.parameters(), 0.01)
for _ in range(30):
    optimiser.zero_grad()
    loss = nn.functional.cross_entropy(net(torch.tensor(images)), torch.tensor(rings))
    loss.backward()
    optimiser.step()

labels = ["square", "ring"]
x = images[0]  # a ring
""",
    "table": """\
import jupyter_explain as jx
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor

data = load_diabetes(as_frame=True, scaled=False)
model = GradientBoostingRegressor(random_state=0).fit(data.data, data.target)
x = data.data.iloc[[0]]
rows = data.data.sample(20, random_state=0)  # what "absent" means: as in these patients
""",
    "linear": """\
import jupyter_explain as jx
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data = load_diabetes(as_frame=True, scaled=False)
model = make_pipeline(StandardScaler(), Ridge()).fit(data.data, data.target)
x = data.data.iloc[[0]]
rows = data.data.sample(100, random_state=0)  # what "absent" means: as in these patients
""",
}


@dataclass(frozen=True)
class Note:
    """One method's part of its page.

    Attributes:
        scene: which of SCENES makes the model and the input.
        call: the arguments of `explain`.
        kinds: error kinds in the order in which a stream shows them.
        error: where the error comes from.
        when: when to use the method.
        silent: what its answers do not tell.
    """

    scene: str
    call: str
    kinds: tuple[str, ...]
    error: str
    when: str
    silent: str


PICTURE = 'net, x, "{name}", labels=labels'
DARK = PICTURE + ', baseline="black"'
ROWS = 'model, x, "{name}", baseline=rows'
NO_CHANCE = "Nothing is sampled: exact up to the network's rounding."

NOTES = {
    "ablation_cam": Note(
        "image",
        PICTURE,
        ("unknown", "exact"),
        "Exact once every channel of the layer was removed; unknown until then.",
        "For a class-activation map of a network whose gradients are saturated or not to be trusted, where one "
        "evaluation for each channel is affordable.",
        "Which pixels matter within a place of the layer, or what channels do together: each is removed alone. "
        "The numbers promise no sum.",
    ),
    "accumulated_effects": Note(
        "table",
        'model, data.data, "{name}", features=["bmi", "s5"]',
        ("stderr", "exact"),
        "While rows are missing, the standard error of the curve for this dataset; exact when every row was "
        "asked. The band is wider: it sees the rows as a sample of many more.",
        "For the shape of a numeric column's effect where columns depend on each other: it asks only for steps "
        "that rows of the dataset could take.",
        "The effect for a single row, interactions, or anything about categories. The level of a curve has no "
        "meaning (its mean over the rows is zero), only its shape. Across a gap in the data the curve only joins "
        "both sides.",
    ),
    "deconvolution": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "To compare with the literature, or to see which patterns a layer of ReLUs could respond to.",
        "Why this input got this output. Without max-pooling the picture hardly depends on the input. It promises "
        "no sum, and its unit is that of a gradient.",
    ),
    "deep_lift": Note(
        "image",
        DARK,
        ("unknown", "stderr", "gap"),
        "With several baseline rows a standard error until all were asked; then the completeness gap, which is "
        "rounding where every operation has a rule.",
        "For values that sum to output - base at the price of one backward pass per baseline row, and where "
        "gradients vanish because units are saturated.",
        "What another network with the same outputs would get: the answer depends on how the function is "
        "computed. The gap says nothing about whether the rules share a nonlinearity fairly between its inputs.",
    ),
    "exact_shap": Note(
        "table",
        ROWS,
        ("unknown", "stderr", "exact"),
        "With several baseline rows a standard error over the rows asked so far; exact when all were asked.",
        "Whenever there are few players (at most 14, after joining columns with `groups=`), and as the yardstick "
        "for every sampled method.",
        "How columns act together, or causes. With dependent columns it asks the model about combinations that "
        "may not exist.",
    ),
    "expected_gradients": Note(
        "image",
        'net, x, "{name}", labels=labels, baseline=images[1:51], samples=400',
        ("unknown", "stderr"),
        "Standard error of the mean over draws. It never ends by itself: `samples`, `tolerance` or `seconds` end it.",
        "For a torch network and a background of many rows, where one path per row (integrated gradients) costs "
        "too much.",
        "Single pixels, until many draws were taken: look at the standard errors. Differences between the "
        "baseline rows are averaged away.",
    ),
    "feature_ablation": Note(
        "table",
        ROWS,
        ("unknown", "exact"),
        "Exact once every player was hidden; unknown until then.",
        "For the plain question how far the output moves without one part, in one evaluation per part and "
        "baseline row.",
        "Parts that can stand in for each other all look unimportant, because each is hidden alone. Values "
        "promise no sum.",
    ),
    "grad_cam": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "For a first look at a convolutional network or a vision transformer: one pass, and a map that is easy to "
        "read.",
        "Anything finer than the layer's grid, which the note names: the smooth picture is enlarged from it. What "
        "at that place matters. Values promise no sum.",
    ),
    "guided_backprop": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "To see fine patterns that excite the network, beside another method.",
        "Why this class and not another: the picture changes little with the target, or when higher layers are "
        "randomised (Adebayo et al. 2018). It promises no sum.",
    ),
    "guided_grad_cam": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "For fine detail limited to where Grad-CAM speaks for the target.",
        "What Guided backpropagation does not tell, it does not tell either. Its numbers have no unit and promise "
        "no sum; evidence against the target is not shown.",
    ),
    "input_x_gradient": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "For a quick first guess from one gradient, above all on networks that are nearly linear.",
        "Anything about inputs that are zero, or where the output is saturated. It promises no sum unless the "
        "network is piecewise linear without biases.",
    ),
    "integrated_gradients": Note(
        "image",
        DARK + ", samples=400",
        ("unknown", "stderr", "bound"),
        'The adaptive rule bounds its own numerical error ("bound"); while baseline rows are missing it is a '
        'standard error. Fixed rules know only their completeness gap ("gap").',
        "The default for torch networks: values that sum to output - base, with an error that falls quickly.",
        "What another baseline would give: numbers equal to the baseline get zero, whatever they mean. The path "
        "runs through inputs that may look like nothing the network has seen.",
    ),
    "kernel_shap": Note(
        "table",
        ROWS + ", samples=3000",
        ("unknown", "stderr", "exact"),
        "Standard error of the regression's coefficients; unknown until there are at least two pairs of "
        "coalitions more than players; exact after an enumeration, which up to 14 players can be afforded.",
        "For Shapley values of any model, or to compare with other Kernel SHAP implementations. Which of it and "
        "permutation_shap is the more precise depends on the model: compare their errors at equal samples.",
        "How columns act together, or causes. With dependent columns it asks the model about combinations that "
        "may not exist.",
    ),
    "lime": Note(
        "table",
        ROWS + ", samples=2000",
        ("unknown", "stderr"),
        "Robust (sandwich) standard errors of the regression's slopes: of the fit to this neighbourhood, not of "
        "the fit to the model. Unknown until neighbours outweigh coefficients.",
        "For a local linear summary of any model, in the neighbourhood that you choose, as in the LIME paper.",
        "Whether a line is a fair summary: read the local R² in the notes. Another kernel width can change sizes "
        "and signs. Slopes promise no sum.",
    ),
    "linear_shap": Note(
        "linear",
        ROWS,
        ("exact",),
        "Computed from coefficients: exact up to rounding.",
        'For linear models (classifiers with `link="margin"`), alone or behind transforms of single columns: '
        "exact at once, also for many rows.",
        "Anything about probabilities: classifiers are explained on the margin. Interventional values ignore that "
        "columns go together; conditional ones guess from a Gaussian.",
    ),
    "lrp": Note(
        "image",
        PICTURE + ', rules="epsilon-plus"',
        ("exact",),
        NO_CHANCE + " What biases and stabilisers absorb is not an error of the computation; a note gives it.",
        "For networks where you want to choose how much noise to trade for fidelity, layer by layer, at the price "
        "of one backward pass.",
        "What would happen if an input changed. Rules decide much of the picture, and no data say which is right. "
        "There is no baseline, and the sum may miss the output.",
    ),
    "occlusion": Note(
        "image",
        DARK,
        ("unknown", "exact"),
        "Exact once every window was hidden; before, a coarse map of larger windows with unknown error. Tables "
        "and segments are exact at once.",
        "For images and series of any model: it needs no gradient, and what it asks is easy to say.",
        "Parts smaller than the window, or parts that can stand in for each other. A hidden window is itself "
        "something to see: try another baseline. Values promise no sum.",
    ),
    "partial_dependence": Note(
        "table",
        'model, data.data, "{name}", features=["bmi", "s5"]',
        ("stderr", "exact"),
        "While rows are missing, the standard error of the average for this dataset; exact when all rows were "
        "asked. The band is wider: it sees the rows as a sample of many more.",
        "For the average effect of a column, and whether rows differ in it (lines that are not parallel are "
        "interactions).",
        "What happens in combinations that occur: where columns depend on each other, part of the curve averages "
        "over rows that do not exist. Causes.",
    ),
    "permutation_importance": Note(
        "table",
        'model, data.data, "{name}", labels=data.target',
        ("unknown", "stderr"),
        "Standard error over the shuffles; the interval says nothing about other data. With one repeat it is unknown.",
        "To rank columns by what the model's score owes to them; on data that it was not trained on, if the "
        "question is what generalises.",
        "The direction of an effect, or anything about one row. Columns that carry the same information share "
        "their importance: shuffle them together with `groups=`.",
    ),
    "permutation_shap": Note(
        "table",
        ROWS + ", samples=3000",
        ("unknown", "stderr", "exact"),
        "Standard error over draws; it covers both the orders and the baseline rows. Unknown after the first "
        "walk; exact after an enumeration, which up to 14 players can be afforded.",
        "The default for models without gradients: Shapley values of any model and many players, with a "
        "calibrated standard error soon.",
        "How columns act together, or causes. With dependent columns it asks the model about combinations that "
        "may not exist.",
    ),
    "saliency": Note(
        "image",
        PICTURE,
        ("exact",),
        NO_CHANCE,
        "To ask how the output reacts to a very small change of each number.",
        "How much a number contributes: where the output is saturated its gradient is small although the number "
        "matters. It promises no sum.",
    ),
    "sampling_shap": Note(
        "table",
        ROWS + ", samples=3000",
        ("unknown", "stderr"),
        "Standard error of every player's own draws; unknown until each had eight. It never ends by itself.",
        "To compare with the classic estimator, or to teach it; permutation_shap needs fewer evaluations.",
        "A sum: values add up to output - base only in the long run. Otherwise as permutation_shap.",
    ),
    "score_cam": Note(
        "image",
        DARK,
        ("unknown", "exact"),
        "Exact once the input was seen through every channel; unknown until then.",
        "For a class-activation map without gradients, where one evaluation for each channel is affordable.",
        "Evidence against the target: weights are positive. With logits a few channels decide nearly everything. "
        "Values promise no sum.",
    ),
    "smoothgrad": Note(
        "image",
        PICTURE + ", samples=200",
        ("unknown", "stderr"),
        "Standard error of the mean over noisy copies; unknown until there are ten. It never ends by itself.",
        "Where a single gradient flickers from pixel to pixel.",
        "How much a number contributes, as with any gradient. The amount of noise decides what is seen; the "
        "standard error does not cover that choice. It promises no sum.",
    ),
    "tree_shap": Note(
        "table",
        ROWS,
        ("exact",),
        "Read off the trees: exact up to rounding.",
        'For tree ensembles of scikit-learn, XGBoost and LightGBM (boosted classifiers with `link="margin"`): '
        "exact at once, also for many rows.",
        "Anything about probabilities of boosted classifiers: the margin is explained. With dependent columns, "
        "interventional and path-dependent values differ; neither is a cause.",
    ),
}
