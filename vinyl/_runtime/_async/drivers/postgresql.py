"""PostgreSQL through psycopg 3 and psycopg_pool."""

from __future__ import annotations

import asyncio
import datetime
import logging
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

import psycopg
import psycopg_pool
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql as psycopg_sql
from psycopg import waiting
from psycopg.adapt import AdaptersMap
from psycopg.postgres import types
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.types import TypeInfo
from psycopg.types.hstore import register_hstore

from vinyl._runtime._async.drivers.base import (
    Connection,
    Driver,
    LazyResult,
    Params,
    Result,
    Row,
    Stream,
    settle,
)
from vinyl._runtime._async.pool import Pool, PoolOptions, PoolStats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from psycopg.abc import PQGen

__all__ = ["PostgreSQLConnection", "PostgreSQLDriver", "PsycopgPool"]

logger = logging.getLogger("vinyl.pool")

_INTRANS = TransactionStatus.INTRANS
_INERROR = TransactionStatus.INERROR
_ACTIVE = TransactionStatus.ACTIVE
_TUPLES_OK = ExecStatus.TUPLES_OK
TIMESTAMPTZ = types["timestamptz"].oid

_EXTENSION_TYPES = (
    "SELECT typname, oid, typarray FROM pg_type WHERE typname IN ('hstore', 'citext')"
)

# Seconds that stopping a statement in the server may take, for each of its two steps.
_STOP_TIMEOUT = 5.0
_WAIT_INTERVAL = 0.1

_cursor_numbers = count(1)


def _is_news(record: logging.LogRecord) -> bool:
    """Tell whether psycopg_pool reports more than that a loop ended while it connected."""
    given = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(each, asyncio.CancelledError) for each in given)


logging.getLogger("psycopg.pool").addFilter(_is_news)


class _AsyncConnection(psycopg.AsyncConnection[Any]):
    """psycopg's connection; it stops a cancelled statement even if it is cancelled again."""

    vinyl: PostgreSQLConnection

    async def wait(
        self,
        gen: PQGen[Any],
        interval: float = _WAIT_INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's signature
    ) -> Any:
        """Drive a protocol generator, as psycopg does; stop its statement on cancellation."""
        try:
            return await waiting.wait_async(
                gen, self.pgconn.socket, interval=interval, timeout=timeout
            )
        except asyncio.CancelledError:
            if self.pgconn.transaction_status == _ACTIVE:
                await settle(self._stop(gen))
            raise

    async def _stop(self, gen: PQGen[Any]) -> None:
        try:
            await self.cancel_safe(timeout=_STOP_TIMEOUT)
            await waiting.wait_async(
                gen, self.pgconn.socket, interval=_WAIT_INTERVAL, timeout=_STOP_TIMEOUT
            )
        except psycopg.Error as exc:
            # QueryCanceled as expected, or whatever the statement itself ended with.
            logger.debug("A cancelled statement ended with: %s", exc)
        finally:
            if self.pgconn.transaction_status == _ACTIVE:
                self.pgconn.finish()


class PostgreSQLConnection(Connection):
    """One connection to a PostgreSQL server."""

    __slots__ = ("pgconn",)

    raw: _AsyncConnection

    def __init__(self, raw: _AsyncConnection) -> None:
        self.raw = raw
        self.pgconn = raw.pgconn
        raw.vinyl = self

    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows; without params nothing is interpolated."""
        cursor = self.raw.cursor()
        await cursor.execute(cast(Any, sql), params)
        result = cursor.pgresult
        if result is not None and result.status == _TUPLES_OK:
            rows = await cursor.fetchall()
            return LazyResult(rows, cursor.rowcount, None, lambda: cursor.description)
        return Result([], cursor.rowcount)

    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """Begin to read the rows of one SELECT in chunks, by a cursor in the server."""
        # Django declares the cursor WITH HOLD outside of a transaction. The server would then run
        # the query to its end and store all rows before it gives the first. A transaction of the
        # stream's own gives the same rows, at once. It is not READ ONLY: functions may write.
        owns = not self.in_transaction
        if owns:
            await self.execute("BEGIN")
        name = f"vinyl_{next(_cursor_numbers)}"
        # By an ordinary cursor of psycopg, so that parameters are bound as in other statements.
        await self.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", params)
        return _ServerCursor(self, name, owns)

    @property
    def in_transaction(self) -> bool:
        """Tell whether the server has a transaction open, failed ones included."""
        status = self.pgconn.transaction_status
        return status in (_INTRANS, _INERROR)

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open and no statement is under way."""
        return self.pgconn.transaction_status < 4 and self.pgconn.transaction_status != _ACTIVE

    async def check(self) -> None:
        """Send an empty statement."""
        await self.raw.execute("")

    def abort(self) -> None:
        """Close at once."""
        self.pgconn.finish()


