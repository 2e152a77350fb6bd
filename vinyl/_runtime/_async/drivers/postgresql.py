"""PostgreSQL through psycopg 3 and psycopg_pool."""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from time import monotonic
from types import NoneType
from typing import TYPE_CHECKING, Any, cast

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg import generators, waiting
from psycopg import sql as psycopg_sql
from psycopg.adapt import AdaptersMap
from psycopg.postgres import types
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.types import TypeInfo
from psycopg.types.hstore import register_hstore
from psycopg.types.numeric import Int2, Int4, Int8

from vinyl._runtime._async.drivers.base import (
    Connection,
    Driver,
    Ear,
    LazyResult,
    Params,
    Result,
    Row,
    Stream,
    settle,
    to_its_end,
)
from vinyl._runtime._async.drivers.postgresql_pool import PsycopgPool
from vinyl._runtime._async.drivers.postgresql_protocol import COPY_APART, Protocol, end_copies
from vinyl._runtime._async.pool import Pool, PoolOptions
from vinyl.sql.limits import limited
from vinyl.sql.many import Columns, CopiedRows
from vinyl.sql.notifying import Notification
from vinyl.sql.sessions import changes_postgresql

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from contextlib import AbstractAsyncContextManager

    from django.db.backends.base.base import BaseDatabaseWrapper
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

__all__ = ["PostgreSQLConnection", "PostgreSQLDriver"]

logger = logging.getLogger("vinyl.pool")

_INTRANS = TransactionStatus.INTRANS
_INERROR = TransactionStatus.INERROR
_ACTIVE = TransactionStatus.ACTIVE
_TUPLES_OK = ExecStatus.TUPLES_OK
TIMESTAMPTZ = types["timestamptz"].oid

_EXTENSION_TYPES = (
    "SELECT typname, oid, typarray FROM pg_type WHERE typname IN ('hstore', 'citext')"
)

# Seconds that stopping a statement in the server may take.
_STOP_TIMEOUT = 5.0
_WAIT_INTERVAL = 0.1
_SELDOM = 3600.0  # seconds

_cursor_numbers = count(1)


class _AsyncConnection(psycopg.AsyncConnection[Any]):
    """psycopg's connection; it stops a cancelled statement even if it is cancelled again."""

    vinyl: PostgreSQLConnection | None = None
    # Rows are being sent: ended by the client, the statement leaves the connection in step.
    sends_rows = False

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
            if self.pgconn.transaction_status == _ACTIVE and not self.sends_rows:
                if self.vinyl is not None and self.vinyl.expendable:
                    self.pgconn.finish()
                else:
                    await settle(self._stop(gen))
            raise

    async def leave_copy(self) -> None:
        """End a COPY that nobody sends rows to or reads rows of."""
        await self._stop(end_copies(self.pgconn))

    async def _stop(self, gen: PQGen[Any]) -> None:
        """Stop a statement in the server, and drive the generator that reads its answer."""
        end = monotonic() + _STOP_TIMEOUT
        try:
            await self.cancel_safe(timeout=_STOP_TIMEOUT)
            await waiting.wait_async(
                gen,
                self.pgconn.socket,
                interval=_WAIT_INTERVAL,
                timeout=max(end - monotonic(), _WAIT_INTERVAL),
            )
        except psycopg.Error as exc:
            # QueryCanceled as expected, or whatever the statement itself ended with.
            logger.debug("A cancelled statement ended with: %s", exc)
        finally:
            if self.pgconn.transaction_status == _ACTIVE:
                self.pgconn.finish()


