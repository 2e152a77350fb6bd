"""MySQL and MariaDB through aiomysql's connection, read by vinyl's own reader."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pymysql
from aiomysql.connection import Connection as AiomysqlConnection
from django import db
from django.db.backends.mysql.base import CursorWrapper
from pymysql.charset import charset_by_name
from pymysql.constants import CLIENT, COMMAND, CR, SERVER_STATUS
from pymysql.converters import encoders, escape_string

from vinyl._runtime._async.drivers.base import (
    Connection,
    Driver,
    Params,
    Result,
    Row,
    Stream,
    settle,
)
from vinyl._runtime._async.drivers.mysql_options import connection_options
from vinyl._runtime._async.drivers.mysql_protocol import Columns, Reader, command
from vinyl._runtime._async.drivers.spool import spooled
from vinyl._runtime._async.pool import PoolOptions, QueuePool
from vinyl.sql.limits import limited

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from vinyl._runtime._async.pool import Pool

__all__ = ["MySQLConnection", "MySQLDriver"]

logger = logging.getLogger("vinyl.pool")

# Seconds that stopping a statement in the server may take.
_STOP_TIMEOUT = 5.0
# Seconds that the server waits for one who is slow to read on; its own default is 60.
_MAY_BE_SLOW = 3600
_CHUNK = 1 << 18
_RESET_CONNECTION = 0x1F
# A deadlock or a lock's timeout may have ended the transaction; the error does not tell.
_MAYBE_ROLLED_BACK = (1205, 1213)
_TOO_LARGE = 1153
# Bytes from which on a statement may be too large: the least default of a server still in use.
_LARGE = 1 << 24


class _AsyncConnection(AiomysqlConnection):  # type: ignore[misc] # aiomysql has no types
    """aiomysql's connection, used for connecting and sending."""

    _reader: Any
    _writer: Any

    def __init__(
        self, *, require_tls: bool = False, multi_statements: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._require_tls = require_tls
        if not multi_statements:  # aiomysql always asks for them
            self.client_flag &= ~CLIENT.MULTI_STATEMENTS

    async def _request_authentication(self) -> None:
        if self._require_tls and not self.server_capabilities & CLIENT.SSL:
            raise pymysql.OperationalError(
                CR.CR_SSL_CONNECTION_ERROR, "The settings ask for TLS, the server has none."
            )
        await super()._request_authentication()


# Session state.

_LEADING = r"\s*(?:(?:/\*(?!M?!).*?\*/|\()\s*)*"
_NEUTRAL = re.compile(
    _LEADING + r"(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|VALUES|BEGIN|START|COMMIT|ROLLBACK|"
    r"SAVEPOINT|RELEASE|SHOW|EXPLAIN|DESCRIBE|DESC|CREATE|ALTER|DROP|TRUNCATE|RENAME|ANALYZE|"
    r"CHECK|OPTIMIZE|DO)\b",
    re.IGNORECASE | re.DOTALL,
)
_TELLTALE = re.compile(
    r"@|;|/\*M?!|\bGET_LOCK\b|\bTEMPORARY\b|\bLAST_INSERT_ID\s*\(\s*[^)\s]|"
    r"\bDROP\s+(?:DATABASE|SCHEMA)\b",
    re.I,
)
# The words stand anywhere: behind a comment, SET STATEMENT ... FOR, another assignment of SET; a
# digit may be the end of a version (`/*!50000USE a*/`). Names that are seen to be names are not
# meant.
_LASTING = re.compile(
    r"(?<![a-z_$@.`'\"])(?:USE(?!\s+(?:INDEX|KEY)\b)|ROLE|AUTHORIZATION|EXECUTE|"
    r"DROP\s+(?:DATABASE|SCHEMA))\b",
    re.I,
)

_CLEAN, _DIRTY, _FOREIGN = range(3)


def _trace(sql: str) -> int:
    """
    Tell what a statement may leave behind in the session.

    Only the statements of an ORM are known to leave nothing; whatever else there is, SET, CALL,
    LOCK, a variable, a lock, a temporary table, more than one statement, makes the session dirty,
    and it is reset before the next user gets it. What may change the database or the role makes
    it foreign: a reset brings neither back on MariaDB, so it is dropped; so does EXECUTE, whose
    text is not known here. (A stored function that sets a variable goes unseen, and a procedure
    that sets a role: not every CALL is worth a new connection.)
    """
    if _NEUTRAL.match(sql) and not _TELLTALE.search(sql):
        return _CLEAN
    return _FOREIGN if _LASTING.search(sql) else _DIRTY


_remembered_trace = lru_cache(maxsize=4096)(_trace)


class MySQLConnection(Connection):
    """One connection to a MySQL or MariaDB server."""

    __slots__ = ("_encoding", "_reading", "_server_waits", "driver", "thread_id", "trace")

    raw: _AsyncConnection

    def __init__(self, driver: MySQLDriver, raw: _AsyncConnection) -> None:
        self.driver = driver
        self.raw = raw
        self.thread_id: int = raw.thread_id()
        self.expendable = False
        self.trace = _CLEAN
        self._encoding: str = raw.encoding
        self._reading = False
        self._server_waits = False

    # Statements.

    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows; without params nothing is interpolated."""
        return await self._run(COMMAND.COM_QUERY, self._query(sql, params))

    async def execute_within(
        self, seconds: float, sql: str, params: Params | None = None
    ) -> Result:
        """Run one statement; the server gives it up after so many seconds."""
        kind = "mariadb" if "MariaDB" in self.raw.server_version else "mysql"
        text, _ = limited(kind, sql, seconds, in_transaction=self.in_transaction)
        self._note(sql)
        return await self._run(COMMAND.COM_QUERY, self._bound(text, params))

    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """
        Begin to read the rows of one statement in chunks, unbuffered.

        The connection cannot run anything else before the last row has been read. So in a
        transaction, they are all read at once, and kept in a temporary file.
        """
        if self.in_transaction:
            return await spooled(await self._unbuffered(sql, params))
        if not self._server_waits:
            # It stays so, for it changes nothing that the next user of the session could notice.
            wait = f"SET net_write_timeout = GREATEST(@@net_write_timeout, {_MAY_BE_SLOW})"
            await self._run(COMMAND.COM_QUERY, wait.encode(self._encoding))
            self._server_waits = True
        return await self._unbuffered(sql, params)

    async def _unbuffered(self, sql: str, params: Params | None) -> _Unbuffered:
        query = self._query(sql, params)
        self._check_free()
        reader = Reader(self.driver.columns, len(query))
        self._reading = True
        await self.read_on(reader, 1, query)
        return _Unbuffered(self, reader)

    def _query(self, sql: str, params: Params | None) -> bytes:
        self._note(sql)
        return self._bound(sql, params)

    def _note(self, sql: str) -> None:
        """Note whether a statement may change the session."""
        trace = (_remembered_trace if len(sql) < 10_000 else _trace)(sql)
        if trace > self.trace:
            self.trace = trace

    def _bound(self, sql: str, params: Params | None) -> bytes:
        query = sql.encode(self._encoding)
        return query if params is None else self._interpolate(query, params)

    def _check_free(self) -> None:
        if self._reading:
            raise pymysql.InterfaceError(
                0, "The connection is in use by another task; one statement at a time."
            )

    async def _run(self, code: int, body: bytes) -> Result:
        self._check_free()
        reader = Reader(self.driver.columns, len(body))
        self._reading = True
        try:
            await self.raw._execute_command(code, body)
            await self._read(reader)
        except asyncio.CancelledError:
            if self.expendable:
                self.abort()
            else:
                await settle(self._stop(reader))
            raise
        except BaseException:
            self.abort()
            raise
        finally:
            self._reading = False
        if reader.error is not None:
            await self._after_error(reader.error)
            raise reader.error
        assert reader.result is not None
        return reader.result

    async def read_on(self, reader: Reader, rows: int, query: bytes | None = None) -> None:
        """Read until so many rows are there, or to the end; before, send the query if given."""
        try:
            if query is not None:
                await self.raw._execute_command(COMMAND.COM_QUERY, query)
            await self._read(reader, rows)
        except asyncio.CancelledError:
            await self.stop(reader)
            raise
        except BaseException:
            self.abort()
            self._reading = False
            raise
        if (error := reader.error) is not None:
            await self.stop(reader)
            await self._after_error(error)
            raise error
        self._reading = not reader.done

    async def stop(self, reader: Reader) -> None:
        """Stop a statement of which no more is wanted, and pass over the rest of its answer."""
        if self.raw._writer is not None and not reader.done:
            await settle(self._stop(reader))
        self._reading = False

    async def _read(self, reader: Reader, rows: int | None = None) -> None:
        stream = self.raw._reader
        while not reader.done and (rows is None or len(reader.rows) < rows):
            missing = reader.missing
            try:
                if missing > _CHUNK:
                    chunk = await stream.readexactly(missing)
                else:
                    chunk = await stream.read(_CHUNK)
            except (OSError, asyncio.IncompleteReadError) as exc:
                raise _lost(reader.size) from exc
            if not chunk:
                raise _lost(reader.size)
            reader.feed(chunk)
        if reader.status is not None:
            self.raw.server_status = reader.status

    async def _stop(self, reader: Reader) -> None:
        """Stop the statement in the server and read the rest of its answer."""
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self.driver.kill_query(self.thread_id)
                await self._read(reader)
                # The KILL may have come too late for its statement; then this one takes it.
                after = Reader(self.driver.columns)
                await self.raw._execute_command(COMMAND.COM_QUERY, b"DO 0")
                await self._read(after)
        except Exception:
            logger.warning(
                "Dropping a connection to %r after a cancelled statement",
                self.driver.alias,
                exc_info=True,
            )
            self.abort()
        except BaseException:
            self.abort()
            raise

    async def _after_error(self, error: Exception) -> None:
        code = error.args[0] if error.args else None
        if code == _TOO_LARGE:
            # The server closes the connection unless it could pass over the rest.
            with suppress(pymysql.Error):
                await self.check()
        elif self.in_transaction and code in _MAYBE_ROLLED_BACK:
            await self.check()

    # Parameters.

    def _interpolate(self, query: bytes, params: Params) -> bytes:
        literal = self._literal
        try:
            if isinstance(params, Mapping):
                named = {key.encode(self._encoding): literal(params[key]) for key in params}
                return query % named
            return query % tuple([literal(value) for value in params])
        except TypeError as exc:
            raise pymysql.ProgrammingError(str(exc)) from None

    def _literal(self, value: Any) -> bytes:
        kind = type(value)
        if kind is str:
            return self._text_literal(value)
        if kind is int:
            return b"%d" % value
        if kind in (bytes, bytearray, memoryview):
            return self._bytes_literal(bytes(value))
        if kind in (tuple, list):
            return b"(%b)" % b",".join([self._literal(item) for item in value])
        if kind in (set, frozenset):
            return self._text_literal(",".join(value))
        encode = encoders.get(kind)
        if encode is None:
            return self._text_literal(str(value))
        text: str = encode(value, encoders)
        return text.encode(self._encoding)

    def _text_literal(self, text: str) -> bytes:
        return f"'{self._escape(text)}'".encode(self._encoding)

    def _escape(self, text: str) -> str:
        if self.raw.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES:
            return text.replace("'", "''")
        escaped: str = escape_string(text)
        return escaped

    def _bytes_literal(self, value: bytes) -> bytes:
        # Without an introducer, like mysqlclient: Django writes `_binary %s` where it wants one.
        prefix = b"_binary" if self.driver.settings.binary_prefix else b""
        if self._encoding not in ("utf8", "ascii", "cp1252", "latin1"):
            return prefix + b"X'%b'" % value.hex().encode("ascii")
        text = self._escape(value.decode("latin-1"))
        return prefix + b"'%b'" % text.encode("latin-1")

    # State.

    @property
    def in_transaction(self) -> bool:
        """Tell whether the server has a transaction open, as it last reported."""
        return bool(self.raw.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @property
    def usable(self) -> bool:
        """Tell whether the connection is open and no statement is under way."""
        if self.raw._writer is None or self._reading:
            return False
        # A line that was reset, as by MariaDB's wait_timeout, has an error and no end.
        stream = self.raw._reader
        return not stream.eof_received and stream.exception() is None

    @property
    def busy(self) -> bool:
        """Tell whether a task waits for a statement, and `reset()` can stop it."""
        return self._reading and self.raw._writer is not None

    @property
    def clean(self) -> bool:
        """Tell whether the next user may have the session as it is."""
        return self.trace == _CLEAN and not self.in_transaction and self.usable

    def distrust(self) -> None:
        """Have the session cleaned before the next user gets it."""
        self.trace = max(self.trace, _DIRTY)

    async def check(self) -> None:
        """Ping the server."""
        await self._run(COMMAND.COM_PING, b"")

    async def reset(self) -> None:
        """
        Roll back, and set up the session anew if it may have been changed.

        Where another task still waits for a statement, the session is ended in the server: a
        closed line alone would be noticed there after seconds, or at the statement's end.
        """
        if self._reading:
            try:
                await self.driver.kill(self.thread_id)
            finally:
                self.abort()
        elif self.trace == _FOREIGN:
            await self.close()
        elif self.trace == _DIRTY:
            await self._run(_RESET_CONNECTION, b"")
            await self.configure()
        elif self.in_transaction:
            await self.execute("ROLLBACK")

    async def configure(self) -> None:
        """Set up the session as Django does."""
        for statement in self.driver.settings.setup:
            await self.execute(statement)
        self.trace = _CLEAN
        self._server_waits = False

    async def leave(self) -> None:
        """Close in good order, and wait until the server, which counts sessions, has done so."""
        raw = self.raw
        writer, raw._writer = raw._writer, None
        writer.write(command(COMMAND.COM_QUIT))
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_STOP_TIMEOUT):
                    await raw._reader.read()
        finally:
            writer.transport.abort()

    def abort(self) -> None:
        """Close at once."""
        raw = self.raw
        writer, raw._writer = raw._writer, None
        if writer is None:
            return
        transport = writer.transport
        if raw._loop.is_closed():
            _shut_orphan(transport)
        elif self._reading:
            transport.abort()
        else:
            transport.write(command(COMMAND.COM_QUIT))
            transport.close()


def _lost(size: int) -> pymysql.OperationalError:
    message = "Lost connection to MySQL server during query"
    if size >= _LARGE:
        message += (
            f", a statement of {size} bytes. A server may close the connection on one that is "
            "larger than its max_allowed_packet: raise that, or send less at a time."
        )
    return pymysql.OperationalError(CR.CR_SERVER_LOST, message)


def _shut_orphan(transport: Any) -> None:
    """Close the socket of a transport whose event loop is closed already."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.shutdown(socket.SHUT_RDWR)
    with suppress(RuntimeError):  # the loop cannot be told; the transport is marked all the same
        transport.close()
    # asyncio's own transports would warn on being collected, and have no public way to prevent it.
    lose = getattr(transport, "_call_connection_lost", None)
    if lose is not None:
        with suppress(RuntimeError):
            lose(None)


class _Unbuffered(Stream):
    """The rows of a statement, read from the connection as they are wanted."""

    __slots__ = ("_closed", "_connection", "_reader", "_rows")

    def __init__(self, connection: MySQLConnection, reader: Reader) -> None:
        self._connection = connection
        self._reader = reader
        self._rows: deque[Row] = deque()
        self._closed = False

    @property
    def description(self) -> Any:
        """Describe the columns as PEP 249 has it."""
        return self._reader.description

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows."""
        rows, reader = self._rows, self._reader
        if len(rows) < size and not self._closed:
            try:
                if not reader.done:
                    await self._connection.read_on(reader, size - len(rows))
            except BaseException:
                self._forget()
                raise
            rows.extend(reader.rows)
            reader.rows.clear()
        return [rows.popleft() for _ in range(min(size, len(rows)))]

    def _forget(self) -> None:
        self._closed = True
        self._rows.clear()

    async def close(self) -> None:
        """Stop the statement, unless all of its answer has been read."""
        if not self._closed:
            self._forget()
            if not self._reader.done:
                await self._connection.stop(self._reader)


class MySQLDriver(Driver):
    """How to reach one MySQL or MariaDB database."""

    errors = pymysql
    begin_sql = "START TRANSACTION"

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        super().__init__(wrapper)
        params = wrapper.get_connection_params()
        self.settings = connection_options(params, self.wrapper.isolation_level, self.alias)
        charset = charset_by_name(self.settings.connect["charset"])
        self.columns = Columns(self.settings.converters, charset.encoding)
        self._killing: asyncio.Lock | None = None

    async def connect(self) -> MySQLConnection:
        """Open a connection with the session that Django sets up."""
        try:
            async with asyncio.timeout(self.settings.timeout):
                connection = MySQLConnection(self, await self._connect())
                try:
                    await connection.configure()
                except BaseException:
                    connection.abort()
                    raise
                return connection
        except TimeoutError as exc:
            raise pymysql.OperationalError(
                CR.CR_CONN_HOST_ERROR,
                f"Can't connect to MySQL server: no answer in {self.settings.timeout:g} s",
            ) from exc

    async def _connect(self) -> _AsyncConnection:
        settings = self.settings
        raw = _AsyncConnection(
            **settings.connect,
            autocommit=None,
            require_tls=settings.require_tls,
            multi_statements=settings.multi_statements,
        )
        try:
            await raw._connect()
        except BaseException:
            raw.close()
            raise
        return raw

    async def kill_query(self, thread_id: int) -> None:
        """Stop the statement that a connection runs, over a short-lived one of its own."""
        await self.kill(thread_id, "QUERY")

    async def kill(self, thread_id: int, what: str = "CONNECTION") -> None:
        """End a session in the server, or its statement only."""
        self._killing = self._killing or asyncio.Lock()
        async with self._killing:  # so there is one such connection at most
            raw = await self._connect()
            connection = MySQLConnection(self, raw)
            try:
                await connection.execute(f"KILL {what} {thread_id}")
                await connection.leave()
            finally:
                connection.abort()

    def written(self, sql: str, params: Params) -> str:
        """Return a statement with its parameters in it."""
        unconnected: Any = _Unconnected(charset_by_name(self.settings.connect["charset"]).encoding)
        text = MySQLConnection(self, unconnected)._bound(sql, params)
        return text.decode(unconnected.encoding, "replace")

    def make_pool(self) -> Pool:
        """Make the pool for this database."""
        return QueuePool(self, PoolOptions.of(self.wrapper))

    def translate(self, exc: BaseException) -> type[db.Error] | None:
        """Name Django's class for an exception of the driver; None for any other exception."""
        code = exc.args[0] if isinstance(exc, pymysql.OperationalError) and exc.args else None
        if code in CursorWrapper.codes_for_integrityerror:
            return db.IntegrityError
        return super().translate(exc)

    async def fill_server_facts(self, wrapper: BaseDatabaseWrapper, connection: Connection) -> None:
        """Store the server's version, modes and abilities, by Django's own query for them."""
        asking = _Asking(wrapper)
        sql = asking.sql()
        asking.answer((await connection.execute(sql)).rows[0])


class _Unconnected:
    """What the writing of values asks of aiomysql's connection."""

    server_status = 0

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def thread_id(self) -> int:
        """Name no session."""
        return 0


class _Asking:
    """
    A stand-in for the cursor that Django reads `mysql_server_data` with, on one wrapper.

    Asked first, it stops Django at its statement; asked again, it has the row.
    """

    class _Stop(Exception):
        pass

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper
        self._row: Row | None = None
        self._sql = ""

    def sql(self) -> str:
        """Return the statement that Django asks with."""
        with suppress(self._Stop):
            self._evaluate()
        return self._sql

    def answer(self, row: Row) -> None:
        """Let Django read the row, and keep what it makes of it."""
        self._row = row
        self._evaluate()

    def _evaluate(self) -> None:
        wrapper = self._wrapper
        wrapper.__dict__["temporary_connection"] = lambda: nullcontext(self)
        try:
            wrapper.mysql_server_data  # noqa: B018
        finally:
            del wrapper.__dict__["temporary_connection"]

    def execute(self, sql: str, params: Params | None = None) -> None:
        """Take Django's statement."""
        self._sql = sql
        if self._row is None:
            raise self._Stop

    def fetchone(self) -> Row | None:
        """Give the row."""
        return self._row
