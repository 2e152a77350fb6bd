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
from .drivers.base import Connection, Ear

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
        self._connection: Connection | None = None
        self._ear: Ear | None = None

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._end()

    def __aiter__(self) -> AsyncIterator[Notification]:
        return self._notifications()

    async def _notifications(self) -> AsyncIterator[Notification]:
        owns = self._ear is None
        ear = await self._begin() if owns else self._ear
        assert ear is not None
        try:
            while notes := await self._next(ear):
                while notes:
                    yield notes.popleft()
        finally:
            if owns:
                await self._end()

    async def _begin(self) -> Ear:
        connection = self._connection = await self.database.acquire_apart()
        try:
            with self.database.translating():
                self._ear = connection.ear()
                for statement in self.statements:
                    await connection.execute(statement)
        except BaseException:
            await self._end()
            raise
        return self._ear

    async def _end(self) -> None:
        connection, self._connection, self._ear = self._connection, None, None
        if connection is not None:
            # The pool cleans the session, for it has seen LISTEN.
            await self.database.release(connection)

    async def _next(self, ear: Ear) -> deque[Notification]:
        """Return the next notifications, none when the time is up."""
        end = None if self.timeout is None else monotonic() + self.timeout
        with self.database.translating():
            while not ear.notes:
                left = _SILENCE if end is None else min(end - monotonic(), _SILENCE)
                if left <= 0:
                    break
                try:
                    async with asyncio.timeout(left):
                        await ear.hear()
                except TimeoutError:
                    if left == _SILENCE:
                        await self._check()
        return ear.notes

    async def _check(self) -> None:
        assert self._connection is not None
        try:
            async with asyncio.timeout(_ANSWER):
                await self._connection.check()
        except TimeoutError as exc:
            self._connection.abort()
            raise OperationalError(
                f"The server of {self.database.alias!r} gave no answer in {_ANSWER:g} s."
            ) from exc
