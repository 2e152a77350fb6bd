"""PgBouncer in transaction mode between the pools and the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

import vinyl
from tests.app.models import Genre
from tests.clusters import postgresql

SIZE = 3  # sessions that PgBouncer has with the server


@pytest.fixture(scope="module")
def port(primary: postgresql.Node) -> Iterator[int]:
    with postgresql.bouncer_for(primary, size=SIZE) as port:
        yield port


@pytest.fixture
def bounced(primary: postgresql.Node, port: int, alias: Callable[..., str]) -> Iterator[str]:
    """An alias that leads through PgBouncer, with one table."""
    alias("direct", primary.entry())
    with connections["direct"].schema_editor() as editor:
        editor.create_model(Genre)
    connections["direct"].close()
    options = {"pool": {"max_size": 20}}
    yield alias("bounced", primary.entry(PORT=str(port), OPTIONS=options))
    connections["bounced"].close()
    with connections["direct"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        )
    with connections["direct"].schema_editor() as editor:
        editor.delete_model(Genre)


pytestmark = pytest.mark.usefixtures("bounced", "pools")


def direct(sql: str) -> list[tuple[Any, ...]]:
    """Ask the server itself; the thread's connection is closed afterwards."""
    try:
        with connections["direct"].cursor() as cursor:
            cursor.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall()
    finally:
        connections["direct"].close()
    return found


async def test_more_clients_than_sessions_read_and_write() -> None:
    genres = Genre.vinyl.using("bounced")

    async def work(number: int) -> None:
        async with vinyl.atomic("bounced"):
            await genres.create(code=str(number), name="new")
            async with vinyl.atomic("bounced"):
                await genres.filter(code=str(number)).update(name="changed")
        assert (await genres.get(code=str(number))).name == "changed"

    await asyncio.gather(*(work(number) for number in range(200)))
    assert await genres.filter(name="changed").count() == 200
    sessions = await asyncio.to_thread(
        direct,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres'"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    assert sessions[0][0] <= SIZE


@pytest.mark.parametrize("in_block", [False, True])
async def test_iterator_reads_from_a_cursor_in_the_server(in_block: bool) -> None:
    genres = Genre.vinyl.using("bounced")
    await genres.bulk_create([Genre(code=f"{n:04}", name="n") for n in range(1000)])

    async def read() -> int:
        return len([each async for each in genres.order_by("pk").iterator(chunk_size=100)])

    if in_block:
        async with vinyl.atomic("bounced"):
            assert await read() == 1000
    else:
        assert await asyncio.gather(*(read() for _ in range(10))) == [1000] * 10


async def test_a_cancelled_statement_is_stopped_in_the_server() -> None:
    on = vinyl.connections["bounced"]
    await on.execute("SELECT 1")
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await on.execute("SELECT pg_sleep(30)")
    assert (await on.execute("SELECT 1")).rows == [(1,)]
    assert time.monotonic() - start < 10
    assert on.pool_stats.size == on.pool_stats.idle
    running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"
    running += " AND state = 'active'"
    assert await asyncio.to_thread(direct, running) == [(0,)]


async def test_a_deadline_is_kept_by_the_server_and_by_nobody_else() -> None:
    on = vinyl.connections["bounced"]
    with pytest.raises(vinyl.DeadlineExceeded):
        async with vinyl.deadline(0.3):
            await on.execute("SELECT pg_sleep(30)")
    async with vinyl.deadline(20):
        assert (await on.execute("SELECT 1")).rows == [(1,)]
    limits = await asyncio.gather(*(on.execute("SHOW statement_timeout") for _ in range(20)))
    assert {result.rows[0][0] for result in limits} == {"0"}


async def test_a_cancelled_transaction_leaves_no_session_in_a_transaction() -> None:
    genres = Genre.vinyl.using("bounced")

    async def work(number: int) -> None:
        async with asyncio.timeout(0.002 * (number % 30)), vinyl.atomic("bounced"):
            await genres.create(code=f"a{number}", name="one")
            await genres.create(code=f"b{number}", name="two")

    results = await asyncio.gather(*map(work, range(120)), return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), TimeoutError}
    assert await genres.filter(name="one").count() == await genres.filter(name="two").count()
    stats = vinyl.connections["bounced"].pool_stats
    assert stats.size == stats.idle


async def test_each_client_has_its_own_time_zone(
    primary: postgresql.Node, port: int, alias: Callable[..., str]
) -> None:
    zones = {"zurich": "Europe/Zurich", "tokyo": "Asia/Tokyo"}
    for name, zone in zones.items():
        alias(name, primary.entry(PORT=str(port), TIME_ZONE=zone))

    async def shown(name: str) -> None:
        result = await vinyl.connections[name].execute("SHOW TimeZone")
        assert result.rows == [(zones[name],)]

    await asyncio.gather(*(shown(name) for name in [*zones] * 40))


def test_the_sync_twin_works_through_it() -> None:
    genres = Genre.vinyl.using("bounced")
    with vinyl.atomic("bounced"):
        genres.create(code="a", name="a")
    assert genres.count() == 1
