"""
Read the rows of a statement in chunks, one after the other.

Outside an atomic block, a stream holds a connection of the pool, until its last row has been
read or it is closed. Inside one it shares the connection of the transaction: each chunk is read
when it is the caller's turn, just as each statement runs.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing as closing
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from django.db.transaction import TransactionManagementError

from vinyl.sql.result import Result

from . import timing
from .databases import Database, database
from .drivers.base import Connection, Row, Stream
from .drivers.spool import Spool, spooled
from .observing import observer
from .pinning import current_pin
from .scopes import current_scope
from .transaction import Scope

__all__ = ["closing", "stream"]

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

logger = logging.getLogger("vinyl")


async def stream(
    alias: str,
    sql: str,
    params: Any,
    chunk_size: int,
    *,
    at_once: bool = False,
    describe: Callable[[Any], None] | None = None,
) -> AsyncGenerator[list[Row], None]:
    """
    Run one statement, and give its rows in lists of `chunk_size`.

    `at_once` is for statements that no cursor takes: all rows are read first. `describe` is told
    the columns, as PEP 249 has it, before there are rows; None where the statement gives none.
    """
    reading = Reading(alias, at_once)
    try:
        await observer(alias).run(sql, params, reading.open)
        rows = await reading.fetch(chunk_size)
        if describe is not None:
            describe(reading.description)
        while rows:
            yield rows
            rows = await reading.fetch(chunk_size)
    finally:
        await reading.close()


class _Held:
    """A connection of the pool, taken when it is needed and held until it is let go."""

    def __init__(self, on: Database) -> None:
        self.database = on
        self.connection: Connection | None = None

    async def run(self, work: Work[T]) -> T:
        """Do work with the connection."""
        if self.connection is None:
            self.connection = await self.database.acquire()
        return await work(self.connection)

    async def finish(self, rows: Stream) -> None:
        """Close what is being read."""
        await rows.close()

    async def let_go(self) -> None:
        """Give the connection back."""
        connection, self.connection = self.connection, None
        if connection is not None:
            await self.database.release(connection)


class _Shared:
    """The connection of a transaction, used when it is the caller's turn."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.database = scope.transaction.database
        self.has_begun = False

    async def run(self, work: Work[T]) -> T:
        """
        Do work with the connection.

        Raises: TransactionManagementError where the block has ended, or has to be rolled back.
        """
        self._check_here()
        async with self._turn() as scope:
            self._check_here()
            scope.check_usable()
            await scope.open()
            connection = await scope.transaction.begin()
            with _marked_when_undone(scope):
                done = await work(connection)
        self.has_begun = True
        return done

    async def finish(self, rows: Stream) -> None:
        """Close what is being read, unless the block has ended, and that with it."""
        async with self._turn() as scope:
            if not self.scope.closed and self.scope.transaction.connection is not None:
                with _marked_when_undone(scope):
                    await rows.close()

    async def let_go(self) -> None:
        """Leave the connection to the transaction."""

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[Scope]:
        while True:
            scope = self._innermost()
            scope.check_not_copying()
            async with scope.turn:
                if scope is self.scope or not scope.closed:
                    yield scope
                    return

    def _innermost(self) -> Scope:
        """
        Return the block whose turn to take: of those in ours, the innermost around the caller.

        It holds the turns of all that are around it, so there would be no end of waiting.
        """
        inner = current_scope(self.database.alias)
        while inner is not None and inner.closed and inner is not self.scope:
            inner = inner.parent
        around = inner
        while around is not None and around is not self.scope:
            around = around.parent
        return self.scope if inner is None or around is None else inner

    def _check_here(self) -> None:
        if self.scope.closed and self.has_begun:
            raise TransactionManagementError(
                "The atomic block in which reading these rows began has ended. Read them to the "
                "last inside the block, or begin outside of it."
            )
        self.scope.check_here()


@contextmanager
def _marked_when_undone(scope: Scope) -> Iterator[None]:
    try:
        yield
    except BaseException as exc:
        if not isinstance(exc, Exception) or scope.transaction.is_lost:
            scope.mark_for_rollback(exc)
        raise


async def _begin(connection: Connection, sql: str, params: Any) -> Stream:
    return await connection.stream(sql, params)


async def _read_ahead(connection: Connection, sql: str, params: Any) -> Stream:
    return await spooled(await connection.stream(sql, params))


async def _read_at_once(connection: Connection, sql: str, params: Any) -> Stream:
    result = await connection.execute(sql, params)
    spool = Spool(result.description)
    spool.add(result.rows)
    return spool


class Reading:
    """The rows of one statement, as they are read."""

    def __init__(self, alias: str, at_once: bool) -> None:
        scope = current_scope(alias)
        self._at_once = at_once
        self.description: Any = None
        self._on = _Held(database(alias)) if scope is None else _Shared(scope)
        self._rows: Stream | None = None

    @property
    def _begin(self) -> Callable[[Connection, str, Any], Awaitable[Stream]]:
        settings = self._on.database.settings
        if self._at_once or settings.get("DISABLE_SERVER_SIDE_CURSORS"):
            return _read_at_once
        if isinstance(self._on, _Held) and current_pin(self._on.database.alias) is not None:
            # What is done with the rows may need the connection, the only one that there is.
            return _read_ahead
        return _begin

    async def open(self, sql: str, params: Any) -> Result:
        """Send the statement; the result has no rows, for they are fetched."""
        await self.close()  # An execute wrapper may run its statement again.

        def begin(on: Connection) -> Awaitable[Stream]:
            timing.start()
            return self._begin(on, sql, params)

        with self._on.database.translating():
            rows = self._rows = await self._on.run(begin)
            if not rows.needs_connection:
                await self._on.let_go()
        return Result([], -1)

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows, none after the last."""
        if (rows := self._rows) is None:
            return []
        with self._on.database.translating():
            if rows.needs_connection:
                chunk = await self._on.run(lambda _: rows.fetch(size))
            else:
                chunk = await rows.fetch(size)
            self.description = rows.description
            if len(chunk) < size:
                # The last round of a loop, often the only one, need not hold the connection.
                await self._end()
        return chunk

    async def _end(self) -> None:
        rows, self._rows = self._rows, None
        try:
            if rows is not None:
                await (self._on.finish(rows) if rows.needs_connection else rows.close())
        finally:
            await self._on.let_go()

    async def close(self) -> None:
        """End reading; what fails is logged, since nobody wants more rows."""
        try:
            await self._end()
        except Exception as exc:
            alias = self._on.database.alias
            logger.warning("Closing a stream of rows of %r failed: %s", alias, exc, exc_info=exc)
