"""Execute wrappers, captured statements and raw rows where several tasks run."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
from django.db import connection as stock_connection

import vinyl
from tests.app.models import Genre
from vinyl._runtime._async.databases import database

pytestmark = pytest.mark.usefixtures("db")


async def pass_on(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    return await execute(sql, params, many, context)


class Passing:
    async def __call__(self, execute: Any, *args: Any) -> Any:
        return await execute(*args)


def plain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    return execute(sql, params, many, context)


@pytest.mark.parametrize("wrapper", [pass_on, partial(pass_on), Passing()])
async def test_a_wrapper_is_a_coroutine_function(wrapper: Any) -> None:
    with vinyl.connection.execute_wrapper(wrapper):
        assert await Genre.vinyl.count() == 6


async def test_a_plain_function_is_no_wrapper() -> None:
    with pytest.raises(vinyl.WrongMode, match="async def"), vinyl.connection.execute_wrapper(plain):
        raise AssertionError


def test_a_coroutine_function_is_no_wrapper_of_the_sync_twin(snapshots: Any) -> None:
    with vinyl.async_mode(False), pytest.raises(vinyl.WrongMode, match="coroutine function"):
        vinyl.connection.execute_wrapper(pass_on)


async def test_wrappers_do_not_see_transactions_begin_and_end() -> None:
    seen: list[tuple[str, bool]] = []

    async def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql.split()[0], many))
        return await execute(sql, params, many, context)

    with vinyl.connection.execute_wrapper(note):
        async with vinyl.atomic():
            await Genre.vinyl.count()
        await vinyl.connection.execute_many("DELETE FROM shop_genre WHERE code = %s", [["x"]])
    assert seen == [("SELECT", False), ("DELETE", True)]


async def test_capturing_sees_child_tasks_and_no_strangers() -> None:
    go_on = asyncio.Event()

    async def stranger() -> None:
        await go_on.wait()
        await Genre.vinyl.count()

    task = asyncio.create_task(stranger())
    with vinyl.CaptureQueries() as queries:
        await asyncio.gather(Genre.vinyl.count(), Genre.vinyl.exists())
        go_on.set()
        await task
    assert len(queries) == 2


@pytest.mark.parametrize("steps", range(0, 40, 2))
async def test_cancelled_at_any_step_execute_many_writes_nothing(steps: int) -> None:
    insert = "INSERT INTO shop_genre (code, name) VALUES (%s, %s)"
    rows = [(f"x{number}", "new") for number in range(2000)]
    task = asyncio.create_task(vinyl.connection.execute_many(insert, rows))
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    task.cancel()
    await asyncio.wait([task])
    written = 0 if task.cancelled() else 2000
    assert await Genre.vinyl.filter(name="new").count() == written
    assert not database("default").pool._in_use


async def test_a_deadline_ends_execute_many() -> None:
    insert = "INSERT INTO shop_genre (code, name) VALUES (%s, %s)"
    rows = [(f"x{number}", "new") for number in range(100_000)]
    with pytest.raises(vinyl.DeadlineExceeded):
        async with vinyl.deadline(0.02):
            await vinyl.connection.execute_many(insert, rows)
    assert await Genre.vinyl.count() == 6


async def test_a_chunked_cursor_that_is_left_gives_its_connection_back() -> None:
    async with vinyl.connection.chunked_cursor() as cursor:
        await cursor.execute("SELECT code FROM shop_genre")
        await cursor.fetchone()
        task = asyncio.create_task(cursor.fetchall())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    assert not database("default").pool._in_use


if stock_connection.vendor == "postgresql":

    @pytest.mark.parametrize("steps", range(20))
    async def test_cancelled_at_any_step_a_listener_loses_no_slot(steps: int) -> None:
        async def hear() -> None:
            async for _ in vinyl.connection.listen("one"):
                pass

        task = asyncio.create_task(hear())
        for _ in range(steps):
            await asyncio.sleep(0.0003)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not database("default").pool._in_use
        assert await vinyl.connection.fetch("SELECT pg_listening_channels()") == []

    @pytest.mark.parametrize("sql", ["COPY shop_genre (code, name) FROM STDIN", None])
    async def test_a_cancelled_copy_leaves_nothing(sql: str | None) -> None:
        begun = asyncio.Event()

        async def copy(block: Any) -> None:
            async with block, vinyl.connection.cursor() as cursor:
                text = sql or "COPY (SELECT generate_series(1, 10000000)) TO STDOUT"
                async with cursor.copy(text) as copy:
                    if sql:
                        await copy.write_row(("x", "new"))
                    else:
                        await copy.read_row()
                    begun.set()
                    await asyncio.sleep(60)

        for block in (nullcontext(), vinyl.atomic()):
            begun.clear()
            task = asyncio.create_task(copy(block))
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert not database("default").pool._in_use
        assert await Genre.vinyl.count() == 6

    async def test_one_can_listen_in_a_transaction_and_a_pin() -> None:
        async with vinyl.connection.pinned(), vinyl.atomic():
            async with vinyl.connection.listen("one", timeout=5) as listening:
                assert await Genre.vinyl.count() == 6
                assert len(database("default").pool._in_use) == 2
            assert [note async for note in vinyl.connection.listen("one", timeout=0)] == []
            del listening
        assert not database("default").pool._in_use
