"""`vinyl.connections[alias]` of the async twin: statements on a pool or in a transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from itertools import islice
from typing import Any, Self

from django.db import NotSupportedError
from django.db import connections as django_connections

from vinyl.pooling import PoolStats
from vinyl.sql.calls import call_statement
from vinyl.sql.many import CopiedRows, ParamRows
from vinyl.sql.notifying import NOTIFY
from vinyl.sql.result import Result

from . import timing
from .databases import any_connection, close_all, database
from .listening import Listening
from .observing import Wrapper, observer
from .pinning import Pin, current_pin
from .scopes import current_scope
from .streaming import stream
from .transaction import Done, atomic


class Connection:
    """
    What runs statements on an alias.

    It stands for the alias, not for one socket: outside an atomic block each statement takes
    any free connection of the pool.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._observer = observer(alias)
        self._observer.connection = self

    @property
    def settings_dict(self) -> dict[str, Any]:
        """The settings of the database that serves this alias."""
        return database(self.alias).settings

    @property
    def vendor(self) -> str:
        """The kind of database: "postgresql", "mysql" or "sqlite"."""
        return database(self.alias).vendor

    @property
    def pool_stats(self) -> PoolStats:
        """How the pool of the running event loop is doing."""
        return database(self.alias).pool.stats

    @property
    def in_atomic_block(self) -> bool:
        """Whether the current context is inside an atomic block on this alias."""
        return current_scope(self.alias) is not None

    @property
    def force_debug_cursor(self) -> bool:
        """Whether statements are recorded in `queries` without DEBUG, too."""
        return self._observer.force_debug_cursor

    @force_debug_cursor.setter
    def force_debug_cursor(self, value: bool) -> None:
        self._observer.force_debug_cursor = value

    @property
    def queries(self) -> list[dict[str, str]]:
        """The last statements, oldest first, as dicts of "sql" and "time" in seconds."""
        return self._observer.queries

    @property
    def queries_log(self) -> deque[dict[str, str]]:
        """What `queries` is a copy of."""
        return self._observer.log

    @property
    def queries_logged(self) -> bool:
        """Whether statements are recorded in `queries`."""
        return self._observer.logs

    def ensure_connection(self) -> Awaitable[None]:
        """Do nothing: a connection is opened when it is needed. Django's tools call this."""
        return Done()

    async def execute(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """
        Run one statement and return all it gives.

        `%s` marks a parameter; with params None, nothing is interpolated.
        Raises: Django's database errors, with the driver's as `__cause__`.
        """
        return await self._observer.run(sql, params, self._run)

    async def execute_many(self, sql: str, params_list: Iterable[Any]) -> int:
        """
        Run one statement for each row of parameters; return how many rows that has changed.

        All or nothing, in a transaction or a savepoint of its own.
        Django: cursor.executemany(), each row of which may be committed by itself.
        """
        rows = ParamRows(params_list)
        if not rows:
            return 0
        async with atomic(self.alias):
            return (await self._observer.run(sql, rows, self._run, many=True)).rowcount

    async def fetch(self, sql: str, params: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """
        Run one statement and return its rows, as dicts by the names of the columns.

        Raises: as `execute`; ValueError where two columns have one name.
        """
        return (await self.execute(sql, params)).dicts()

    async def fetch_one(
        self, sql: str, params: Sequence[Any] | None = None
    ) -> dict[str, Any] | None:
        """Run one statement and return its first row, as `fetch` does, or None."""
        rows = await self.fetch(sql, params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        """Run one statement and return the first column of its first row; None for no row."""
        rows = (await self.execute(sql, params)).rows
        return rows[0][0] if rows else None

    def listen(self, *channels: str, timeout: float | None = None) -> Listening:
        """
        Iterate over what is notified on these channels of PostgreSQL, for ever.

        It holds a connection of its own. `timeout` is how many seconds without a notification
        end it.
        Raises: NotSupportedError on other databases; OperationalError where the connection is
        lost.
        """
        return Listening(self.alias, channels, timeout)

    async def notify(self, channel: str, payload: str = "") -> None:
        """
        Send a notification, which listeners get at the end of the transaction.

        Raises: NotSupportedError on other databases than PostgreSQL.
        """
        if self.vendor != "postgresql":
            raise NotSupportedError(
                f"listen() and notify() are PostgreSQL's; {self.alias!r} is {self.vendor}."
            )
        await self.execute(NOTIFY, [channel, payload])

    async def copy(self, sql: str, rows: CopiedRows) -> Result:
        """
        Run a COPY FROM STDIN with these rows, which PostgreSQL has.

        Execute wrappers and the query log see it as a statement without parameters.
        """
        return await self._observer.run(sql, None, lambda sql, _: self._run(sql, rows))

    async def _run(self, sql: str, params: Any) -> Result:
        scope = current_scope(self.alias)
        on = database(self.alias) if scope is None else scope.transaction.database
        try:
            if scope is not None:
                return await scope.execute(sql, params)
            connection = await on.acquire(sql)
            try:
                return await on.execute(connection, sql, params)
            finally:
                await on.release(connection)
        except Exception as exc:
            if (error := on.as_django(exc)) is exc:
                raise
            raise error from exc

    def stream(
        self, sql: str, params: Sequence[Any] | None = None, chunk_size: int = 2000
    ) -> AsyncGenerator[list[tuple[Any, ...]], None]:
        """
        Run one SELECT and give its rows as they come, in lists of `chunk_size`.

        Parameters and errors are those of `execute`. Outside an atomic block, it holds a
        connection of its own. Read it to the end, or close it.
        """
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return stream(self.alias, sql, params, chunk_size)

    def execute_wrapper(self, wrapper: Wrapper) -> AbstractContextManager[None]:
        """
        Run `wrapper(execute, sql, params, many, context)` around each statement.

        Django: DatabaseWrapper.execute_wrapper(); it reaches the current context only.
        """
        return self._observer.wrapped(wrapper)

    @asynccontextmanager
    async def pinned(self) -> AsyncIterator[Self]:
        """
        Keep one connection of the pool for this context: for what lives in a session.

        Statements inside, those of child tasks too, run on it, one at a time; it is not a
        transaction. Inside an atomic block, which has its connection, it adds nothing. At the
        end the session is cleaned.
        Raises: PoolTimeout where no connection becomes free.
        """
        if (scope := current_scope(self.alias)) is not None:
            scope.check_here()
            yield self
        elif (pin := current_pin(self.alias)) is not None:
            pin.check_usable()
            yield self
        else:
            on = database(self.alias)
            pin = Pin(self.alias, on.pool, await on.acquire())
            try:
                yield self
            finally:
                await pin.end()

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[Cursor]:
        """Give a cursor, which reads all rows of a statement at once."""
        yield Cursor(self)

    @asynccontextmanager
    async def chunked_cursor(self) -> AsyncIterator[Cursor]:
        """Give a cursor that reads rows as they are wanted, for large results."""
        cursor = ChunkedCursor(self)
        try:
            yield cursor
        finally:
            await cursor.close()

    @asynccontextmanager
    async def copying(self, sql: str, params: Sequence[Any] | None) -> AsyncGenerator[Any, None]:
        """Run a COPY; in an atomic block, its turn is held to the end."""
        on = database(self.alias)
        scope = current_scope(self.alias)
        keeper = current_pin(self.alias) if scope is None else scope
        try:
            with on.translating():
                async with AsyncExitStack() as stack:
                    begun: list[Any] = []

                    async def begin(sql: str, params: Any) -> Result:
                        connection = await stack.enter_async_context(any_connection(on))
                        if keeper is not None:
                            stack.enter_context(keeper.copying())
                        timing.start()
                        begun.append(
                            await stack.enter_async_context(connection.copying(sql, params))
                        )
                        return Result([], -1)

                    await self._observer.run(sql, params, begin)
                    yield begun[0]
        except BaseException as exc:
            if scope is not None and not isinstance(exc, Exception):
                scope.mark_for_rollback(exc)
            raise

    async def close(self) -> None:
        """Close the pools of the running event loop."""
        await close_all()


class Cursor:
    """
    A cursor over the rows of its last statement, all of which have been read.

    It has the methods of Django's cursor, and may be iterated over.
    """

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rowcount = -1
        self.lastrowid: Any = None
        self.description: Any = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    async def execute(self, sql: str, params: Sequence[Any] | None = None) -> None:
        """Run one statement."""
        result = await self.connection.execute(sql, params)
        self.rowcount, self.lastrowid = result.rowcount, result.lastrowid
        self.description = result.description
        self._rows = iter(result.rows)

    async def executemany(self, sql: str, param_list: Iterable[Any]) -> None:
        """Run one statement for each row of parameters: all or nothing."""
        self.rowcount = await self.connection.execute_many(sql, param_list)
        self.lastrowid = self.description = None
        self._rows = iter(())

    async def callproc(self, procname: str, params: Sequence[Any] = ()) -> None:
        """
        Call a function of PostgreSQL or a procedure of MySQL; its rows can then be fetched.

        Raises: NotSupportedError on SQLite.
        """
        await self.execute(call_statement(self.connection.vendor, procname, len(params)), params)

    @asynccontextmanager
    async def copy(
        self, sql: str, params: Sequence[Any] | None = None
    ) -> AsyncGenerator[Any, None]:
        """
        Run a COPY of PostgreSQL, whose rows are written to or read from psycopg's object for it.

        Raises: NotSupportedError on other databases.
        """
        async with self.connection.copying(sql, params) as copy:
            yield copy

    async def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return up to `size` further rows, by default `arraysize`."""
        return list(islice(self._rows, self.arraysize if size is None else size))

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all further rows."""
        return list(self._rows)

    def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        return self

    async def __anext__(self) -> tuple[Any, ...]:
        if (row := await self.fetchone()) is None:
            raise StopAsyncIteration
        return row

    async def close(self) -> None:
        """Forget the rows that are left."""
        self._rows = iter(())


class ChunkedCursor(Cursor):
    """A cursor over the rows of one SELECT, which are read as they are wanted."""

    chunk_size = 2000

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._stream: AsyncGenerator[list[tuple[Any, ...]], None] | None = None
        self._read: deque[tuple[Any, ...]] = deque()

    async def execute(self, sql: str, params: Sequence[Any] | None = None) -> None:
        """Begin to run one SELECT."""
        await self.close()
        self.description = None

        def describe(description: Any) -> None:
            self.description = description

        alias = self.connection.alias
        self._stream = stream(alias, sql, params, self.chunk_size, describe=describe)
        await self._read_on()

    async def _read_on(self) -> bool:
        if self._stream is None:
            return False
        async for rows in self._stream:
            self._read.extend(rows)
            return True
        self._stream = None
        return False

    async def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return up to `size` further rows, by default `arraysize`."""
        size = self.arraysize if size is None else size
        while len(self._read) < size and await self._read_on():
            continue
        return [self._read.popleft() for _ in range(min(size, len(self._read)))]

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all further rows."""
        while await self._read_on():
            continue
        rows = list(self._read)
        self._read.clear()
        return rows

    async def close(self) -> None:
        """End reading."""
        rows, self._stream = self._stream, None
        self._read.clear()
        if rows is not None:
            await rows.aclose()


class Connections:
    """The connections by alias."""

    def __init__(self) -> None:
        self._by_alias: dict[str, Connection] = {}

    def __getitem__(self, alias: str) -> Connection:
        try:
            return self._by_alias[alias]
        except KeyError:
            if alias not in django_connections.settings:
                raise django_connections.exception_class(
                    f"The connection '{alias}' doesn't exist."
                ) from None
        return self._by_alias.setdefault(alias, Connection(alias))

    def __iter__(self) -> Iterator[str]:
        return iter(django_connections)

    async def close(self) -> None:
        """Close the pools of the running event loop."""
        await close_all()


connections = Connections()
