"""`vinyl.connections[alias]` of the async twin: statements on a pool or in a transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from itertools import islice
from typing import Any

from django.db import connections as django_connections

from vinyl.sql.result import Result

from .databases import close_all, database
from .observing import Wrapper, observer
from .scopes import current_scope
from .streaming import stream


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
        return list(self._observer.log)

    async def execute(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """
        Run one statement and return all it gives.

        `%s` marks a parameter; with params None, nothing is interpolated.
        Raises: Django's database errors, with the driver's as `__cause__`.
        """
        return await self._observer.run(sql, params, self._run)

    async def _run(self, sql: str, params: Any) -> Result:
        scope = current_scope(self.alias)
        on = database(self.alias) if scope is None else scope.transaction.database
        try:
            if scope is not None:
                return await scope.execute(sql, params)
            connection = await on.acquire()
            try:
                return await connection.execute(sql, params)
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
    async def cursor(self) -> AsyncIterator[Cursor]:
        """Give a cursor whose `execute`, `fetchone`, `fetchmany` and `fetchall` are awaited."""
        yield Cursor(self)

    async def close(self) -> None:
        """Close the pools of the running event loop."""
        await close_all()


class Cursor:
    """A cursor over the rows of its last statement, all of which have been read."""

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

    async def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, or None."""
        return next(self._rows, None)

    async def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        """Return up to `size` further rows."""
        return list(islice(self._rows, size))

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all further rows."""
        return list(self._rows)


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
