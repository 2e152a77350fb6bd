"""A server that is restarted under load: the application goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

import vinyl
from tests.clusters import mariadb, postgresql

SIZE = 5
TASKS = 40
SESSIONS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = 'postgres' AND backend_type = 'client backend'",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = 'cluster'",
}
Node = postgresql.Node | mariadb.Node


@pytest.fixture(params=[postgresql, mariadb], ids=["postgresql", "mariadb"])
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    with request.param.server() as node:
        yield node


async def test_it_is_used_again_when_it_is_back(
    node: Node, alias: Callable[[str, dict[str, Any]], str], pools: None
) -> None:
    alias("restarted", node.entry(OPTIONS={"pool": {"max_size": SIZE}}))
    on = vinyl.connections["restarted"]
    await on.execute("CREATE TABLE pair (id integer, half integer)")
    stopping = asyncio.Event()
    errors: list[BaseException] = []
    done = [0]
    most = [0]

    async def work(number: int) -> None:
        turn = 0
        while not stopping.is_set():
            turn += 1
            try:
                async with vinyl.atomic("restarted"):
                    await on.execute("INSERT INTO pair VALUES (%s, 1)", [number * 100_000 + turn])
                    sessions = (await on.execute(SESSIONS[on.vendor])).rows[0][0]
                    await on.execute("INSERT INTO pair VALUES (%s, 2)", [number * 100_000 + turn])
            except (OperationalError, InterfaceError) as exc:
                errors.append(exc)
                await asyncio.sleep(0.02)
            else:
                most.append(sessions)
                done.append(number)

    async def progress() -> None:
        """Wait until each task could have had its turn once more."""
        before = len(done)
        async with asyncio.timeout(20):
            while len(done) < before + 2 * TASKS:  # noqa: ASYNC110 - of the load, any
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            group.create_task(work(number))
        for _ in range(2):
            await progress()
            await asyncio.to_thread(node.stop)
            begun = len(errors)
            async with asyncio.timeout(20):
                while len(errors) < begun + TASKS:  # noqa: ASYNC110 - of the load, any
                    await asyncio.sleep(0.01)
            await asyncio.to_thread(node.start)
            start = time.monotonic()
            await progress()
            assert time.monotonic() - start < 10
        stopping.set()

    halves = "SELECT count(*) FROM (SELECT id FROM pair GROUP BY id HAVING count(*) <> 2) AS halves"
    assert (await on.execute(halves)).rows == [(0,)]
    assert max(most) <= SIZE
    stats = on.pool_stats
    assert (stats.idle, stats.waiting) == (stats.size, 0)
