"""gunicorn --preload: a pool that was opened before the fork is each worker's own after it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import mariadb, postgresql
from tools.setup import process

ROOT = Path(__file__).resolve().parents[2]
# The application asks the server in the master process, whose event loop and pool stay.
APP = """
import asyncio, json, os
import django
from django.conf import settings

settings.configure(DATABASES={{"default": {entry!r}}})
django.setup()
import vinyl

LOOP = asyncio.new_event_loop()
MASTER = os.getpid()


async def session():
    return (await vinyl.connection.execute({asking!r})).rows[0][0]


IN_MASTER = LOOP.run_until_complete(session())


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({{"type": message["type"] + ".complete"}})
        await vinyl.connections.close()
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    found = {{
        "pid": os.getpid(),
        "master": MASTER,
        "in_master": IN_MASTER,
        "sessions": await asyncio.gather(session(), session()),
        "size": vinyl.connection.pool_stats.size,
    }}
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": json.dumps(found).encode()}})
"""
ASKING = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
ALIVE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE id = {}",
}


@pytest.fixture(params=[postgresql, mariadb], ids=["postgresql", "mariadb"])
def entry(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    with request.param.server() as node:
        yield node.entry()


@pytest.fixture
def gunicorn(entry: dict[str, Any], tmp_path: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """Run two workers, and give what asks them."""
    pytest.importorskip("gunicorn.workers.gasgi", reason="older gunicorns need a worker of others")
    vendor = "postgresql" if "postgresql" in entry["ENGINE"] else "mysql"
    source = APP.format(entry=entry, asking=ASKING[vendor])
    (tmp_path / "preloaded.py").write_text(source, encoding="utf-8")
    port = process.free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "preloaded:app", "--preload", "-k", "asgi"),
        *("--workers", "2", "--bind", f"127.0.0.1:{port}"),
    ]
    log = tmp_path / "log"
    with log.open("wb") as file:
        running = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )

    def ask() -> dict[str, Any]:
        end = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                    found: dict[str, Any] = json.load(answer)
                    return found
            except (urllib.error.URLError, ConnectionError):
                assert running.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < end, log.read_text(encoding="utf-8")
                time.sleep(0.1)

    try:
        yield ask
    finally:
        process.stop(running, signal.SIGTERM)


def workers(ask: Callable[[], dict[str, Any]], without: int = 0) -> dict[int, dict[str, Any]]:
    """Ask until two workers have answered."""
    found: dict[int, dict[str, Any]] = {}
    end = time.monotonic() + 30
    while len(found) < 2:
        answer = ask()
        if answer["pid"] != without:
            found[answer["pid"]] = answer
        assert time.monotonic() < end
    return found


def test_each_worker_has_a_pool_of_its_own_and_the_masters_is_unharmed(
    entry: dict[str, Any], gunicorn: Callable[[], dict[str, Any]], alias: Callable[..., str]
) -> None:
    found = workers(gunicorn)
    one, two = found.values()
    assert one["master"] == two["master"] not in found
    sessions = [set(each["sessions"]) for each in (one, two)]
    assert not sessions[0] & sessions[1]
    assert one["in_master"] not in sessions[0] | sessions[1]
    # A worker that ends, however it does, ends no session of the others'.
    os.kill(one["pid"], signal.SIGKILL)
    again = workers(gunicorn, without=one["pid"])
    assert two["pid"] in again
    assert all(each["size"] <= 2 for each in again.values())
    from django.db import connections

    alias("asked", entry)
    with connections["asked"].cursor() as cursor:
        cursor.execute(ALIVE[connections["asked"].vendor].format(one["in_master"]))
        assert cursor.fetchone()[0] == 1
