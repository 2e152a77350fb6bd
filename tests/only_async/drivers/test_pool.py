"""The pool of each database: order, limits, cancellation, broken connections."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import random
import time
import types
from typing import Any

import anyio
import pytest
from django.core.exceptions import ImproperlyConfigured

from vinyl.exceptions import PoolClosed, PoolTimeout

from .support import Database, Server, on


async def use(pool: Any, sql: str = "SELECT 1") -> Any:
    connection = await pool.acquire()
    try:
        return (await connection.execute(sql)).rows
    finally:
        await pool.release(connection)


async def acquired(pool: Any) -> Any:
    """Take a connection, however short the pool's limit is and however long connecting takes."""
    while True:
        with contextlib.suppress(PoolTimeout):
            return await pool.acquire()


async def test_an_idle_connection_is_used_again(database: Database) -> None:
    pool = database.pool(max_size=3)
    first = await pool.acquire()
    await pool.release(first)
    assert await pool.acquire() is first
    assert pool.stats == (1, 0, 0, 3)
    await pool.release(first)
    assert pool.stats == (1, 1, 0, 3)


async def test_waiters_are_served_in_order(database: Database) -> None:
    pool = database.pool(max_size=1)
    held = await pool.acquire()
    served: list[int] = []

    async def wait(number: int) -> None:
        connection = await pool.acquire()
        served.append(number)
        await pool.release(connection)

    tasks = []
    for number in range(5):
        tasks.append(asyncio.create_task(wait(number)))
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert pool.stats.waiting == 5
    await pool.release(held)
    await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3, 4]


async def test_waiting_ends_with_an_error_that_says_what_to_change(database: Database) -> None:
    pool = database.pool(max_size=1, timeout=0.05)
    held = await acquired(pool)
    with pytest.raises(PoolTimeout, match=r"'default'.*0\.05 s; 1 of max_size=1.*raise max_size"):
        await pool.acquire()
    await pool.release(held)
    assert await use(pool) == [(1,)]
    assert pool.stats.waiting == 0


async def test_the_line_may_be_limited(database: Database) -> None:
    pool = database.pool(max_size=1, max_waiting=1)
    held = await pool.acquire()
    waiter = asyncio.create_task(use(pool))
    await asyncio.sleep(0.01)
    with pytest.raises(PoolTimeout, match="Already 1 callers wait"):
        await pool.acquire()
    await pool.release(held)
    assert await waiter == [(1,)]


async def test_an_open_transaction_is_rolled_back_on_release(database: Database) -> None:
    pool = database.pool(max_size=1)
    connection = await pool.acquire()
    await connection.execute(pool.driver.begin_sql)
    await connection.execute("INSERT INTO item (id) VALUES (1)")
    await pool.release(connection)
    assert pool.stats.idle == 1
    assert await use(pool, "SELECT id FROM item") == []


async def test_a_failed_transaction_is_rolled_back_on_release(server: Server) -> None:
    pool = server.pool(max_size=1)
    connection = await pool.acquire()
    await connection.execute(pool.driver.begin_sql)
    with pytest.raises(pool.driver.errors.Error):
        await connection.execute("SELECT nothing")
    await pool.release(connection)
    assert await use(pool) == [(1,)]


async def test_a_broken_connection_makes_room_for_a_new_one(database: Database) -> None:
    pool = database.pool(max_size=1)
    connection = await pool.acquire()
    waiter = asyncio.create_task(use(pool))
    await asyncio.sleep(0.01)
    connection.abort()
    await pool.release(connection)
    assert await asyncio.wait_for(waiter, 2) == [(1,)]


