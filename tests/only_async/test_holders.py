"""Who waits in vain for a connection is told who holds them all."""

from __future__ import annotations

import asyncio

import pytest

import vinyl
from tests.app.models import Genre
from vinyl._runtime._async.databases import database

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def small_pool(monkeypatch):
    """Let the pool of the running loop have two connections, and little patience."""
    await vinyl.connections.close()
    settings = database("default").settings
    await vinyl.connections.close()
    options = {**settings["OPTIONS"], "pool": {"max_size": 2, "timeout": 0.2}}
    if settings["ENGINE"].endswith("sqlite3"):
        # Else the second block waits for its turn to write, not for a connection.
        options["transaction_mode"] = "DEFERRED"
    monkeypatch.setitem(settings, "OPTIONS", options)
    yield
    await vinyl.connections.close()


async def hold(held: asyncio.Semaphore, until: asyncio.Event) -> None:
    async with vinyl.atomic():
        await Genre.vinyl.count()  # the line that takes the connection
        held.release()
        await until.wait()


async def test_the_error_names_tasks_and_lines(small_pool) -> None:
    held, done = asyncio.Semaphore(0), asyncio.Event()
    holders = [asyncio.create_task(hold(held, done), name=f"holder {n}") for n in (1, 2)]
    for _ in holders:
        await held.acquire()
    with pytest.raises(vinyl.PoolTimeout) as caught:
        await Genre.vinyl.count()
    message = str(caught.value)
    assert "holder 1 (" in message
    assert "holder 2 (" in message
    assert message.count(f"{__file__}:") == 2
    done.set()
    await asyncio.gather(*holders)
    assert await Genre.vinyl.exists()
    assert vinyl.connection.pool_stats.waiting == 0
