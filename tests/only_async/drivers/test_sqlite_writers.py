"""Those who write to one SQLite file in one process take turns; those who read do not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

import vinyl
from vinyl.sqlite_backend.turns import Turns, turns_of, writes

from .support import on

pytestmark = on("sqlite")

MODES = [None, "DEFERRED", "IMMEDIATE", "EXCLUSIVE"]
WAL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"


@pytest.fixture
def use(made_one: Any, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Make an alias for a file of the test."""
    made: list[str] = []

    def make(**options: Any) -> str:
        alias = f"file{len(made)}"
        name = options.pop("name", tmp_path / "writers.sqlite3")
        entry = {"ENGINE": "vinyl.sqlite_backend", "NAME": name, "OPTIONS": options}
        connections.settings[alias] = connections.configure_settings({"default": entry})["default"]
        made.append(alias)
        if len(made) == 1:
            with connections[alias].cursor() as cursor:
                cursor.execute("CREATE TABLE counter (id integer PRIMARY KEY, value integer)")
                cursor.execute("INSERT INTO counter VALUES (1, 0)")
            # Of this thread, which may be another one than the test's.
            connections[alias].close()
        return alias

    yield make
    for alias in made:
        connections[alias].close()
        del connections[alias], connections.settings[alias]


def value(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT value FROM counter")
        return int(cursor.fetchone()[0])


async def increment(alias: str, *, reads: bool) -> None:
    on = vinyl.connections[alias]
    async with vinyl.atomic(alias):
        if reads:
            before = (await on.execute("SELECT value FROM counter")).rows[0][0]
            await on.execute("UPDATE counter SET value = %s", [before + 1])
        else:
            await on.execute("UPDATE counter SET value = value + 1")


def increment_in_sync(alias: str) -> None:
    with transaction.atomic(alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT value FROM counter")
        cursor.execute("UPDATE counter SET value = %s", [cursor.fetchone()[0] + 1])


async def many(alias: str, tasks: int, times: int, *, reads: bool) -> None:
    async def work() -> None:
        for _ in range(times):
            await increment(alias, reads=reads)

    try:
        await asyncio.gather(*(work() for _ in range(tasks)))
        stats = vinyl.connections[alias].pool_stats
        assert (stats.size, stats.waiting) == (stats.idle, 0)
    finally:
        await vinyl.connections.close()


@pytest.mark.parametrize("init", ["PRAGMA synchronous=OFF", WAL])
@pytest.mark.parametrize("mode", MODES)
def test_fifty_tasks_lose_no_increment(use: Any, mode: str | None, init: str) -> None:
    alias = use(transaction_mode=mode, init_command=init, timeout=0)
    # DEFERRED says that what begins with reading does not write.
    asyncio.run(many(alias, 50, 20, reads=mode != "DEFERRED"))
    assert value(alias) == 1000


@pytest.mark.parametrize("init", ["PRAGMA synchronous=OFF", WAL])
def test_fifty_threads_lose_no_increment(use: Any, init: str) -> None:
    alias = use(init_command=init)

    def work() -> None:
        try:
            for _ in range(20):
                increment_in_sync(alias)
        finally:
            connections[alias].close()

    with ThreadPoolExecutor(50) as threads:
        for done in [threads.submit(work) for _ in range(50)]:
            done.result()
    assert value(alias) == 1000


def test_loops_and_threads_take_turns_together(use: Any) -> None:
    alias = use(init_command=WAL)

    def in_sync() -> None:
        try:
            for _ in range(50):
                increment_in_sync(alias)
        finally:
            connections[alias].close()

    works = [in_sync] * 3 + [lambda: asyncio.run(many(alias, 5, 10, reads=True))] * 3
    with ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(work) for work in works]:
            done.result()
    assert value(alias) == 300


def test_writers_are_cancelled_without_loss(use: Any) -> None:
    alias = use(init_command=WAL)
    done = 0

    async def work(number: int) -> None:
        nonlocal done
        async with asyncio.timeout(0.001 * (number % 40)):
            await increment(alias, reads=True)
        done += 1

    async def run() -> None:
        results = await asyncio.gather(*map(work, range(200)), return_exceptions=True)
        assert {type(result) for result in results} <= {type(None), TimeoutError}
        await increment(alias, reads=True)
        assert turns_of(connections.settings[alias]["NAME"]).waiting == 0
        await vinyl.connections.close()

    asyncio.run(run())
    # A COMMIT that was cancelled may have come through.
    assert done + 1 <= value(alias) < 201


async def test_readers_do_not_wait_for_a_writer(use: Any) -> None:
    alias = await asyncio.to_thread(lambda: use(init_command=WAL))
    on = vinyl.connections[alias]
    async with vinyl.atomic(alias):
        await on.execute("UPDATE counter SET value = 7")
        waiting = [asyncio.create_task(increment_outside(alias)) for _ in range(6)]
        reading = asyncio.create_task(read_outside(alias))
        assert await asyncio.wait_for(reading, 5) == 0
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    assert await read_outside(alias) == 13
    await vinyl.connections.close()


async def test_deferred_blocks_read_side_by_side_and_each_sees_one_state(use: Any) -> None:
    """A second alias of the same file, for blocks that only read."""
    alias = await asyncio.to_thread(lambda: use(init_command=WAL))
    snapshots = use(init_command=WAL, transaction_mode="DEFERRED")
    begun = asyncio.Barrier(3)

    async def look() -> list[int]:
        seen = []
        async with vinyl.atomic(snapshots):
            for _ in range(2):
                result = await vinyl.connections[snapshots].execute("SELECT value FROM counter")
                seen.append(result.rows[0][0])
                await begun.wait()
        return seen

    looking = [asyncio.create_task(look()) for _ in range(2)]
    async with asyncio.timeout(10):
        async with vinyl.atomic(alias):
            await vinyl.connections[alias].execute("UPDATE counter SET value = 7")
            await begun.wait()
        await begun.wait()
        assert await asyncio.gather(*looking) == [[0, 0], [0, 0]]
    assert await read_outside(snapshots) == 7
    await vinyl.connections.close()


async def test_a_deferred_block_that_read_before_others_wrote_may_not_write(use: Any) -> None:
    """Why blocks take their turn at their beginning unless they are said to be DEFERRED."""
    alias = await asyncio.to_thread(lambda: use(init_command=WAL, transaction_mode="DEFERRED"))

    async def work() -> None:
        async with vinyl.atomic(alias):
            await vinyl.connections[alias].execute("SELECT value FROM counter")
            await increment_outside(alias)
            await vinyl.connections[alias].execute("UPDATE counter SET value = 7")

    with pytest.raises(OperationalError, match="database is locked"):
        await work()
    assert await read_outside(alias) == 1
    await vinyl.connections.close()


async def until_waiting(alias: str) -> None:
    """Wait until somebody waits for a connection."""
    async with asyncio.timeout(10):
        while not vinyl.connections[alias].pool_stats.waiting:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


LITTLE = {"max_size": 1, "timeout": 2}


async def test_who_waits_for_a_connection_keeps_nobody_from_writing(use: Any) -> None:
    alias = await asyncio.to_thread(
        lambda: use(init_command=WAL, transaction_mode="DEFERRED", timeout=2, pool=LITTLE)
    )
    on = vinyl.connections[alias]
    async with vinyl.atomic(alias):
        await on.execute("SELECT value FROM counter")
        waiting = [asyncio.create_task(increment_outside(alias)) for _ in range(3)]
        await until_waiting(alias)
        await on.execute("UPDATE counter SET value = 7")
    await asyncio.gather(*waiting)
    assert await read_outside(alias) == 10
    await vinyl.connections.close()


async def test_who_waits_for_a_pinned_connection_keeps_nobody_from_writing(use: Any) -> None:
    alias = await asyncio.to_thread(lambda: use(init_command=WAL, timeout=2, pool=LITTLE))
    on = vinyl.connections[alias]
    async with on.pinned():
        waiting = asyncio.create_task(increment_outside(alias))
        await until_waiting(alias)
        await on.execute("UPDATE counter SET value = 7")
    await waiting
    assert await read_outside(alias) == 8
    await vinyl.connections.close()


async def test_tasks_of_one_pinned_block_write_one_after_the_other(use: Any) -> None:
    alias = await asyncio.to_thread(
        lambda: use(init_command=WAL, transaction_mode="DEFERRED", timeout=2, pool=LITTLE)
    )
    on = vinyl.connections[alias]
    has_read = asyncio.Event()

    async def block() -> None:
        async with vinyl.atomic(alias):
            await on.execute("SELECT value FROM counter")
            has_read.set()
            await asyncio.sleep(0)
            await on.execute("UPDATE counter SET value = value + 1")

    async def statement() -> None:
        await has_read.wait()
        await on.execute("UPDATE counter SET value = value + 1")

    async with on.pinned():
        await asyncio.gather(block(), statement())
    assert await read_outside(alias) == 2
    await vinyl.connections.close()


async def test_writers_that_wait_leave_a_full_pool_to_those_who_read(use: Any) -> None:
    pool = {"max_size": 3}
    alias = await asyncio.to_thread(lambda: use(init_command=WAL, pool=pool))
    on = vinyl.connections[alias]
    other = use(init_command=WAL)
    async with on.pinned(), vinyl.atomic(other):
        # Two connections are left, and nobody may write.
        await vinyl.connections[other].execute("UPDATE counter SET value = 7")
        waiting = [asyncio.create_task(increment_outside(alias)) for _ in range(6)]
        for _ in range(20):
            async with asyncio.timeout(10):
                assert await read_outside(alias) == 0
    await asyncio.gather(*waiting)
    assert await read_outside(alias) == 13
    await vinyl.connections.close()


async def increment_outside(alias: str) -> None:
    await _outside(lambda: vinyl.connections[alias].execute("UPDATE counter SET value = value + 1"))


async def read_outside(alias: str) -> Any:
    result = await _outside(lambda: vinyl.connections[alias].execute("SELECT value FROM counter"))
    return result.rows[0][0]


async def _outside(work: Callable[[], Any]) -> Any:
    """Do work in a context of its own, which has no part in the caller's transaction."""
    from contextvars import Context

    async def run() -> Any:
        return await work()

    return await asyncio.get_running_loop().create_task(run(), context=Context())


def test_who_waits_too_long_is_told(use: Any) -> None:
    alias = use(pool={"timeout": 0.05})

    async def run() -> None:
        async with vinyl.atomic(alias):
            await vinyl.connections[alias].execute("SELECT 1")
            start = time.monotonic()
            with pytest.raises(OperationalError, match=r"database is locked: another .* 0\.05 s"):
                await increment_outside(alias)
            assert time.monotonic() - start < 5
        await increment_outside(alias)
        await vinyl.connections.close()

    connections.settings[alias]["OPTIONS"]["timeout"] = 0.05
    asyncio.run(run())
    assert value(alias) == 1


def test_a_loop_that_ends_in_a_transaction_leaves_its_turn(use: Any) -> None:
    alias = use()

    async def run() -> None:
        async with vinyl.atomic(alias):
            await vinyl.connections[alias].execute("UPDATE counter SET value = 5")
            await asyncio.sleep(60)

    async def begin() -> None:
        task = asyncio.create_task(run())
        await asyncio.wait({task}, timeout=0.1)

    asyncio.run(begin())
    increment_in_sync(alias)
    assert value(alias) == 1


def test_a_turn_that_is_forgotten_comes_back(made_one: Any) -> None:
    turns = Turns("test")
    turn = turns.take(0)
    del turn
    turns.take(10).end()


async def test_the_turn_comes_in_order(made_one: Any) -> None:
    turns = Turns("test")
    first = turns.take(0)
    order: list[int] = []

    async def wait(number: int) -> None:
        turn = await turns.taken(5)
        order.append(number)
        turn.end()
        turn.end()

    tasks = []
    for number in range(10):
        tasks.append(asyncio.create_task(wait(number)))
        await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.sleep(0)
    first.end()
    tasks[5].cancel()
    await asyncio.wait(tasks)
    assert order == [0, 1, 2, 4, 6, 7, 8, 9]
    turns.take(0).end()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", False),
        ("  -- INSERT\n /* UPDATE */ select 1", False),
        ("WITH n AS (SELECT 1) SELECT * FROM n", False),
        ("WITH n AS (SELECT 1) INSERT INTO x SELECT * FROM n", True),
        ("INSERT INTO x VALUES (1)", True),
        ("/* SELECT */ DELETE FROM x", True),
        ("BEGIN", True),
        ("BEGIN IMMEDIATE", True),
        ("BEGIN DEFERRED", False),
        ("COMMIT", False),
        ("SAVEPOINT a", False),
        ("ROLLBACK TO SAVEPOINT a", False),
        ("CREATE TABLE selects (a)", True),
        ("VACUUM", True),
        ("", False),
    ],
)
def test_what_writes_is_known(made_one: Any, sql: str, expected: bool) -> None:
    assert writes(sql) is expected
