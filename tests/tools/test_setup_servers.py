"""Servers are found in the promised order, and those that were started leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from tools.setup import apt, mysql, postgresql, process, servers
from tools.setup.environment import Environment
from tools.setup.report import CannotBeHadError

ROOT = Path(__file__).resolve().parents[2]
MODULES = {"postgresql": postgresql, "mysql": mysql}
DRIVERS = {"postgresql": "psycopg", "mysql": "MySQLdb"}


@pytest.fixture
def finder() -> servers.Finder:
    return servers.Finder(Environment(Path(sys.prefix)), ROOT)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable names a server, and none runs at a default address."""
    for kind, module in MODULES.items():
        monkeypatch.delenv(servers.variable(kind), raising=False)
        monkeypatch.setattr(module, "addresses", lambda: iter(()))


def needs(kind: str) -> None:
    if not MODULES[kind].installed():
        pytest.skip(f"the programs of {MODULES[kind].TITLE} are not installed")
    pytest.importorskip(DRIVERS[kind])


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].strip("/"))


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.usefixtures("alone")
def test_an_own_server_runs_as_long_as_it_is_used(finder, kind):
    needs(kind)
    with ExitStack() as stack:
        server = finder.find(kind, stack)
        assert server.product.split()[0] in {"PostgreSQL", "MariaDB"}
        assert server.origin == "started for this run"
        port = port_of(str(server.url))
        assert process.answers(port)
    assert not process.answers(port)


def interrupt(module: ModuleType, ports: list[int]) -> None:
    with module.start() as url:
        ports.append(port_of(url))
        raise KeyboardInterrupt


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.usefixtures("alone")
def test_an_own_server_is_stopped_and_removed_when_interrupted(kind, monkeypatch):
    needs(kind)
    ports: list[int] = []
    with tempfile.TemporaryDirectory() as name:
        # pytest's own folders are closed to the user that a server runs under.
        Path(name).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", name)
        with pytest.raises(KeyboardInterrupt):
            interrupt(MODULES[kind], ports)
        assert list(Path(name).iterdir()) == []
    assert not process.answers(*ports)


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.usefixtures("alone")
def test_a_server_named_by_the_variable_is_used(finder, kind, monkeypatch):
    needs(kind)
    with MODULES[kind].start() as url:
        monkeypatch.setenv(servers.variable(kind), url)
        with ExitStack() as stack:
            server = finder.find(kind, stack)
    assert server.variables() == {servers.variable(kind): url}
    assert server.origin == f"{servers.variable(kind)} = {servers.shown(url)}"


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.usefixtures("alone")
def test_a_wrong_password_is_told_without_the_password(finder, kind, monkeypatch):
    needs(kind)
    with MODULES[kind].start() as url:
        monkeypatch.setenv(servers.variable(kind), url.replace("vinyl:", "vinyl:not", 1))
        with pytest.raises(CannotBeHadError) as caught, ExitStack() as stack:
            finder.find(kind, stack)
    assert "which cannot be used: " in str(caught.value)
    assert "vinyl:***@" in str(caught.value)
    assert url.split(":")[2].split("@")[0] not in str(caught.value)


@pytest.mark.parametrize("kind", MODULES)
def test_a_server_at_a_default_address_comes_before_an_own_one(finder, kind, monkeypatch):
    needs(kind)
    monkeypatch.delenv(servers.variable(kind), raising=False)
    nobody = f"{kind}://vinyl@127.0.0.1:{process.free_port()}/"
    with MODULES[kind].start() as url:
        monkeypatch.setattr(MODULES[kind], "addresses", lambda: iter((nobody, url)))
        with ExitStack() as stack:
            assert finder.find(kind, stack).url == url


@pytest.mark.parametrize("kind", MODULES)
def test_a_named_server_that_does_not_answer_is_not_replaced_by_another(finder, kind, monkeypatch):
    pytest.importorskip(DRIVERS[kind])
    url = f"{kind}://me:secret@127.0.0.1:{process.free_port()}/"
    monkeypatch.setenv(servers.variable(kind), url)
    with pytest.raises(CannotBeHadError) as caught, ExitStack() as stack:
        finder.find(kind, stack)
    assert str(caught.value).startswith(
        f"{servers.variable(kind)} names {url.replace('secret', '***')}, which cannot be used: "
    )


@pytest.mark.parametrize("kind", MODULES)
def test_what_cannot_be_had_tells_all_that_was_tried(finder, kind, monkeypatch):
    address = f"{kind}://me@127.0.0.1:{process.free_port()}/"
    monkeypatch.delenv(servers.variable(kind), raising=False)
    monkeypatch.setattr(MODULES[kind], "addresses", lambda: iter((address,)))
    monkeypatch.setattr(MODULES[kind], "installed", lambda: False)
    monkeypatch.setattr(apt, "refusal", lambda: "only root may install packages")
    with pytest.raises(CannotBeHadError) as caught, ExitStack() as stack:
        finder.find(kind, stack)
    message = str(caught.value)
    assert f"needs {MODULES[kind].PACKAGES[0]} (Debian's names), and only root may" in message
    assert f"`sudo apt-get install {MODULES[kind].PACKAGES[0]}`" in message
    assert f"  {address}: " in message


def test_a_missing_kind_does_not_keep_the_others_from_being_found(finder, monkeypatch):
    monkeypatch.setenv("VINYL_MYSQL_URL", f"mysql://me@127.0.0.1:{process.free_port()}/")
    with servers.found(finder, ["sqlite", "mysql"]) as (usable, missing):
        assert usable["sqlite"].product.startswith("SQLite 3.")
        assert usable["sqlite"].variables() == {}
        assert list(missing) == ["mysql"]


@pytest.mark.parametrize("kind", MODULES)
def test_default_addresses_are_local(kind):
    for address in MODULES[kind].addresses():
        assert "@127.0.0.1:" in address or "host=/" in address or "unix_socket=/" in address


def test_a_server_that_ends_early_is_told_with_its_log(tmp_path):
    account = process.Account.for_server("postgres")
    log = tmp_path / "log"
    command = [sys.executable, "-c", "print('no space left'); raise SystemExit(3)"]
    if os.geteuid() == 0:
        command = ["sh", "-c", "echo no space left; exit 3"]
    with (
        pytest.raises(CannotBeHadError, match=r"did not get ready:\nno space left"),
        process.running(account, command, log=log, ready=lambda: False, stop_signal=signal.SIGTERM),
    ):
        raise AssertionError("never ready")


CHILD = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
try:
    (folder / "started").touch()
    time.sleep(60)
finally:
    time.sleep(0.6)
    (folder / "cleaned").touch()
"""
PARENT = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tools import commands
from tools.setup.process import run_and_wait
import signal
signal.signal(signal.SIGTERM, commands._interrupt)
command = [sys.executable, "-c", sys.argv[3], sys.argv[1]]
run_and_wait(command, cwd=Path.cwd(), environ=dict(os.environ))
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_program_may_clean_up(tmp_path, sent):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(ROOT), CHILD], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.send_signal(sent)
    parent.wait(20)
    assert (tmp_path / "cleaned").exists()
