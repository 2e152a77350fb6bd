"""What is SQLite's own: threads, memory, locks, Django's functions and pragmas."""
# ruff: noqa: DTZ001 - the database's values have no time zone

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import vinyl

from .support import SQLiteFile, on

pytestmark = on("sqlite")


async def test_djangos_functions_and_pragmas_are_there(one: SQLiteFile) -> None:
    connection = await one.connect({"init_command": "PRAGMA synchronous=OFF; PRAGMA cache_size=7"})
    query = "SELECT REGEXP('^a', 'abc'), MD5('x'), django_date_trunc('year', '2024-05-05', '', '')"
    assert (await connection.execute(query)).rows == await one.stock_async(query)
    assert (await connection.execute("PRAGMA foreign_keys")).rows == [(1,)]
    assert (await connection.execute("PRAGMA cache_size")).rows == [(7,)]


async def test_values_are_converted_as_in_django(one: SQLiteFile) -> None:
    connection = await one.connect()
    await connection.execute("CREATE TABLE kinds (d date, t datetime, b bool, x decimal, y blob)")
    await connection.execute(
        "INSERT INTO kinds VALUES (%s, %s, %s, %s, %s)",
        ["2024-01-02", "2024-01-02 03:04:05", True, "1.50", b"\0x"],
    )
    ours = (await connection.execute("SELECT * FROM kinds")).rows
    assert ours == await one.stock_async("SELECT * FROM kinds")
    assert ours[0][:2] == (dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5))
    await connection.execute("DROP TABLE kinds")


async def test_parameters_may_have_names(one: SQLiteFile) -> None:
    connection = await one.connect()
    result = await connection.execute("SELECT %(a)s, %(b)s", {"a": 1, "b": "x"})
    assert result.rows == [(1, "x")]


async def test_lastrowid_and_returning(one: SQLiteFile) -> None:
    connection = await one.connect()
    assert (await connection.execute("INSERT INTO item (id) VALUES (7)")).lastrowid == 7
    result = await connection.execute("INSERT INTO item (id) VALUES (8) RETURNING id")
    assert result.rows == [(8,)]
    assert await one.stock_async("SELECT id FROM item ORDER BY id") == [(7,), (8,)]


async def test_the_transaction_mode_is_djangos(one: SQLiteFile) -> None:
    assert one.driver().begin_sql == "BEGIN"
    driver = one.driver({"transaction_mode": "immediate"})
    assert driver.begin_sql == "BEGIN IMMEDIATE"
    connection = await driver.connect()
    one.opened.append(connection)
    await connection.execute(driver.begin_sql)
    assert connection.in_transaction


async def test_a_database_in_memory_has_one_connection_that_stays(one: SQLiteFile) -> None:
    driver = one.driver({"pool": {"max_size": 5, "max_lifetime": 0.01}}, NAME=":memory:")
    pool = driver.make_pool()
    one.opened.append(pool)
    assert pool.stats.max_size == 1
    connection = await pool.acquire()
    await connection.execute("CREATE TABLE kept (a)")
    await pool.release(connection)
    connection = await pool.acquire()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await connection.execute(one.sleep)
    await connection.execute("BEGIN")
    await pool.release(connection)
    connection = await pool.acquire()
    assert (await connection.execute("SELECT * FROM kept")).rows == []
    await pool.release(connection)


async def test_a_shared_memory_database_is_shared_with_djangos(one: SQLiteFile) -> None:
    name = "file:vinyl_shared?mode=memory&cache=shared"
    stock = one.wrapper(NAME=name)
    await asyncio.to_thread(lambda: stock.cursor().execute("CREATE TABLE shared (a)"))
    connection = await one.driver(NAME=name).connect()
    assert (await connection.execute("SELECT * FROM shared")).rows == []
    await connection.close()
    # Django keeps a connection to a memory database open; this ends it.
    await asyncio.to_thread(lambda: stock.connection.close())


async def test_a_wait_for_a_lock_can_be_cancelled(one: SQLiteFile) -> None:
    writer = await one.connect()
    await writer.execute("BEGIN IMMEDIATE")
    other = await one.connect({"timeout": 0.5})
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await other.execute("INSERT INTO item (id) VALUES (1)")
    assert time.monotonic() - start < 0.7
    await writer.execute("ROLLBACK")
    assert await one.stock_async("SELECT * FROM item") == []
    assert other.usable


