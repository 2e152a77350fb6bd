"""
A headless Chromium, driven over its DevTools pipe.

`--dump-dom` would do with less code, but its virtual time runs on while a page still streams data
in, so that what it prints depends on the speed of the machine. Here a test waits in real time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
    "--remote-debugging-pipe",
)
SECONDS = 60  # far more than a page takes
# Keys that are no letters: their codes, and the text that they make.
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "ArrowDown": (40, "")}
# The browser reads its descriptor 3 and writes its 4.
LAUNCH = """
import os, sys
reading, writing = (os.dup(int(number)) for number in sys.argv[1:3])
for wanted, there in ((3, reading), (4, writing)):
    os.dup2(there, wanted)
    os.set_inheritable(wanted, True)
os.execv(sys.argv[3], sys.argv[3:])
"""


# What the browser says of a page that is just being replaced.
BETWEEN_PAGES = ("navigated or closed", "context was destroyed", "Cannot find default execution")


class Refused(Exception):
    """The browser did not do what it was asked to."""


class Page:
    """The browser's one page."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._number = 0
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        # Where the window system grants a focus late or never, keys would go nowhere.
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)

    def open(self, url: str) -> None:
        """Go to an address."""
        reply = self._call("Page.navigate", url=url)
        assert "errorText" not in reply, f"{url}: {reply['errorText']}"

    def evaluate(self, expression: str) -> Any:
        """Return the JSON value of an expression of JavaScript's."""
        reply = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true; fail with the page's text if it never is."""
        deadline = time.monotonic() + SECONDS
        while not self._holds(expression):
            if time.monotonic() > deadline:
                pytest.fail(
                    f"{expression} never held in: {self.evaluate('document.body.innerText')}"
                )
            time.sleep(0.05)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.evaluate(f"Boolean(document.body && ({expression}))"))
        except Refused as refusal:
            # Asked while one page gives way to the next, there is none to answer.
            if any(text in str(refusal) for text in BETWEEN_PAGES):
                return False
            raise

    def press(self, key: str) -> None:
        """Press and release a key."""
        code, text = KEYS.get(key, (0, key))
        pressed = {"key": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
        self._call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self._call("Input.insertText", text=text)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        request = {"id": self._number, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        self._requests.write(json.dumps(request).encode() + b"\0")
        self._requests.flush()
        while (reply := self._read()).get("id") != self._number:
            pass
        if "error" in reply:
            raise Refused(f"{method}: {reply['error'].get('message')}")
        return reply["result"]

    def _read(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._replies.read(1)) != b"\0":
            assert byte, "The browser has ended."
            message += byte
        return json.loads(message)


@contextmanager
def page(profile: Path) -> Iterator[Page]:
    """Run a browser with a fresh profile for the time of a block."""
    requests_out, requests_in = os.pipe()
    replies_out, replies_in = os.pipe()
    command = [find(), *FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(requests_out), str(replies_in), *command],
        pass_fds=(requests_out, replies_in),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(requests_out)
    os.close(replies_in)
    # A browser that hangs is killed; its end of the pipe closes, and the test fails.
    watch = threading.Timer(2 * SECONDS, process.kill)
    watch.start()
    try:
        with process, open(requests_in, "wb") as requests, open(replies_out, "rb") as replies:
            try:
                yield Page(requests, replies)
            finally:
                process.kill()
    finally:
        watch.cancel()


def find() -> str:
    """Return the path of a Chromium, installed first where that is ours to do."""
    path = on_path()
    if path is None and may_install():
        install()
        path = on_path()
    if path is None:
        message = f"NO BROWSER: none of {', '.join(NAMES)} is on PATH, so the page is NOT tested."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def on_path() -> str | None:
    """Return the first browser on PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def may_install() -> bool:
    """Tell whether this is Debian or a child of it, and we are root."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and shutil.which("apt-get") is not None


def install() -> None:
    """Install Debian's Chromium; a failure shows in the test's output."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-q", *command], env=environment, check=False, timeout=600)
