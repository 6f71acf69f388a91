"""Stop, errors, restart, reload and a busy kernel: the widget keeps what it has and says what happened."""

from lab.cells import CALLABLE, EXPLORE, SLOW
from playwright.sync_api import expect


def test_stop_keeps_a_partial_answer(lab, explorer):
    lab.open([CALLABLE, EXPLORE])
    run = explorer.wait("done").run
    lab.execute(SLOW)
    explorer.wait("running", after=run)
    explorer.bars.first.wait_for()
    explorer.button("Stop").click()
    explorer.wait("partial", after=run)
    assert explorer.bars.count() > 0
    assert 0 < explorer.evals < 200_000
    assert lab.value("(ex.wait(30), ex.status)[1]") == "partial"


def test_failing_model_shows_its_error_and_the_widget_goes_on(lab, explorer):
    lab.open([CALLABLE, EXPLORE])
    run = explorer.wait("done").run
    lab.execute("model.fails = True")
    explorer.set_seed(1)
    explorer.wait("error", after=run)
    expect(explorer.alert).to_contain_text("the model had enough")
    assert explorer.bars.count() > 0, "the last picture stays"
    wait_for_opacity(explorer, "< 1")
    lab.execute("model.fails = False")
    explorer.set_seed(2)
    explorer.wait("done", after=run)
    expect(explorer.alert).to_have_count(0)
    wait_for_opacity(explorer, "== 1")


def test_model_failing_at_its_third_call(lab, explorer):
    lab.open([CALLABLE, THIRD_CALL, "ex = jx.explore(third, rows[0], baseline=rows, samples=500)\nex"])
    explorer.wait("error")
    expect(explorer.alert).to_contain_text("third call")


def test_refused_value_from_python_changes_nothing(lab, explorer):
    lab.open([CALLABLE, EXPLORE])
    run = explorer.wait("done").run
    samples = lab.value("ex.samples")
    text = lab.execute("try:\n    ex.samples = -3\nexcept Exception as error:\n    print(error)")
    assert "-3" in text
    assert lab.value("ex.samples") == samples
    explorer.set_seed(5)
    explorer.wait("done", after=run)


def test_kernel_restart_shows_a_banner(lab, explorer):
    lab.open([CALLABLE, EXPLORE])
    explorer.wait("done")
    lab.kernel("restart")
    explorer.banner.wait_for()
    expect(explorer.choice("Method")).to_be_disabled()
    assert explorer.bars.count() > 0


def test_reload_restores_the_picture_without_computing(lab, explorer):
    path = lab.open([CALLABLE, EXPLORE])
    explorer.wait("done")
    names, calls = explorer.bar_names(), lab.value("model.calls")
    lab.save()
    lab.goto(f"lab/tree/{path}")
    explorer.wait("done")
    assert explorer.bar_names() == names
    assert lab.value("model.calls") == calls
    run = explorer.run
    explorer.set_seed(3)
    explorer.wait("done", after=run)


def test_slider_works_while_a_cell_blocks(lab, explorer):
    # The cell has touched the widget: ipykernel 7.4 by itself then sends its messages to the busy thread.
    lab.open([CALLABLE, EXPLORE, "ex.seed = 1; threading.Event().wait(120)"], run=False)
    lab.start_cell(0)
    lab.start_cell(1)
    run = explorer.wait("done").run
    lab.start_cell(2)
    run = explorer.wait("done", after=run).run
    assert lab.is_running(2)
    explorer.set_seed(2)
    explorer.wait("done", after=run)
    assert lab.is_running(2)
    lab.interrupt_cell(2)
    assert lab.value("ex.seed") == 2


def wait_for_opacity(explorer, wanted: str) -> None:
    """Until the first bar as it is painted (its own opacity and that of all it lies in) is as wanted: it fades."""
    page = explorer.page
    page.wait_for_function(f"(element) => ({OPACITY})(element) {wanted}", arg=explorer.bars.first.element_handle())


THIRD_CALL = """
class Third(Model):
    def __call__(self, X):
        answer = super().__call__(X)
        if self.calls >= 3:
            raise RuntimeError("this is the third call")
        return answer[:, None]

third = Third()
"""

OPACITY = """(element) => {
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    return opacity;
}"""
