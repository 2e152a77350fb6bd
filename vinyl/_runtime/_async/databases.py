"""
The open databases of each event loop: a driver, its pool, and the dialect that compiles for it.

Pools are kept by event loop and alias, made on first use and dropped with their loop. Dialects
are kept by thread, as Django keeps its connections.
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
from vinyl.plans.contenttypes import all_content_types
from vinyl.sql.door import make_known, open_dialect

from .drivers import driver_for
from .drivers.base import Connection, Driver
from .scopes import current_scope

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect


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

    async def acquire(self) -> Connection:
        """
        Take a connection out of the pool.

        Raises: PoolTimeout, or Django's class of whatever the driver raised on connecting.
        """
        try:
            return await self.pool.acquire()
        except Exception as exc:
            if (error := self.as_django(exc)) is exc:
                raise
            raise error from exc

    async def release(self, connection: Connection) -> None:
        """Give a connection back; never raises."""
        await self.pool.release(connection)

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


async def close_all() -> None:
    """Close the pools of the running event loop."""
    loop = asyncio.get_running_loop()
    for opened in _databases.pop(loop, {}).values():
        await opened.pool.close()


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


async def door(alias: str) -> Dialect:
    """Return the dialect of an alias, known by name to Django's methods."""
    return make_known(await dialect(alias))


async def _make_dialect(alias: str) -> Dialect:
    opened = database(alias)
    wrapper = open_dialect(alias, effective_alias(alias), lambda: current_scope(alias) is None)
    with opened.translating():
        async with _any_connection(opened) as connection:
            await opened.driver.fill_server_facts(wrapper, connection)
            await _read_content_types(opened, wrapper, connection)
    return wrapper


@asynccontextmanager
async def _any_connection(opened: Database) -> AsyncIterator[Connection]:
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


async def _read_content_types(opened: Database, wrapper: Dialect, connection: Connection) -> None:
    plan = all_content_types(wrapper)
    try:
        statement = next(plan)
        while True:
            statement = plan.send(await connection.execute(*statement))
    except StopIteration:
        return
    except Exception as exc:
        if opened.driver.translate(exc) is None:
            raise
        # The table may not be there yet; generic relations cannot be used before it is.
        logger.debug("The content types of %r cannot be read: %s", wrapper.alias, exc)
