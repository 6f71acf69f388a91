"""Static pictures, pages and frames: they show the numbers of the answer, and disturb nothing."""

import re
import subprocess
import sys
import threading
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jupyter_explain.explanation import Attribution, Explanation, Layout
from jupyter_explain.tables import cases, ranking
from jupyter_explain.views import page, plot, png
from jupyter_explain.views.colors import diverging, limit

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE x; --",
    "javascript:alert(1)",
    "$\\frac{1}{$",
    "\x00\u202e<svg/onload=alert(1)>",
)


def table(values, **fields):
    values = np.asarray(values, float)
    names = fields.pop("names", tuple(f"x{i}" for i in range(values.shape[-1])))
    data = fields.pop("data", np.ones(values.shape))
    known = {"title": "Kernel SHAP", "target": "malignant", "unit": "logit", "error": 0.0, "error_kind": "exact"}
    return Attribution(values=values, layout=Layout("table", names, data), **known | {"output": 1.5} | fields)


def layouts():
    """One answer per layout that a view may meet, by name."""
    r = np.random.default_rng(0)
    image = lambda shape, channels, **f: replace(  # noqa: E731
        table(np.zeros(2), **f), values=r.normal(size=shape), layout=Layout("image", (), r.random(shape), channels)
    )
    series = lambda shape, **f: replace(  # noqa: E731
        table(np.zeros(2), **f), values=r.normal(size=shape), layout=Layout("series", (), r.normal(size=shape))
    )
    many = {"output": np.arange(12.0), "base": np.zeros(12), "complete": True}
    tuples = (np.array([[1.0, 2.0]]), np.array([[0.5]]))
    named = Layout("table", ("input 0: 0", "input 0: 1", "input 1: 0"), tuples)
    return {
        "one": table([1.0]),
        "table": table(r.normal(size=30), stderr=np.full(30, 0.1), base=0.5, complete=True),
        "row": table(r.normal(size=(1, 30))),
        "wide": table(r.normal(size=10_000)),
        "zeros": table(np.zeros(4)),
        "nan": table([1.0, np.nan, -2.0]),
        "unknown errors": table([1.0, 2.0], stderr=np.full(2, np.inf), error=np.inf, error_kind="stderr"),
        "tiny": table([1e-12, -1e-13]),
        "huge": table([1e12, -1e13]),
        "mixed": table([1.0, 2.0, 3.0], data=np.array(["red", None, 3.5], object)),
        "rows": table(r.normal(size=(12, 30)), **many),
        "tuple": replace(table([0.0]), values=tuples, layout=named),
        "no data": table([1.0, 2.0], data=None),
        "text": replace(table([1.0, -2.0]), layout=Layout("text", ("good", "film"))),
        "embedded text": replace(table([0.0]), values=r.normal(size=(2, 8)), layout=Layout("text", ("good", "film"))),
        "CHW": image((3, 8, 8), -3),
        "HWC": image((8, 8, 3), -1),
        "HW": image((8, 8), None),
        "1CHW": image((1, 1, 8, 8), -3),
        "NCHW": image((12, 3, 8, 8), -3, **many),
        "NHW": image((12, 8, 8), None, **many),
        "strip": image((1, 4, 90), -3),
        "pixel": image((1, 1, 1), -3),
        "zero image": replace(image((3, 8, 8), -3), values=np.zeros((3, 8, 8))),
        "CT": series((2, 50)),
        "NCT": series((12, 2, 50), **many),
        "long series": series((1, 5000)),
    }


LAYOUTS = layouts()


def texts(figure):
    """Every text of a figure, drawn or not in axes."""
    return [t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text()]


def images(figure):
    """(array, colour limits) of every map with diverging colours."""
    found = figure.findobj(mpl.image.AxesImage)
    return [(i.get_array(), i.get_clim()) for i in found if i.get_cmap().name == diverging().name]


def bars(figure):
    return [p.get_width() for p in figure.axes[0].patches if isinstance(p, mpl.patches.Rectangle)]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_drawn_in_silence_and_changes_nothing(name):
    before = dict(mpl.rcParams)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        drawn = png(LAYOUTS[name])
    assert drawn.startswith(b"\x89PNG")
    assert [str(w.message) for w in heard] == []
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_has_a_page_and_a_text(name):
    answer = LAYOUTS[name]
    assert "Describes the model, not the world." in str(answer)
    assert page(answer).count("<table>") == 1


