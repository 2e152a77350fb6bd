"""The first statement of a transaction goes out with BEGIN, and is none the worse for it."""

from __future__ import annotations

import asyncio

import pytest
from django.db import DatabaseError, IntegrityError, connection

import vinyl
from tests.app.models import Artist, Genre
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


def number_stored() -> int:
    return stock(Genre.objects.count)


async def slots_in_use() -> int:
    stats = vinyl.connection.pool_stats
    return stats.size - stats.idle


async def test_a_row_count_and_rows_are_those_of_the_statement() -> None:
    async with vinyl.atomic():
        result = await vinyl.connection.execute("UPDATE shop_genre SET name = name")
        assert result.rowcount == number_stored()
    async with vinyl.atomic():
        result = await vinyl.connection.execute("SELECT 1 AS one, 'x' AS two")
        assert list(map(tuple, result.rows)) == [(1, "x")]
        assert [column[0] for column in result.description] == ["one", "two"]


async def test_percent_signs_are_plain_without_parameters() -> None:
    async with vinyl.atomic():
        result = await vinyl.connection.execute("SELECT '%s 100%'")
        assert result.rows[0][0] == "%s 100%"
    async with vinyl.atomic():
        result = await vinyl.connection.execute("SELECT %s, '100%%'", ["%s; SELECT 1"])
        assert tuple(result.rows[0]) == ("%s; SELECT 1", "100%")


async def test_the_transaction_is_open_afterwards() -> None:
    before = number_stored()
    async with vinyl.atomic():
        await Genre.vinyl.create(code="new", name="New")
        vinyl.set_rollback(True)
    assert number_stored() == before
    async with vinyl.atomic():
        await Genre.vinyl.create(code="new", name="New")
        assert number_stored() == before
    assert number_stored() == before + 1


async def test_a_first_statement_that_fails_is_undone_with_the_block() -> None:
    with pytest.raises(IntegrityError):
        await vinyl.atomic()(Genre.vinyl(code="pop", name="Again").insert)()
    with pytest.raises(DatabaseError):
        await vinyl.atomic()(vinyl.connection.execute)("SELECT no_such_column FROM shop_genre")
    assert await slots_in_use() == 0
    assert await Artist.vinyl.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no statement that waits")
async def test_a_first_statement_that_is_cancelled_gives_its_connection_back() -> None:
    sleep = "SELECT pg_sleep(5)" if connection.vendor == "postgresql" else "SELECT SLEEP(5)"

    async def wait() -> None:
        async with vinyl.atomic():
            await vinyl.connection.execute(sleep)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait(), 0.2)
    assert await slots_in_use() == 0
    assert await Artist.vinyl.exists()
