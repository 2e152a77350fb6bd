"""SQLite through aiosqlite: a thread a connection, one hop a statement."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import aiosqlite
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from vinyl._runtime._async.drivers.base import (
    Connection,
    Driver,
    Params,
    Result,
    Row,
    Stream,
    settle,
)
from vinyl._runtime._async.drivers.spool import CHUNK, Spool
from vinyl._runtime._async.pool import PoolOptions, QueuePool
from vinyl.sql.sessions import changes_sqlite
from vinyl.sqlite_backend.turns import turns_of

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
        # Those of streams, which are open between two calls; for the thread only.
        self.cursors: set[sqlite3.Cursor] = set()
        # For the thread, which has to close it also where open() was cancelled meanwhile.
        self._opened: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Start the thread and connect in it."""
        self._thread.start()
        try:
            self._connection = await self.call(self._open)
        except BaseException:
            self.shut()
            raise

    def _open(self) -> sqlite3.Connection:
        self._opened = connection = self._connector()
        return connection

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
        # An interrupt holds for as long as any cursor is open; then it would hit what comes next.
        self._tx.put_nowait((None, partial(_deliver, barrier, self.close_cursors)))
        # An interrupt hits only what is running; what had been about to start needs the next.
        while not barrier.done():
            self.interrupt_now()
            await asyncio.wait((barrier,), timeout=_INTERRUPT_EVERY)

    def interrupt_now(self) -> None:
        """Interrupt what runs."""
        if self._connection is not None:
            self._connection.interrupt()

    def close_cursors(self) -> None:
        """Close what streams have left open, in the thread."""
        while self.cursors:
            self.cursors.pop().close()

    def close_cursor(self, cursor: sqlite3.Cursor) -> None:
        """Close the cursor of a stream, in the thread."""
        if cursor in self.cursors:
            self.cursors.remove(cursor)
            cursor.close()

    def shut(self) -> None:
        """Interrupt what runs, have the thread close the connection and end; wait for neither."""
        if not self._running:
            return
        self._running = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.interrupt()
        self._tx.put_nowait((None, self._close_and_end))

    def _close_and_end(self) -> object:
        self.close_cursors()
        if self._opened is not None:
            self._opened.close()
        return aiosqlite.core._STOP_RUNNING_SENTINEL

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


class SQLiteConnection(Connection):
    """One connection to an SQLite database."""

    __slots__ = ("changed", "driver")

    raw: _Worker

    def __init__(self, driver: SQLiteDriver, raw: _Worker) -> None:
        self.driver = driver
        self.raw = raw
        self.expendable = False
        self.turn = None
        # Whether a statement may have left something behind in the session.
        self.changed = False

    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows; without params nothing is interpolated."""
        raw = self.raw
        self._note(sql)
        return await raw.call(partial(_execute, self._open, *_prepared(sql, params)))

    async def execute_many(self, sql: str, rows: Sequence[Params]) -> Result:
        """Run one statement for several rows of parameters."""
        self._note(sql)
        text, _ = _prepared(sql, rows[0])
        return await self.raw.call(partial(_execute_many, self._open, text, rows))

    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """
        Begin to read the rows of one statement in chunks.

        Outside of a transaction, they are all read at once, and kept in a temporary file, unless
        the database is in WAL mode: else whoever writes would wait for the reader's lock.
        """
        raw, spool = self.raw, Spool()
        self._note(sql)
        try:
            return await raw.call(partial(_stream, raw, spool, self._open, *_prepared(sql, params)))
        except BaseException:
            spool.shut()
            raise

    def _note(self, sql: str) -> None:
        if changes_sqlite(sql):
            self.changed = True

    @property
    def _open(self) -> sqlite3.Connection:
        connection = self.raw._connection
        if connection is None:
            raise sqlite3.InterfaceError("The connection is closed.")
        return connection

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        connection = self.raw._connection
        return connection is not None and connection.in_transaction

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open."""
        return self.raw._connection is not None

    @property
    def clean(self) -> bool:
        """Tell whether the next user may have the connection as it is."""
        return super().clean and not self.changed and not self.raw.cursors

    async def check(self) -> None:
        """Do nothing: there is no server that could have gone."""

    async def reset(self) -> None:
        """
        Close the cursors that streams have left open, and roll back.

        A connection whose session was changed is closed, which is quick. One to a database in
        memory is that database, and stays, as does what a PRAGMA of the user's has set.
        """
        await self.raw.call(self.raw.close_cursors)
        await super().reset()
        if not self.changed:
            return
        if self.driver.in_memory:
            await self.raw.call(partial(_forget, self._open))
            self.changed = False
        else:
            self.abort()

    def abort(self) -> None:
        """Close at once; a running statement is interrupted."""
        self.raw.shut()
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.end()

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