def test_bars_are_linear_and_add_up():
    values = np.random.default_rng(0).normal(size=30)
    figure = plot(table(values))
    r = ranking(cases(table(values))[0], 12)
    assert bars(figure) == pytest.approx(r.shown)
    assert len(bars(figure)) == 13
    assert sum(bars(figure)) == pytest.approx(values.sum())
    assert "18 others" in texts(figure)


def test_a_waterfall_leads_from_base_to_output():
    values = np.random.default_rng(0).normal(size=30)
    e = table(values, base=0.5, complete=True, output=0.5 + values.sum(), stderr=np.full(30, 0.1))
    axes = e.plot(kind="waterfall").axes[0]
    starts = [p.get_x() for p in axes.patches if isinstance(p, mpl.patches.Rectangle)]
    steps = ranking(cases(e)[0], 12).shown
    assert starts == pytest.approx(0.5 + np.cumsum([0.0, *steps[:-1]]))
    assert bars(axes.figure) == pytest.approx(steps)
    assert starts[-1] + steps[-1] == pytest.approx(e.output)
    whiskers = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "|"]
    assert whiskers[0] == pytest.approx((starts[1] - 0.196, starts[1] + 0.196))


@pytest.mark.parametrize("name", ["rows", "CHW", "row"])
def test_a_waterfall_is_refused_where_nothing_adds_up(name):
    with pytest.raises(ValueError, match="waterfall"):
        LAYOUTS[name].plot(kind="waterfall")
    with pytest.raises(ValueError, match="kind must be"):
        LAYOUTS[name].plot(kind="pie")


def test_zero_has_no_length():
    assert bars(plot(table([1.0, 0.0])))[1] == 0


def test_whiskers_are_95_percent():
    axes = plot(table([2.0, -1.0], stderr=np.array([0.1, 0.2]), error=0.2, error_kind="stderr")).axes[0]
    lines = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "|"]
    assert lines == [pytest.approx((2 - 0.196, 2 + 0.196)), pytest.approx((-1 - 0.392, -1 + 0.392))]
    low, high = axes.get_xlim()
    assert low < -1.392
    assert high > 2.196


def test_numbers_beside_the_bars_are_the_values():
    found = texts(plot(table([0.17, -0.04], stderr=np.array([0.012, 0.01]), base=0.4, complete=True, output=0.53)))
    assert "+0.170 ± 0.012" in found
    assert "−0.040 ± 0.010" in found
    assert "+0.130" in found
    assert "base 0.4  →  output 0.53" not in found  # one line of text: spaces are joined
    assert "base 0.4 → output 0.53" in found


def test_hyphens_of_names_stay():
    assert "x-ray-3" in texts(plot(table([1.0, 2.0], names=("x-ray-3", "b"))))
    assert any("x-ray-3 = 1 (−2.0)" in t for t in texts(plot(table([-2.0, 0.0], names=("x-ray-3", "b")))))


def test_zero_is_neutral_and_limits_are_symmetric():
    for name in ("CHW", "HWC", "HW", "NCHW", "CT", "NCT", "strip"):
        for _, (low, high) in images(plot(LAYOUTS[name])):
            assert low == -high < 0
    red, green, blue, _ = diverging()(0.5)
    assert max(red, green, blue) - min(red, green, blue) < 0.01
    assert min(red, green, blue) > 0.95
    strong, weak = diverging()(0.8), diverging()(0.2)
    assert strong[0] > strong[2]  # orange for
    assert weak[2] > weak[1]  # purple against


def test_the_map_is_the_sum_over_channels():
    for name, axis in (("CHW", 0), ("HWC", 2)):
        shown = next(a for a, _ in images(plot(LAYOUTS[name])) if a.shape == (8, 8))
        np.testing.assert_allclose(shown, LAYOUTS[name].values.sum(axis))


def test_batches_share_one_scale_and_say_how_many():
    figure = plot(LAYOUTS["NCHW"])
    maps = [(a, clim) for a, clim in images(figure) if a.shape == (8, 8)]
    assert len(maps) == 9
    assert len({clim for _, clim in maps}) == 1
    for name in ("NCHW", "NHW", "NCT", "rows"):
        assert any("first 9 of 12 rows" in t.replace("\n", " ") for t in texts(plot(LAYOUTS[name]))), name


