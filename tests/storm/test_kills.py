"""The server ends the connection at each statement of a transaction in turn."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.stock import stock
from tests.app.written import Counter
from vinyl._runtime._async.databases import database

from .support import EACH, SLOW, all_slots_work, pool_of, settled, values
from .test_steps import all_or_nothing, script, tidy

pytestmark = [
    pytest.mark.usefixtures("bank"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server"),
]


def sessions() -> set[int]:
    """Return the sessions of this database, by stock Django."""

    def ask() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                if connection.vendor == "postgresql"
                else "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
            )
            return {number for (number,) in cursor.fetchall()}

    return stock(ask)


# Those of stock Django.
spared: set[int] = set()


@pytest.fixture(autouse=True)
def spare(bank: None) -> None:
    """Take note of the sessions that are none of the pool's."""
    spared.clear()
    spared.update(sessions())


def kill_all() -> None:
    """End all sessions of the pool, by stock Django."""

    def end(number: int) -> None:
        with connection.cursor() as cursor, suppress(DatabaseError):  # it may have gone by itself
            cursor.execute(
                f"SELECT pg_terminate_backend({number:d})"
                if connection.vendor == "postgresql"
                else f"KILL {number:d}"
            )

    for number in sessions() - spared:
        stock(partial(end, number))


class Killer:
    """Ends the connections before the n-th statement, or as soon as it has run."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when, self.seen = at, when, 0

    async def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.seen += 1
        is_it = self.seen == self.at
        if is_it and self.when == "before":
            kill_all()
        result = await execute(sql, params, many, context)
        if is_it and self.when == "after":
            kill_all()
        return result


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_killed_connection_undoes_its_block(when: str) -> None:
    async with pool_of(1):
        for at in range(1, 60):
            await all_slots_work(1)
            killer = Killer(at, when)
            error: BaseException | None = None
            try:
                with vinyl.connection.execute_wrapper(killer):
                    await script()
            except (DatabaseError, InterfaceError, TransactionManagementError) as exc:
                error = exc
            done = all_or_nothing()
            assert done == (error is None)
            if done:
                await tidy()
            await settled()
            if killer.seen < at:
                assert done
                break
        else:
            pytest.fail("the script does not come to its end")
        await all_slots_work(1)


async def test_a_statement_killed_while_it_runs_gives_djangos_error() -> None:
    async with pool_of(2):
        running = asyncio.create_task(vinyl.connection.execute(SLOW[connection.vendor]))
        await asyncio.sleep(0.2)
        kill_all()
        with pytest.raises((DatabaseError, InterfaceError)):
            await running
        assert await Counter.vinyl.filter(value=EACH).exists()
        await settled()
        await all_slots_work(2)


async def test_idle_connections_that_were_killed_are_replaced() -> None:
    async with pool_of(3):
        await all_slots_work(3)
        kill_all()
        await asyncio.sleep(0.1)
        pool = database("default").pool
        for _ in range(3):
            try:
                await Counter.vinyl.count()
            except (DatabaseError, InterfaceError):
                continue
        await all_slots_work(3)
        assert pool.stats.size == 3
    assert set(values().values()) == {EACH}