async def test_a_cancelled_waiter_leaves_the_line(database: Database) -> None:
    pool = database.pool(max_size=1)
    held = await pool.acquire()
    waiters = [asyncio.create_task(use(pool)) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiters[0].cancel()
    waiters[1].cancel()
    await pool.release(held)
    assert await asyncio.wait_for(waiters[2], 2) == [(1,)]
    assert pool.stats[:3] == (1, 1, 0)


async def test_a_waiter_cancelled_as_it_is_served_gives_the_connection_on(
    database: Database,
) -> None:
    for steps in range(8):
        pool = database.pool(max_size=1)
        held = await pool.acquire()
        first, second = (asyncio.create_task(use(pool)) for _ in range(2))
        await asyncio.sleep(0.005)
        release = asyncio.create_task(pool.release(held))
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        await release
        assert await asyncio.wait_for(second, 2) == [(1,)]
        await asyncio.wait({first})
        assert await use(pool) == [(1,)]


async def test_a_cancelled_acquire_does_not_waste_the_connection_it_asked_for(
    database: Database,
) -> None:
    pool = database.pool(max_size=2)
    for _ in range(50):
        with anyio.move_on_after(0.0002):
            await pool.release(await pool.acquire())
    await asyncio.sleep(0.1)
    assert 1 <= pool.stats.idle == pool.stats.size <= 2


async def test_a_cancelled_release_completes(database: Database) -> None:
    pool = database.pool(max_size=1)
    for steps in range(1, 7):
        connection = await pool.acquire()
        await connection.execute(pool.driver.begin_sql)
        await connection.execute("INSERT INTO item (id) VALUES (1)")
        task = asyncio.create_task(pool.release(connection))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert await asyncio.wait_for(use(pool, "SELECT id FROM item"), 2) == []
    with anyio.move_on_after(0.01):
        connection = await pool.acquire()
        try:
            await connection.execute(pool.driver.begin_sql)
            await asyncio.sleep(1)
        finally:
            await pool.release(connection)
    assert await asyncio.wait_for(use(pool), 2) == [(1,)]


@types.coroutine
def cancelled_at(step: int, work: Any) -> Any:
    """Drive a coroutine; cancel it at its n-th wait. Return whether it came that far."""
    steps = work.__await__()
    try:
        for _ in range(step):
            yield next(steps)
        waiting_for = next(steps)
    except StopIteration:
        return False
    if waiting_for is not None:
        waiting_for._asyncio_future_blocking = False
        waiting_for.cancel()
    try:
        waiting_for = steps.throw(asyncio.CancelledError())
        while True:
            yield waiting_for
            waiting_for = next(steps)
    except (StopIteration, asyncio.CancelledError):
        return True


async def test_a_cancellation_at_any_wait_loses_nothing(database: Database) -> None:
    pool = database.pool(max_size=1)
    driver = pool.driver

    async def work(number: int) -> None:
        connection = await pool.acquire()
        try:
            await connection.execute(driver.begin_sql)
            await connection.execute("INSERT INTO item (id) VALUES (%s)", [2 * number])
            await connection.execute("INSERT INTO item (id) VALUES (%s)", [2 * number + 1])
            await connection.execute("COMMIT")
        finally:
            await pool.release(connection)

    step = 0
    while await cancelled_at(step, work(step)):
        connection = await asyncio.wait_for(pool.acquire(), 5)
        assert not connection.in_transaction
        rows = (await connection.execute("SELECT id FROM item")).rows
        await pool.release(connection)
        ids = {row[0] for row in rows}
        assert all(number ^ 1 in ids for number in ids), f"half a transaction at wait {step}"
        step += 1
    assert step >= 4
    assert pool.stats == (1, 1, 0, 1)


async def storm(pool: Any, begin: str, sleep: str) -> tuple[int, int]:
    """Run transactions, most of them cancelled at a random moment."""
    chance = random.Random(11)
    outcome = {"done": 0, "cancelled": 0}

    async def work(number: int) -> None:
        connection = await pool.acquire()
        try:
            await connection.execute(begin)
            await connection.execute("INSERT INTO item (id) VALUES (%s)", [2 * number])
            await connection.execute(sleep)
            await connection.execute("INSERT INTO item (id) VALUES (%s)", [2 * number + 1])
            await connection.execute("COMMIT")
        finally:
            await pool.release(connection)

    for turn in range(12):
        tasks = [asyncio.create_task(work(20 * turn + number)) for number in range(20)]
        for task in tasks:
            if chance.random() < 0.8:
                asyncio.get_running_loop().call_later(chance.uniform(0, 0.06), task.cancel)
        await asyncio.wait(tasks)
        for task in tasks:
            if task.cancelled():
                outcome["cancelled"] += 1
            else:
                task.result()
                outcome["done"] += 1
    return outcome["done"], outcome["cancelled"]


async def test_a_storm_of_cancellations_loses_nothing(server: Server) -> None:
    pool = server.pool(max_size=5)
    sleep = "SELECT pg_sleep(0.004)" if server.kind == "postgresql" else "SELECT SLEEP(0.004)"
    async with server.watched() as most_sessions:
        done, cancelled = await storm(pool, pool.driver.begin_sql, sleep)
    assert done > 20
    assert cancelled > 20
    # MySQL stops a statement over a connection of its own, of which there is one at most.
    assert most_sessions() <= 5 + (server.kind == "mysql")
    held = await asyncio.wait_for(asyncio.gather(*(pool.acquire() for _ in range(5))), 5)
    rows = await asyncio.gather(*(c.execute(f"SELECT {n}") for n, c in enumerate(held)))
    assert [result.rows for result in rows] == [[(n,)] for n in range(5)]
    assert not any(connection.in_transaction for connection in held)
    for connection in held:
        await pool.release(connection)
    assert await server.running() == []
    ids = {row[0] for row in await server.stock_async("SELECT id FROM item")}
    assert all(number ^ 1 in ids for number in ids), "half of a transaction was committed"


@on("sqlite")
async def test_a_storm_on_sqlite_loses_nothing(one: Database) -> None:
    pool = one.pool(max_size=4)
    done, cancelled = await storm(pool, "BEGIN IMMEDIATE", "SELECT 1")
    assert done > 20
    assert cancelled > 20
    held = await asyncio.wait_for(asyncio.gather(*(pool.acquire() for _ in range(4))), 5)
    assert not any(connection.in_transaction for connection in held)
    for connection in held:
        await pool.release(connection)
    ids = {row[0] for row in await one.stock_async("SELECT id FROM item")}
    assert all(number ^ 1 in ids for number in ids), "half of a transaction was committed"


async def test_connections_ended_by_the_server_are_replaced(server: Server) -> None:
    pool = server.pool(max_size=3)
    held = [await pool.acquire() for _ in range(3)]
    for connection in held:
        await pool.release(connection)
    assert pool.stats.idle == 3
    await server.kill()
    for connection in held:
        connection.idle_since -= 31
    start = time.monotonic()
    assert await asyncio.gather(*(use(pool) for _ in range(3))) == [[(1,)]] * 3
    assert time.monotonic() - start < 1


async def test_a_fresh_connection_is_not_asked_whether_it_lives(server: Server) -> None:
    pool = server.pool(max_size=1)
    connection = await pool.acquire()
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1

    pool.options = _with(pool.options, check_after=0.03)
    type(connection).check, original = lambda _: check(), type(connection).check
    try:
        await pool.release(connection)
        await use(pool)
        assert asked == 0
        await asyncio.sleep(0.04)
        await use(pool)
        assert asked == 1
    finally:
        type(connection).check = original


def _with(options: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(options, **changes)


WRONG = [{"NAME": "vinyl_no_such"}, {"PORT": "1"}, {"USER": "vinyl_nobody", "PASSWORD": "s3cret"}]


@pytest.mark.parametrize("change", WRONG)
async def test_a_failed_connect_surfaces_at_once(server: Server, change: dict[str, Any]) -> None:
    driver = server.driver({"pool": {"max_size": 2}}, **change)
    pool = driver.make_pool()
    server.opened.append(pool)
    for _ in range(2):
        start = time.monotonic()
        results = await asyncio.gather(*(pool.acquire() for _ in range(5)), return_exceptions=True)
        assert time.monotonic() - start < 2
        assert all(isinstance(result, driver.errors.OperationalError) for result in results)
        assert "s3cret" not in str(results)
    assert pool.stats.size == 0
    assert pool.stats.waiting == 0


async def test_a_database_that_comes_back_is_used_again(server: Server) -> None:
    driver = server.driver({"pool": {"max_size": 2}}, NAME="vinyl_no_such")
    pool = driver.make_pool()
    server.opened.append(pool)
    with pytest.raises(driver.errors.OperationalError):
        await pool.acquire()
    if server.kind == "postgresql":
        driver._params["dbname"] = server.name
    else:
        driver.settings.connect["db"] = server.name
    assert await use(pool) == [(1,)]


async def test_waiters_are_refused_when_the_pool_is_closed(database: Database) -> None:
    pool = database.pool(max_size=1)
    held = await pool.acquire()
    waiter = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.01)
    await pool.close()
    with pytest.raises(PoolClosed, match="was closed"):
        await waiter
    with pytest.raises(PoolClosed):
        await pool.acquire()
    assert held.usable
    await pool.release(held)
    assert not held.usable


async def test_an_aborted_pool_closes_all_at_once(server: Server) -> None:
    pool = server.pool(max_size=3)
    held = [await pool.acquire() for _ in range(3)]
    await pool.release(held[0])
    pool.abort()
    assert not any(connection.usable for connection in held)
    assert await server.wait_for_sessions(0) == 0
    for connection in held[1:]:
        await pool.release(connection)
    with pytest.raises(PoolClosed):
        await pool.acquire()


async def test_unneeded_connections_are_closed(server: Server) -> None:
    pool = server.pool(max_size=4, max_idle=0.05, min_size=1)
    held = await asyncio.gather(*(pool.acquire() for _ in range(4)))
    for connection in held:
        await pool.release(connection)
    assert await server.wait_for_sessions(1) == 1
    assert pool.stats.size == 1


async def test_old_connections_are_replaced(server: Server) -> None:
    pool = server.pool(max_size=1, max_lifetime=0.05)
    first = await pool.acquire()
    await asyncio.sleep(0.06)
    await pool.release(first)
    second = await pool.acquire()
    assert second is not first
    assert not first.usable
    await pool.release(second)


async def test_min_size_connections_are_opened_at_once(server: Server) -> None:
    pool = server.pool(max_size=4, min_size=3)
    await pool.release(await pool.acquire())
    # psycopg_pool grows for the first who asks, before those are there.
    expected = 3 + (server.kind == "postgresql")
    assert await server.wait_for_sessions(expected) == expected


@pytest.mark.parametrize("reason", ["old", "broken", "broken while idle"])
async def test_min_size_connections_are_kept_open(database: Database, reason: str) -> None:
    pool = database.pool(max_size=3, min_size=2, max_lifetime=0.05 if reason == "old" else 60)
    held = [await pool.acquire() for _ in range(3)]
    if reason == "old":
        await asyncio.sleep(0.06)
    elif reason == "broken":
        for connection in held:
            connection.abort()
    for connection in held:
        await pool.release(connection)
    if reason == "broken while idle":
        for connection in held:
            connection.abort()
        await use(pool)
    async with asyncio.timeout(20):
        while pool.stats.idle < 2:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.005)
    assert 2 <= pool.stats.size <= 3
    assert await use(pool) == [(1,)]