class _ServerCursor(Stream):
    """A cursor in the server, in a transaction that may be its own."""

    __slots__ = ("connection", "name", "owns_transaction")

    def __init__(self, connection: PostgreSQLConnection, name: str, owns: bool) -> None:
        self.connection = connection
        self.name = name
        self.owns_transaction = owns

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows."""
        return (await self.connection.execute(f"FETCH FORWARD {size:d} FROM {self.name}")).rows

    async def close(self) -> None:
        """End the cursor, with the transaction if it is its own; a failed one has ended it."""
        if self.connection.pgconn.transaction_status == _INTRANS:
            await self.connection.execute(
                "COMMIT" if self.owns_transaction else f"CLOSE {self.name}"
            )


class PostgreSQLDriver(Driver):
    """How to reach one PostgreSQL database."""

    errors = psycopg

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        super().__init__(wrapper)
        params = wrapper.get_connection_params()
        factory = self.options.get("cursor_factory")
        if factory is None:
            server_side = self.options.get("server_side_binding") is True
            factory = psycopg.AsyncCursor if server_side else psycopg.AsyncClientCursor
        elif not issubclass(factory, psycopg.AsyncCursor):
            raise ImproperlyConfigured(
                f"DATABASES[{self.alias!r}]['OPTIONS']['cursor_factory'] is {factory!r}, a "
                "synchronous cursor. Give vinyl an entry of its own, "
                f"DATABASES['vinyl_{self.alias}'], without it."
            )
        params.update(cursor_factory=factory, autocommit=True)
        if settings.USE_TZ and wrapper.timezone is datetime.UTC:
            params["context"] = _utc_adapters(params["context"])
        self._params = params
        # The types that extensions bring, once they have been asked for.
        self._extensions: list[TypeInfo] | None = None
        if "isolation_level" in self.options:
            self.begin_sql = f"BEGIN ISOLATION LEVEL {self._isolation_level()}"

    def _isolation_level(self) -> str:
        value = self.options["isolation_level"]
        try:
            return psycopg.IsolationLevel(value).name.replace("_", " ")
        except ValueError:
            raise ImproperlyConfigured(
                f"DATABASES[{self.alias!r}]['OPTIONS']['isolation_level'] is {value!r}; use one "
                "of psycopg.IsolationLevel."
            ) from None

    async def connect(self) -> PostgreSQLConnection:
        """Open a connection with the time zone and the role that the settings name."""
        raw = await _AsyncConnection.connect(**self._params)
        try:
            await self._configure(raw)
        except BaseException:
            raw.pgconn.finish()
            raise
        return PostgreSQLConnection(raw)

    async def _configure(self, raw: _AsyncConnection) -> None:
        timezone = self.wrapper.timezone_name
        if timezone and raw.info.parameter_status("TimeZone") != timezone:
            await raw.execute(self.wrapper.ops.set_time_zone_sql(), [timezone])
        role = self.options.get("assume_role")
        if role:
            await psycopg.AsyncClientCursor(raw).execute("SET ROLE %s", [role])
        if apps.is_installed("django.contrib.postgres"):
            await self._register_extensions(raw)

    async def _register_extensions(self, raw: _AsyncConnection) -> None:
        """Read hstore and citext as Django's application for PostgreSQL has them read."""
        if self._extensions is None:
            cursor = await raw.execute(_EXTENSION_TYPES)
            self._extensions = [TypeInfo(*row) for row in await cursor.fetchall()]
        for info in self._extensions:
            if info.name == "hstore":
                register_hstore(info, raw)
            else:
                # The type itself is text by default; its arrays would be one text, too.
                TypeInfo(info.name, 0, info.array_oid).register(raw)

    def make_pool(self) -> Pool:
        """Make a pool of psycopg_pool for this database."""
        return PsycopgPool(self, PoolOptions.of(self.wrapper))

    async def fill_server_facts(self, wrapper: BaseDatabaseWrapper, connection: Connection) -> None:
        """Store the server's version, and how to write values into SQL without a connection."""
        wrapper.__dict__["pg_version"] = connection.raw.info.server_version
        ops: Any = wrapper.ops
        ops.compose_sql = self._compose_sql

    def _compose_sql(self, sql: str, params: Sequence[Any] | None) -> str:
        """Return SQL with its parameters written into it; Django does this by a connection."""
        if params is None:
            return sql
        return sql % tuple([psycopg_sql.quote(value, self._params["context"]) for value in params])


def _utc_adapters(template: AdaptersMap) -> AdaptersMap:
    """
    Let psycopg read timestamps by itself where the session's time zone is UTC.

    Django's loader, which is Python, then replaces UTC by UTC in each value.
    """
    adapters = AdaptersMap(template)
    loader = psycopg.adapters.get_loader(TIMESTAMPTZ, Format.TEXT)
    if loader is not None:
        adapters.register_loader(TIMESTAMPTZ, loader)
    return adapters


