"""A real JupyterLab on the loopback interface, with nothing of the user's in it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# No pop-ups, no autosave, every cell in the page at once: a test sees only what it did itself.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    "@jupyterlab/lsp-extension:plugin": {"activate": "off"},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "kernelShutdown": True},
}
START_SECONDS = 120
STOP_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """Where a running server is, and the folder it serves."""

    url: str
    token: str
    root: Path
    log: Path

    def address(self, path: str) -> str:
        return f"{self.url}/{path}?token={self.token}&reset"


@contextmanager
def lab_server(root: Path) -> Iterator[Server]:
    """JupyterLab serving `root`; configuration, data and home are temporary folders."""
    with tempfile.TemporaryDirectory(prefix="jx-lab-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        port, token = free_port(), secrets.token_hex(16)
        server = Server(f"http://127.0.0.1:{port}", token, root, home / "server.log")
        process = start(server, port, isolated(home))
        try:
            wait_until_ready(process, server)
            yield server
        finally:
            stop(process, server)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def isolated(home: Path) -> dict[str, str]:
    """The environment of a server that reads and writes nothing outside of `home`."""
    overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(SETTINGS))
    return {
        **os.environ,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }


def start(server: Server, port: int, environment: dict[str, str]) -> subprocess.Popen:
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *("--allow-root", "--expose-app-in-browser", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={server.token}",
        f"--ServerApp.root_dir={server.root}",
        *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
    ]
    with server.log.open("w") as log:
        return subprocess.Popen(
            command,
            cwd=server.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its kernels can be stopped with it
        )


def wait_until_ready(process: subprocess.Popen, server: Server) -> None:
    """Until it answers: its log says that it runs some time before that."""
    for _ in range(START_SECONDS * 10):
        if answers(server):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            break
    raise RuntimeError(f"JupyterLab did not start:\n{server.log.read_text()[-4000:]}")


def answers(server: Server) -> bool:
    try:
        urllib.request.urlopen(server.address("api/status"), timeout=STOP_SECONDS).close()
    except OSError:
        return False
    return True


def stop(process: subprocess.Popen, server: Server) -> None:
    """Asks (the server then ends its kernels), waits, and at last ends the session that `start` made."""
    request = urllib.request.Request(
        f"{server.url}/api/shutdown", method="POST", headers={"Authorization": f"token {server.token}"}
    )
    with suppress(OSError):
        urllib.request.urlopen(request, timeout=STOP_SECONDS).close()
    for kill in (signal.SIGTERM, signal.SIGKILL, None):
        try:
            process.wait(STOP_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if kill is not None:
                os.killpg(process.pid, kill)
