"""COPY in the event loop: cancelled half-way, it leaves nothing, and a connection that works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock
from vinyl.sql.many import CopiedRows

if connection.vendor != "postgresql":
    pytest.skip("this database is not PostgreSQL", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("db")
SQL = "COPY shop_genre (code, name) FROM STDIN"


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
