"""A network that stalls, delays, resets and cuts: nothing hangs for long, and nothing is lost."""

# ruff: noqa: PT012  what a block does with an error is seen around all of it

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from importlib import import_module

import pytest
from django.db import InterfaceError, OperationalError, connection

import vinyl
from tests.app.written import Counter
from vinyl._runtime._async.drivers import base

from .proxy import Wire, wire
from .support import ACCOUNTS, EACH, SLOW, all_slots_work, pool_of, settled, values

pytestmark = [
    pytest.mark.usefixtures("bank"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no network"),
]

# Seconds that drivers give a silent server here, in place of 5, and that giving up on it may take
# beyond the deadline.
GIVEN = 1.0
PATIENCE = 4.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let drivers wait for less long until they give up on a silent server."""
    driver = import_module(f"vinyl._runtime._async.drivers.{connection.vendor}")
    monkeypatch.setattr(driver, "_STOP_TIMEOUT", GIVEN)
    monkeypatch.setattr(base, "_CLEANING", GIVEN)


@pytest.fixture
async def line(bank: None, impatient: None) -> AsyncIterator[Wire]:
    """A wire, and a pool of two connections behind it."""
    async with wire() as made, pool_of(2, HOST="127.0.0.1", PORT=str(made.port)):
        await all_slots_work(2)
        yield made


async def within(seconds: float, work) -> float:
    """Run work under a deadline that passes; return how long it took."""
    start = time.monotonic()
    with pytest.raises(vinyl.DeadlineExceeded):
        async with vinyl.deadline(seconds):
            await work()
    return time.monotonic() - start


async def recovers(line: Wire) -> None:
    line.go_on()
    await settled(10)
    await all_slots_work(2)
    found = values()
    assert sum(found.values()) == ACCOUNTS * EACH


async def test_a_statement_over_a_silent_line_ends_with_its_deadline(line: Wire) -> None:
    line.stall()
    assert await within(0.2, Counter.vinyl.count) < PATIENCE
    await recovers(line)


async def test_connecting_over_a_silent_line_ends_with_its_deadline(line: Wire) -> None:
    await vinyl.connections.close()
    line.stall()
    assert await within(0.2, Counter.vinyl.count) < PATIENCE
    await recovers(line)


async def test_a_plain_timeout_ends_a_statement_too(line: Wire) -> None:
    line.stall()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await Counter.vinyl.count()
    assert time.monotonic() - start < PATIENCE
    await recovers(line)


async def test_a_transaction_on_a_line_that_falls_silent_ends(line: Wire) -> None:
    async def work() -> None:
        async with vinyl.atomic():
            await Counter.vinyl.filter(name="account 1").update(value=0)
            line.stall()
            await asyncio.sleep(60)

    assert await within(0.2, work) < PATIENCE
    line.go_on()
    await recovers(line)


async def test_a_nested_block_on_a_line_that_falls_silent_ends(line: Wire) -> None:
    async def work() -> None:
        async with vinyl.atomic():
            await Counter.vinyl.filter(name="account 1").update(value=0)
            async with vinyl.atomic():
                await Counter.vinyl.filter(name="account 2").update(value=0)
                line.stall()
                await asyncio.sleep(60)

    assert await within(0.2, work) < 2 * PATIENCE
    await recovers(line)


async def test_an_error_on_a_line_that_falls_silent_comes_out(line: Wire) -> None:
    start = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        async with vinyl.atomic():
            await Counter.vinyl.filter(name="account 1").update(value=0)
            line.stall()
            raise ZeroDivisionError
    assert time.monotonic() - start < PATIENCE
    await recovers(line)


async def test_a_stream_on_a_line_that_falls_silent_ends(line: Wire) -> None:
    async def work() -> None:
        async for _ in Counter.vinyl.order_by("pk").iterator(chunk_size=2):
            line.stall()

    if connection.vendor == "mysql":

        async def work() -> None:
            rows = vinyl.connection.stream("SELECT REPEAT('x', 100000) FROM shop_counter", None, 2)
            async for _ in rows:
                line.stall()

    assert await within(0.3, work) < 2 * PATIENCE
    await recovers(line)


async def test_an_idle_connection_gone_silent_is_replaced(line: Wire) -> None:
    """It had been idle for long, so that it is asked for a sign of life."""
    from vinyl._runtime._async.databases import database

    pool = database("default").pool
    held = [await pool.acquire(), await pool.acquire()]
    for each in held:
        await pool.release(each)
        each.idle_since -= 31
    line.stall()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await Counter.vinyl.count()
    assert time.monotonic() - start < 2 * PATIENCE
    await recovers(line)


async def test_reset_connections_give_djangos_error_and_are_replaced(line: Wire) -> None:
    with pytest.raises((OperationalError, InterfaceError)):
        async with vinyl.atomic():
            await Counter.vinyl.filter(name="account 1").update(value=0)
            line.reset()
            await Counter.vinyl.count()
    for _ in range(3):
        try:
            await Counter.vinyl.count()
        except (OperationalError, InterfaceError):
            continue
    await recovers(line)


@pytest.mark.parametrize("seed", range(3))
async def test_answers_cut_in_mid_packet_give_no_foreign_rows(line: Wire, seed: int) -> None:
    chance = random.Random(seed)
    failed = 0
    for number in range(40):
        # Connecting is not cut as well: after failures in a row it takes its time.
        await vinyl.connection.execute("SELECT 'in between'")
        line.cut_after = chance.randrange(120)
        try:
            async with asyncio.timeout(10):
                result = await vinyl.connection.execute("SELECT %s", [f"query {number}"])
        except (OperationalError, InterfaceError):
            failed += 1
        else:
            assert result.rows[0][0] == f"query {number}"
        line.cut_after = None
    assert failed
    await recovers(line)


async def test_a_line_cut_while_connecting_gives_an_error_and_is_tried_again(line: Wire) -> None:
    for keep in (0, 1, 5, 20, 60):
        await vinyl.connections.close()
        line.cut_after = keep
        with pytest.raises((OperationalError, InterfaceError)):
            await Counter.vinyl.count()
        line.cut_after = None
        assert await Counter.vinyl.count() == ACCOUNTS
    await recovers(line)


async def test_a_slow_line_with_random_cancellations_gives_no_foreign_rows(line: Wire) -> None:
    line.delay = 0.003
    chance = random.Random(3)

    async def ask(number: int) -> bool:
        try:
            async with asyncio.timeout(chance.uniform(0.001, 0.2)):
                result = await vinyl.connection.execute("SELECT %s", [f"query {number}"])
        except TimeoutError:
            return False
        assert result.rows[0][0] == f"query {number}"
        return True

    done = await asyncio.gather(*(ask(number) for number in range(60)))
    assert not all(done)
    line.delay = 0.0
    await recovers(line)


async def test_a_line_cut_during_commit_leaves_all_or_nothing(line: Wire) -> None:
    for keep in range(0, 24, 3):
        try:
            async with vinyl.atomic():
                await Counter.vinyl.filter(name="account 1").update(value=EACH - 1)
                await Counter.vinyl.filter(name="account 2").update(value=EACH + 1)
                line.cut_after = keep
        except (OperationalError, InterfaceError):
            pass
        line.cut_after = None
        found = values()
        assert (found["account 1"], found["account 2"]) in {(EACH, EACH), (EACH - 1, EACH + 1)}
        await all_slots_work(2)
        await Counter.vinyl.update(value=EACH)
    await recovers(line)


async def test_the_server_stops_what_nobody_waits_for(line: Wire) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await vinyl.connection.execute(SLOW[connection.vendor])
    await recovers(line)
