"""One connection: statements, transactions, errors, cancellation."""

from __future__ import annotations

import asyncio
import random
import time

import anyio
import django.db
import pytest

from .support import Database, Server


async def test_rows_are_tuples_with_count_and_description(database: Database) -> None:
    connection = await database.connect()
    result = await connection.execute("SELECT 1 AS a, %s AS b", ["x"])
    assert result.rows == [(1, "x")]
    assert type(result.rows[0]) is tuple
    assert [column[0] for column in result.description] == ["a", "b"]


async def test_a_statement_without_rows_gives_an_empty_list_and_a_count(database: Database) -> None:
    connection = await database.connect()
    result = await connection.execute("INSERT INTO item (id, name) VALUES (%s, %s)", [1, "a"])
    assert (result.rows, result.rowcount, result.description) == ([], 1, None)
    result = await connection.execute("UPDATE item SET name = %s", ["a"])
    assert result.rowcount == 1  # matched, not changed


async def test_percent_signs_are_doubled_only_where_there_are_params(database: Database) -> None:
    connection = await database.connect()
    assert (await connection.execute("SELECT 'a%%b', %s", ["%s"])).rows == [("a%b", "%s")]
    assert (await connection.execute("SELECT 'a%%b'", [])).rows == [("a%b",)]
    assert (await connection.execute("SELECT 'a%b', 'c%%d'")).rows == [("a%b", "c%%d")]


async def test_no_rows_of_a_query_still_have_a_description(database: Database) -> None:
    connection = await database.connect()
    result = await connection.execute("SELECT id FROM item")
    assert result.rows == []
    assert result.description[0][0] == "id"


async def test_the_transaction_status_is_known(database: Database) -> None:
    driver = database.driver()
    connection = await driver.connect()
    database.opened.append(connection)
    assert not connection.in_transaction
    await connection.execute(driver.begin_sql)
    assert connection.in_transaction
    assert not connection.clean
    await connection.execute("INSERT INTO item (id) VALUES (1)")
    await connection.execute("ROLLBACK")
    assert not connection.in_transaction
    assert (await connection.execute("SELECT id FROM item")).rows == []


async def test_each_statement_commits_by_itself(database: Database) -> None:
    connection = await database.connect()
    await connection.execute("INSERT INTO item (id) VALUES (1)")
    assert await database.stock_async("SELECT id FROM item") == [(1,)]


async def test_errors_are_the_drivers_and_have_a_class_of_django(database: Database) -> None:
    driver = database.driver()
    connection = await database.connect()
    await connection.execute("INSERT INTO item (id) VALUES (1)")
    with pytest.raises(driver.errors.IntegrityError) as caught:
        await connection.execute("INSERT INTO item (id) VALUES (1)")
    assert driver.translate(caught.value) is django.db.IntegrityError
    with pytest.raises(driver.errors.Error) as caught:
        await connection.execute("SELECT * FROM nowhere")
    expected = "OperationalError" if database.kind == "sqlite" else "ProgrammingError"
    assert driver.translate(caught.value) is getattr(django.db, expected)
    assert driver.translate(ValueError()) is None
    assert connection.usable
    assert (await connection.execute("SELECT 1")).rows == [(1,)]


async def test_a_cancelled_statement_is_stopped_and_the_connection_in_step(
    database: Database,
) -> None:
    connection = await database.connect()
    task = asyncio.create_task(connection.execute(database.sleep))
    await asyncio.sleep(0.1)
    start = time.monotonic()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await task
    assert time.monotonic() - start < 2
    if isinstance(database, Server):
        assert await database.running() == []
    assert connection.usable
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_timeout_stops_the_statement(database: Database) -> None:
    connection = await database.connect()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await connection.execute(database.sleep)
    if isinstance(database, Server):
        assert await database.running() == []
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_cancel_scope_that_cancels_every_wait_stops_the_statement(
    database: Database,
) -> None:
    connection = await database.connect()
    with anyio.move_on_after(0.1) as scope:
        await connection.execute(database.sleep)
    assert scope.cancelled_caught
    if isinstance(database, Server):
        assert await database.running() == []
    assert connection.usable
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_task_cancelled_again_and_again_ends_cancelled(database: Database) -> None:
    connection = await database.connect()
    task = asyncio.create_task(connection.execute(database.sleep))
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    assert task.cancelled()
    assert connection.usable
    assert (await connection.execute("SELECT 42")).rows == [(42,)]


async def test_a_transaction_outlives_a_cancelled_statement(database: Database) -> None:
    driver = database.driver()
    connection = await driver.connect()
    database.opened.append(connection)
    await connection.execute(driver.begin_sql)
    await connection.execute("INSERT INTO item (id) VALUES (1)")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await connection.execute(database.sleep)
    assert connection.in_transaction
    await connection.execute("ROLLBACK")
    assert await database.stock_async("SELECT id FROM item") == []


async def test_rows_never_come_from_an_earlier_statement(database: Database) -> None:
    """Cancelled at any moment: before, while and after the rows arrive."""
    connection = await database.connect()
    chance = random.Random(7)
    cancelled = 0
    for number in range(60):
        query = database.many if number % 6 == 0 else f"SELECT {number}"
        limit = chance.uniform(0, 0.02) if number % 6 == 0 else chance.uniform(0, 0.0008)
        try:
            async with asyncio.timeout(limit):
                await connection.execute(query)
        except TimeoutError:
            cancelled += 1
        if not connection.usable:
            connection = await database.connect()
        assert (await connection.execute("SELECT %s", [-number])).rows == [(-number,)]
    assert cancelled >= 5


async def test_many_rows_arrive_whole(database: Database) -> None:
    connection = await database.connect()
    result = await connection.execute(database.many)
    assert [row[0] for row in result.rows] == list(range(1, 200_001))


async def test_abort_is_immediate_and_may_be_repeated(database: Database) -> None:
    connection = await database.connect()
    connection.abort()
    connection.abort()
    assert not connection.usable
    assert not connection.in_transaction
    with pytest.raises(database.driver().errors.Error):
        await connection.execute("SELECT 1")


async def test_a_connection_that_the_server_ended_is_not_usable(server: Server) -> None:
    connection = await server.connect()
    await server.kill()
    with pytest.raises(server.driver().errors.OperationalError):
        await connection.execute("SELECT 1")
    assert not connection.usable


async def test_a_connection_ended_in_the_middle_of_a_statement_raises(server: Server) -> None:
    connection = await server.connect()
    task = asyncio.create_task(connection.execute(server.sleep))
    await asyncio.sleep(0.1)
    await server.kill()
    with pytest.raises(server.driver().errors.OperationalError):
        await task
    assert not connection.usable


@pytest.mark.parametrize("change", [{"NAME": "vinyl_no_such"}, {"PORT": "1"}])
async def test_a_failed_connect_raises_the_drivers_error(server: Server, change: dict) -> None:
    driver = server.driver(**change)
    with pytest.raises(driver.errors.OperationalError) as caught:
        await driver.connect()
    assert driver.translate(caught.value) is django.db.OperationalError


async def test_a_cancelled_connect_leaves_no_session(server: Server) -> None:
    cancelled = 0
    for step in range(40):
        with anyio.move_on_after(0.00005 * step) as scope:
            connection = await server.driver().connect()
            connection.abort()
        cancelled += scope.cancelled_caught
    assert cancelled > 3
    assert await server.wait_for_sessions(0) == 0
