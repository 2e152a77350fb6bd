"""
The open databases of each event loop: a driver, its pool, and the dialect that compiles for it.

Pools are kept by event loop and alias, made on first use and dropped with their loop; those of
a loop that is only closed, and not shut down, when the next is opened. Dialects are kept by
thread, as Django keeps its connections.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections as django_connections

from vinyl.conf import effective_alias
from vinyl.deadlines import seconds_left
from vinyl.plans.contenttypes import all_content_types
from vinyl.sql.door import make_known, open_dialect
from vinyl.sql.many import ParamRows
from vinyl.sqlite_backend.turns import writes

from . import timing
from .drivers import driver_for
from .drivers.base import Connection, Driver, to_its_end
from .holders import Holder
from .pinning import current_pin
from .scopes import current_scope

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect
    from vinyl.sql.result import Result
    from vinyl.sqlite_backend.turns import Turn

# Seconds that a server may take longer than a deadline. The deadline itself ends a statement; the
# server's limit is for the case that it is not told.
_GRACE = 0.25

# Seconds that closing a pool may take, before its connections are closed without the server.
_CLOSING = 10.0


class Database:
    """One alias in one event loop."""

    def __init__(self, alias: str) -> None:
        settings_alias = effective_alias(alias)
        wrapper = django_connections.create_connection(settings_alias)
        wrapper.alias = alias
        self.alias = alias
        # What may change under a test runner, and makes the connections useless.
        self.name = wrapper.settings_dict["NAME"]
        self.use_tz = settings.USE_TZ
        self.settings = wrapper.settings_dict
        self.vendor = wrapper.vendor
        try:
            self.driver: Driver = driver_for(wrapper)
        except ValueError as exc:
            raise ImproperlyConfigured(
                f"DATABASES[{settings_alias!r}] cannot be used: {exc}"
            ) from exc
        self.pool = self.driver.make_pool()
        self._turns = self.driver.turns
        # Held by the one writer that waits for a connection first, and then for its turn.
        self._short = asyncio.Lock()

    async def acquire(self, *statements: str) -> Connection:
        """
        Take the connection that is pinned to the context, else one out of the pool.

        It is to run these statements. Where only one may write at a time, the turn to do so comes
        with the connection.
        Raises: PoolTimeout, or Django's class of whatever the driver raised on connecting.
        """
        takes_turn = self._turns is not None and any(map(writes, statements))
        if (pin := current_pin(self.alias)) is not None:
            connection = await pin.take()
            return await self._with_turn(connection) if takes_turn else connection
        return await (self._acquire_to_write() if takes_turn else self.acquire_apart())

    async def acquire_apart(self) -> Connection:
        """Take a connection out of the pool, though one may be pinned."""
        with self.translating():
            return _held(await self.pool.acquire())

    async def _acquire_to_write(self) -> Connection:
        """
        Take a connection out of the pool, with the turn to write.

        The turn comes first, so that whoever waits for it keeps no connection from those who read.
        But nobody waits for a connection with the turn in hand: who has the connection may be
        waiting for the turn. Where none is free, one at a time takes them the other way round.
        """
        turn = await self._turn()
        try:
            with self.translating():
                free = await self.pool.acquire_free()
        except BaseException:
            turn.end()
            raise
        if free is not None:
            free.turn = turn
            return _held(free)
        turn.end()
        try:
            async with asyncio.timeout(self.pool.options.timeout):
                await self._short.acquire()
        except TimeoutError as exc:
            raise self.pool.timeout_error() from exc
        try:
            return await self._with_turn(await self.acquire_apart())
        finally:
            self._short.release()

    async def _with_turn(self, connection: Connection) -> Connection:
        try:
            connection.turn = await self._turn()
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def _turn(self) -> Turn:
        assert self._turns is not None
        with self.translating():
            return await self._turns.taken(self.driver.patience)

    async def release(self, connection: Connection) -> None:
        """Give a connection back; never raises."""
        # Taken off at once: soon somebody else may have the connection, with a turn of its own.
        turn = None if self._turns is None else _taken_off(connection)
        try:
            if connection.pin is not None:
                await connection.pin.give_back()
            else:
                connection.holder = None
                await self.pool.release(connection)
        finally:
            if turn is not None:
                turn.end()

    async def execute(self, connection: Connection, sql: str, params: Any) -> Result:
        """
        Run one statement on a connection, in the time that is left for it.

        Raises: DeadlineExceeded, where there is none; the driver's errors.
        """
        if self._turns is not None and connection.turn is None and writes(sql):
            return await self._execute_in_turn(connection, sql, params)
        timing.start()
        if type(params) is ParamRows:
            seconds_left()
            return await connection.execute_many(sql, params)
        if (left := seconds_left()) is None:
            return await connection.execute(sql, params)
        return await connection.execute_within(left + _GRACE, sql, params)

    async def _execute_in_turn(self, connection: Connection, sql: str, params: Any) -> Result:
        """Run the first writing statement of a transaction, or one outside of any."""
        connection.turn = await self._turn()
        try:
            return await self.execute(connection, sql, params)
        finally:
            if not connection.in_transaction and (turn := _taken_off(connection)) is not None:
                turn.end()

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Let the driver's errors out of a block as Django's."""
        try:
            yield
        except Exception as exc:
            if (error := self.as_django(exc)) is exc:
                raise
            raise error from exc

    def as_django(self, exc: BaseException) -> BaseException:
        """Return Django's exception for one of the driver's; any other as it is."""
        if (as_class := self.driver.translate(exc)) is None:
            return exc
        return as_class(*exc.args).with_traceback(exc.__traceback__)


