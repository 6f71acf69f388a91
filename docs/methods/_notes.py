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
    "transformer": """\
import jupyter_explain as jx
import torch
from sklearn.datasets import load_digits
from torch import nn


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.cut = nn.Conv2d(1, 32, 2, stride=2)  # patches of 2 × 2 pixels
        self.first = nn.Parameter(torch.zeros(1, 1, 32))  # the class token
        self.places = nn.Parameter(torch.randn(1, 17, 32) / 4)
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(32, 4, 64, 0, batch_first=True) for _ in range(2))
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(len(x), -1, -1), x], 1) + self.places
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 0])


digits = load_digits()
images, classes = torch.tensor(digits.images[:, None] / 16).float(), torch.tensor(digits.target)
torch.manual_seed(0)
net = ViT()
optimiser = torch.optim.Adam(net.parameters(), 0.003)
for rows in torch.randint(len(images), (90, 128)):
    optimiser.zero_grad()
    nn.functional.cross_entropy(net(images[rows]), classes[rows]).backward()
    optimiser.step()

x = images[0]  # a zero
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
    "classes": """\
import jupyter_explain as jx
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

data = load_breast_cancer(as_frame=True)
model = RandomForestClassifier(random_state=0).fit(data.data, data.target_names[data.target])
x = data.data.iloc[[0]]
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
    "attention": Note(
        "transformer",
        'net, x, "{name}"',
        ("exact",),
        NO_CHANCE,
        "To see what a head looks at, to find heads that attend to the neighbour, to the class token or to nothing, "
        "and to check that a mask does what it should.",
        "Why the output is what it is: attention depends on no target, weights values that it says nothing about, and "
        "other weights can give the same output. In later layers a token is a mixture already, so that attention to "
        "it is not attention to its place in the input.",
    ),
    "attention_gradients": Note(
        "transformer",
        'net, x, "{name}"',
        ("exact",),
        NO_CHANCE,
        "For a map of a transformer that depends on the target, at the price of one forward and one backward pass.",
        "What the values, the feed-forward layers and the residual connections contribute: relevance follows attention "
        'alone. "relevance" shows only what speaks for the target and has no unit; "product" is a first-order guess. '
        "Neither promises a sum.",
    ),
    "attention_rollout": Note(
        "transformer",
        'net, x, "{name}"',
        ("exact",),
        NO_CHANCE,
        "To see from where information can have reached the class token, or any other, through all layers.",
        "What of that information is used, and for which output: it is the same for every target. It takes layers "
        "for mixtures of tokens and leaves out values, feed-forward layers and the size of what the residual "
        "connection carries, for which `residual` is only a guess. Windowed and pooled attention do not fit.",
    ),
    "activations": Note(
        "image",
        'net, x, "{name}", at="1"',
        ("exact",),
        "The layer's own numbers.",
        "To see what a layer reacts to: its channels as maps on one scale, dead ones marked. A first check of a "
        "network, and a way to choose the layer for Grad-CAM or for a gradient method with `at=`.",
        "What matters for an output: a strong channel may be ignored further on. It does not depend on the target. "
        "A channel that is dead for this input may be alive for others.",
    ),
    "additive_surrogate": Note(
        "table",
        'model, data.data, "{name}"',
        ("stderr",),
        "Largest standard error of a curve at a point; bands are 95 % intervals that hold on average over a curve. R² "
        "has a standard error of its own.",
        "To see the model as one curve for each column, and how much of it that leaves out: interaction.",
        "What columns do together. Where columns go together, curves can trade against each other: bands are wide "
        "there. Beyond the outermost rows a curve only goes straight on.",
    ),
    "anchors": Note(
        "classes",
        'model, x, "{name}", baseline=data.data, samples=16_000',
        ("bound",),
        "How far the precision may be from its interval's farther end, which holds at all times and for all rules that "
        "were tried together with probability 1 - delta. It says nothing about rules that were not tried.",
        "To say in one sentence what is enough for this decision, and for how many rows; or to try a rule of your own "
        "(`rule=`; in the widget, press its conditions, words, segments or spans). Counterexamples show how the rule "
        "fails.",
        "What would change the decision (a rule is sufficient, not necessary), or that the random rows could occur: "
        "columns outside the rule come from another row, and no model was made for texts, pictures and series with "
        "random holes. Rows near a boundary have long rules that cover hardly anything, or none: then the answer says "
        "so. Another baseline gives another rule.",
    ),
    "counterfactual": Note(
        "classes",
        'model, x, "{name}", baseline=data.data, samples=8000',
        ("unknown", "bound", "exact"),
        "Tables: the distance of the nearest example found bounds the smallest possible one from above; nothing says "
        "how far below it that is. Texts and images: how many words or segments fewer might do; exact once every "
        "smaller choice was tried. Unknown where none was found.",
        "For the question what would have to be different. Say what cannot change with `fixed=`, `bounds=` and "
        "`monotone=`, and which columns go together with `groups=`. For a text or image it names the words or segments "
        "that the decision hangs on.",
        "Whether the change is possible, or would cause anything: it is about the model's inputs. That none was found "
        "proves nothing unless every choice was tried. Examples need not look like rows of the data, and another "
        "baseline (what hidden parts show) gives other sets.",
    ),
    "decision_tree": Note(
        "table",
        'model, data.data.iloc[0], "{name}", tree=3',
        ("exact",),
        "Read off the tree: exact up to rounding.",
        "For a tree of your own, to see every question and the row's way; of an ensemble, to look at single trees.",
        "The ensemble: one tree says little about what hundreds decide together (see tree_shap, tree_surrogate). "
        "Where a question stands in the tree is no measure of importance.",
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
    "deletion": Note(
        "image",
        PICTURE + ', of="integrated_gradients"',
        ("stderr",),
        "Standard error of the mean over random orders; the curve in the order of the explanation is computed, not "
        "sampled. What it does not contain: that the explanation itself may be uncertain.",
        "To compare explanations of one input by what they say of the model: first against random orders, then (with "
        "Pin) against each other, with one baseline.",
        "Whether the explanation is right about the world, or good for people. Half-removed inputs are inputs that the "
        "model has never seen: the curve mixes what the explanation found with how the model takes such inputs, and "
        "explanations made with the same baseline have an advantage. Magnitudes do not count, only the order does.",
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
    "ig_path": Note(
        "image",
        DARK + ", samples=70",
        ("bound",),
        "The completeness gap, or what the last doubling of the gradients changed in any one value where that is more.",
        "To see, or to show a class, how integrated gradients come about: where on the way the output moves, where it "
        "saturates, and what is collected there. In the widget a slider goes through the steps. `e.steps` has them, "
        '`e.plot(kind="steps")` draws them. For the values alone integrated_gradients needs fewer gradients.',
        "Anything that integrated gradients do not tell: another baseline gives another way. Inputs on the way may "
        "look like nothing the network has seen.",
    ),
    "infidelity": Note(
        "table",
        ROWS + ', of="permutation_shap", samples=3000',
        ("stderr",),
        "Standard error of the mean over random changes. Sets of hidden parts average over all baseline rows.",
        "To see whether the sizes of the values mean what they say, not only their order: 0 for the Shapley values "
        "of a linear model, and for its gradient under noise.",
        "Which part is wrong. It depends on what is hidden or how much noise is added, and squares weigh few large "
        "misses most. Values in other units (class-activation maps) are only fairly judged rescaled.",
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
    "insertion": Note(
        "image",
        PICTURE + ', of="integrated_gradients"',
        ("stderr",),
        "Standard error of the mean over random orders; the curve in the order of the explanation is computed, not "
        "sampled. What it does not contain: that the explanation itself may be uncertain.",
        "Together with deletion: some explanations find what is enough for the output (insertion), some what it cannot "
        "do without (deletion).",
        "Whether the explanation is right about the world, or good for people. Half-removed inputs are inputs that the "
        "model has never seen: the curve mixes what the explanation found with how the model takes such inputs, and "
        "explanations made with the same baseline have an advantage. Magnitudes do not count, only the order does.",
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
    "lasso_surrogate": Note(
        "table",
        'model, data.data, "{name}"',
        ("stderr",),
        "Largest standard error of a coefficient, from the ten fits of the cross-validation that each leave out a "
        "tenth of the rows (jackknife); bands are 95 % intervals. R² in the notes has a standard error of its own.",
        "To see how far a few columns and straight lines go in place of the model, and in which order columns come in.",
        "What bends or works together: read R² first. Of columns that go together one may come in for all, and another "
        "one on other rows; wide bands at small penalties say so. Coefficients are per standard deviation of the rows.",
    ),
    "lime": Note(
        "table",
        ROWS + ", samples=2000",
        ("unknown", "stderr"),
        "Robust (sandwich) standard errors of the regression's slopes: of the fit to this neighbourhood, not of "
        "the fit to the model. Unknown until neighbours outweigh coefficients.",
        "For a local linear summary of any model, in the neighbourhood that you choose, as in the LIME paper.",
        "Whether a line is a fair summary: read the local R² in the notes, and look at the neighbours themselves "
        "(`fit.plot()`, `fit.to_frame()`; live: Neighbourhood). Another kernel width can change sizes and signs. "
        "Slopes promise no sum.",
    ),
    "linear_shap": Note(
        "linear",
        ROWS,
        ("exact",),
        "Computed from coefficients: exact up to rounding.",
        "For linear models (classifiers on the margin), alone or behind transforms of single columns: "
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
    "max_sensitivity": Note(
        "table",
        ROWS + ', of="permutation_shap", samples=20_000',
        ("unknown", "stderr"),
        "Standard error of the mean over the inputs drawn. The largest change has none: it is that of these draws, and "
        "a lower bound of the largest there is.",
        "To see whether an explanation could as well have been another one: with a radius at which the input means "
        "the same to you.",
        "Whether the explanation is right: one that is always the same has sensitivity 0. Where the output changes, "
        "so should its explanation; the note says how far it did.",
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
    "owen_values": Note(
        "table",
        ROWS + ", correlation=0.6, samples=3000",
        ("unknown", "stderr", "exact"),
        "Standard error over draws, which covers orders and baseline rows; unknown after the first draw; exact after "
        "an enumeration, which up to 14 players can be afforded.",
        "When columns belong together: dummies of one category, readings of one sensor, columns that are nearly "
        "copies. Each keeps a value of its own, and no combination splits two blocks at once.",
        "What would happen if one column of a block changed and the others did not. The blocks are a choice: another "
        "threshold or other `groups=` give other values.",
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
    "attribution_summary": Note(
        "table",
        'model, data.data, "{name}"',
        ("unknown", "stderr", "exact"),
        "Standard error of the mean size over rows; exact once every row is explained by an exact method.",
        "To see how a model uses its columns over a whole dataset, and where one row stands among the others: which "
        "columns matter for all rows a little, and which for few rows a lot.",
        "Whether the model is right to use a column. Rows are explained one by one, so what columns do together is "
        "spread over them: in the widget, open a column and colour it by another one to see it.",
    ),
    "cohorts": Note(
        "table",
        'model, data.data, "{name}", by="sex", labels=data.target',
        ("stderr",),
        "While shuffles refine, the largest standard error of the shuffles alone. The intervals in the answer are "
        "wider: they see the rows of each group as a sample of many more.",
        "As a first check for bias: whether the model is as right for one group as for another, predicts something "
        "else on average, and uses other columns.",
        "Why the groups differ, and whether that is fair. Groups differ in other columns too; small groups say little; "
        "with many columns some difference looks clear by chance.",
    ),
    "decision_boundary": Note(
        "table",
        'model, data.data, "{name}", features=["bmi", "s5"]',
        ("bound", "exact"),
        "In the coarse first picture, the largest step between neighbouring grid points; then the grid points are "
        "exact, and the line between them is straight.",
        "To see how far a row is from another decision, and in which direction; drag the row to read the output "
        "elsewhere.",
        "What happens when other columns change as well. Hatched parts of the plane have no data near them. The line "
        "belongs to this row: another row has another line.",
    ),
    "feature_correlations": Note(
        "table",
        'model, data.data, "{name}", order="clustered"',
        ("exact",),
        "Exact for the dataset (a standard error where rows were sampled). The intervals see the rows as a sample of "
        "many more.",
        "Before reading importance or partial dependence: columns that go together share their importance, and are "
        "moved apart by methods that change one at a time.",
        "Relations that are neither straight (pearson) nor rising or falling throughout (spearman). Relations of three "
        "columns. Causes. What the model does: it is not asked.",
    ),
    "feature_distributions": Note(
        "table",
        'model, data.data, "{name}"',
        ("exact",),
        "Exact for the dataset; where rows were sampled, the largest standard error of a count.",
        "To see what the data are like, where the chosen row is unusual, and which columns differ between predicted "
        "classes.",
        "How columns go together: a row can be usual in every column and unheard of as a combination.",
    ),
    "h_statistic": Note(
        "table",
        'model, data.data, "{name}", features=["sex", "bmi", "bp", "s3", "s5"]',
        ("stderr",),
        "The largest standard error (jackknife over the rows of the sample); exact when all rows of the dataset are in "
        "the sample.",
        "To find the pairs whose partial dependence on two columns is worth a look.",
        "How an interaction looks. It is a share: a pair that does little can have a large one (scale='output' tells). "
        "Where columns depend on each other it counts combinations that do not occur. With few rows it is too large.",
    ),
    "permutation_importance": Note(
        "table",
        'model, data.data, "{name}", labels=data.target',
        ("unknown", "stderr"),
        "Standard error over the shuffles (of the conditional kind: within the strata that were found); the interval "
        "says nothing about other data. With one repeat it is unknown.",
        "To rank columns by what the model's score owes to them; on data that it was not trained on, if the "
        "question is what generalises.",
        "The direction of an effect, or anything about one row. Columns that carry the same information share "
        'their importance: shuffle them together with `groups=`, or ask with `kind="conditional"` what each says '
        "beyond the others. Then two columns that say the same both get about 0: it does not follow that neither "
        "matters.",
    ),
    "permutation_shap": Note(
        "table",
        ROWS + ", samples=3000",
        ("unknown", "stderr", "exact"),
        "Standard error over draws; it covers both the orders and the baseline rows. Unknown after the first "
        "walk; exact after an enumeration, which up to 14 players can be afforded.",
        "The default for models without gradients: Shapley values of any model and many players, with a "
        "calibrated standard error soon. With `orders=True` the first walks can be gone through, in the widget with a "
        'slider, in Python as `e.steps` and `e.plot(kind="steps")`.',
        "How columns act together, or causes. With dependent columns it asks the model about combinations that "
        "may not exist.",
    ),
    "sage": Note(
        "table",
        'model, data.data, "{name}", labels=data.target, samples=100_000',
        ("stderr",),
        "Standard error over draws (rows, orders and repeats); it does not cover the bias of few repeats.",
        "For the question how much of the model's success on this data each column accounts for, columns that repeat "
        "each other sharing the credit.",
        "The direction of an effect, or anything about one row. It asks the model about combinations that may not "
        "exist. Dearer than permutation_importance by about the number of repeats.",
    ),
    "randomization": Note(
        "image",
        PICTURE + ', of="guided_backprop"',
        ("unknown", "stderr"),
        "Standard error of the mean over random networks; unknown until there are five. The correlations without any "
        "random layer show how much the method itself varies.",
        "Once for every method that you are about to trust on a network: some (guided backpropagation) draw edges of "
        "the input whatever the network has learned.",
        "Whether an explanation that changes is right; only that it depends on the weights. Rank correlations of maps "
        "that are mostly near zero are low for little reason. Your own network is never touched.",
    ),
    "rule_list": Note(
        "classes",
        'model, data.data, "{name}"',
        ("stderr",),
        "Standard error of the fidelity, over the third of the rows that the rules were not made from.",
        "To read a model as a few ordered rules, and to see from the fidelity how much of it they leave out.",
        "What the model does where the rules disagree with it: read the fidelity first. Other rows can give other "
        "rules that fit as well. A later rule is only about the rows that no earlier one decided.",
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
    "shap_interactions": Note(
        "table",
        ROWS + ", samples=20_000",
        ("unknown", "stderr", "exact"),
        "Standard error over draws; unknown after the first; exact after an enumeration, which up to 14 columns can be "
        "afforded.",
        "To see which columns act together for this row, and how much of a column's Shapley value is its own.",
        "Interactions of three or more columns: they are spread over their pairs. The shape of an interaction: see "
        "partial_dependence of the two columns.",
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
    "structure": Note(
        "image",
        'net, x, "{name}"',
        ("exact",),
        "Read off one forward pass.",
        "First, with a network that somebody else wrote: which layers there are, with what shapes and parameters, "
        "what runs twice, what is frozen and what never runs; or with a Pipeline, which columns go where. In the "
        "widget a click on a layer leads to its activations.",
        "Anything about why the output is what it is. It shows what ran for this input; other inputs may take other "
        "ways through the network.",
    ),
    "tree_shap": Note(
        "table",
        ROWS,
        ("exact",),
        "Read off the trees: exact up to rounding.",
        "For tree ensembles of scikit-learn, XGBoost and LightGBM (boosted classifiers on the margin, or, "
        "with two classes, on the probability): exact at once, also for many rows, and through "
        "a Pipeline whose other steps treat every column by itself.",
        "The Shapley values of a boosted classifier's probability: with `link='probability'` those of the margin are "
        "scaled (see above). With dependent columns, interventional and path-dependent values differ; neither is a "
        "cause.",
    ),
    "tree_surrogate": Note(
        "classes",
        'model, data.data, "{name}", depth=3',
        ("stderr",),
        "Standard error of R² at the depth that is shown, over the third of the rows that the tree was not made from.",
        "To read a model as a few questions, and to see from the fidelity by depth how much of it they leave out.",
        "What the model does where the tree disagrees with it: read the fidelity first. Other rows can give another "
        "tree that fits as well.",
    ),
}