def _execute_many(connection: sqlite3.Connection, sql: str, rows: Sequence[Params]) -> Result:
    cursor = connection.executemany(sql, rows)
    try:
        return Result([], cursor.rowcount)
    finally:
        cursor.close()


def _forget(connection: sqlite3.Connection) -> None:
    """Drop what is temporary, detach what was attached, and set what Django sets."""
    temporary = "SELECT type, name FROM sqlite_temp_master WHERE type <> 'index'"
    for kind, name in connection.execute(temporary).fetchall():
        connection.execute(f"DROP {kind} IF EXISTS temp.{_quoted(name)}")
    for _, name, _ in connection.execute("PRAGMA database_list").fetchall():
        if name not in ("main", "temp"):
            connection.execute(f"DETACH {_quoted(name)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA legacy_alter_table = OFF")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _prepared(sql: str, params: Params | None) -> tuple[str, Params]:
    """Return statement and parameters as sqlite3 takes them."""
    if params is None:
        return sql, ()
    if isinstance(params, Mapping):
        return _convert(sql, param_names=list(params)), params
    return _to_qmark(sql), params


def _stream(
    worker: _Worker, spool: Spool, connection: sqlite3.Connection, sql: str, params: Params
) -> Stream:
    cursor = connection.execute(sql, params)
    try:
        if connection.in_transaction or _writers_may_write(connection):
            worker.cursors.add(cursor)
            return _OpenCursor(worker, cursor)
        spool.description = cursor.description
        while rows := cursor.fetchmany(CHUNK):
            spool.add(rows)
        return spool
    finally:
        # Left open, it would keep an interrupt in force, which would hit the next statements.
        if cursor not in worker.cursors:
            cursor.close()


def _writers_may_write(connection: sqlite3.Connection) -> bool:
    """Tell whether others can commit while this connection reads."""
    mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return mode.lower() == "wal"


class _OpenCursor(Stream):
    """A cursor that is open in the thread of its connection."""

    __slots__ = ("cursor", "description", "worker")

    def __init__(self, worker: _Worker, cursor: sqlite3.Cursor) -> None:
        self.worker = worker
        self.cursor = cursor
        self.description = cursor.description

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows."""
        if not self.worker._running:
            raise sqlite3.InterfaceError("The connection is closed.")
        return await self.worker.call(partial(self._fetch, size))

    def _fetch(self, size: int) -> list[Row]:
        if self.cursor not in self.worker.cursors:
            raise sqlite3.OperationalError(
                "These rows cannot be read on: a statement on their connection was cancelled."
            )
        return self.cursor.fetchmany(size)

    async def close(self) -> None:
        """Close the cursor."""
        if self.worker._running:
            # Cancelled, it closes all cursors of the connection.
            await self.worker.call(partial(self.worker.close_cursor, self.cursor))


class SQLiteDriver(Driver):
    """How to reach one SQLite database; Django's wrapper itself connects, in the thread."""

    has_server = False
    errors = sqlite3

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        super().__init__(wrapper)
        params = wrapper.get_connection_params()
        params.pop("pool", None)
        self._params = params
        self.in_memory: bool = self.wrapper.is_in_memory_db()
        mode: str | None = self.wrapper.transaction_mode
        self.begin_sql = f"BEGIN {mode}" if mode else "BEGIN"
        name = wrapper.settings_dict["NAME"]
        if not self.in_memory or str(name).startswith("file:"):
            self.turns = turns_of(name)
        self.patience = max(PoolOptions.of(wrapper).timeout, self.options.get("timeout", 0))

    async def connect(self) -> SQLiteConnection:
        """Open a connection with Django's functions, pragmas and init_command."""
        worker = _Worker(self._connect)
        try:
            await worker.open()
        except TypeError as exc:
            raise ImproperlyConfigured(
                f"DATABASES[{self.alias!r}]['OPTIONS'] has an option that sqlite3.connect() does "
                f"not take: {exc}"
            ) from exc
        except sqlite3.OperationalError as exc:
            if "unable to open" not in str(exc):
                raise
            raise sqlite3.OperationalError(
                f"{exc}: {self._params['database']}. Is DATABASES[{self.alias!r}]['NAME'] a file "
                "in a folder that exists, and may this process write there?"
            ) from exc
        return SQLiteConnection(self, worker)

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.wrapper.get_new_connection(self._params)
        connection.isolation_level = None  # autocommit: transactions are begun explicitly
        return connection

    def written(self, sql: str, params: Params) -> str:
        """Return a statement with its parameters in it, as SQLite itself quotes them."""
        with closing(sqlite3.connect(":memory:")) as connection:

            def quoted(value: Any) -> str:
                text: str = connection.execute("SELECT QUOTE(?)", (value,)).fetchone()[0]
                return text

            if isinstance(params, Mapping):
                return sql % {key: quoted(params[key]) for key in params}
            return sql % tuple(map(quoted, params))

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