def _held(connection: Connection) -> Connection:
    """Note who takes a connection out of the pool."""
    connection.holder = Holder()
    connection.pin = None
    return connection


def _taken_off(connection: Connection) -> Turn | None:
    turn, connection.turn = connection.turn, None
    return turn


_databases: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Database]] = WeakKeyDictionary()
_guards: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = (
    WeakKeyDictionary()
)
_thread = threading.local()
logger = logging.getLogger("vinyl")


# Databases of the process that this one was forked from. They are kept, for ever: to close their
# connections would tell the parent's servers good-bye, or wait for a lock that no thread holds.
_inherited: list[Any] = []


def _forget_all() -> None:
    """Start afresh in a forked child: the connections are the parent's."""
    _inherited.extend((_databases.copy(), _guards.copy(), *_databases, *_databases.values()))
    _databases.clear()
    _guards.clear()


os.register_at_fork(after_in_child=_forget_all)


def database(alias: str) -> Database:
    """Return the database of an alias in the running event loop; open it on first use."""
    loop = asyncio.get_running_loop()
    try:
        found = _databases[loop][alias]
    except KeyError:
        return _open(loop, alias)
    if found.name != found.settings["NAME"] or found.use_tz != settings.USE_TZ:
        found.pool.abort()
        return _open(loop, alias)
    return found


def _open(loop: asyncio.AbstractEventLoop, alias: str) -> Database:
    _abort_of_closed_loops()
    opened = Database(alias)
    _databases.setdefault(loop, {})[alias] = opened
    if loop not in _guards:
        _guards[loop] = guard = _abort_with_loop(loop)
        # Run to its yield: the loop then finalises the generator when it shuts down.
        _start(guard)
    return opened


def _start(guard: AsyncGenerator[None, None]) -> None:
    try:
        guard.__anext__().send(None)
    except StopIteration:
        return


