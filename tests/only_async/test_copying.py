"""COPY in the event loop: cancelled half-way, it leaves nothing, and a connection that works."""

# ruff: noqa: SIM117  blocks in blocks are what this is about

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock
from vinyl._runtime._async.databases import database
from vinyl.sql.many import CopiedRows

if connection.vendor != "postgresql":
    pytest.skip("this database is not PostgreSQL", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("db")
SQL = "COPY shop_genre (code, name) FROM STDIN"


@asynccontextmanager
async def settings_with(monkeypatch: pytest.MonkeyPatch, **options: Any) -> AsyncIterator[None]:
    """Open the database with other options."""
    settings = database("default").settings
    await vinyl.connections.close()
    with monkeypatch.context() as patch:
        patch.setitem(settings, "OPTIONS", {**settings["OPTIONS"], **options})
        yield
        await vinyl.connections.close()


class Cancelling(CopiedRows):
    """Rows of which one, when it is asked for, cancels whoever sends them."""

    def __init__(self, number: int, times: int = 1) -> None:
        super().__init__([["c"], ["x"]], None)
        self.number = number
        self.times = times

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for number in range(self.number * 2):
            if number == self.number:
                task = asyncio.current_task()
                assert task is not None
                for _ in range(self.times):
                    task.cancel()
            yield f"c{number}", "x" * 2000


@pytest.mark.parametrize("number", [1, 10_000])
async def test_a_cancelled_copy_leaves_nothing(number: int) -> None:
    before = await Genre.vinyl.count()
    task = asyncio.create_task(vinyl.connections["default"].copy(SQL, Cancelling(number)))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await Genre.vinyl.count() == before


async def test_a_copy_cancelled_in_a_block_rolls_it_back() -> None:
    async def work() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.create(code="first", name="x")
            await vinyl.connections["default"].copy(SQL, Cancelling(10_000))

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stock(lambda: Genre.objects.filter(pk="first").exists()) is False
    await Genre.vinyl.create(code="after", name="x")


async def test_the_session_survives_a_cancelled_copy() -> None:
    async with vinyl.atomic():
        before = (await vinyl.connection.execute("SELECT pg_backend_pid()")).rows
        task = asyncio.create_task(_in_a_savepoint())
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await vinyl.connection.execute("SELECT pg_backend_pid()")).rows == before


async def _in_a_savepoint() -> None:
    async with vinyl.atomic():
        await vinyl.connections["default"].copy(SQL, Cancelling(10_000))


async def test_copies_run_side_by_side() -> None:
    async def one(letter: str) -> None:
        genres = [Genre.vinyl(code=f"{letter}{n}", name="side") for n in range(500)]
        await Genre.vinyl.bulk_create(genres, copy=True)

    await asyncio.gather(*(one(letter) for letter in "abcd"))
    assert stock(lambda: Genre.objects.filter(name="side").count()) == 2000


async def test_statements_of_tasks_wait_for_a_copy_in_their_block() -> None:
    async with vinyl.atomic():
        genres = [Genre.vinyl(code=f"t{n}", name="turn") for n in range(20_000)]
        copying = asyncio.create_task(
            vinyl.connections["default"].copy(
                SQL, CopiedRows([[g.code for g in genres], [g.name for g in genres]], None)
            )
        )
        await asyncio.sleep(0)
        assert await Genre.vinyl.filter(name="turn").count() == 20_000
        await copying


MISTAKEN = [
    SQL,
    "COPY shop_genre TO STDOUT",
    "COPY (SELECT generate_series(1, 100000000)) TO STDOUT",
    "SELECT 1; COPY shop_genre FROM STDIN; COPY shop_genre TO STDOUT; SELECT 2",
    "COPY shop_genre TO STDOUT; COPY shop_genre TO STDOUT",
]


