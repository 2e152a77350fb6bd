"""
The async twin on Django's own session: what a TestCase has not committed is seen by nobody else.

- PostgreSQL: one libpq connection under Django's psycopg.Connection and vinyl's AsyncConnection.
- SQLite: one sqlite3.Connection under both; the statements run in the test's thread.
- MySQL: Django's wrapper is put on vinyl's connection; see `mysql_shim`.

Pools and connecting are thereby not judged. vinyl's statements, transactions and errors are: an
atomic block of Django's is vinyl's outermost block, in which vinyl sets its savepoints.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import django.db
from django.test.testcases import DatabaseOperationForbidden

from tests.django_suite import portal
from vinyl._runtime._async import databases, observing, scopes, transaction


def wrapper_of(alias: str) -> Any:
    """Return Django's connection of this thread."""
    return django.db.connections[alias]


def is_allowed(wrapper: Any) -> bool:
    """Tell whether the running test may use a database: Django patches those of the others."""
    return type(wrapper.__dict__.get("connect")).__name__ != "_DatabaseFailure"


class Database(databases.Database):
    """A database of vinyl's whose only connection is Django's."""

    async def acquire(self, *statements: str) -> Any:
        wrapper = wrapper_of(self.alias)
        if not is_allowed(wrapper):
            wrapper.connect()  # It raises, and says why.
        with portal.OutsideLoop():
            wrapper.ensure_connection()
        return await CONNECT[self.vendor](self, wrapper.connection)

    async def release(self, connection: Any) -> None:
        # A pool does so, as when a COMMIT has failed; not with a transaction of Django's.
        wrapper = wrapper_of(self.alias)
        if connection.in_transaction and wrapper.autocommit and not wrapper.in_atomic_block:
            await connection.execute("ROLLBACK")


async def connect_sqlite(database: Any, raw: Any) -> Any:
    from vinyl._runtime._async.drivers import sqlite, sqlite_borrowed

    class Here(sqlite._Worker):
        """A worker that works in the test's thread."""

        def __init__(self) -> None:
            self._connection = raw
            self._running = True
            self.cursors = set()

        async def call(self, function: Any) -> Any:
            return function()

    connection = sqlite.SQLiteConnection(database.driver, Here())
    # Django's connection has the right to write already, in the same session.
    connection.turn = sqlite_borrowed.DjangosTurn()
    return connection


async def connect_postgresql(database: Any, raw: Any) -> Any:
    from psycopg.adapt import AdaptersMap
    from psycopg.pq import TransactionStatus

    from vinyl._runtime._async.drivers import postgresql

    if not raw.autocommit and raw.info.transaction_status == TransactionStatus.IDLE:
        # psycopg would do it with the first statement; vinyl's do not go through psycopg.
        raw.pgconn.exec_(b"BEGIN")
    made = raw.__dict__.setdefault("_vinyl", {})
    if database in made:
        return made[database]

    class Twin(postgresql._AsyncConnection):
        @property
        def _autocommit(self) -> bool:
            return bool(raw._autocommit)

        @_autocommit.setter
        def _autocommit(self, value: bool) -> None:
            if hasattr(self, "_is_ready"):
                raw._autocommit = value

        def __del__(self) -> None:
            pass

    handlers = raw.pgconn.notice_handler, raw.pgconn.notify_handler
    twin = Twin(raw.pgconn)
    twin._is_ready = True
    raw.pgconn.notice_handler, raw.pgconn.notify_handler = handlers
    params = database.driver._params
    twin._adapters = AdaptersMap(params["context"])
    twin.prepare_threshold = raw.prepare_threshold
    twin.cursor_factory = params["cursor_factory"]
    await database.driver.configure(twin)
    made[database] = postgresql.PostgreSQLConnection(database.driver, twin)
    return made[database]


async def connect_mysql(database: Any, raw: Any) -> Any:
    from vinyl._runtime._async.drivers import mysql

    # Django's wrapper is on aiomysql's connection: see `mysql_shim`.
    if raw.vinyl is None:
        raw.vinyl = mysql.MySQLConnection(database.driver, raw.shim)
    return raw.vinyl


def open_before() -> None:
    """Let Django connect where that takes an event loop, which is then not running yet."""
    for wrapper in django.db.connections.all():
        if wrapper.vendor == "mysql" and wrapper.connection is None and is_allowed(wrapper):
            # In another thread, the test may not use all of them.
            with suppress(DatabaseOperationForbidden):
                wrapper.ensure_connection()


CONNECT = {"sqlite": connect_sqlite, "postgresql": connect_postgresql, "mysql": connect_mysql}


