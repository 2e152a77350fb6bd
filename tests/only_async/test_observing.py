"""Execute wrappers, captured statements and raw rows where several tasks run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, nullcontext
from contextvars import Context
from functools import partial
from typing import Any

import pytest
from django.db import connection as stock_connection

import vinyl
from tests.app.models import Genre
from vinyl._runtime._async import timing
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
async def test_cancelled_at_any_step_execute_many_writes_all_or_nothing(steps: int) -> None:
    insert = "INSERT INTO shop_genre (code, name) VALUES (%s, %s)"
    rows = [(f"x{number}", "new") for number in range(2000)]
    task = asyncio.create_task(vinyl.connection.execute_many(insert, rows))
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    task.cancel()
    await asyncio.wait([task])
    # Cancelled while the server commits, a task cannot know of it.
    possible = (0, 2000) if task.cancelled() else (2000,)
    assert await Genre.vinyl.filter(name="new").count() in possible
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


@pytest.fixture
async def one_connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the pool have one connection."""
    settings = database("default").settings
    await vinyl.connections.close()
    options = {**settings["OPTIONS"], "pool": {"max_size": 1}}
    monkeypatch.setitem(settings, "OPTIONS", options)
    yield
    await vinyl.connections.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a list of one number, by which the clock of the query log is fast."""
    fast = [0.0]

    def told() -> float:
        return time.monotonic() + fast[0]

    monkeypatch.setattr(timing, "monotonic", told)
    return fast


async def rows_streamed() -> None:
    async for _ in vinyl.connection.stream("SELECT code FROM shop_genre"):
        pass


async def rows_copied() -> None:
    sql = "COPY shop_genre TO STDOUT"
    async with vinyl.connection.cursor() as cursor, cursor.copy(sql) as rows:
        async for _ in rows:
            pass


async def in_a_block() -> None:
    async with vinyl.atomic():
        await Genre.vinyl.count()


WATCHED: dict[str, Callable[[], Any]] = {
    "statement": lambda: Genre.vinyl.count(),
    "write": lambda: Genre.vinyl.filter(code="none").delete(),
    "stream": rows_streamed,
    "block": in_a_block,
}
if stock_connection.vendor == "postgresql":
    WATCHED["copy"] = rows_copied


@pytest.mark.parametrize("around", ["atomic", "pinned"])
@pytest.mark.parametrize("work", WATCHED.values(), ids=WATCHED)
async def test_the_time_of_a_statement_is_not_that_of_its_waiting(
    one_connection: None, clock: list[float], work: Callable[[], Any], around: str
) -> None:
    async def watched() -> list[float]:
        with vinyl.CaptureQueries() as captured:
            await work()
        return [float(entry["time"]) for entry in captured]

    await work()  # what the first statement of a thread asks for is asked now
    async with vinyl.atomic() if around == "atomic" else vinyl.connection.pinned():
        await vinyl.connection.execute("UPDATE shop_genre SET name = name WHERE code = 'none'")
        # Outside of the block, it waits for the connection, or, on SQLite, for its turn to write.
        outside = asyncio.create_task(watched(), context=Context())
        for _ in range(20):
            await asyncio.sleep(0)
        clock[0] += 1000
    assert max(await outside) < 500


async def test_the_time_of_a_statement_is_not_that_of_a_sibling(clock: list[float]) -> None:
    async def sibling() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.count()
            begun.set()
            await go_on.wait()

    async with vinyl.atomic():
        begun, go_on = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(sibling())
        await begun.wait()
        with vinyl.CaptureQueries() as captured:
            counting = asyncio.create_task(Genre.vinyl.acount())
            await asyncio.sleep(0)
            clock[0] += 1000
            go_on.set()
            await counting
            await task
    assert max(float(entry["time"]) for entry in captured) < 500


async def test_the_time_of_a_statement_is_all_of_its_own(clock: list[float]) -> None:
    await Genre.vinyl.count()
    with vinyl.CaptureQueries() as captured:
        counting = asyncio.create_task(Genre.vinyl.acount())
        while not database("default").pool._in_use:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        clock[0] += 1000
        await counting
    assert float(captured[0]["time"]) > 500


if stock_connection.vendor == "postgresql":
    LISTENING = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
        "AND datname = current_database()"
    )

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

    async def hear_one(listening: Any) -> str:
        async with aclosing(aiter(listening)) as notes:
            async for note in notes:
                return note.payload
        raise AssertionError

    async def heard(listening: Any) -> list[str]:
        return [note.payload async for note in listening]

    async def test_tasks_that_iterate_over_one_listener_each_hear_all_and_lose_no_slot() -> None:
        listening = vinyl.connection.listen("one", timeout=60)
        both = [asyncio.create_task(hear_one(listening)) for _ in range(2)]
        while len(await vinyl.connection.fetch(LISTENING)) < 2:  # noqa: ASYNC110 - the server's
            await asyncio.sleep(0.001)
        await vinyl.connection.notify("one", "x")
        assert await asyncio.gather(*both) == ["x", "x"]
        assert not database("default").pool._in_use

    async def test_a_subscription_is_iterated_over_by_one_task() -> None:
        async with vinyl.connection.listen("one", timeout=60) as listening:
            first = asyncio.create_task(heard(listening))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="in each of them"):
                await heard(listening)
            with pytest.raises(RuntimeError, match="anew for"):
                await listening.__aenter__()
            await vinyl.connection.notify("one", "x")
        # The block has ended, and with it the wait.
        assert await first in ([], ["x"])
        assert not database("default").pool._in_use
        assert await vinyl.connection.fetch(LISTENING) == []

    @pytest.mark.parametrize("steps", range(6))
    async def test_cancelled_as_a_subscription_ends_it_loses_no_slot(steps: int) -> None:
        async def listen() -> None:
            async with vinyl.connection.listen("one", timeout=60) as listening:
                tasks.append(asyncio.create_task(heard(listening)))
                await asyncio.sleep(0)
                ends.set()

        tasks: list[asyncio.Task[Any]] = []
        ends = asyncio.Event()
        task = asyncio.create_task(listen())
        await ends.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task, *tasks])
        assert tasks[0].result() == []
        assert not database("default").pool._in_use

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
