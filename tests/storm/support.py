"""What the storm asks of the databases from outside, and how it cancels at a given wait."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from django.db import connection, connections

import vinyl
from tests.app.stock import stock
from tests.app.written import Counter
from vinyl._runtime._async.databases import database

ACCOUNTS = 20
EACH = 100
# A statement that runs until it is stopped.
SLOW = {
    "postgresql": "SELECT pg_sleep(30)",
    "mysql": "SELECT SLEEP(30)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
}
_SESSIONS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND application_name <> 'watch' "
    "AND backend_type = 'client backend'",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() "
    "AND id <> CONNECTION_ID()",
}
_TRANSACTIONS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND (state LIKE 'idle in%' OR state = 'active')",
    "mysql": "SELECT count(*) FROM information_schema.innodb_trx t JOIN "
    "information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() "
    "AND p.id <> CONNECTION_ID()",
}


def asked(sql: str, params: Any = None) -> Any:
    """Return the one value of a statement, asked by stock Django."""

    def ask() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone()[0]

    return stock(ask)


def open_account() -> None:
    """Fill the bank, by stock Django."""
    stock(
        lambda: Counter.objects.bulk_create(
            Counter(name=f"account {number}", value=EACH) for number in range(ACCOUNTS)
        )
    )


def values() -> dict[str, int]:
    """Return what stock Django sees in the accounts."""
    return stock(lambda: dict(Counter.objects.values_list("name", "value")))


def open_transactions() -> int:
    """Return how many transactions the server has open; on SQLite, whether the file is locked."""
    if connection.vendor == "sqlite":
        return stock(_is_locked)
    return int(asked(_TRANSACTIONS[connection.vendor]))


def _is_locked() -> int:
    from django.db import OperationalError

    with connection.cursor() as cursor:
        try:
            cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("BEGIN EXCLUSIVE")
            cursor.execute("ROLLBACK")
        except OperationalError:
            return 1
        finally:
            cursor.execute("PRAGMA busy_timeout = 15000")
    return 0


async def settled(seconds: float = 5.0) -> None:
    """Check that each slot is free, and no transaction left open, as good as at once."""
    end = time.monotonic() + seconds
    while True:
        stats = vinyl.connection.pool_stats
        left = open_transactions()
        if stats.size == stats.idle and not left and not stats.waiting:
            return
        if time.monotonic() > end:
            raise AssertionError(f"{stats}, {left} transactions are open")
        # MariaDB looks anew at its transactions only when nobody did for 0.1 s.
        await asyncio.sleep(0.15 if connection.vendor == "mysql" else 0.005)


async def all_slots_work(size: int) -> None:
    """Take all connections of the pool at once; each answers its own question."""
    pool = database("default").pool
    held = await asyncio.wait_for(asyncio.gather(*(pool.acquire() for _ in range(size))), 20)
    try:
        assert not any(each.in_transaction for each in held)
        found = await asyncio.gather(*(on.execute(f"SELECT {n}") for n, on in enumerate(held)))
        assert [result.rows[0][0] for result in found] == list(range(size))
    finally:
        for each in held:
            await pool.release(each)


@contextmanager
def watched() -> Iterator[Callable[[], int]]:
    """Give a function that tells the highest number of sessions of this database seen."""
    seen = [0]
    if connection.vendor == "sqlite":
        yield lambda: max(seen)
        return
    wrapper = connections.create_connection("default")
    if wrapper.vendor == "postgresql":
        options = {**wrapper.settings_dict["OPTIONS"], "application_name": "watch"}
        wrapper.settings_dict = {**wrapper.settings_dict, "OPTIONS": options}
    wrapper.inc_thread_sharing()
    # Stock Django's own connections are no part of the pool.
    stop, known = threading.Event(), []

    def watch() -> None:
        with wrapper.cursor() as cursor:
            while True:
                cursor.execute(_SESSIONS[wrapper.vendor])
                number = cursor.fetchone()[0]
                if not known:
                    known.append(number)
                seen.append(number - known[0])
                if stop.wait(0.003):
                    break
        wrapper.close()

    thread = threading.Thread(target=watch)
    thread.start()
    while not known:
        time.sleep(0.001)
    try:
        yield lambda: max(seen)
    finally:
        stop.set()
        thread.join()


@asynccontextmanager
async def pool_of(size: int, **changes: Any) -> AsyncIterator[None]:
    """Let vinyl have a pool of so many connections, by an entry of its own in the settings."""
    await vinyl.connections.close()
    entry = copy.deepcopy(connections["default"].settings_dict)
    options = entry["OPTIONS"] | changes.pop("OPTIONS", {})
    if connection.vendor == "sqlite":
        # What has read may not be able to write.
        options = {"transaction_mode": "IMMEDIATE", **options}
    pool = {"max_size": size, "timeout": 60, **changes.pop("pool", {})}
    connections.settings["vinyl_default"] = {
        **entry,
        **changes,
        "OPTIONS": {**options, "pool": pool},
    }
    try:
        yield
    finally:
        await vinyl.connections.close()
        del connections.settings["vinyl_default"]


class Stepped:
    """A coroutine that runs as a task, and is cancelled at its n-th wait."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int, when: str = "while") -> None:
        self.at = at
        self.when = when
        self.steps = 0
        self.task = asyncio.get_running_loop().create_task(self._run(work))

    async def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await self._counted(work)

    @types.coroutine
    def _counted(self, work: Coroutine[Any, Any, Any]) -> Any:
        steps = work.__await__()
        try:
            waiting_for = next(steps)
            while True:
                self.steps += 1
                if self.steps == self.at:
                    self._cancel(waiting_for)
                try:
                    yield waiting_for
                except BaseException as exc:  # noqa: BLE001 - it is thrown into the coroutine
                    waiting_for = steps.throw(exc)
                else:
                    waiting_for = next(steps)
        except StopIteration as stop:
            return stop.value

    def _cancel(self, waiting_for: Any) -> None:
        if self.when == "as it ends" and waiting_for is not None:
            # Called before the task is woken: it is cancelled with the result at hand.
            waiting_for.add_done_callback(lambda _: self.task.cancel())
        else:
            asyncio.get_running_loop().call_soon(self.task.cancel)
        if self.when == "twice":
            asyncio.get_running_loop().call_later(0.002, self.task.cancel)

    @property
    def reached(self) -> bool:
        """Whether there was an n-th wait."""
        return self.steps >= self.at
