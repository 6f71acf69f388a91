"""`make demo`: opens a notebook in JupyterLab, or says where to open it."""

import argparse
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
READY = "is running at:"  # Jupyter Server's own line; the address is on the next one
ERROR = re.compile(r"^\[[EC] |Traceback")


def command(token: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ip=127.0.0.1"),
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={ROOT}",
        "--ServerApp.answer_yes=True",  # Ctrl-C stops at once
        "--LabApp.news_url=None",
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def environment() -> dict[str, str]:
    """No news, no update pop-ups, and this environment's kernel rather than one the user once installed."""
    extra = os.environ.get("JUPYTER_CONFIG_PATH")
    path = os.pathsep.join([str(TOOLS / "jupyter"), *([extra] if extra else [])])
    return {**os.environ, "JUPYTER_CONFIG_PATH": path, "JUPYTER_PREFER_ENV_PATH": "1"}


def address(line: str, notebook: str, token: str) -> str:
    """The notebook in a workspace of its own, so that the user's open tabs stay as they are."""
    base = line.strip().split()[-1].split("/lab")[0]
    return f"{base}/lab/workspaces/jupyter-explain/tree/{quote(notebook)}?token={token}&reset"


def can_show() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def wait_until_open(url: str) -> None:
    """The server says that it runs a moment before it answers."""
    where = urlsplit(url)
    for _ in range(100):
        with suppress(OSError), socket.create_connection((where.hostname, where.port), timeout=1):
            return
        time.sleep(0.1)


def announce(url: str, browser: bool) -> None:
    wait_until_open(url)
    opened = browser and can_show() and webbrowser.open(url)
    what = "JupyterLab is in your browser, at" if opened else "JupyterLab runs. Open this address in a browser:"
    line = "─" * 100
    print(f"\n{line}\n  {what}\n\n  {url}\n\n  Ctrl-C here stops it.\n{line}\n", flush=True)


def follow(server: subprocess.Popen, on_ready: Callable[[str], None]) -> None:
    """Reads the server's log: says when it is ready, shows later errors, and all of it if it never is ready."""
    before = []
    for line in server.stdout:
        before.append(line)
        if READY in line:
            on_ready(next(server.stdout))
            break
    else:
        sys.stderr.writelines(before)
    for line in server.stdout:
        if ERROR.search(line):
            sys.stderr.write(line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook")
    parser.add_argument("--port", type=int, default=8888)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    options = parser.parse_args()
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", options.notebook], cwd=ROOT, check=False, capture_output=True
    )
    token = secrets.token_hex(16)
    server = subprocess.Popen(
        command(token, options.port),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )

    def show(line: str) -> None:
        announce(address(line, options.notebook, token), not options.no_browser)

    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    reader = threading.Thread(target=follow, args=(server, show), daemon=True)
    reader.start()
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0


if __name__ == "__main__":
    sys.exit(main())
