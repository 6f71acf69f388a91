"""A busy kernel, an interrupt, a closed widget."""

from kernel.client import is_idle


def test_answers_arrive_while_a_cell_blocks(kernel_7):
    kernel = kernel_7
    blocked = kernel.start("ex.seed = 3\nthreading.Event().wait(120)")
    kernel.final(seed=3)
    kernel.ask(1, seed=4)
    kernel.final(seed=4)
    assert not finished(kernel, blocked)
    kernel.interrupt(blocked)
    assert kernel.value("ex.seed") == 4


def test_messages_are_heard_while_a_cell_drives_the_widget(kernel_7):
    """ipykernel 7.4 by itself sends the front end's messages to the thread that published last: the busy one."""
    kernel = kernel_7
    driving = kernel.start("while True: ex.seed += 1; ex.wait(30)")
    for time in range(200):
        kernel.send(kind="ping", t=time)
        kernel.until(lambda content, _, time=time: content["kind"] == "pong" and content["t"] == time)
    assert not finished(kernel, driving)
    kernel.interrupt(driving)


def test_answers_arrive_after_a_cell_that_blocks(kernel_6):
    kernel = kernel_6
    started = kernel.start("print('blocking', flush=True); threading.Event().wait(1)")
    kernel.read(lambda message: message["header"]["msg_type"] == "stream")
    kernel.ask(1, seed=4)
    kernel.final(seed=4)
    assert finished(kernel, started)


def test_frames_of_a_running_explanation_arrive_while_a_cell_blocks(kernel):
    """Started before the cell: its thread needs no free main thread, on either generation."""
    kernel.execute("model.slow = True")
    kernel.ask(1, seed=5)
    kernel.heard(1)
    blocked = kernel.start("print('blocking', flush=True); threading.Event().wait(120)")
    kernel.read(lambda message: message["header"]["msg_type"] == "stream")
    kernel.until(lambda content, _: content["kind"] == "answer")
    assert not finished(kernel, blocked)
    kernel.interrupt(blocked)


def test_wait_works_inside_a_cell(kernel):
    assert kernel.value("(setattr(ex, 'seed', 9), ex.wait(60).seed)[1]") == 9


def test_stop_keeps_a_partial_answer(kernel):
    kernel.execute("model.slow = True")
    kernel.ask(1, samples=200_000)
    kernel.until(lambda content, _: content["kind"] == "answer")
    kernel.send(kind="stop")
    assert kernel.final(partial=True).content["evals"] < 200_000
    assert kernel.value("(ex.wait(30), ex.status)[1]") == "partial"


def test_interrupt_leaves_the_widget_alive(kernel):
    kernel.execute("model.slow = True")
    kernel.ask(1, seed=5)
    kernel.heard(1)
    blocked = kernel.start("print('blocking', flush=True); threading.Event().wait(120)")
    kernel.read(lambda message: message["header"]["msg_type"] == "stream")
    kernel.interrupt(blocked)
    kernel.execute("model.slow = False")
    kernel.ask(2, seed=6)
    assert kernel.final(seed=6).content["seed"] == 6


def test_closing_ends_the_work(kernel):
    kernel.execute("model.slow = True; ex.samples = 200_000")
    kernel.until(lambda content, _: content["kind"] == "answer")
    kernel.execute("ex.close()")
    # One call may have been under way; after that the model rests.
    calls = "(model.called.clear(), model.called.wait(0.5), model.called.clear(), model.called.wait(2))[3]"
    assert kernel.value(calls) is False


def finished(kernel, request: str) -> bool:
    """Whether the kernel has said, in what was read so far, that it is done with a request."""
    return any(is_idle(message, request) for message in kernel.seen)
