"""SQLite through aiosqlite: a thread a connection, one hop a statement."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import aiosqlite
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from vinyl._runtime._async.drivers.base import Connection, Driver, Params, Result, settle
from vinyl._runtime._async.pool import PoolOptions, QueuePool

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from vinyl._runtime._async.pool import Pool

__all__ = ["SQLiteConnection", "SQLiteDriver"]

T = TypeVar("T")

# Seconds between two interrupts of a statement that is to stop.
_INTERRUPT_EVERY = 0.02

# Django's own conversion of placeholders; it needs no cursor.
_convert: Callable[..., str] = partial(cast(Any, SQLiteCursorWrapper).convert_query, None)
_to_qmark = lru_cache(maxsize=1024)(_convert)


class _Worker(aiosqlite.Connection):
    """aiosqlite's connection with its thread, which runs whole statements for us."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # A connection that nobody closed must not keep the process from ending.
        self._thread.daemon = True

    async def open(self) -> None:
        """Start the thread and connect in it."""
        self._thread.start()
        try:
            self._connection = await self.call(self._connector)
        except BaseException:
            self.shut()
            raise

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function in the thread and return its result."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((None, partial(_deliver, future, function)))
        try:
            return await future
        except asyncio.CancelledError:
            await settle(self._stop())
            raise

    async def _stop(self) -> None:
        """Interrupt what runs, and wait until the thread is through with it."""
        barrier: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((None, partial(_deliver, barrier, _nothing)))
        # An interrupt hits only what is running; what had been about to start needs the next.
        while not barrier.done():
            if self._connection is not None:
                self._connection.interrupt()
            await asyncio.wait((barrier,), timeout=_INTERRUPT_EVERY)

    def shut(self) -> None:
        """Interrupt what runs, have the thread close the connection and end; wait for neither."""
        if not self._running:
            return
        self._running = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.interrupt()
        self._tx.put_nowait((None, partial(_close_and_end, connection)))

    def getlimit(self, category: int) -> int:
        """Return a limit of the connection."""
        return self._conn.getlimit(category)


def _deliver(future: asyncio.Future[T], function: Callable[[], T]) -> None:
    """Call a function, in the thread, and hand its outcome to the event loop."""
    if future.cancelled():  # before it was begun
        return
    tell: Callable[[], None]
    try:
        tell = partial(_unless_done, future, future.set_result, function())
    except BaseException as exc:  # noqa: BLE001 - whatever it is, it is the caller's
        tell = partial(_unless_done, future, future.set_exception, exc)
    # A loop that is closed meanwhile has nobody who waits.
    with suppress(RuntimeError):
        future.get_loop().call_soon_threadsafe(tell)


def _unless_done(future: asyncio.Future[Any], settle: Callable[[Any], None], outcome: Any) -> None:
    if not future.done():
        settle(outcome)


def _nothing() -> None:
    """Mark a place in the thread's queue."""


def _close_and_end(connection: sqlite3.Connection | None) -> object:
    if connection is not None:
        connection.close()
    return aiosqlite.core._STOP_RUNNING_SENTINEL


class SQLiteConnection(Connection):
    """One connection to an SQLite database."""

    __slots__ = ()

    raw: _Worker

    def __init__(self, raw: _Worker) -> None:
        self.raw = raw

    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows; without params nothing is interpolated."""
        raw = self.raw
        connection = raw._connection
        if connection is None:
            raise sqlite3.InterfaceError("The connection is closed.")
        if params is None:
            return await raw.call(partial(_execute, connection, sql, ()))
        if isinstance(params, Mapping):
            sql = _convert(sql, param_names=list(params))
        else:
            sql = _to_qmark(sql)
        return await raw.call(partial(_execute, connection, sql, params))

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        connection = self.raw._connection
        return connection is not None and connection.in_transaction

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open."""
        return self.raw._connection is not None

    async def check(self) -> None:
        """Do nothing: there is no server that could have gone."""

    def abort(self) -> None:
        """Close at once; a running statement is interrupted."""
        self.raw.shut()

    async def close(self) -> None:
        """Close, and wait until the file is closed."""
        raw = self.raw
        if raw._connection is not None:
            raw.shut()
            while raw._thread.is_alive():  # noqa: ASYNC110 - a thread's end cannot be awaited
                await asyncio.sleep(0.0005)


def _execute(connection: sqlite3.Connection, sql: str, params: Params) -> Result:
    cursor = connection.execute(sql, params)
    try:
        rows = cursor.fetchall()
        return Result(rows, cursor.rowcount, cursor.lastrowid, cursor.description)
    finally:
        # An unfinished statement would keep its locks for as long as the error's traceback lives.
        cursor.close()


class SQLiteDriver(Driver):
    """How to reach one SQLite database; Django's wrapper itself connects, in the thread."""

    errors = sqlite3

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        super().__init__(wrapper)
        params = wrapper.get_connection_params()
        params.pop("pool", None)
        self._params = params
        self.in_memory: bool = self.wrapper.is_in_memory_db()
        mode: str | None = self.wrapper.transaction_mode
        self.begin_sql = f"BEGIN {mode}" if mode else "BEGIN"

    async def connect(self) -> SQLiteConnection:
        """Open a connection with Django's functions, pragmas and init_command."""
        worker = _Worker(self._connect)
        await worker.open()
        return SQLiteConnection(worker)

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.wrapper.get_new_connection(self._params)
        connection.isolation_level = None  # autocommit: transactions are begun explicitly
        return connection

    def make_pool(self) -> Pool:
        """Make the pool; a database in memory has one connection, which stays."""
        if self.in_memory:
            options = PoolOptions.of(self.wrapper, max_size=1)
            always = 1e9  # seconds
            return QueuePool(
                self,
                replace(options, min_size=1, max_size=1, max_idle=always, max_lifetime=always),
            )
        return QueuePool(self, PoolOptions.of(self.wrapper, max_size=4))

    async def fill_server_facts(self, wrapper: BaseDatabaseWrapper, connection: Connection) -> None:
        """Store the limit on parameters and whether the JSON functions are there."""
        features: Any = wrapper.features
        if isinstance(getattr(type(features), "max_query_params", None), property):
            # It asks the wrapper's own connection each time; there is none, so it needs a class.
            limit = connection.raw.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
            base = type(features)
            features.__class__ = type(base.__name__, (base,), {"max_query_params": limit})
        try:
            await connection.execute("SELECT JSON('{}')")
        except sqlite3.OperationalError:
            features.__dict__["supports_json_field"] = False
        else:
            features.__dict__["supports_json_field"] = True