class PostgreSQLConnection(Connection):
    """One connection to a PostgreSQL server."""

    __slots__ = ("_is_direct", "_protocol", "changed", "driver", "pgconn")

    raw: _AsyncConnection

    def __init__(self, driver: PostgreSQLDriver, raw: _AsyncConnection) -> None:
        self.driver = driver
        self.raw = raw
        self.expendable = False
        self.pgconn = raw.pgconn
        self._protocol = Protocol(raw)
        # Where parameters are bound on this side, and no cursor of the user's has a say in it.
        self._is_direct = raw.cursor_factory is psycopg.AsyncClientCursor
        # Whether a statement may have left something behind in the session.
        self.changed = False
        raw.vinyl = self

    async def execute(self, sql: str, params: Params | CopiedRows | None = None) -> Result:
        """
        Run one statement and read all its rows; without params nothing is interpolated.

        The params of an INSERT may be `Columns`, and those of a COPY are `CopiedRows`.
        """
        if isinstance(params, CopiedRows):
            return await self._copy(sql, params)
        self._note(sql)
        if isinstance(params, Columns) and self._takes_binary(sql, params):
            return await self._execute_in_binary(sql, params)
        return await self._execute(sql, params)

    def _note(self, sql: str) -> None:
        if changes_postgresql(sql):
            self.changed = True

    async def execute_after(self, first: str, sql: str, params: Params | None = None) -> Result:
        """Run two statements as one text, where parameters are bound on this side."""
        if not self._is_direct or isinstance(params, Columns | CopiedRows):
            return await super().execute_after(first, sql, params)
        self._note(sql)
        return await self._execute(f"{first}; {sql}", params, 1)

    async def execute_within(
        self, seconds: float, sql: str, params: Params | None = None
    ) -> Result:
        """Run one statement; the server gives it up after so many seconds."""
        if not self._is_direct:  # The server takes one statement at a time.
            return await self.execute(sql, params)
        self._note(sql)
        text, before = limited("postgresql", sql, seconds, in_transaction=self.in_transaction)
        return await self._execute(text, params, before)

    async def _execute(self, sql: str, params: Params | None, position: int = 0) -> Result:
        """Run a text of statements; return what the one in this position gave."""
        text = self._protocol.text(sql, params) if self._is_direct else None
        try:
            if text is None:
                return await self._execute_by(self.raw.cursor(), sql, params, position)
            results = self._protocol.checked(await self.raw.wait(self._exchange(text)))
        except psycopg.ProgrammingError as exc:
            if self.pgconn.transaction_status != _ACTIVE:
                raise
            # A COPY, which waits for rows, or for somebody to read them.
            if (cancelled := await to_its_end(self.raw.leave_copy())) is not None:
                raise cancelled from exc
            raise psycopg.ProgrammingError(COPY_APART) from exc
        return self._protocol.result(results[position])

    def _exchange(self, text: bytes) -> PQGen[list[PGresult]]:
        self.pgconn.send_query(text)
        results: list[PGresult] = yield from generators.execute(self.pgconn)
        return results

    async def _execute_by(
        self,
        cursor: psycopg.AsyncCursor[Any],
        sql: str,
        params: Params | None,
        position: int = 0,
    ) -> Result:
        """Run it by a cursor of psycopg's, which knows more kinds of placeholders."""
        await cursor.execute(cast(Any, sql), params)
        for _ in range(position):
            cursor.nextset()
        result = cursor.pgresult
        if result is not None and result.status == _TUPLES_OK:
            rows = await cursor.fetchall()
            return LazyResult(rows, cursor.rowcount, None, lambda: cursor.description)
        return Result([], cursor.rowcount)

    def _takes_binary(self, sql: str, params: Columns) -> bool:
        """Tell whether the parameters may go apart from the SQL, by a cursor of psycopg's own."""
        return (
            self.raw.cursor_factory in (psycopg.AsyncClientCursor, psycopg.AsyncCursor)
            and sql.count("%") == sql.count("%s") == len(params)
            and all(map(_fits_binary, params))
        )

    async def _execute_in_binary(self, sql: str, params: Columns) -> Result:
        """Send arrays in the binary form: psycopg writes an array as text by a good deal slower."""
        cursor = psycopg.AsyncCursor(self.raw)
        try:
            return await self._execute_by(cursor, sql.replace("%s", "%b"), params)
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
            # There is no such form of some value. Nothing has been sent.
            return await self._execute(sql, params)

    async def _copy(self, sql: str, rows: CopiedRows) -> Result:
        """Send rows to a COPY FROM STDIN; it fails as a whole."""
        async with self.copying(sql, None) as copy:
            if rows.types is not None:
                copy.set_types(rows.types)
            for row in rows:
                await copy.write_row(row)
        return Result([], copy.cursor.rowcount)

    @asynccontextmanager
    async def copying(
        self, sql: str, params: Params | None
    ) -> AsyncGenerator[psycopg.AsyncCopy, None]:
        """Run a COPY, whose rows are written to or read from psycopg's object for it."""
        self._note(sql)
        copying = self.raw.cursor().copy(cast(Any, sql), params)
        copy = await copying.__aenter__()
        self.raw.sends_rows = True
        try:
            yield copy
            if self.pgconn.transaction_status == _ACTIVE and _gives_rows(copy.cursor):
                # psycopg leaves what has not been read in the way of the next statement.
                async for _ in copy:
                    continue
        except BaseException as exc:
            await settle(self._break_off(copying, exc))
            raise
        finally:
            self.raw.sends_rows = False
        await copying.__aexit__(None, None, None)

    async def execute_many(self, sql: str, rows: Sequence[Params]) -> Result:
        """Run one statement for several rows of parameters, without waiting for each answer."""
        self._note(sql)
        cursor = self.raw.cursor()
        try:
            await cursor.executemany(cast(Any, sql), rows)
        except BaseException:
            if self.pgconn.pipeline_status or self.pgconn.transaction_status == _ACTIVE:
                # Broken off between two answers.
                self.pgconn.finish()
            raise
        return Result([], cursor.rowcount)

    def ear(self) -> Ear:
        """Begin to keep what is notified."""
        return _Ear(self.raw)

    async def _break_off(
        self, copying: AbstractAsyncContextManager[Any], exc: BaseException
    ) -> None:
        """Tell the server that the rows are not to be."""
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await copying.__aexit__(type(exc), exc, exc.__traceback__)
        except (psycopg.Error, TimeoutError) as error:
            logger.debug("A COPY that was broken off ended with: %s", error)
        finally:
            if self.pgconn.transaction_status == _ACTIVE:
                self.pgconn.finish()

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
    def spoilt(self) -> bool:
        """Tell whether the server refuses statements until there is a rollback."""
        return self.pgconn.transaction_status == _INERROR

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open and no statement is under way."""
        return self.pgconn.transaction_status < 4 and self.pgconn.transaction_status != _ACTIVE

    @property
    def clean(self) -> bool:
        """Tell whether the next user may have the session as it is."""
        return not self.changed and super().clean

    def distrust(self) -> None:
        """Have the session cleaned before the next user gets it."""
        self.changed = True

    async def check(self) -> None:
        """Send an empty statement."""
        await self.raw.execute("")

    async def reset(self) -> None:
        """Roll back, and set up the session anew if it may have been changed."""
        await super().reset()
        if self.changed:
            # Nobody listens any more.
            for handler in tuple(self.raw._notify_handlers):
                self.raw.remove_notify_handler(handler)
            await self.raw.execute("DISCARD ALL")
            await self.driver.configure(self.raw)
            self.changed = False

    def abort(self) -> None:
        """Close at once."""
        if self.pgconn.transaction_status == _ACTIVE:
            # Another task waits for the socket: it must learn of it, and the socket's number not
            # be another connection's before that task is through.
            with suppress(OSError), socket.socket(fileno=os.dup(self.pgconn.socket)) as sock:
                sock.shutdown(socket.SHUT_RDWR)
        else:
            self.pgconn.finish()

    async def give_up(self) -> None:
        """Stop the statement that another task still waits for, and close."""
        if self.pgconn.transaction_status != _ACTIVE:
            return
        end = monotonic() + _STOP_TIMEOUT
        with suppress(psycopg.Error):
            await self.raw.cancel_safe(timeout=_STOP_TIMEOUT)
        # The other task is not known here.
        while self.pgconn.transaction_status == _ACTIVE and monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(_WAIT_INTERVAL / 10)
        self.abort()


def _gives_rows(cursor: Any) -> bool:
    result = cursor.pgresult
    return result is not None and result.status == ExecStatus.COPY_OUT


class _Ear(Ear):
    """What hears the notifications that reach a connection."""

    def __init__(self, raw: _AsyncConnection) -> None:
        super().__init__()
        self._raw = raw
        # Whatever comes, also with the answer of a statement.
        raw.add_notify_handler(self._heard)

    def _heard(self, note: psycopg.Notify) -> None:
        self.notes.append(Notification(note.channel, note.payload, note.pid))

    async def hear(self) -> None:
        """Wait until something has come."""
        # The interval only looks for a Ctrl-C in other event loops.
        await self._raw.wait(generators.notifies(self._raw.pgconn), interval=_SELDOM)


# What these take of an integer in the binary form are its last bytes.
_INTEGER_BITS: dict[type[Any], int] = {Int2: 15, Int4: 31, Int8: 63}


def _fits_binary(column: list[Any]) -> bool:
    """Tell whether the binary form of values is refused, or right, where their text is."""
    types = set(map(type, column)) - {NoneType}
    if types == {str}:
        # Only in text does psycopg itself refuse a NUL.
        return not any("\0" in value for value in column if value)
    if len(types) == 1 and not types.isdisjoint(_INTEGER_BITS):
        limit = 1 << _INTEGER_BITS[types.pop()]
        return all(-limit <= value < limit for value in column if value is not None)
    return types.isdisjoint(_INTEGER_BITS)


class _ServerCursor(Stream):
    """A cursor in the server, in a transaction that may be its own."""

    __slots__ = ("connection", "description", "name", "owns_transaction")

    def __init__(self, connection: PostgreSQLConnection, name: str, owns: bool) -> None:
        self.connection = connection
        self.name = name
        self.owns_transaction = owns
        self.description: Any = None

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows."""
        result = await self.connection.execute(f"FETCH FORWARD {size:d} FROM {self.name}")
        if self.description is None:
            self.description = result.description
        return result.rows

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
            await self.configure(raw)
        except BaseException:
            raw.pgconn.finish()
            raise
        return PostgreSQLConnection(self, raw)

    async def configure(self, raw: _AsyncConnection) -> None:
        """Set up the session as Django does."""
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

    def _compose_sql(self, sql: str, params: Params | None) -> str:
        """Return SQL with its parameters written into it; Django does this by a connection."""
        if params is None:
            return sql
        context = self._params["context"]
        if isinstance(params, Mapping):
            return sql % {key: psycopg_sql.quote(params[key], context) for key in params}
        return sql % tuple([psycopg_sql.quote(value, context) for value in params])

    def written(self, sql: str, params: Params) -> str:
        """Return a statement with its parameters in it."""
        return self._compose_sql(sql, params)


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
