"""
The storm: many tasks in transactions over few connections, most of them cancelled at random.

VINYL_STORM_TASKS is their number, VINYL_STORM_QUERIES that of the queries which are asked for their
id; `nox -s storm` lets 10,000 tasks loose and asks 100,000 queries.
"""

# ruff: noqa: ASYNC110, ASYNC222  threads and processes have no event to await

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Value

import vinyl
from tests.app.written import Counter

from .support import ACCOUNTS, EACH, all_slots_work, pool_of, settled, values, watched

pytestmark = pytest.mark.usefixtures("bank")

TASKS = int(os.environ.get("VINYL_STORM_TASKS", "500"))
QUERIES = int(os.environ.get("VINYL_STORM_QUERIES", "1000"))
# Tasks that are there at a time.
CROWD = 100
# MySQL stops a statement over a connection of its own, of which there is one at most.
EXTRA = 1 if connection.vendor == "mysql" else 0
SIZES = (1, 5, 20) if connection.vendor != "sqlite" else (1, 4)


async def echo(number: int) -> None:
    """Ask with an id, which has to come back."""
    result = await vinyl.connection.execute("SELECT %s, %s", [f"query {number}", "x" * 50])
    assert tuple(result.rows[0]) == (f"query {number}", "x" * 50), "rows of another query"


async def change(number: int, amount: int) -> None:
    await Counter.vinyl.filter(name=f"account {number}").update(value=F("value") + amount)


async def transfer(chance: random.Random, number: int) -> None:
    """Move money in two statements, in the one order in which nobody deadlocks."""
    first, second = sorted(chance.sample(range(ACCOUNTS), 2))
    amount = chance.choice((-1, 1))
    async with vinyl.atomic():
        await echo(number)
        await change(first, amount)
        if chance.random() < 0.3:
            async with vinyl.atomic():
                await asyncio.gather(echo(number), echo(-number))
        await change(second, -amount)
        await echo(number)


async def stream(number: int) -> None:
    """Read rows one after the other, and sometimes leave early."""
    rows = Counter.vinyl.order_by("pk").iterator(chunk_size=3)
    seen = 0
    async for account in rows:
        assert account.name == f"account {seen}"
        seen += 1
        if number % 2 and seen == 5:
            break
    await rows.aclose()


async def in_time(chance: random.Random, number: int) -> None:
    async with vinyl.deadline(chance.uniform(0.001, 0.1)):
        await transfer(chance, number)
        await stream(number)


async def work(number: int, seed: int) -> None:
    chance = random.Random(number * 1000 + seed)
    kind = chance.random()
    if kind < 0.6:
        await transfer(chance, number)
    elif kind < 0.75:
        await stream(number)
    elif kind < 0.9:
        await in_time(chance, number)
    else:
        async with asyncio.timeout(chance.uniform(0.001, 0.1)):
            await asyncio.gather(*(echo(number) for _ in range(3)))


async def storm(tasks: int, seed: int = 1) -> Tally[str]:
    """Let tasks loose, cancel four in five of them; tell how many ended in which way."""
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    outcomes: Tally[str] = Tally()
    crowd = asyncio.Semaphore(CROWD)

    def end(task: asyncio.Task[None]) -> None:
        crowd.release()
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        outcomes[type(error).__name__] += 1

    running: set[asyncio.Task[Any]] = set()
    for number in range(tasks):
        await crowd.acquire()
        task = asyncio.create_task(work(number, seed))
        running.add(task)
        task.add_done_callback(end)
        task.add_done_callback(running.discard)
        if chance.random() < 0.8:
            loop.call_later(chance.expovariate(20), task.cancel)
            if chance.random() < 0.1:
                loop.call_later(chance.expovariate(20), task.cancel)
    if running:
        await asyncio.wait(running)
    return outcomes


async def calm(size: int) -> None:
    """Check what has to hold after a storm."""
    await settled()
    await all_slots_work(size)
    found = values()
    assert len(found) == ACCOUNTS
    assert sum(found.values()) == ACCOUNTS * EACH


def report(what: str, outcomes: Tally[str], seconds: float, sessions: int) -> None:
    """Print the figures of a storm, for `pytest -s` or a failure."""
    ended = ", ".join(f"{number} {name}" for name, number in outcomes.most_common())
    print(f"{what}: {ended}; {seconds:.1f} s; at most {sessions} sessions")  # noqa: T201


ALLOWED = {"NoneType", "CancelledError", "DeadlineExceeded", "TimeoutError"}


@pytest.mark.parametrize("size", SIZES)
async def test_a_storm_loses_nothing(size: int) -> None:
    async with pool_of(size):
        with watched() as most_sessions:
            start = time.monotonic()
            outcomes = await storm(TASKS)
            took = time.monotonic() - start
            await calm(size)
        report(f"tasks on a pool of {size}", outcomes, took, most_sessions())
        assert most_sessions() <= size + EXTRA
    assert set(outcomes) <= ALLOWED, outcomes
    assert outcomes["CancelledError"] > TASKS / 10
    assert outcomes["NoneType"] > TASKS / 50


