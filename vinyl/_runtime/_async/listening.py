"""`connection.listen()`: what others notify, as it comes, on a connection of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from time import monotonic
from typing import Self

from django.db import NotSupportedError, OperationalError

from vinyl.sql.notifying import Notification, listen_statements

from .databases import Database, database
from .drivers.base import Connection, Ear, to_its_end

# Seconds of silence until the server is asked for a sign of life, and that it has to give one.
_SILENCE = 30.0
_ANSWER = 10.0


class Listening:
    """
    The notifications on some channels.

    To iterate subscribes, and ends the subscription when it ends. `with` around it (`async with`
    in the async mode) subscribes at once, so that nothing is missed before the first is asked for.
    """

    def __init__(self, alias: str, channels: tuple[str, ...], timeout: float | None) -> None:
        self.database: Database = database(alias)
        if self.database.vendor != "postgresql":
            raise NotSupportedError(
                f"listen() and notify() are PostgreSQL's; {alias!r} is {self.database.vendor}."
            )
        self.statements = listen_statements(channels)
        self.timeout = timeout
        # That of the block around.
        self._subscription: _Subscription | None = None

    async def __aenter__(self) -> Self:
        if self._subscription is not None:
            raise RuntimeError(
                "This listen() has an `async with` block around it already. Call listen() anew for "
                "another subscription."
            )
        self._subscription = subscription = _Subscription(self.database)
        try:
            await subscription.begin(self.statements)
        except BaseException:
            self._subscription = None
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await subscription.end()

    def __aiter__(self) -> AsyncIterator[Notification]:
        return self._notifications()

    async def _notifications(self) -> AsyncIterator[Notification]:
        if (subscription := self._subscription) is not None:
            while notes := await subscription.next(self.timeout):
                while notes:
                    yield notes.popleft()
            return
        # One of its own: another task may iterate at the same time.
        subscription = _Subscription(self.database)
        try:
            await subscription.begin(self.statements)
            while notes := await subscription.next(self.timeout):
                while notes:
                    yield notes.popleft()
        finally:
            await subscription.end()


class _Subscription:
    """A connection that listens, and what it has heard."""

    def __init__(self, on: Database) -> None:
        self.database = on
        self._connection: Connection | None = None
        self._ear: Ear | None = None
        # Held by whoever waits for a notification, with the time when that is to end.
        self._hearing = asyncio.Lock()
        self._until: asyncio.Timeout | None = None

    async def begin(self, statements: list[str]) -> None:
        """Take a connection, and subscribe."""
        connection = self._connection = await self.database.acquire_apart()
        try:
            with self.database.translating():
                self._ear = connection.ear()
                for statement in statements:
                    await connection.execute(statement)
        except BaseException:
            await self.end()
            raise

    async def end(self) -> None:
        """Give the connection back; who still waits for a notification gets none."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        cancelled = None
        if self._until is not None and not self._until.expired():
            self._until.reschedule(0)
        if self._hearing.locked():
            # Two must not read from one connection, nor the next user's be among them.
            cancelled = await to_its_end(self._unheard())
        # The pool cleans the session, for it has seen LISTEN.
        await self.database.release(connection)
        if cancelled is not None:
            raise cancelled

    async def _unheard(self) -> None:
        async with self._hearing:
            return

    async def next(self, seconds: float | None) -> deque[Notification]:
        """
        Return the next notifications, none when the time is up or the subscription has ended.

        Raises: RuntimeError where another task waits for them.
        """
        ear = self._ear
        assert ear is not None
        if self._hearing.locked():
            raise RuntimeError(
                "Another task iterates over this listen(). Call listen() in each of them: each "
                "then has a connection of its own, and hears everything."
            )
        end = None if seconds is None else monotonic() + seconds
        async with self._hearing:
            with self.database.translating():
                while not ear.notes and self._connection is not None:
                    left = _SILENCE if end is None else min(end - monotonic(), _SILENCE)
                    if left <= 0:
                        break
                    await self._hear(ear, self._connection, left)
        return ear.notes

    async def _hear(self, ear: Ear, connection: Connection, seconds: float) -> None:
        """Wait until something has come; after a long silence, see whether the server is there."""
        try:
            async with asyncio.timeout(seconds) as self._until:
                await ear.hear()
        except TimeoutError:
            if seconds == _SILENCE and self._connection is not None:
                await self._check(connection)
        finally:
            self._until = None

    async def _check(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(_ANSWER):
                await connection.check()
        except TimeoutError as exc:
            connection.abort()
            raise OperationalError(
                f"The server of {self.database.alias!r} gave no answer in {_ANSWER:g} s."
            ) from exc