@pytest.fixture(params=[False, True], ids=["client", "server"])
async def one_connection(request: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the pool have one connection, which binds parameters here or there."""
    async with settings_with(
        monkeypatch, pool={"max_size": 1, "timeout": 4}, server_side_binding=request.param
    ):
        yield


@pytest.mark.parametrize("sql", MISTAKEN)
@pytest.mark.parametrize("params", [None, []])
async def test_a_copy_by_execute_is_refused_and_the_connection_stays(
    one_connection: None, sql: str, params: Any
) -> None:
    before = await vinyl.connection.fetch_value("SELECT pg_backend_pid()")
    with pytest.raises(ProgrammingError, match=r"cursor\.copy|multiple commands"):
        await vinyl.connection.execute(sql, params)
    assert await vinyl.connection.fetch_value("SELECT pg_backend_pid()") == before
    assert await Genre.vinyl.count() == 6


@pytest.mark.parametrize("sql", MISTAKEN)
async def test_a_copy_by_execute_ends_its_savepoint_only(one_connection: None, sql: str) -> None:
    async def write() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.create(code="lost", name="x")
            await vinyl.connection.execute(sql)

    async with vinyl.atomic():
        await Genre.vinyl.create(code="kept", name="x")
        with pytest.raises(ProgrammingError):
            await write()
        written = Genre.vinyl.filter(name="x").values_list("pk", flat=True)
        assert list(await written) == ["kept"]
    assert await Genre.vinyl.filter(pk="kept").exists()


async def test_a_first_statement_that_is_a_copy_ends_its_block_only(one_connection: None) -> None:
    with pytest.raises(ProgrammingError, match=r"cursor\.copy"):
        async with vinyl.atomic():
            await vinyl.connection.execute("COPY shop_genre TO STDOUT")
    assert await Genre.vinyl.count() == 6


async def test_a_copy_by_execute_may_be_cancelled(one_connection: None) -> None:
    for steps in range(12):
        task = asyncio.create_task(vinyl.connection.execute(MISTAKEN[steps % 2]))
        for _ in range(steps):
            await asyncio.sleep(0.0004)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or isinstance(task.exception(), ProgrammingError)
        assert await Genre.vinyl.count() == 6


async def another_stream() -> None:
    async for _ in vinyl.connection.stream("SELECT 1"):
        pass


async def another_block() -> None:
    async with vinyl.atomic():
        await Genre.vinyl.count()


async def another_copy() -> None:
    async with vinyl.connection.cursor() as cursor, cursor.copy("COPY shop_genre TO STDOUT"):
        pass


ANOTHER = [lambda: Genre.vinyl.count(), another_block, another_stream, another_copy]


@pytest.mark.parametrize("around", ["atomic", "pinned", "savepoint"])
@pytest.mark.parametrize("another", ANOTHER)
async def test_a_statement_inside_of_its_own_tasks_copy_is_refused(
    around: str, another: Callable[[], Any]
) -> None:
    async with AsyncExitStack() as stack:
        if around == "pinned":
            await stack.enter_async_context(vinyl.connection.pinned())
        else:
            await stack.enter_async_context(vinyl.atomic())
        if around == "savepoint":
            await stack.enter_async_context(vinyl.atomic())
        async with asyncio.timeout(20), vinyl.connection.cursor() as cursor:
            async with cursor.copy(SQL) as copy:
                await copy.write_row(("x", "new"))
                with pytest.raises(TransactionManagementError, match="COPY of this task"):
                    await another()
                await copy.write_row(("y", "new"))
        assert await Genre.vinyl.filter(name="new").count() == 2
        await another()


async def test_a_stream_is_not_read_inside_of_a_copy() -> None:
    async with vinyl.atomic():
        rows = vinyl.connection.stream("SELECT generate_series(1, 10)", chunk_size=2)
        assert await anext(rows) == [(1,), (2,)]
        async with vinyl.atomic(), vinyl.connection.cursor() as cursor, asyncio.timeout(20):
            async with cursor.copy(SQL):
                with pytest.raises(TransactionManagementError, match="COPY of this task"):
                    await anext(rows)
        assert await Genre.vinyl.count() == 6


async def test_a_task_that_was_begun_in_a_copy_waits_for_its_end() -> None:
    async with vinyl.atomic(), vinyl.connection.cursor() as cursor:
        async with cursor.copy(SQL) as copy:
            await copy.write_row(("x", "new"))
            counting = asyncio.create_task(Genre.vinyl.acount())
            for _ in range(5):
                await asyncio.sleep(0)
        assert await counting == 7