class Hooks(list[Any]):
    """The on_commit() hooks of Django's transaction."""

    def __init__(self, wrapper: Any) -> None:
        super().__init__()
        self.wrapper = wrapper

    def append(self, hook: Any) -> None:
        func, robust = hook
        wrapper = self.wrapper
        wrapper.run_on_commit.append((set(wrapper.savepoint_ids), func, robust))

    def __iadd__(self, hooks: Any) -> Hooks:  # type: ignore[override, misc]
        for hook in hooks:
            self.append(hook)
        return self


class Joined(transaction.Transaction):
    """A transaction that Django has begun."""

    def __init__(self, on: Any, connection: Any) -> None:
        self.wrapper = wrapper_of(on.alias)
        needs_rollback, exc = self.needs_rollback, self.rollback_exc
        super().__init__(on)
        self.needs_rollback, self.rollback_exc = needs_rollback, exc
        self.connection = connection
        self._has_begun = connection.in_transaction

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended it; on MySQL, it begins with the first statement."""
        return self._has_begun and super().is_lost

    async def _begin_anew(self) -> None:
        """Begin nothing: without autocommit, MySQL itself does, and a BEGIN would commit."""

    @property
    def needs_rollback(self) -> bool:  # type: ignore[override]
        return bool(self.wrapper.needs_rollback)

    @needs_rollback.setter
    def needs_rollback(self, value: bool) -> None:
        self.wrapper.needs_rollback = value

    @property
    def rollback_exc(self) -> Any:
        return self.wrapper.rollback_exc

    @rollback_exc.setter
    def rollback_exc(self, value: Any) -> None:
        self.wrapper.rollback_exc = value


@asynccontextmanager
async def joined() -> AsyncIterator[None]:
    """Be in the atomic blocks that Django is in."""
    entered = []
    for wrapper in django.db.connections.all(initialized_only=True):
        alias = wrapper.alias
        if wrapper.in_atomic_block and scopes.current_scope(alias) is None:
            on = databases.database(alias)
            scope = transaction.Scope(Joined(on, await on.acquire()), None, False)
            scope.opened = True
            scope.hooks = Hooks(wrapper)
            scopes.enter(alias, scope)
            entered.append((alias, scope))
    try:
        yield
    finally:
        for alias, scope in entered:
            scopes.leave(alias, scope)


class Observer(observing.Observer):
    """Keeps the log of statements where Django's tests look for it, in Django's form."""

    @property
    def logs(self) -> bool:
        return bool(wrapper_of(self.alias).queries_logged)

    def _record(self, sql: str, params: Any, duration: float, many: bool) -> None:
        wrapper = wrapper_of(self.alias)
        with portal.OutsideLoop():
            if params is not None and wrapper.connection is not None:
                sql = _written_out(wrapper, sql, params)
        wrapper.queries_log.append({"sql": sql, "time": f"{duration:.3f}"})

    def _tell(self, *args: Any) -> None:
        """Leave out what controls transactions: Django's own is done by Django here."""


def _written_out(wrapper: Any, sql: str, params: Any) -> str:
    """Return a statement as Django logs it, its parameters written into it."""
    if wrapper.vendor == "postgresql" and not wrapper.features.uses_server_side_binding:
        return str(wrapper.ops.compose_sql(sql, params))
    if wrapper.vendor == "mysql":
        # Django asks MySQLdb's cursor, and there is none.
        return str(wrapper.connection.vinyl._bound(sql, params).decode())
    return str(wrapper.ops.last_executed_query(None, sql, params))


def share_state(original: Any, alias: str, *args: Any, **kwargs: Any) -> Any:
    """Make a dialect on which the tests' patches of Django's connection show."""
    dialect = original(alias, *args, **kwargs)
    _show_patches(dialect.features, lambda: wrapper_of(alias).features)
    _show_patches(dialect.ops, lambda: wrapper_of(alias).ops)
    kind = type(dialect)
    zones = {
        name: property(lambda self, name=name: getattr(wrapper_of(alias), name))
        for name in ("timezone", "timezone_name")
    }
    dialect.__class__ = type(kind.__name__, (kind,), zones)
    return dialect


def _show_patches(ours: Any, stock: Any) -> None:
    """Let attributes that are set on an object of Django's show on one of the same class."""
    base = type(ours)
    own = {"__dict__", "__class__", "connection", "compiler", "_cache"}

    def __getattribute__(self: Any, name: str) -> Any:
        if name not in own:
            set_there = object.__getattribute__(stock(), "__dict__")
            if name in set_there:
                return set_there[name]
        return base.__getattribute__(self, name)

    ours.__class__ = type(base.__name__, (base,), {"__getattribute__": __getattribute__})


def install() -> None:
    import threading

    # One wrapper per alias and thread, while the portal's loop runs as well. (asgiref's Local
    # gives coroutines one of their own, on which the tests' patches would not show.)
    django.db.connections._connections = threading.local()
    databases.Database = Database
    observing.Observer = Observer
    databases.open_dialect = functools.partial(share_state, databases.open_dialect)
