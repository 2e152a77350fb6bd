"""
In tests: vinyl's reader over the socket that Django's connection has open.

Between two statements the protocol has no state but the server's, so that libmysqlclient and
vinyl can send theirs in turn. Each looks at the socket only while it is its turn.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Lock
from typing import Any

from aiomysql.connection import _open_connection
from django.core.exceptions import ImproperlyConfigured

from .base import Params, Result, Stream
from .mysql import MySQLConnection, MySQLDriver, _AsyncConnection
from .spool import Spool

_LOOK_EVERY = 0.0005


class BorrowedConnection(MySQLConnection):
    """The session of Django's connection."""

    __slots__ = ("_held", "_rest")

    def __init__(self, driver: MySQLDriver, raw: _AsyncConnection, rest: Lock) -> None:
        super().__init__(driver, raw)
        self._rest = rest
        self._held = False

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[None]:
        """Read from the socket inside the block only."""
        if self._held or self.raw._writer is None:
            yield
            return
        transport = self.raw._writer.transport
        async with _at_rest(self._rest):
            self._held = True
            os.set_blocking(_fileno(transport), False)
            transport.resume_reading()
            try:
                yield
            finally:
                _pause(transport)
                self._held = False

    async def _run(self, code: int, body: bytes) -> Result:
        async with self._session():
            return await super()._run(code, body)

    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """Read all rows at once: the session cannot be handed over in the midst of an answer."""
        result = await self.execute(sql, params)
        spool = Spool(result.description)
        spool.add(result.rows)
        return spool

    def abort(self) -> None:
        """Leave the session to Django."""
        raw = self.raw
        writer, raw._writer = raw._writer, None
        if writer is None:
            return
        transport = writer.transport
        _pause(transport)
        if not raw._loop.is_closed():
            transport.abort()
            return
        # The loop cannot be told; the transport is marked all the same.
        with suppress(RuntimeError):
            transport.abort()
        lose = getattr(transport, "_call_connection_lost", None)
        if lose is not None:
            with suppress(RuntimeError):
                lose(None)


def _fileno(transport: Any) -> int:
    number: int = transport.get_extra_info("socket").fileno()
    return number


def _pause(transport: Any) -> None:
    """Look at the socket no more, and leave it as libmysqlclient expects it."""
    transport.pause_reading()
    if (number := _fileno(transport)) >= 0:
        os.set_blocking(number, True)


@asynccontextmanager
async def _at_rest(rest: Lock) -> AsyncIterator[None]:
    """Keep Django's connection, which another thread may use, at rest inside the block."""
    while not rest.acquire(blocking=False):  # noqa: ASYNC110 - a thread's lock
        await asyncio.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        rest.release()


async def borrow(driver: MySQLDriver, wrapper: Any, rest: Lock) -> BorrowedConnection:
    """
    Make a connection of vinyl's in the session of Django's.

    Raises: ImproperlyConfigured where the session is encrypted or compressed, since only
    libmysqlclient can then read from its socket.
    """
    async with _at_rest(rest):
        raw = await _opened(driver, wrapper)
    borrowed = BorrowedConnection(driver, raw, rest)
    await borrowed.execute("DO 0")  # The answer tells the state of the session.
    return borrowed


async def _opened(driver: MySQLDriver, wrapper: Any) -> _AsyncConnection:
    owner = wrapper.connection
    for variable, what in (("Ssl_cipher", "TLS"), ("Compression", "compression")):
        if _status(owner, variable) not in ("", "OFF"):
            raise ImproperlyConfigured(
                f"A test cannot share the transaction of {wrapper.alias!r} with the async twin "
                f"over a connection with {what}. Leave it out of the OPTIONS for tests, or use "
                "vinyl.test.TransactionTestCase."
            )
    raw = _AsyncConnection(**driver.settings.connect, autocommit=None)
    sock = socket.socket(fileno=os.dup(owner.fileno()))
    raw._reader, raw._writer = await _open_connection(sock=sock)
    _pause(raw._writer.transport)
    raw.server_version = owner.get_server_info()
    raw.server_thread_id = (owner.thread_id(),)
    return raw


def _status(owner: Any, variable: str) -> str:
    owner.query(f"SHOW SESSION STATUS LIKE '{variable}'")
    rows = owner.store_result().fetch_row(0)
    value = rows[0][1] if rows else ""
    return value.decode() if isinstance(value, bytes) else str(value)
