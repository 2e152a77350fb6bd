"""`vinyl.connections[alias]` of the sync twin: Django's own connection."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from time import monotonic
from typing import Any, Self

from django.db import NotSupportedError
from django.db import connections as django_connections

from vinyl.deadlines import seconds_left
from vinyl.exceptions import WrongMode
from vinyl.mode import is_coroutine_function
from vinyl.pooling import PoolStats
from vinyl.sql.limits import limited
from vinyl.sql.many import CopiedRows
from vinyl.sql.notifying import NOTIFY
from vinyl.sql.result import Result

from .databases import close_all
from .listening import Listening
from .streaming import stream
from .transaction import atomic

Wrapper = Callable[..., Any]

# libpq's numbers of them.
_ACTIVE, _COPY_OUT = 1, 3


class Connection:
    """What runs statements on an alias: Django's own connection of this thread."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def __getattr__(self, name: str) -> Any:
        return getattr(django_connections[self.alias], name)

    @property
    def pool_stats(self) -> PoolStats:
        """How Django's pool is doing; where it has none, a pool of this thread's connection."""
        wrapper = django_connections[self.alias]
        pool = getattr(wrapper, "pool", None)
        if pool is None:
            return PoolStats(int(wrapper.connection is not None), 0, 0, 1)
        stats = pool.get_stats()
        idle, waiting = stats["pool_available"], stats.get("requests_waiting", 0)
        return PoolStats(stats["pool_size"], idle, waiting, stats["pool_max"])

    @property
    def force_debug_cursor(self) -> bool:
        """Whether statements are recorded in `queries` without DEBUG, too."""
        return django_connections[self.alias].force_debug_cursor

    @force_debug_cursor.setter
    def force_debug_cursor(self, value: bool) -> None:
        django_connections[self.alias].force_debug_cursor = value

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """
        Run one statement and return all it gives.

        `%s` marks a parameter; with params None, nothing is interpolated.
        Raises: Django's database errors, with the driver's as `__cause__`.
        """
        wrapper, left = django_connections[self.alias], seconds_left()
        with wrapper.cursor() as cursor:
            if left is not None:
                return _execute_within(wrapper, cursor, left, sql, params)
            cursor.execute(sql, params)
            return _result(cursor)

    def execute_many(self, sql: str, params_list: Iterable[Any]) -> int:
        """
        Run one statement for each row of parameters; return how many rows that has changed.

        All or nothing, in a transaction or a savepoint of its own.
        Django: cursor.executemany(), each row of which may be committed by itself.
        """
        rows = list(params_list)
        if not rows:
            return 0
        wrapper = django_connections[self.alias]
        with atomic(self.alias), wrapper.cursor() as cursor:
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)

    def fetch(self, sql: str, params: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """
        Run one statement and return its rows, as dicts by the names of the columns.

        Raises: as `execute`; ValueError where two columns have one name.
        """
        return self.execute(sql, params).dicts()

    def fetch_one(self, sql: str, params: Sequence[Any] | None = None) -> dict[str, Any] | None:
        """Run one statement and return its first row, as `fetch` does, or None."""
        rows = self.fetch(sql, params)
        return rows[0] if rows else None

    def fetch_value(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        """Run one statement and return the first column of its first row; None for no row."""
        rows = self.execute(sql, params).rows
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

    def notify(self, channel: str, payload: str = "") -> None:
        """
        Send a notification, which listeners get at the end of the transaction.

        Raises: NotSupportedError on other databases than PostgreSQL.
        """
        vendor = django_connections[self.alias].vendor
        if vendor != "postgresql":
            raise NotSupportedError(
                f"listen() and notify() are PostgreSQL's; {self.alias!r} is {vendor}."
            )
        self.execute(NOTIFY, [channel, payload])

    def copy(self, sql: str, rows: CopiedRows) -> Result:
        """
        Run a COPY FROM STDIN with these rows, which PostgreSQL has.

        Execute wrappers and the query log see it as a statement without parameters.
        """
        connection = django_connections[self.alias]

        def run(sql: str, params: Any, many: bool, context: Any) -> Result:
            connection.validate_no_broken_transaction()
            with connection.wrap_database_errors, cursor.cursor.copy(sql) as copy:
                if rows.types is not None:
                    copy.set_types(rows.types)
                for row in rows:
                    copy.write_row(row)
            return Result([], cursor.rowcount)

        with connection.cursor() as cursor:
            if not hasattr(cursor.cursor, "copy"):
                raise NotSupportedError("COPY needs psycopg 3; this is psycopg2.")
            logged = cursor.debug_sql(sql) if hasattr(cursor, "debug_sql") else nullcontext()
            with logged:
                result: Result = cursor._execute_with_wrappers(sql, None, False, run)
            return result

    def stream(
        self, sql: str, params: Sequence[Any] | None = None, chunk_size: int = 2000
    ) -> Generator[list[tuple[Any, ...]], None, None]:
        """
        Run one SELECT and give its rows as they come, in lists of `chunk_size`.

        Parameters and errors are those of `execute`. Read it to the end, or close it.
        """
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return stream(self.alias, sql, params, chunk_size)

    def execute_wrapper(self, wrapper: Wrapper) -> AbstractContextManager[None]:
        """
        Run `wrapper(execute, sql, params, many, context)` around each statement.

        Raises: WrongMode for a coroutine function.
        Django: DatabaseWrapper.execute_wrapper().
        """
        if is_coroutine_function(wrapper):
            raise WrongMode(
                f"{wrapper!r} is a coroutine function, which the sync twin cannot run. Write "
                "`def wrapper(execute, sql, params, many, context)`."
            )
        return django_connections[self.alias].execute_wrapper(wrapper)

    @contextmanager
    def pinned(self) -> Iterator[Self]:
        """
        Keep one connection for what lives in a session; there is but one in a thread.

        As always with Django, what is left behind in its session stays there until it is closed.
        """
        yield self

    def cursor(self) -> Any:
        """Give Django's cursor."""
        cursor: Any = django_connections[self.alias].cursor()
        cursor.copy = partial(_copying, cursor)
        return cursor

    def chunked_cursor(self) -> Any:
        """Give a cursor that reads rows as they are wanted, for large results."""
        return django_connections[self.alias].chunked_cursor()

    def close(self) -> None:
        """Close Django's connection of this thread."""
        django_connections[self.alias].close()


@contextmanager
def _copying(cursor: Any, sql: str, params: Sequence[Any] | None = None) -> Iterator[Any]:
    """
    Run a COPY of PostgreSQL, whose rows are written to or read from psycopg's object for it.

    Raises: NotSupportedError on other databases.
    """
    if cursor.db.vendor != "postgresql" or not hasattr(cursor.cursor, "copy"):
        raise NotSupportedError("Only PostgreSQL has COPY, and only psycopg 3 does this with it.")
    cursor.db.validate_no_broken_transaction()
    with cursor.db.wrap_database_errors, cursor.cursor.copy(sql, params) as copy:
        yield copy
        pgconn, result = cursor.connection.pgconn, cursor.pgresult
        if (
            pgconn.transaction_status == _ACTIVE
            and result is not None
            and result.status == _COPY_OUT
        ):
            # psycopg leaves what has not been read in the way of the next statement.
            for _ in copy:
                continue


def _result(cursor: Any) -> Result:
    """Read all that a statement gives."""
    # MySQL's driver gives a tuple.
    rows = list(cursor.fetchall()) if cursor.description else []
    return Result(rows, cursor.rowcount, getattr(cursor, "lastrowid", None), cursor.description)


def _execute_within(wrapper: Any, cursor: Any, seconds: float, sql: str, params: Any) -> Result:
    """Run a statement on a cursor of Django's; it ends with an OperationalError in time."""
    if wrapper.vendor == "sqlite":
        with _interrupting(wrapper.connection, seconds):
            cursor.execute(sql, params)
            return _result(cursor)
    kind = "mariadb" if getattr(wrapper, "mysql_is_mariadb", False) else wrapper.vendor
    if wrapper.vendor == "postgresql" and _binds_in_the_server(wrapper):
        kind = ""  # It takes one statement at a time.
    in_transaction = wrapper.in_atomic_block or not wrapper.autocommit
    text, before = limited(kind, sql, seconds, in_transaction=in_transaction)
    cursor.execute(text, params)
    for _ in range(before):
        cursor.nextset()
    return _result(cursor)


def _binds_in_the_server(wrapper: Any) -> bool:
    options = wrapper.settings_dict["OPTIONS"]
    return bool(options.get("server_side_binding") or options.get("cursor_factory"))


@contextmanager
def _interrupting(raw: Any, seconds: float) -> Iterator[None]:
    """Let SQLite ask every so many steps whether to go on; reading rows takes steps, too."""
    at = monotonic() + seconds
    raw.set_progress_handler(lambda: monotonic() >= at, 10_000)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


class Connections:
    """The connections by alias."""

    def __getitem__(self, alias: str) -> Connection:
        django_connections[alias]
        return Connection(alias)

    def __iter__(self) -> Iterator[str]:
        return iter(django_connections)

    def close(self) -> None:
        """Close Django's connections of this thread."""
        close_all()


connections = Connections()
