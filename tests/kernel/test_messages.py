"""What the front end asks, Python answers: each kernel generation, over real sockets."""

import struct

SIZES = {"f4": 4, "f8": 8, "i4": 4, "u1": 1}


def test_ask_is_heard_and_answered(kernel):
    kernel.ask(1, seed=7)
    assert kernel.heard(1)["refused"] == {}
    answer = kernel.final(seed=7)
    assert answer.content["method"] == "kernel_shap"
    assert answer.content["evals"] > 0
    assert answer.content["layout"]["kind"] == "table"
    assert len(answer.content["layout"]["names"]) == 16


def test_arrays_travel_as_binary(kernel):
    kernel.ask(1, seed=7)
    for answer in kernel.answers(seed=7):
        assert answer.arrays[0]["name"] == "values"
        for array, buffer in zip(answer.arrays, answer.buffers, strict=True):
            assert len(buffer) == SIZES[array["dtype"]] * product(array["shape"])
    values = struct.unpack("<16f", answer.buffers[0])
    told = kernel.value("ex.wait(30).values.ravel().tolist()")
    assert all(abs(value - expected) < 1e-4 for value, expected in zip(values, told, strict=True))


def test_answers_come_in_order_and_the_newest_wins(kernel):
    kernel.execute("model.slow = True")
    for seq in range(1, 31):
        kernel.ask(seq, coarse=seq < 30, seed=seq)
    kernel.heard(30)
    kernel.execute("model.slow = False")
    kernel.ask(31, seed=31)
    answers = kernel.answers(seed=31)
    order = [(answer.run, answer.frame) for answer in answers]
    assert order == sorted(set(order)), "an answer of an older run came after one of a newer run"
    assert kernel.value("[ex.seed, ex.wait(30).seed]") == [31, 31]


def test_refused_value_is_told_and_changes_nothing(kernel):
    kernel.ask(1, samples=-3)
    refused = kernel.heard(1)["refused"]
    assert "-3" in refused["samples"]
    assert kernel.value("ex.samples") == 500


def test_no_message_has_a_field_named_id(kernel):
    """ipykernel 7.4 keeps the content of such messages for ever."""
    kernel.ask(1, seed=2)
    kernel.final(seed=2)
    contents = [kernel.custom(message) for message in kernel.seen]
    assert any(contents)
    assert not any("id" in content for content in contents if content)


def test_sync_sends_the_answer_again(kernel):
    kernel.send(kind="sync", run=0)
    assert kernel.final().content["seed"] == 0


def product(shape: list[int]) -> int:
    total = 1
    for length in shape:
        total *= length
    return total
