"""Start the two servers of the tour, find out where they listen, and stop them again."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROJECT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
ADDRESS = re.compile(rf"http://{re.escape(HOST)}:\d+")
SECONDS_TO_START = 30
SECONDS_TO_STOP = 10


class ServerFailed(Exception):
    """A server ended early or never answered; its log tells why."""


@dataclass
class Server:
    """A server of the atlas, as a process of its own that writes a log."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = ""

    def start(self) -> None:
        """Start the process; it listens some time later."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                # Ctrl-C is for the tour, which stops its servers itself.
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait for the first page. Raises: ServerFailed."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            if self.process is None or self.process.poll() is not None:
                raise ServerFailed(f"{self.name} ended before it answered.")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not answer in {SECONDS_TO_START} seconds.")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Tell whether the server answers; the log names the port, which it has chosen itself."""
        address = ADDRESS.search(self.read_log())
        if address is None:
            return False
        self.url = address.group()
        try:
            httpx.get(self.url, trust_env=False, timeout=SECONDS_TO_START)
        except httpx.TransportError:
            return False
        return True

    def read_log(self) -> str:
        """Return what the server has written so far."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask the process to end, and make it if it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def asgi_server(var: Path, port: int) -> Server:
    """Return the server of the views with `await`: uvicorn."""
    command = [sys.executable, "-m", "uvicorn", "atlas.asgi:application"]
    options = ["--host", HOST, "--port", str(port), "--lifespan", "off", "--no-access-log"]
    return Server("uvicorn (ASGI)", [*command, *options], var / "asgi.log")


def wsgi_server(var: Path, port: int) -> Server:
    """Return the server of the views without `await`: gunicorn, else Django's own."""
    if importlib.util.find_spec("gunicorn") is None or os.name != "posix":
        command = [sys.executable, "-m", "tour.plain_wsgi", HOST, str(port)]
        return Server("Django's server (WSGI)", command, var / "wsgi.log")
    command = [sys.executable, "-m", "gunicorn", "atlas.wsgi:application"]
    options = ["--bind", f"{HOST}:{port}", "--threads", "4", *quiet_options()]
    return Server("gunicorn (WSGI)", [*command, *options], var / "wsgi.log")


def quiet_options() -> list[str]:
    """Return what keeps newer gunicorns from opening a control socket in the home folder."""
    from gunicorn.config import KNOWN_SETTINGS

    names = {setting.name for setting in KNOWN_SETTINGS}
    return ["--no-control-socket"] if "control_socket_disable" in names else []


@contextmanager
def running(*servers: Server) -> Iterator[None]:
    """Run servers for the time of a block; whatever ends it, they are stopped."""
    with ExitStack() as stack:
        for server in servers:
            # Before the start: a signal may come in between.
            stack.callback(server.stop)
            server.start()
        for server in servers:
            server.wait_until_ready()
        yield