class PsycopgPool(Pool):
    """
    The pool of psycopg_pool, with two things added.

    A failed attempt to connect reaches those who wait for it (psycopg_pool logs it, and lets
    them wait until they time out), and returning a connection completes although its caller is
    cancelled.
    """

    driver: PostgreSQLDriver

    def __init__(self, driver: PostgreSQLDriver, options: PoolOptions) -> None:
        super().__init__(driver, options)
        self._pool: psycopg_pool.AsyncConnectionPool[_AsyncConnection] | None = None
        self._closed = False
        self._open: WeakSet[_AsyncConnection] = WeakSet()
        self._error: Exception | None = None
        self._in_use: set[Connection] = set()
        self._workers: list[asyncio.Task[Any]] = []
        # Those who ask, in order; each holds the deadline that a failure moves to now.
        self._asking: dict[asyncio.Timeout, Exception | None] = {}

    async def connect(self, conninfo: str = "", **kwargs: Any) -> _AsyncConnection:
        """Open a connection; psycopg_pool calls this in place of a connection class's."""
        try:
            connection = await self.driver.connect()
        except Exception as exc:
            self._error = exc
            raise
        except asyncio.CancelledError:
            # psycopg_pool's worker takes this for a failed attempt, and would go on for ever
            # where the loop cancels its tasks to end.
            if (worker := asyncio.current_task()) is not None:
                worker.get_loop().call_soon(worker.cancel)
            raise
        connection.idle_since = monotonic()
        self._open.add(connection.raw)
        return connection.raw

    def _gave_up(self, _: object) -> None:
        """Wake those who wait with the error: all if there is no connection, else the first."""
        alive = any(not raw.closed for raw in self._open)
        now = asyncio.get_running_loop().time()
        for deadline, known in self._asking.items():
            if known is None:
                self._asking[deadline] = self._error
                deadline.reschedule(now)
                if alive:
                    break

    async def _opened(self) -> psycopg_pool.AsyncConnectionPool[_AsyncConnection]:
        options = self.options
        self._pool = pool = psycopg_pool.AsyncConnectionPool(
            connection_class=cast(Any, self),
            min_size=options.min_size,
            max_size=options.max_size,
            timeout=options.timeout,
            max_waiting=options.max_waiting,
            max_lifetime=options.max_lifetime,
            max_idle=options.max_idle,
            reconnect_timeout=0.0,  # one more attempt at once, then it gives up
            reconnect_failed=self._gave_up,
            name=f"vinyl-{self.driver.alias}",
            open=False,
        )
        before = asyncio.all_tasks()
        await pool.open()
        self._workers = [
            task for task in asyncio.all_tasks() - before if task.get_name().startswith(pool.name)
        ]
        return pool

    async def acquire(self) -> PostgreSQLConnection:
        """Return a connection, waiting in line for one where all are in use."""
        if self._closed:
            raise self.closed_error()
        pool = self._pool or await self._opened()
        while True:
            connection = (await self._get(pool)).vinyl
            self._in_use.add(connection)
            if monotonic() - connection.idle_since < self.options.check_after:
                return connection
            try:
                await connection.check()
            except asyncio.CancelledError:
                await self.release(connection)
                raise
            except psycopg.Error:
                connection.abort()
                await self.release(connection)
            else:
                return connection

    async def _get(self, pool: psycopg_pool.AsyncConnectionPool[Any]) -> _AsyncConnection:
        deadline = asyncio.timeout(None)
        self._asking[deadline] = None
        try:
            async with deadline:
                raw: _AsyncConnection = await pool.getconn()
                return raw
        except TimeoutError:
            error = self._asking[deadline]
            assert error is not None
            raise error.with_traceback(None) from None
        except psycopg_pool.PoolTimeout:
            raise self.timeout_error() from None
        except psycopg_pool.TooManyRequests:
            raise self.crowded_error() from None
        except psycopg_pool.PoolClosed:
            raise self.closed_error() from None
        finally:
            del self._asking[deadline]

    async def release(self, connection: Connection) -> None:
        """Take a connection back; an open transaction is rolled back first."""
        if connection not in self._in_use:  # aborted meanwhile, or released twice
            return
        self._in_use.discard(connection)
        task = self.spawn(self._put(connection), eager=True)
        if not task.done():
            await asyncio.shield(task)

    async def _put(self, connection: Connection) -> None:
        assert self._pool is not None
        if connection.in_transaction:
            try:
                await connection.reset()
            except psycopg.Error as exc:
                logger.warning("Dropping a connection to %r: %s", self.driver.alias, exc)
                connection.abort()
        connection.idle_since = monotonic()
        await self._pool.putconn(connection.raw)

    async def close(self) -> None:
        """Close all connections; those in use are closed when they are released."""
        if not self._closed:
            self._closed = True
            if self._pool is not None:
                await self._pool.close()

    def abort(self) -> None:
        """Close all connections at once, those in use as well; for an event loop that ends."""
        self._closed = True
        for raw in tuple(self._open):
            raw.pgconn.finish()
        self._in_use.clear()
        for task in self._workers:
            if not task.get_loop().is_closed():
                task.cancel()

    @property
    def stats(self) -> PoolStats:
        """Tell how many connections there are, how many are idle, and who waits."""
        if self._pool is None:
            return PoolStats(0, 0, 0, self.options.max_size)
        stats = self._pool.get_stats()
        size, idle = stats["pool_size"], stats["pool_available"]
        return PoolStats(size, idle, len(self._asking), self.options.max_size)
