"""Streaming and what goes with it: pools, tasks, cancellation, memory."""

# ruff: noqa: PT012  what a loop does with an error is seen around the whole loop

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import anyio
import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app import numbers
from tests.app.models import Album, Genre
from vinyl._runtime._async.databases import database
from vinyl._runtime._async.pool import Pool, PoolOptions

pytestmark = pytest.mark.usefixtures("pools", "db")


@pytest.fixture
async def single() -> AsyncIterator[Pool]:
    """A pool of one connection, for which nobody waits long."""
    await Genre.vinyl.count()
    opened = database("default")
    before = opened.pool
    opened.pool = type(before)(opened.driver, PoolOptions(max_size=1, timeout=3))
    yield opened.pool
    await opened.pool.close()
    opened.pool = before


@pytest.fixture(scope="module")
def table(snapshots: Any) -> Iterator[str]:
    with numbers.table() as name:
        yield name


def many(table: str) -> Any:
    """Return a queryset of a hundred thousand objects."""
    return numbers.one_each(Genre.vinyl.filter(pk="pop"), table)


async def test_a_loop_left_early_gives_its_connection_back(single: Pool) -> None:
    for _ in range(5):
        async for album in Album.vinyl.order_by("pk").iterator(chunk_size=1):
            assert album.pk == 1
            break
        assert await Album.vinyl.count() == 11
    assert single.stats.size == 1


async def test_a_closed_iterator_has_given_its_connection_back(single: Pool) -> None:
    async with aclosing(Album.vinyl.order_by("pk").iterator(chunk_size=1)) as albums:
        async for _ in albums:
            break
    assert single.stats[:2] == (1, 1)


async def test_large_results_left_early_leave_the_connection_in_step(
    single: Pool, table: str
) -> None:
    for _ in range(3):
        async for row in many(table).iterator(chunk_size=10):
            assert row.pk == "pop"
            break
        assert await Album.vinyl.count() == 11
    assert single.stats.size == 1


async def test_an_iterator_that_is_collected_gives_its_connection_back(single: Pool) -> None:
    albums = Album.vinyl.order_by("pk").iterator(chunk_size=1)
    await anext(albums)
    del albums
    gc.collect()
    assert await Album.vinyl.count() == 11


async def test_an_error_in_the_body_gives_the_connection_back(single: Pool) -> None:
    with pytest.raises(LookupError):
        async for _ in Album.vinyl.order_by("pk").iterator(chunk_size=1):
            raise LookupError
    assert await Album.vinyl.count() == 11