async def test_a_failed_statement_holds_no_lock(one: SQLiteFile) -> None:
    first, second = await one.connect(), await one.connect({"timeout": 0})
    await first.execute("CREATE TABLE dated (d datetime)")
    await first.execute("INSERT INTO dated VALUES ('2024-13-01 00:00:00'), (NULL)")
    with pytest.raises(ValueError, match="month") as caught:
        await first.execute("SELECT d FROM dated")
    await second.execute("DROP TABLE dated")
    assert caught.value.__traceback__ is not None


async def test_threads_end_with_their_connections(one: SQLiteFile) -> None:
    before = threading.active_count()
    pool = one.pool(max_size=3)
    held = [await pool.acquire() for _ in range(3)]
    assert threading.active_count() == before + 3
    for connection in held:
        await pool.release(connection)
    await pool.close()
    assert threading.active_count() == before


async def test_opening_that_is_cancelled_leaves_no_open_connection(one: SQLiteFile) -> None:
    driver = one.pool().driver
    connect, made, begun = driver._connect, [], asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly() -> sqlite3.Connection:
        made.append(connect())
        loop.call_soon_threadsafe(begun.set)
        cancelled.wait(10)
        return made[0]

    cancelled = threading.Event()
    driver._connect = slowly
    before = threading.active_count()
    task = asyncio.create_task(driver.connect())
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    while threading.active_count() > before:  # noqa: ASYNC110 - a thread's end is not awaited
        await asyncio.sleep(0.001)
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        made[0].execute("SELECT 1")


async def test_a_missing_folder_is_the_drivers_error(one: SQLiteFile) -> None:
    before = threading.active_count()
    pool = one.driver(NAME="/no/such/folder/db.sqlite3").make_pool()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await pool.acquire()
    await asyncio.sleep(0.02)
    assert threading.active_count() == before


def test_a_connection_that_nobody_closed_lets_the_process_end(made_one: SQLiteFile) -> None:
    code = """
import asyncio
from django.conf import settings
settings.configure()
from django.db.utils import ConnectionHandler
from vinyl._runtime._async.drivers import driver_for
entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
async def main():
    global kept
    wrapper = ConnectionHandler({"default": entry}).create_connection("default")
    kept = await driver_for(wrapper).connect()
asyncio.run(main())
"""
    root = str(Path(vinyl.__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, timeout=20, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_pool_dies_with_its_event_loop(made_one: SQLiteFile) -> None:
    async def run() -> Any:
        pool = made_one.driver().make_pool()
        held = await pool.acquire()
        await pool.release(await pool.acquire())
        return pool, held

    pool, held = asyncio.run(run())
    pool.abort()
    assert not held.usable


async def test_the_facts_that_features_ask_for_are_djangos(one: SQLiteFile) -> None:
    wrapper, stock = one.wrapper(), one.wrapper()
    connection = await one.connect()
    await one.driver().fill_server_facts(wrapper, connection)

    assert wrapper.features.supports_json_field is True
    limit = await asyncio.to_thread(lambda: stock.features.max_query_params)
    assert wrapper.features.max_query_params == limit
    assert wrapper.connection is None
    await asyncio.to_thread(stock.close)


async def test_a_stream_that_is_cancelled_as_it_opens_interrupts_nothing_else(
    one: SQLiteFile,
) -> None:
    connection = await one.connect()
    loop = asyncio.get_running_loop()

    def cancelled(action: int, *_: object) -> int:
        """Have the stream cancelled while the journal's mode is asked, with its rows at hand."""
        if action == sqlite3.SQLITE_PRAGMA:
            loop.call_soon_threadsafe(task.cancel)
            time.sleep(0.05)
        return sqlite3.SQLITE_OK

    await connection.raw.set_authorizer(cancelled)
    task = asyncio.create_task(connection.stream(one.many))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await connection.execute("SELECT 1")).rows == [(1,)]
    await connection.raw.set_authorizer(None)
    await one.stock_async("INSERT INTO item (id) VALUES (1)")
