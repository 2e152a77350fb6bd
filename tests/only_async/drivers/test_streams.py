"""Streams: rows in chunks, and a connection that is in step whatever happens in between."""

from __future__ import annotations

import asyncio
import random

import anyio
import pytest

from vinyl._runtime._async.drivers.base import Connection, Stream

from .support import Database, Server, on


async def drained(stream: Stream, size: int) -> list[int]:
    """Return how many rows each fetch gives, up to the first that gives fewer than asked for."""
    sizes = []
    while True:
        sizes.append(len(await stream.fetch(size)))
        if sizes[-1] < size:
            return sizes


def wide(database: Database) -> str:
    """Return a statement that gives far more bytes than all buffers on the way hold."""
    first = {"mysql": "SELECT (", "postgresql": "SELECT generate"}[database.kind]
    return database.many.replace(first, f"SELECT REPEAT('x', 500), {first[7:]}")


async def settled(connection: Connection) -> None:
    """Do what the pool does before the next user."""
    if not connection.clean:
        await connection.reset()
    assert connection.clean


@pytest.mark.parametrize("size", [1, 3, 1000, 70_000])
async def test_all_rows_come_once_and_in_order(database: Database, size: int) -> None:
    connection = await database.connect()
    rows = 200_000 if size > 100 else 5_000
    stream = await connection.stream(f"{database.many} LIMIT {rows}".replace("LIMIT 200000 ", ""))
    found: list[int] = []
    while chunk := await stream.fetch(size):
        assert len(chunk) == size or len(found) + len(chunk) == rows
        found += [number for (number,) in chunk]
    await stream.close()
    assert found == list(range(1, rows + 1))
    await settled(connection)
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_values_are_those_of_an_ordinary_statement(database: Database) -> None:
    sql = "SELECT 'a%%b', %s, 1.5, NULL, CAST('2020-01-02' AS date), %s FROM item ORDER BY id"
    connection = await database.connect()
    await connection.execute("INSERT INTO item (id, name) VALUES (1, 'a'), (2, 'b')")
    expected = await connection.execute(sql, ["%s", "ü"])
    stream = await connection.stream(sql, ["%s", "ü"])
    rows = await stream.fetch(10)
    await stream.close()
    assert rows == expected.rows
    assert [list(map(type, row)) for row in rows] == [list(map(type, expected.rows[0]))] * 2
    stream = await connection.stream("SELECT 'a%b', 'c%%d'")
    assert await stream.fetch(10) == [("a%b", "c%%d")]
    await stream.close()


async def test_no_rows(database: Database) -> None:
    connection = await database.connect()
    stream = await connection.stream("SELECT id FROM item")
    assert await stream.fetch(5) == []
    await stream.close()
    await settled(connection)


async def test_a_wrong_statement_raises_the_drivers_error(database: Database) -> None:
    connection = await database.connect()
    with pytest.raises(database.driver().errors.Error):
        await connection.stream("SELECT * FROM nowhere")
    await settled(connection)
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


@pytest.mark.parametrize("made_one", ["postgresql", "sqlite"], indirect=True)
async def test_an_error_in_the_middle_is_raised(one: Database) -> None:
    wrong = {
        "postgresql": "SELECT 1 / (5000 - i) FROM generate_series(1, 9000) AS n(i)",
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
        " SELECT CASE i WHEN 5000 THEN abs(-9223372036854775807 - 1) ELSE i END FROM n",
    }[one.kind]
    connection = await one.connect()
    with pytest.raises(one.driver().errors.Error):
        await drained(await connection.stream(wrong), 100)
    await settled(connection)
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


@pytest.mark.parametrize("fetched", [0, 1, 1000])
async def test_a_stream_closed_early_leaves_the_connection_in_step(
    database: Database, fetched: int
) -> None:
    connection = await database.connect()
    stream = await connection.stream(database.many)
    if fetched:
        assert len(await stream.fetch(fetched)) == fetched
    await stream.close()
    await stream.close()
    assert connection.clean
    if isinstance(database, Server):
        assert await database.running() == []
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_cancelled_stream_is_stopped(database: Database) -> None:
    async def read() -> None:
        await (await connection.stream(database.sleep)).fetch(1)

    connection = await database.connect()
    with anyio.move_on_after(0.1) as scope:
        await read()
    assert scope.cancelled_caught
    if isinstance(database, Server):
        assert await database.running() == []
    await settled(connection)
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_rows_never_come_from_an_earlier_stream(database: Database) -> None:
    """Cancelled at any moment, closed or forgotten after any number of chunks."""
    connection = await database.connect()
    chance = random.Random(11)
    cancelled = 0
    for number in range(30):
        try:
            async with asyncio.timeout(chance.choice([0.0005, 0.002, 0.01, 0.05, 5])):
                stream = await connection.stream(database.many)
                for _ in range(chance.randrange(6)):
                    rows = await stream.fetch(chance.choice([1, 50, 5000]))
                    assert rows == list(zip(range(rows[0][0], rows[-1][0] + 1), strict=True))
                await stream.close()
        except TimeoutError:
            cancelled += 1
        if not connection.usable:
            connection.abort()
            connection = await database.connect()
        await settled(connection)
        assert (await connection.execute("SELECT %s", [-number])).rows == [(-number,)]
    assert 0 < cancelled < 30


