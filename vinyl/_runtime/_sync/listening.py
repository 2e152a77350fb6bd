"""`connection.listen()`: what others notify, as it comes, on a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any, Self

from django.db import NotSupportedError, OperationalError
from django.db import connections as django_connections

from vinyl.sql.notifying import Notification, listen_statements

# Seconds of silence until the server is asked for a sign of life.
_SILENCE = 30.0


class Listening:
    """
    The notifications on some channels.

    To iterate subscribes, and ends the subscription when it ends. `with` around it (`async with`
    in the async mode) subscribes at once, so that nothing is missed before the first is asked for.
    """

    def __init__(self, alias: str, channels: tuple[str, ...], timeout: float | None) -> None:
        stock: Any = django_connections[alias]
        if stock.vendor != "postgresql":
            raise NotSupportedError(
                f"listen() and notify() are PostgreSQL's; {alias!r} is {stock.vendor}."
            )
        self.statements = listen_statements(channels)
        self.timeout = timeout
        # A copy of Django's connection: a transaction on that one would hold notifications back.
        self._wrapper: Any = stock.copy()
        self._listens = False

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end()

    def __iter__(self) -> Iterator[Notification]:
        owns = not self._listens
        if owns:
            self._begin()
        try:
            while notes := self._next():
                yield from notes
        finally:
            if owns:
                self._end()

    def _begin(self) -> None:
        self._listens = True
        try:
            with self._wrapper.cursor() as cursor:
                if not hasattr(self._wrapper.connection, "notifies"):
                    raise NotSupportedError("listen() needs psycopg 3.")
                for statement in self.statements:
                    cursor.execute(statement)
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._listens = False
        raw = self._wrapper.connection
        if raw is not None and not raw.closed and self._wrapper.is_usable():
            # A pool of Django's would hand the subscription on.
            raw.execute("UNLISTEN *")
        self._wrapper.close()

    def _next(self) -> list[Notification]:
        """Return the next notifications, none when the time is up."""
        end = None if self.timeout is None else monotonic() + self.timeout
        raw = self._wrapper.connection
        while True:
            left = _SILENCE if end is None else min(end - monotonic(), _SILENCE)
            if left <= 0:
                return []
            with self._wrapper.wrap_database_errors:
                notes = list(raw.notifies(timeout=left, stop_after=1))
            if notes:
                return [Notification(note.channel, note.payload, note.pid) for note in notes]
            if left == _SILENCE and not self._wrapper.is_usable():
                raise OperationalError(f"The server of {self._wrapper.alias!r} does not answer.")