async def test_an_error_while_making_objects_gives_the_connection_back(
    single: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    albums = Album.vinyl.order_by("pk").prefetch_related("nothing").iterator(chunk_size=1)
    with pytest.raises(AttributeError, match="nothing"):
        await anext(albums)
    assert await Album.vinyl.count() == 11


async def test_the_last_chunk_is_handed_out_with_no_connection_held(single: Pool) -> None:
    async for album in Album.vinyl.order_by("pk").iterator():
        await album.update(year=album.pk)


async def test_a_statement_that_needs_a_second_connection_times_out(single: Pool) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("it has read all of so few rows")
    single.options = PoolOptions(max_size=1, timeout=0.2)
    with pytest.raises(vinyl.PoolTimeout):
        async for _ in Album.vinyl.order_by("pk").iterator(chunk_size=1):
            await Album.vinyl.count()
    assert await Album.vinyl.count() == 11


async def test_a_cancelled_loop_gives_the_connection_back(single: Pool, table: str) -> None:
    begun = asyncio.Event()

    async def loop() -> None:
        async for _ in many(table).iterator(chunk_size=10):
            begun.set()
            await asyncio.sleep(5)

    task = asyncio.create_task(loop())
    async with asyncio.timeout(10):
        await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await Album.vinyl.count() == 11


@pytest.mark.parametrize("atomic", [False, True])
async def test_cancelled_at_any_moment_nothing_is_lost(
    single: Pool, table: str, atomic: bool
) -> None:
    async def loop() -> None:
        async for row in many(table).iterator(chunk_size=700):
            assert row.pk == "pop"

    async def work() -> None:
        if atomic:
            async with vinyl.atomic():
                await loop()
        else:
            await loop()

    for step in range(8):
        with anyio.move_on_after(0.0004 * 2**step):
            await work()
        assert await Album.vinyl.count() == 11
    assert single.stats.size <= 1


async def test_streams_run_side_by_side() -> None:
    async def read(size: int) -> list[int]:
        return [album.pk async for album in Album.vinyl.order_by("pk").iterator(chunk_size=size)]

    found = await asyncio.gather(*(read(size) for size in (1, 2, 3, 5, 7, 11, 12, 1)))
    assert found == [list(range(1, 12))] * 8


async def test_in_a_transaction_tasks_take_turns_with_a_stream(single: Pool) -> None:
    async def read() -> list[int]:
        return [album.pk async for album in Album.vinyl.order_by("pk").iterator(chunk_size=1)]

    async def write(pk: int) -> None:
        async with vinyl.atomic():
            await Album.vinyl.filter(pk=pk).update(year=pk)

    async with vinyl.atomic():
        *found, _, _ = await asyncio.gather(read(), read(), write(1), write(2))
    assert found == [list(range(1, 12))] * 2
    assert await Album.vinyl.filter(pk__lt=3, year__lt=3).count() == 2


async def test_an_iterator_may_be_read_on_in_a_nested_block() -> None:
    async with vinyl.atomic():
        async with aclosing(Album.vinyl.order_by("pk").iterator(chunk_size=1)) as albums:
            assert (await anext(albums)).pk == 1
            async with vinyl.atomic():
                assert (await anext(albums)).pk == 2
                await Album.vinyl.filter(pk=2).update(year=2)
                async with vinyl.atomic():
                    assert (await anext(albums)).pk == 3
                    await albums.aclose()
        assert await Album.vinyl.filter(year=2).count() == 1


async def test_an_iterator_may_be_left_in_a_nested_block() -> None:
    async with vinyl.atomic():
        for _ in range(3):
            with pytest.raises(LookupError):
                async with vinyl.atomic():
                    async for _album in Album.vinyl.order_by("pk").iterator(chunk_size=1):
                        raise LookupError
            gc.collect()
            await asyncio.sleep(0.01)
            assert await Album.vinyl.count() == 11


async def test_an_iterator_cannot_be_read_on_after_its_block(single: Pool) -> None:
    async with vinyl.atomic():
        albums = Album.vinyl.order_by("pk").iterator(chunk_size=1)
        await anext(albums)
    if connection.vendor == "mysql":
        # All rows have been read; the transaction's connection is not needed.
        assert (await anext(albums)).pk == 2
    else:
        with pytest.raises(TransactionManagementError, match="began has ended"):
            await anext(albums)
    await albums.aclose()
    assert await Album.vinyl.count() == 11


async def test_a_transaction_that_has_to_roll_back_gives_no_more_rows() -> None:
    if connection.vendor == "mysql":
        pytest.skip("all rows have been read")
    with pytest.raises(LookupError):
        async with vinyl.atomic():
            async with aclosing(Album.vinyl.order_by("pk").iterator(chunk_size=1)) as albums:
                await anext(albums)
                with anyio.move_on_after(0):
                    await Album.vinyl.count()
                with pytest.raises(TransactionManagementError):
                    await anext(albums)
            raise LookupError
    assert await Album.vinyl.count() == 11


async def test_a_stream_begun_outside_goes_on_inside_a_block() -> None:
    async with aclosing(Album.vinyl.order_by("pk").iterator(chunk_size=1)) as albums:
        await anext(albums)
        async with vinyl.atomic():
            assert [album.pk async for album in albums] == list(range(2, 12))


async def test_a_wrapper_may_run_the_statement_again(single: Pool) -> None:
    async def twice(execute: Any, *args: Any) -> Any:
        await execute(*args)
        return await execute(*args)

    async def never(execute: Any, *args: Any) -> Any:
        raise LookupError

    connected = vinyl.connections["default"]
    with connected.execute_wrapper(twice):
        found = [album.pk async for album in Album.vinyl.order_by("pk").iterator(chunk_size=2)]
    assert found == list(range(1, 12))
    with connected.execute_wrapper(never), pytest.raises(LookupError):
        await anext(Album.vinyl.iterator())
    assert single.stats[:2] == (1, 1)


async def test_djangos_name_takes_djangos_arguments() -> None:
    artists = Album.vinyl.order_by("pk").prefetch_related("genres")
    assert [album.pk async for album in artists.aiterator()] == list(range(1, 12))
    with pytest.raises(ValueError, match="strictly positive"):
        artists.aiterator(chunk_size=0)


async def test_postgresql_reads_from_a_cursor_in_the_server() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a feature of PostgreSQL")
    cursors = "SELECT statement FROM pg_cursors"
    async with vinyl.atomic():
        async for _ in Album.vinyl.order_by("pk").iterator(chunk_size=2):
            rows = (await vinyl.connection.execute(cursors)).rows
            assert len(rows) == 1
            assert "NO SCROLL CURSOR FOR SELECT" in rows[0][0]
            break
        await asyncio.sleep(0.01)
        assert (await vinyl.connection.execute(cursors)).rows == []


async def peak(rows: Any, chunk_size: int) -> tuple[int, int]:
    """Return how many rows an iterator gives, and the bytes of memory taken at most meanwhile."""
    gc.collect()
    tracemalloc.start()
    try:
        count = 0
        async for _ in rows.iterator(chunk_size=chunk_size):
            count += 1
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def raw(table: str) -> Any:
    """Return a hundred thousand objects of a query written by hand."""
    sql = f"SELECT g.*, n FROM shop_genre g, {table} WHERE code = %s"
    return Genre.vinyl.raw(sql, ["pop"])


@pytest.mark.parametrize("rows_of", [many, raw])
@pytest.mark.parametrize("atomic", [False, True])
async def test_memory_stays_flat_however_many_rows_there_are(
    table: str, atomic: bool, rows_of: Any
) -> None:
    async def measured() -> tuple[int, int]:
        return await peak(rows_of(table), 500)

    if atomic:
        async with vinyl.atomic():
            count, taken = await measured()
    else:
        count, taken = await measured()
    assert count == numbers.COUNT
    # As a list, they take more than 40 MB.
    assert taken < 6_000_000
