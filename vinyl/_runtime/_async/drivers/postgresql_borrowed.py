"""In tests: psycopg's asynchronous connection over the libpq connection that Django has open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus

from vinyl.sql.many import CopiedRows

from .base import Params, Result
from .postgresql import PostgreSQLConnection, PostgreSQLDriver, _AsyncConnection

if TYPE_CHECKING:
    from threading import Lock

    import psycopg

_LOOK_EVERY = 0.0005


class _Borrowed(_AsyncConnection):
    """It knows whose session it is in."""

    owner: psycopg.Connection[Any]

    def __del__(self, _: Any = None) -> None:
        """Keep psycopg from warning that it is open: that is Django's matter."""


@asynccontextmanager
async def _turn(owner: psycopg.Connection[Any]) -> AsyncIterator[None]:
    """Keep Django's connection, which another thread may use, at rest inside the block."""
    while not owner.lock.acquire(blocking=False):  # noqa: ASYNC110 - a thread's lock
        await asyncio.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        owner.lock.release()


class BorrowedConnection(PostgreSQLConnection):
    """The session of Django's connection, with which it takes turns."""

    __slots__ = ("_held", "_owner")

    def __init__(self, driver: PostgreSQLDriver, raw: _Borrowed) -> None:
        super().__init__(driver, raw)
        self._owner = raw.owner
        self._held = False

    async def execute(self, sql: str, params: Params | CopiedRows | None = None) -> Result:
        """Run one statement when it is its turn."""
        if self._held:
            return await super().execute(sql, params)
        async with _turn(self._owner):
            return await super().execute(sql, params)

    async def execute_within(
        self, seconds: float, sql: str, params: Params | None = None
    ) -> Result:
        """Run one statement when it is its turn, which does not count."""
        async with _turn(self._owner):
            self._held = True
            try:
                return await super().execute_within(seconds, sql, params)
            finally:
                self._held = False

    @property
    def in_transaction(self) -> bool:
        """Tell whether there is a transaction; there is while Django runs a statement."""
        return self.usable and self.pgconn.transaction_status != TransactionStatus.IDLE

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open; it may be Django's turn."""
        return self.pgconn.transaction_status != TransactionStatus.UNKNOWN

    def abort(self) -> None:
        """Leave the session to Django."""


async def borrow(driver: PostgreSQLDriver, wrapper: Any, rest: Lock) -> BorrowedConnection:
    """
    Make a connection of vinyl's in the session of Django's.

    psycopg's lock of Django's connection does what `rest` is for.
    """
    owner: psycopg.Connection[Any] = wrapper.connection
    pgconn = owner.pgconn
    handlers = pgconn.notice_handler, pgconn.notify_handler
    raw = _Borrowed(pgconn)
    pgconn.notice_handler, pgconn.notify_handler = handlers
    raw.owner = owner
    raw._adapters = AdaptersMap(driver._params["context"].adapters)
    raw.cursor_factory = driver._params["cursor_factory"]
    # Django's connection prepares under the same names.
    raw.prepare_threshold = None
    borrowed = BorrowedConnection(driver, raw)
    async with _turn(owner):
        await _begin(raw)
        if apps.is_installed("django.contrib.postgres"):
            await driver._register_extensions(raw)
    return borrowed


async def _begin(raw: _Borrowed) -> None:
    """Begin the transaction as Django's connection would do with its first statement."""
    owner = raw.owner
    raw._isolation_level, raw._begin_statement = owner._isolation_level, b""
    raw._read_only, raw._deferrable = owner._read_only, owner._deferrable
    raw._autocommit = owner.autocommit
    if raw.pgconn.transaction_status == TransactionStatus.IDLE:
        await raw.execute("")
    # From here on there is a transaction, which Django ends.
    raw._autocommit = True