def test_no_connection_is_opened_for_min_size_while_the_loop_ends(
    any_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that ends waits for no new task, and asyncio would tell of it."""
    caplog.set_level(logging.ERROR)

    async def run() -> Any:
        pool = any_database.pool(max_size=2, min_size=2)
        any_database.opened.clear()

        async def hold() -> None:
            connection = await pool.acquire()
            holding.set()
            try:
                await asyncio.sleep(100)
            finally:
                connection.abort()
                await pool.release(connection)

        holding = asyncio.Event()
        task = asyncio.create_task(hold())
        await holding.wait()
        return pool, task

    pool, task = asyncio.run(run())
    assert task.cancelled()
    pool.abort()
    del pool, task
    gc.collect()
    assert caplog.records == []


async def test_even_the_shortest_lifetime_is_one_use_long(database: Database) -> None:
    pool = database.pool(max_size=2, min_size=1, max_lifetime=1e-9)
    opened = 0
    connect = pool.driver.connect

    async def counted() -> Any:
        nonlocal opened
        opened += 1
        return await connect()

    pool.driver.connect = counted  # type: ignore[method-assign]
    for _ in range(3):
        assert await asyncio.wait_for(use(pool), 20) == [(1,)]
    assert opened <= 8


async def test_no_connection_is_opened_for_min_size_once_the_pool_is_closed(
    server: Server,
) -> None:
    pool = server.pool(max_size=2, min_size=2)
    held = await pool.acquire()
    await pool.close()
    await pool.release(held)
    assert await server.wait_for_sessions(0) == 0
    assert pool.stats.size == 0


async def test_no_more_connections_than_the_server_has_waiting_for(server: Server) -> None:
    pool = server.pool(max_size=3)
    await asyncio.gather(*(use(pool) for _ in range(30)))
    assert pool.stats.size <= 3
    assert len(await asyncio.to_thread(server.sessions)) <= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"configure": print}, "'configure', which vinyl's pools do not know"),
        ({"min_size": 3, "max_size": 2}, "min_size=3 and max_size=2"),
        ({"max_size": 0}, r"\['pool'\]\['max_size'\] is 0; write a whole number, max_size >= 1"),
        ({"max_size": 2.5}, r"\['max_size'\] is 2.5; write a whole number, max_size >= 1"),
        ({"max_size": "10"}, r"\['max_size'\] is '10'; write a whole number, max_size >= 1"),
        ({"max_size": True}, r"\['max_size'\] is True; write a whole number, max_size >= 1"),
        ({"max_size": None, "min_size": 0}, "min_size=0 and max_size=None"),
        ({"min_size": -1}, r"\['min_size'\] is -1; write a whole number, min_size >= 0"),
        ({"min_size": None}, r"\['min_size'\] is None; write a whole number, min_size >= 0"),
        ({"max_waiting": -1}, r"\['max_waiting'\] is -1; write a whole number, max_waiting >= 0"),
        ({"max_waiting": 0.5}, r"\['max_waiting'\] is 0.5; write a whole number, max_waiting >="),
        ({"timeout": -1}, r"\['timeout'\] is -1; write a number of seconds, timeout > 0"),
        ({"timeout": 0}, r"\['timeout'\] is 0; write a number of seconds, timeout > 0"),
        ({"timeout": "1"}, r"\['timeout'\] is '1'; write a number of seconds, timeout > 0"),
        ({"max_idle": -5}, r"\['max_idle'\] is -5; write a number of seconds, max_idle > 0"),
        ({"max_idle": float("nan")}, r"\['max_idle'\] is nan; write a number of seconds"),
        ({"max_lifetime": 0}, r"\['max_lifetime'\] is 0; write a number of seconds, max_lifet"),
        ("yes", r"\['OPTIONS'\]\['pool'\] is 'yes'; write True or a dict of options"),
        (5, r"\['pool'\] is 5; write True or a dict of options"),
        (["max_size"], r"\['pool'\] is \['max_size'\]; write True or a dict of options"),
        ("", r"\['pool'\] is ''; write True or a dict of options"),
    ],
    ids=str,
)
def test_options_that_cannot_be_honoured_are_refused(
    any_database: Database, options: Any, message: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        any_database.driver({"pool": options}).make_pool()


async def test_there_may_be_no_limit_of_time(database: Database) -> None:
    never = float("inf")
    pool = database.pool(timeout=never, max_idle=never, max_lifetime=never, max_size=1)
    held = await pool.acquire()
    waiting = asyncio.create_task(use(pool))
    await asyncio.sleep(0.01)
    await pool.release(held)
    assert await waiting == [(1,)]
    assert pool.stats[:3] == (1, 1, 0)


def test_without_options_there_are_defaults(any_database: Database) -> None:
    size = 4 if any_database.kind == "sqlite" else 10
    told: list[dict[str, Any]] = [{"pool": value} for value in (True, False, None, {})]
    for options in ({}, *told, {"pool": {"num_workers": 1}}):
        assert any_database.driver(options).make_pool().stats == (0, 0, 0, size)


async def test_a_connection_returned_twice_is_one_connection(database: Database) -> None:
    pool = database.pool(max_size=2)
    connection = await pool.acquire()
    await pool.release(connection)
    await pool.release(connection)
    assert pool.stats == (1, 1, 0, 2)


def test_a_pool_dies_with_its_event_loop(
    any_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Aborted after the loop was closed, it closes its connections and says nothing."""
    caplog.set_level(logging.ERROR)

    async def run() -> Any:
        pool = any_server.pool(max_size=2)
        any_server.opened.clear()
        held = await pool.acquire()
        await pool.release(await pool.acquire())
        return pool, held

    pool, held = asyncio.run(run())
    pool.abort()
    assert not held.usable
    asyncio.run(_gone(any_server))
    assert caplog.records == []


async def _gone(server: Server) -> None:
    assert await server.wait_for_sessions(0) == 0
