"""In tests: aiosqlite's thread over the connection that Django has open."""

from __future__ import annotations

import sqlite3
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from vinyl.sqlite_backend.turns import Turn

from .sqlite import SQLiteConnection, _Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .base import Params, Result, Stream
    from .sqlite import SQLiteDriver

T = TypeVar("T")


class _Borrower(_Worker):
    """A thread that ends without closing the connection, and interrupts nothing on the way."""

    def __init__(self, owner: sqlite3.Connection, rest: Lock) -> None:
        super().__init__(lambda: owner)
        self._rest = rest
        # An interrupt must not hit a statement of Django's.
        self._is_ours = False
        self._interrupting = Lock()

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function in the thread, while no statement of Django's is under way."""
        return await super().call(partial(self._at_rest, function))

    def _at_rest(self, function: Callable[[], T]) -> T:
        with self._rest:
            self._is_ours = True
            try:
                return function()
            finally:
                with self._interrupting:
                    self._is_ours = False

    def interrupt_now(self) -> None:
        """Interrupt what runs, if it is ours."""
        with self._interrupting:
            if self._is_ours:
                super().interrupt_now()

    def shut(self) -> None:
        """Have the thread end; do not wait for it."""
        if self._running:
            self._running = False
            self._connection = None
            self._tx.put_nowait((None, self._end))

    def _end(self) -> object:
        self.close_cursors()
        return aiosqlite.core._STOP_RUNNING_SENTINEL


class DjangosTurn(Turn):
    """A right to write that is not for us to give back."""

    def __init__(self) -> None:
        self._turns = None


class BorrowedConnection(SQLiteConnection):
    """
    The session of Django's connection.

    sqlite3 keeps one prepared statement for each text: each side has texts of its own, lest one
    resets a statement that the other still reads from.
    """

    __slots__ = ()

    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows."""
        return await super().execute(f"{sql} ", params)

    async def execute_many(self, sql: str, rows: Sequence[Params]) -> Result:
        """Run one statement for several rows of parameters."""
        return await super().execute_many(f"{sql} ", rows)

    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """Begin to read the rows of one statement in chunks."""
        return await super().stream(f"{sql} ", params)


async def borrow(driver: SQLiteDriver, wrapper: Any, rest: Lock) -> BorrowedConnection:
    """Make a connection of vinyl's in the session of Django's, which allows other threads."""
    owner: sqlite3.Connection = wrapper.connection
    worker = _Borrower(owner, rest)
    await worker.open()
    connection = BorrowedConnection(driver, worker)
    # Django's connection has the right to write already, in the same session.
    connection.turn = DjangosTurn()
    return connection
