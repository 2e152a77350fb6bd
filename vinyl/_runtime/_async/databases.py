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
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections as django_connections
from django.db.backends.base.base import BaseDatabaseWrapper

from vinyl.conf import effective_alias
from vinyl.plans.contenttypes import all_content_types
from vinyl.sql.door import make_known, open_dialect

from .drivers import driver_for
from .drivers.base import Connection, Driver
from .scopes import current_scope


class Database:
    """One alias in one event loop."""

    def __init__(self, alias: str) -> None:
        settings_alias = effective_alias(alias)
        wrapper = django_connections.create_connection(settings_alias)
        wrapper.alias = alias
        self.alias = alias
        self.name = wrapper.settings_dict["NAME"]
        self.settings = wrapper.settings_dict
        self.vendor = wrapper.vendor
        self.driver: Driver = driver_for(wrapper)
        self.pool = self.driver.make_pool()
        self.lock = asyncio.Lock()

    async def acquire(self) -> Connection:
        """
        Take a connection out of the pool.

        Raises: PoolTimeout, or Django's class of whatever the driver raised on connecting.
        """
        try:
            return await self.pool.acquire()
        except Exception as exc:
            raise self.as_django(exc) from exc

    async def release(self, connection: Connection) -> None:
        """Give a connection back; never raises."""
        await self.pool.release(connection)

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


def _forget_all() -> None:
    """Start afresh in a forked child: the sockets are the parent's."""
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
    if found.name != found.settings["NAME"]:
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


async def dialect(alias: str) -> BaseDatabaseWrapper:
    """
    Return what compiles for an alias in this thread.

    The first call asks the server for what the features of Django's depend on.
    """
    try:
        known: dict[str, Any] = _thread.dialects
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


async def door(alias: str) -> BaseDatabaseWrapper:
    """Return the dialect of an alias, known by name to Django's methods."""
    return make_known(await dialect(alias))


async def _make_dialect(alias: str) -> BaseDatabaseWrapper:
    opened = database(alias)
    wrapper = open_dialect(alias, effective_alias(alias), lambda: current_scope(alias) is None)
    connection = await opened.acquire()
    try:
        await opened.driver.fill_server_facts(wrapper, connection)
        await _read_content_types(opened, wrapper, connection)
    except Exception as exc:
        raise opened.as_django(exc) from exc
    finally:
        await opened.release(connection)
    return wrapper


async def _read_content_types(
    opened: Database, wrapper: BaseDatabaseWrapper, connection: Connection
) -> None:
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