async def ask(number: int, kind: float) -> None:
    """Ask with an id in one of the ways there are; all that comes back bears it."""
    if kind < 0.5:
        await echo(number)
    elif kind < 0.7:
        accounts = await Counter.vinyl.annotate(number=Value(number)).order_by("pk")
        assert [each.number for each in accounts] == [number] * ACCOUNTS
    elif kind < 0.8:
        rows = Counter.vinyl.annotate(number=Value(number)).iterator(chunk_size=7)
        assert {each.number async for each in rows} == {number}
        await rows.aclose()
    elif kind < 0.9:
        async with vinyl.atomic():
            await echo(number)
            assert await Counter.vinyl.filter(value=-number - 1).count() == 0
    else:
        many = await vinyl.connection.execute(
            "SELECT %s, name FROM shop_counter ORDER BY id", [f"query {number}"]
        )
        assert [row[0] for row in many.rows] == [f"query {number}"] * ACCOUNTS


async def questions(numbers: Iterator[int], seed: int) -> Tally[str]:
    """Ask one query after the other, a third of them for a moment only."""
    chance = random.Random(seed)
    outcomes: Tally[str] = Tally()
    for number in numbers:
        seconds = chance.expovariate(200) if chance.random() < 0.35 else None
        try:
            async with asyncio.timeout(seconds):
                await ask(number, chance.random())
        except TimeoutError:
            outcomes["cancelled"] += 1
        else:
            outcomes["answered"] += 1
    return outcomes


async def test_no_query_gets_the_rows_of_another_however_many_are_cancelled() -> None:
    size = SIZES[1]
    async with pool_of(size):
        numbers = iter(range(QUERIES))
        with watched() as most_sessions:
            start = time.monotonic()
            async with asyncio.TaskGroup() as group:
                asking = [group.create_task(questions(numbers, seed)) for seed in range(4 * size)]
            took = time.monotonic() - start
            await calm(size)
        most = most_sessions()
    outcomes: Tally[str] = sum((task.result() for task in asking), Tally())
    report("queries", outcomes, took, most)
    assert outcomes.total() == QUERIES
    assert outcomes["cancelled"] > QUERIES / 20
    assert outcomes["answered"] > QUERIES / 5
    assert most <= size + EXTRA


def in_thread(run: Any, failures: list[BaseException]) -> threading.Thread:
    def guarded() -> None:
        try:
            run()
        except BaseException as exc:  # noqa: BLE001
            failures.append(exc)

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


async def test_three_loops_in_three_threads_do_not_meet() -> None:
    tally: list[Tally[str]] = []

    async def run(seed: int) -> None:
        tally.append(await storm(TASKS // 5, seed))
        await vinyl.connections.close()

    failures: list[BaseException] = []
    async with pool_of(3):
        threads = [in_thread(lambda n=n: asyncio.run(run(n)), failures) for n in range(3)]
        while any(thread.is_alive() for thread in threads):
            await asyncio.sleep(0.01)
        assert failures == []
        await calm(3)
    assert len(tally) == 3
    assert set().union(*tally) <= ALLOWED


async def test_uvloop_weathers_it_too() -> None:
    uvloop = pytest.importorskip("uvloop")
    tally: list[Tally[str]] = []

    async def run() -> None:
        tally.append(await storm(TASKS // 2))
        await settled()
        await all_slots_work(3)
        await vinyl.connections.close()

    failures: list[BaseException] = []
    async with pool_of(3):
        thread = in_thread(lambda: uvloop.run(run()), failures)
        while thread.is_alive():
            await asyncio.sleep(0.01)
        assert failures == []
        await calm(3)
    assert set(tally[0]) <= ALLOWED


@pytest.mark.skipif(connection.vendor == "sqlite", reason="no SQLite connection outlives a fork")
async def test_a_fork_in_mid_load_harms_neither_process() -> None:
    async with pool_of(3):
        going = asyncio.create_task(storm(TASKS // 5))
        await asyncio.sleep(0.2)
        reader, writer = os.pipe()
        if sys.version_info >= (3, 12):
            import warnings

            warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
        child = os.fork()
        if not child:
            os.close(reader)
            _in_child(writer)
        os.close(writer)
        outcomes = await going
        told = await asyncio.to_thread(_read, reader)
        os.waitpid(child, 0)
        assert told == "well"
        assert set(outcomes) <= ALLOWED
        await calm(3)


def _read(descriptor: int) -> str:
    with os.fdopen(descriptor) as pipe:
        return pipe.read()


def _in_child(writer: int) -> None:
    """Use a loop and pools of its own, and leave without a word."""
    said = "nothing"
    try:
        # The loop of the parent is no loop of this process.
        asyncio._set_running_loop(None)
        asyncio.set_event_loop(None)

        async def run() -> str:
            outcomes = await storm(40, 7)
            await vinyl.connections.close()
            return "well" if set(outcomes) <= ALLOWED else str(outcomes)

        said = asyncio.run(run())
    except BaseException as exc:  # noqa: BLE001
        said = repr(exc)
    finally:
        os.write(writer, said.encode())
        os._exit(0)