async def test_in_a_transaction_other_statements_run_between_the_chunks(database: Database) -> None:
    driver = database.driver()
    connection = await driver.connect()
    database.opened.append(connection)
    await connection.execute(driver.begin_sql)
    first = await connection.stream(database.many)
    second = await connection.stream(database.many)
    for number in range(3):
        await connection.execute("INSERT INTO item (id) VALUES (%s)", [number])
        start = number * 100
        expected = list(zip(range(start + 1, start + 101), strict=True))
        assert await first.fetch(100) == expected
        assert await second.fetch(100) == expected
    await first.close()
    assert await second.fetch(1) == [(301,)]
    assert connection.in_transaction
    await second.close()
    await connection.execute("COMMIT")
    assert connection.clean
    assert len(await database.stock_async("SELECT id FROM item")) == 3


async def test_a_stream_that_outlives_its_transaction_does_no_harm(database: Database) -> None:
    driver = database.driver()
    connection = await driver.connect()
    database.opened.append(connection)
    await connection.execute(driver.begin_sql)
    stream = await connection.stream("SELECT 1 UNION SELECT 2")
    await stream.fetch(1)
    await connection.execute("ROLLBACK")
    await settled(connection)
    await stream.close()
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_connection_that_the_server_ends_raises(server: Server) -> None:
    connection = await server.connect()
    stream = await connection.stream(wide(server))
    await stream.fetch(10)
    await server.kill()
    with pytest.raises(server.driver().errors.OperationalError):
        await drained(stream, 1000)
    assert not connection.usable
    await stream.close()


@on("postgresql")
async def test_postgresql_reads_from_a_cursor_in_a_transaction(one: Database) -> None:
    connection = await one.connect()
    stream = await connection.stream("SELECT generate_series(1, %s)", [5])
    assert connection.in_transaction
    cursors = await connection.execute("SELECT is_holdable, is_scrollable FROM pg_cursors")
    assert cursors.rows == [(False, False)]
    await stream.close()
    assert not connection.in_transaction


@on("postgresql")
async def test_parameters_may_be_bound_in_the_server(one: Database) -> None:
    connection = await one.connect({"server_side_binding": True})
    stream = await connection.stream("SELECT generate_series(1, %s::int)", [5])
    assert await drained(stream, 2) == [2, 2, 1]
    await stream.close()
    assert connection.clean


@on("mysql")
async def test_mysql_waits_for_a_slow_reader(one: Database) -> None:
    show = "SHOW VARIABLES LIKE 'net_write_timeout'"
    connection = await one.connect()
    default = (await connection.execute(show)).rows
    for _ in range(2):
        stream = await connection.stream(show)
        assert await stream.fetch(2) == [("net_write_timeout", "3600")]
        assert connection.clean
        await connection.execute("SET @a = 1")
        await connection.reset()
        assert (await connection.execute(show)).rows == default


@on("mysql")
async def test_a_statement_that_somebody_kills_raises(one: Database) -> None:
    connection = await one.connect()
    stream = await connection.stream(wide(one))
    assert len(await stream.fetch(1)) == 1
    await one.stock_async(f"KILL QUERY {connection.thread_id}")
    with pytest.raises(one.driver().errors.OperationalError, match="interrupted"):
        await drained(stream, 1000)
    assert connection.clean
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


@on("mysql")
async def test_mysql_refuses_a_statement_before_the_last_row_was_read(one: Database) -> None:
    connection = await one.connect()
    stream = await connection.stream(one.many)
    await stream.fetch(1)
    assert not connection.usable
    with pytest.raises(one.driver().errors.InterfaceError, match="in use"):
        await connection.execute("SELECT 1")
    await stream.close()
    assert connection.usable


@on("mysql")
async def test_a_statement_without_rows_ends_at_once(one: Database) -> None:
    connection = await one.connect()
    stream = await connection.stream("DO 0")
    assert await stream.fetch(1) == []
    assert connection.clean


@on("sqlite")
async def test_sqlite_keeps_no_lock_while_rows_are_read(one: Database) -> None:
    connection = await one.connect()
    stream = await connection.stream(one.many)
    assert not stream.needs_connection
    assert connection.clean
    await stream.fetch(1)
    await one.stock_async("INSERT INTO item (id) VALUES (1)")
    assert sum(await drained(stream, 3000)) == 199_999
    await stream.close()


@on("sqlite")
async def test_sqlite_in_wal_mode_reads_as_the_rows_are_wanted(one: Database) -> None:
    await one.stock_async("PRAGMA journal_mode = wal")
    connection = await one.connect()
    try:
        stream = await connection.stream(one.sleep.replace("max(i)", "i"))
        assert stream.needs_connection
        assert await stream.fetch(2) == [(1,), (2,)]
        await one.stock_async("INSERT INTO item (id) VALUES (1)")
        assert not connection.clean
        await stream.close()
        assert connection.clean
    finally:
        await connection.execute("PRAGMA journal_mode = delete")


@on("sqlite")
async def test_after_a_cancelled_statement_the_transaction_can_be_rolled_back(
    one: Database,
) -> None:
    connection = await one.connect()
    await connection.execute("BEGIN")
    stream = await connection.stream(one.many)
    await stream.fetch(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await connection.execute(one.sleep)
    with pytest.raises(one.driver().errors.OperationalError, match="was cancelled"):
        await stream.fetch(1)
    await connection.execute("ROLLBACK")
    assert connection.clean


@on("sqlite")
async def test_a_connection_aborted_under_a_stream_ends(one: Database) -> None:
    connection = await one.connect()
    await connection.execute("BEGIN")
    stream = await connection.stream(one.many)
    await stream.fetch(1)
    connection.abort()
    with pytest.raises(one.driver().errors.InterfaceError, match="closed"):
        await stream.fetch(1)
    await stream.close()
