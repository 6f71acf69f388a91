"""A front end without a browser: the widget protocol spoken to a real kernel through jupyter_client."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

SECONDS = 30  # far more than anything here takes, on any machine


@dataclass
class Answer:
    """One `answer` message and its arrays as bytes."""

    run: int
    frame: int
    content: dict
    arrays: list[dict]
    buffers: list[bytes]


@dataclass
class Kernel:
    """A kernel and the client that speaks to it. Messages are read strictly: NaN in JSON is an error."""

    manager: KernelManager
    client: BlockingKernelClient
    comm: str = ""
    subshell: str | None = None
    seen: list[dict] = field(default_factory=list)

    # --- running code ----------------------------------------------------------------------------------

    def start(self, code: str) -> str:
        """Runs code without waiting for its end; gives the id of the request."""
        return self.client.execute(code, store_history=False)

    def finish(self, request: str) -> str:
        """Waits for the end of code that was started and gives what it printed."""
        messages = self.read(lambda message: is_idle(message, request))
        own = [message for message in messages if parent(message) == request]
        for message in own:
            if message["header"]["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
        return "".join(m["content"]["text"] for m in own if m["header"]["msg_type"] == "stream").strip()

    def execute(self, code: str) -> str:
        return self.finish(self.start(code))

    def value(self, expression: str) -> object:
        """A Python expression's value, through JSON."""
        return json.loads(self.execute(f"import json; print(json.dumps({expression}))").splitlines()[-1])

    def interrupt(self, request: str) -> None:
        """Interrupts code that was started; ready for more when this returns."""
        self.manager.interrupt_kernel()
        self.read(lambda message: is_idle(message, request))

    # --- the widget's messages -------------------------------------------------------------------------

    def attach(self, name: str = "ex") -> None:
        """Speaks to this widget from now on, as JupyterLab does: beside the main thread where it can."""
        self.comm = self.value(f"{name}.model_id")
        if "kernel subshells" in self.kernel_info().get("supported_features", []):
            self.subshell = self.create_subshell()
        for message in self.seen:  # answers from before there was anybody to draw them
            content = self.custom(message)
            if content is not None and content["kind"] == "answer":
                self.draw(content)

    def draw(self, content: dict) -> None:
        """Acknowledges an answer, as a view does once it has drawn it."""
        self.send(kind="ack", run=content["run"], frame=content["frame"])

    def kernel_info(self) -> dict:
        return self.client.kernel_info(reply=True, timeout=SECONDS)["content"]

    def create_subshell(self) -> str:
        request = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(request)
        while True:
            reply = self.client.get_control_msg(timeout=SECONDS)
            if parent(reply) == request["header"]["msg_id"]:
                return reply["content"]["subshell_id"]

    def send(self, **content: object) -> None:
        """A custom message from the front end."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def ask(self, seq: int, coarse: bool = False, **changes: object) -> None:
        self.send(kind="ask", seq=seq, coarse=coarse, changes=changes)

    def heard(self, seq: int) -> dict:
        """The reply to one `ask`."""
        return self.until(lambda content, _: content["kind"] == "heard" and content["seq"] == seq)

    def final(self, **expected: object) -> Answer:
        """Draws (acknowledges) every answer up to the final one whose fields have these values."""
        return self.answers(**expected)[-1]

    def answers(self, **expected: object) -> list[Answer]:
        """All answers up to the final one whose fields have these values, in the order they came."""
        drawn: list[Answer] = []

        def is_last(content: dict, message: dict) -> bool:
            if content["kind"] != "answer":
                return False
            drawn.append(to_answer(content, message))
            self.draw(content)
            answer = content["answer"]
            return answer["final"] and all(answer[name] == value for name, value in expected.items())

        self.until(is_last)
        return drawn

    def until(self, wanted: Callable[[dict, dict], bool]) -> dict:
        """Reads the widget's custom messages up to the first one that is wanted, and gives its content."""
        for message in self.messages():
            content = self.custom(message)
            if content is not None and wanted(content, message):
                return content
        raise AssertionError("unreachable")

    def custom(self, message: dict) -> dict | None:
        """The content of a custom message of this widget."""
        content = message["content"]
        if message["header"]["msg_type"] != "comm_msg" or content["comm_id"] != self.comm:
            return None
        return content["data"]["content"] if content["data"]["method"] == "custom" else None

    # --- reading ---------------------------------------------------------------------------------------

    def messages(self) -> Iterator[dict]:
        """What the kernel publishes, as it comes; silence for too long fails the test with what came last."""
        deadline = time.monotonic() + SECONDS
        with suppress(Empty):
            while (left := deadline - time.monotonic()) > 0:
                self.seen.append(self.client.get_iopub_msg(timeout=left))
                yield self.seen[-1]
        raise AssertionError(f"nothing wanted in {SECONDS} s; last: {[summary(m) for m in self.seen[-8:]]}")

    def read(self, wanted: Callable[[dict], bool]) -> list[dict]:
        """All messages up to the first one that is wanted."""
        found = []
        for message in self.messages():
            found.append(message)
            if wanted(message):
                break
        return found


@contextmanager
def running_kernel(name: str) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.session.unpack = strict_json
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def strict_json(text: bytes) -> object:
    """JSON as a browser reads it: NaN and Infinity are errors."""
    return json.loads(text, parse_constant=refuse)


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def to_answer(content: dict, message: dict) -> Answer:
    buffers = [bytes(buffer) for buffer in message["buffers"]]
    return Answer(content["run"], content["frame"], content["answer"], content["arrays"], buffers)


def parent(message: dict) -> str | None:
    return message["parent_header"].get("msg_id")


def is_idle(message: dict, request: str) -> bool:
    """The kernel says that it is done with a request."""
    done = message["header"]["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return done and parent(message) == request


def summary(message: dict) -> str:
    return f"{message['header']['msg_type']}: {str(message['content'])[:200]}"
