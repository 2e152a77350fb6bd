"""pinned(): one connection for a context and its tasks; cleaned at the end, whatever happens."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Genre
from vinyl._runtime._async.databases import database

pytestmark = pytest.mark.usefixtures("db")

MAKE = "CREATE TEMPORARY TABLE mine (a integer)"
LOOK = "SELECT count(*) FROM mine"


def in_use() -> int:
    return len(database("default").pool._in_use)


async def is_clean() -> bool:
    """Tell whether none of the pool's connections has the table of these tests."""
    size = database("default").pool.stats.max_size
    looks = (vinyl.connection.execute(LOOK) for _ in range(size))
    found = await asyncio.gather(*looks, return_exceptions=True)
    return all(isinstance(each, DatabaseError) for each in found) and in_use() == 0


async def test_child_tasks_share_the_pinned_session_in_turns() -> None:
    async with vinyl.connection.pinned():
        await vinyl.connection.execute(MAKE)

        async def add(number: int) -> None:
            async with vinyl.atomic():
                await vinyl.connection.execute("INSERT INTO mine VALUES (%s)", [number])
                await asyncio.sleep(0)
                if number % 2:
                    raise ZeroDivisionError

        done = await asyncio.gather(*map(add, range(10)), return_exceptions=True)
        assert sum(isinstance(each, ZeroDivisionError) for each in done) == 5
        assert (await vinyl.connection.execute(LOOK)).rows == [(5,)]
        assert in_use() == 1
    assert await is_clean()


async def test_others_do_not_see_the_pinned_session() -> None:
    inside, looked = asyncio.Event(), asyncio.Event()

    async def other() -> bool:
        await inside.wait()
        with pytest.raises(DatabaseError):
            await vinyl.connection.execute(LOOK)
        looked.set()
        return True

    task = asyncio.create_task(other())
    async with vinyl.connection.pinned():
        await vinyl.connection.execute(MAKE)
        inside.set()
        await looked.wait()
    assert await task


async def test_a_raw_statement_leaves_nothing_for_the_next() -> None:
    await vinyl.connection.execute(MAKE)
    assert await is_clean()
    async with vinyl.atomic():
        await vinyl.connection.execute(MAKE)
    assert await is_clean()


async def test_a_task_that_outlives_the_pin_is_refused() -> None:
    go_on = asyncio.Event()

    async def late(work: Any) -> None:
        await go_on.wait()
        await work()

    async def block() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.count()

    async def pin() -> None:
        async with vinyl.connection.pinned():
            pass

    async with vinyl.connection.pinned():
        tasks = [asyncio.create_task(late(work)) for work in (Genre.vinyl.count, block, pin)]
    go_on.set()
    for task in tasks:
        with pytest.raises(TransactionManagementError, match=r"pinned\(\) block that has ended"):
            await task
    assert in_use() == 0


async def test_a_generator_that_is_left_early_leaves_its_pin() -> None:
    ended = asyncio.Event()

    async def rows() -> AsyncGenerator[int, None]:
        try:
            async with vinyl.connection.pinned():
                await vinyl.connection.execute(MAKE)
                yield 1
        finally:
            ended.set()

    async for _ in rows():
        break
    gc.collect()
    async with asyncio.timeout(10):
        await ended.wait()
    assert await Genre.vinyl.count() == 6
    assert await is_clean()


async def test_the_end_of_a_pin_waits_for_the_statements_of_tasks() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def transact() -> int:
        async with vinyl.atomic():
            await Genre.vinyl.count()
            begun.set()
            await go_on.wait()
            return await Genre.vinyl.count()

    async with vinyl.connection.pinned():
        task = asyncio.create_task(transact())
        await begun.wait()
        asyncio.get_running_loop().call_later(0.01, go_on.set)
    assert await task == 6
    assert in_use() == 0


async def test_a_cancelled_end_loses_no_slot() -> None:
    begun = asyncio.Event()

    async def transact() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.count()
            begun.set()
            await asyncio.sleep(60)

    async def pin() -> asyncio.Task[None]:
        async with vinyl.connection.pinned():
            inner = asyncio.create_task(transact())
            inners.append(inner)
            await begun.wait()
            ending.set()
        return inner

    inners: list[asyncio.Task[None]] = []
    ending = asyncio.Event()
    task = asyncio.create_task(pin())
    await ending.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    inners[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await inners[0]
    assert await is_clean()


@pytest.mark.parametrize("steps", range(40))
async def test_cancelled_at_any_step_a_pin_loses_no_slot(steps: int) -> None:
    async def work() -> None:
        async with vinyl.connection.pinned():
            await vinyl.connection.execute(MAKE)
            async with vinyl.atomic():
                await vinyl.connection.execute("INSERT INTO mine VALUES (1)")
            async for _ in Genre.vinyl.iterator(chunk_size=2):
                await Genre.vinyl.count()

    task = asyncio.create_task(work())
    for _ in range(steps):
        await asyncio.sleep(0.0002)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None
    assert await is_clean()


async def test_a_lost_connection_is_told_as_such() -> None:
    async with vinyl.connection.pinned():
        await vinyl.connection.execute(MAKE)
        vinyl_pin = next(iter(database("default").pool._in_use))
        vinyl_pin.abort()
        with pytest.raises(OperationalError, match="begin anew"):
            await vinyl.connection.execute(LOOK)
    async with vinyl.connection.pinned():
        assert await Genre.vinyl.count() == 6
    assert await is_clean()


async def test_a_transaction_begun_by_hand_does_not_stay_open() -> None:
    async with vinyl.connection.pinned():
        await vinyl.connection.execute(MAKE)
        await vinyl.connection.execute("BEGIN")
        assert not next(iter(database("default").pool._in_use)).in_transaction
        assert (await vinyl.connection.execute(LOOK)).rows == [(0,)]


async def test_the_pools_end_does_not_hang_a_pin() -> None:
    async with vinyl.connection.pinned():
        await vinyl.connection.execute(MAKE)
        closing = asyncio.create_task(vinyl.connections.close())
        await asyncio.sleep(0)
        assert (await vinyl.connection.execute(LOOK)).rows == [(0,)]
    await closing
    assert await is_clean()


async def test_a_pin_is_not_for_another_event_loop() -> None:
    async with vinyl.connection.pinned():
        context = contextvars.copy_context()
        with pytest.raises(TransactionManagementError, match="another event loop"):
            await asyncio.to_thread(context.run, asyncio.run, Genre.vinyl.acount())