def test_colours_end_at_the_99th_percentile():
    values = np.arange(-500.0, 501.0)
    assert limit(values) == pytest.approx(np.percentile(np.abs(values), 99))
    sparse = np.zeros((50, 50))
    sparse[0, 0] = -3.0
    assert limit(sparse) == 3.0
    assert limit(np.zeros(3)) == 1.0
    assert any("beyond, up to" in t for t in texts(plot(LAYOUTS["CHW"])))


def test_zero_maps_say_so():
    found = texts(plot(LAYOUTS["zero image"]))
    assert "attribution: zero everywhere" in found
    assert any("All attributions are zero" in t for t in found)
    assert np.abs(bars(plot(LAYOUTS["zeros"]))).max() == 0


def test_what_is_not_a_number_is_counted():
    answer = LAYOUTS["HW"]
    values = answer.values.copy()
    values[2, 3] = np.nan
    figure = plot(replace(answer, values=values))
    assert any("1 pixel not a number (hatched)" in t for t in texts(figure))
    assert any(p.get_hatch() for p in figure.findobj(mpl.patches.Rectangle))


def test_long_series_keep_their_peaks():
    values = np.zeros((1, 5000))
    values[0, 1234] = -7.0
    figure = plot(replace(LAYOUTS["long series"], values=values))
    assert min(a.min() for a, _ in images(figure)) == -7.0


def test_given_axes_are_used():
    for name in ("table", "CHW", "CT", "rows", "NCHW"):
        figure = Figure()
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        assert plot(LAYOUTS[name], right) is figure
        assert not left.patches
        assert not left.texts
        assert right.texts
        figure.canvas.draw()


