"""The picture follows the sliders."""

from lab.cells import IMAGE


def test_dragging_samples_repaints(lab, explorer):
    lab.open([IMAGE])
    explorer.wait("done")
    assert explorer.colours() > 10, "the heatmap is blank"
    before, run = explorer.pixels(), explorer.run
    explorer.drag(explorer.samples, 0.2, 0.9)
    explorer.wait("done", after=run).settle()
    assert explorer.pixels() != before


def test_keyboard_moves_the_slider(lab, explorer):
    lab.open([IMAGE])
    run = explorer.wait("done").run
    samples = lab.value("ex.samples")
    explorer.samples.press("ArrowRight")
    explorer.wait("done", after=run).settle()
    assert lab.value("ex.samples") > samples


def test_burst_of_events_leaves_no_backlog(lab, explorer):
    lab.open([IMAGE])
    explorer.wait("done")
    positions = [(7 * event % 200) / 200 for event in range(199)]
    shown = explorer.burst(explorer.samples, [*positions, 0.37])
    explorer.settle()
    # one in flight and the newest pending, and the full answer after the last coarse one
    assert explorer.run - shown <= 3
    calm = explorer.samples_shown()
    explorer.burst(explorer.samples, [0.9])
    explorer.settle()
    assert explorer.samples_shown() > calm
    explorer.burst(explorer.samples, [0.37])
    explorer.settle()
    assert explorer.samples_shown() == calm, "the burst ended at another value"