async def _abort_with_loop(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    """Drop the pools of a loop when it ends; by then its tasks are cancelled."""
    try:
        yield
    finally:
        for opened in _databases.pop(loop, {}).values():
            opened.pool.abort()
        _guards.pop(loop, None)


def _abort_of_closed_loops() -> None:
    """
    Drop the pools of loops that were closed without being shut down, which told no guard.

    The pools themselves refer to their loop: without this, all would stay for good.
    """
    # The references are copied at once, whatever other threads add meanwhile.
    for loop in [loop for ref in _databases.keyrefs() if (loop := ref()) is not None]:
        if loop.is_closed():
            _guards.pop(loop, None)
            # In one thread only, whoever else comes here at the same time.
            for opened in _databases.pop(loop, {}).values():
                opened.pool.abort()


async def close_all() -> None:
    """
    Close the pools of the running event loop, although the caller is cancelled meanwhile.

    What takes too long is closed without waiting for the server.
    Raises: the first error, when all is closed.
    """
    _abort_of_closed_loops()
    left = list(_databases.pop(asyncio.get_running_loop(), {}).values())
    try:
        cancelled = await to_its_end(_close(left))
    finally:
        # The loop ends, which cancels the closing itself.
        for opened in left:
            opened.pool.abort()
    if cancelled is not None:
        raise cancelled


async def _close(left: list[Database]) -> None:
    """Close these databases; each leaves the list when it is closed."""
    errors: list[Exception] = []
    while left:
        pool = left[0].pool
        try:
            async with asyncio.timeout(_CLOSING):
                await pool.close()
        except TimeoutError:
            pool.abort()
            logger.warning(
                "The connections to %r were closed at once: in %g s the server had not let go of "
                "them.",
                left[0].alias,
                _CLOSING,
            )
        except Exception as exc:
            pool.abort()
            if errors:
                logger.warning("Closing the pool of %r failed", left[0].alias, exc_info=True)
            errors.append(exc)
        del left[0]
    if errors:
        raise errors[0]


async def dialect(alias: str) -> Dialect:
    """
    Return what compiles for an alias in this thread.

    The first call asks the server for what the features of Django's depend on.
    """
    try:
        known: dict[str, tuple[Dialect, str]] = _thread.dialects
    except AttributeError:
        known = _thread.dialects = {}
    try:
        wrapper, name = known[alias]
        if wrapper.settings_dict["NAME"] == name:
            return wrapper
    except KeyError:
        pass
    wrapper = await _make_dialect(alias)
    known[alias] = (wrapper, wrapper.settings_dict["NAME"])
    return wrapper


def known_dialects() -> dict[str, Dialect]:
    """Return the dialects that this thread has made, by alias."""
    known: dict[str, tuple[Dialect, str]] = getattr(_thread, "dialects", {})
    return {
        alias: wrapper
        for alias, (wrapper, name) in known.items()
        if wrapper.settings_dict["NAME"] == name
    }


async def door(alias: str) -> Dialect:
    """Return the dialect of an alias, known by name to Django's methods."""
    return make_known(await dialect(alias))


async def _make_dialect(alias: str) -> Dialect:
    opened = database(alias)
    wrapper = open_dialect(
        alias, effective_alias(alias), lambda: current_scope(alias) is None, stands_in=True
    )
    with opened.translating():
        async with any_connection(opened) as connection:
            await opened.driver.fill_server_facts(wrapper, connection)
            if connection.in_transaction:
                # A missing table must not spoil the user's transaction.
                await connection.execute("SAVEPOINT vinyl_content_types")
                if not await _read_content_types(opened, wrapper, connection):
                    await connection.execute("ROLLBACK TO SAVEPOINT vinyl_content_types")
                await connection.execute("RELEASE SAVEPOINT vinyl_content_types")
            else:
                await _read_content_types(opened, wrapper, connection)
    return wrapper


@asynccontextmanager
async def any_connection(opened: Database) -> AsyncIterator[Connection]:
    """Give the connection of the atomic block around, else one of the pool."""
    scope = current_scope(opened.alias)
    if scope is not None:
        # Another one might never become free: the block may hold the last of the pool.
        async with scope.using_connection() as connection:
            yield connection
        return
    connection = await opened.acquire()
    try:
        yield connection
    finally:
        await opened.release(connection)


async def _read_content_types(opened: Database, wrapper: Dialect, connection: Connection) -> bool:
    """Let the dialect know the content types; tell whether they could be read."""
    plan = all_content_types(wrapper)
    try:
        statement = next(plan)
        while True:
            statement = plan.send(await connection.execute(*statement))
    except StopIteration:
        return True
    except Exception as exc:
        if opened.driver.translate(exc) is None:
            raise
        # The table may not be there yet; generic relations cannot be used before it is.
        logger.debug("The content types of %r cannot be read: %s", wrapper.alias, exc)
        return False