def test_figures_show_themselves_in_a_notebook_without_pyplot():
    """The inline backend shows figures only once pyplot was imported, which is nobody's duty here."""
    code = (
        "import sys, numpy as np\n"
        "from IPython.core.formatters import DisplayFormatter\n"
        "import jupyter_explain as jx\n"
        "e = jx.explain(lambda r: r.sum(1), np.ones(3), 'exact_shap', baseline='zeros')\n"
        "data, _ = DisplayFormatter().format(e.plot(kind='waterfall'))\n"
        "assert data['image/png'].startswith(b'\\x89PNG') and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_user_names_are_literal():
    drawn = plot(table(np.arange(6.0), names=EVIL)).findobj(mpl.text.Text)
    assert {"$\\frac{1}{$"} <= {t.get_text() for t in drawn}
    assert not any(t.get_parse_math() or t.get_usetex() for t in drawn if "$" in t.get_text())
    png(table(np.arange(6.0), names=EVIL))


def test_characters_without_a_font_are_boxes_not_warnings():
    names = ("\U0001f9ff amulet", "肿瘤周长", "\ue000 private", "العمر", "x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png(table(np.arange(5.0), names=names, target="恶性"))


class Inert(HTMLParser):
    """Collects what could run or load something."""

    def __init__(self):
        super().__init__()
        self.tags, self.outside, self.handlers = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append((tag, name))
            if name in ("src", "href", "srcset", "action", "data") and not (value or "").startswith("data:image/png"):
                self.outside.append((tag, value))


KNOWN = {
    "html", "head", "meta", "title", "style", "body", "h1", "p", "picture", "source", "img", "table", "caption",
    "thead", "tbody", "tfoot", "tr", "th", "td", "footer", "pre",
}  # fmt: skip


def hostile(values, kind):
    return replace(
        table(values, names=EVIL, data=np.broadcast_to(np.array(EVIL, object), np.shape(values))),
        title=EVIL[0], target=EVIL[1], baseline=EVIL[5], notes=EVIL, error_kind=kind, unit=EVIL[1],
        output=np.arange(2.0) if np.ndim(values) > 1 else 1.0,
    )  # fmt: skip


@pytest.mark.parametrize("values", [np.arange(6.0), np.ones((2, 6))])
def test_hostile_names_are_inert_in_the_page(values):
    html = page(hostile(values, "exact"))
    found = Inert()
    found.feed(html)
    assert found.tags <= KNOWN
    assert found.outside == []
    assert found.handlers == []
    assert "&lt;script&gt;" in html
    assert "http://" not in html
    assert "https://" not in html


def test_the_page_forbids_what_it_does_not_need():
    html = page(LAYOUTS["table"])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert {"default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"} <= set(policy.group(1).split("; "))
    assert "prefers-color-scheme: dark" in html


def test_the_page_has_the_sentence_and_the_numbers():
    html = page(table([0.17, -0.04], names=("worst perimeter", "smoothness"), data=np.array([152.5, 0.005])))
    assert "Mostly because worst perimeter = 152.5 (+0.17) speaks for malignant" in html
    assert '<th scope="row">worst perimeter</th><td>152.5</td><td>+0.1700</td>' in html
    assert "<td>+0.1300</td>" in html


def test_an_answer_without_a_drawing_shows_its_text():
    answer = Explanation(error=0.0, error_kind="exact", title="Something new")
    assert png(answer).startswith(b"\x89PNG")
    assert "<pre>Something new" in page(answer)
    with pytest.raises(TypeError, match="to_frame: must be an answer with a table; got Explanation"):
        answer.to_frame()


def test_frames_hold_the_numbers():
    e = LAYOUTS["table"]
    frame = e.to_frame()
    assert list(frame.columns) == ["feature", "value", "attribution", "stderr"]
    np.testing.assert_array_equal(frame["attribution"], e.values)
    np.testing.assert_array_equal(frame["stderr"], e.stderr)
    assert list(frame["feature"]) == list(e.layout.names)
    assert frame["value"].dtype == np.float64
    assert list(LAYOUTS["mixed"].to_frame()["value"]) == ["red", None, 3.5]


def test_frames_of_batches_and_pictures_round_trip():
    rows = LAYOUTS["rows"]
    np.testing.assert_array_equal(rows.to_frame()["attribution"].to_numpy().reshape(12, 30), rows.values)
    assert list(rows.to_frame()["row"].unique()) == list(range(12))
    frame = LAYOUTS["HWC"].to_frame()
    assert list(frame.columns) == ["y", "x", "attribution"]
    back = np.zeros((8, 8))
    back[frame["y"], frame["x"]] = frame["attribution"]
    np.testing.assert_allclose(back, LAYOUTS["HWC"].values.sum(-1))
    series = LAYOUTS["CT"].to_frame()
    np.testing.assert_array_equal(series["attribution"].to_numpy().reshape(2, 50), LAYOUTS["CT"].values)
    assert list(series.columns) == ["channel", "step", "value", "attribution"]
    assert len(LAYOUTS["NCHW"].to_frame()) == 12 * 64
    assert list(LAYOUTS["tuple"].to_frame()["attribution"]) == [1.0, 2.0, 0.5]


def test_frames_survive_csv():
    pd = pytest.importorskip("pandas")
    answer = hostile(np.arange(6.0), "exact")
    names = tuple(n.replace("\x00", "") for n in EVIL)
    answer = replace(answer, layout=replace(answer.layout, names=names, data=np.arange(6.0)))
    back = pd.read_csv(StringIO(answer.to_frame().to_csv(index=False)))
    assert tuple(back["feature"]) == names
    np.testing.assert_array_equal(back["attribution"], answer.values)


def test_the_same_answer_gives_the_same_bytes_from_any_thread():
    found = []
    worker = threading.Thread(target=lambda: found.append(png(LAYOUTS["table"])))
    worker.start()
    worker.join()
    assert found == [png(LAYOUTS["table"])]


def test_styles_of_the_user_are_left_alone_and_do_not_break_the_picture():
    style = {"text.usetex": True, "axes.unicode_minus": False, "axes.grid": True, "font.family": "fantasy"}
    with mpl.rc_context(style):
        before = dict(mpl.rcParams)
        assert png(LAYOUTS["table"]).startswith(b"\x89PNG")
        assert png(LAYOUTS["CHW"]).startswith(b"\x89PNG")
        assert dict(mpl.rcParams) == before


def test_importing_loads_neither_matplotlib_nor_pandas_and_drawing_no_pyplot():
    code = (
        "import sys, jupyter_explain\n"
        "heavy = [m for m in ('matplotlib', 'pandas', 'torch', 'sklearn') if m in sys.modules]\n"
        "assert not heavy, heavy\n"
        "import numpy as np\n"
        "e = jupyter_explain.Attribution(values=np.ones(3), error=0.0, error_kind='exact')\n"
        "str(e), e._repr_mimebundle_(), e.to_html()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
