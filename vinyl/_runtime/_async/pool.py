"""
A pool of connections for one database and one event loop.

The rules, which the tests hold it to:
- there are never more connections than `max_size`, and no slot is ever lost, whoever is
  cancelled and whatever breaks;
- waiters are served in the order in which they came, and each gets a connection, the error of a
  failed attempt to connect, or PoolTimeout;
- a server that is away is asked again after a while only, and then by one attempt at a time;
- a connection is handed out only when it is outside of any transaction and in step with its
  server.

Everything but connecting and cleaning up happens at once, in plain functions: the event loop is
the lock. Connecting and cleaning up run in tasks of the pool, so that a cancelled caller neither
wastes an attempt nor leaves one half done.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Coroutine, Iterable
from contextvars import Context
from time import monotonic
from typing import TYPE_CHECKING, Any

from vinyl.exceptions import PoolClosed, PoolTimeout
from vinyl.pooling import PoolOptions, PoolStats

from .backoff import Backoff
from .holders import told

if TYPE_CHECKING:
    from vinyl._runtime._async.drivers.base import Connection, Driver

__all__ = ["Pool", "PoolOptions", "PoolStats", "QueuePool"]

logger = logging.getLogger("vinyl.pool")

# Seconds until what `min_size` asks for is opened anew. At once would be while tasks are cancelled
# because their event loop ends, which does not wait for the pool's.
_RESTOCK_AFTER = 0.05


class Pool(ABC):
    """What the ORM asks of a pool. Every acquire() is paired with one release()."""

    def __init__(self, driver: Driver, options: PoolOptions) -> None:
        self.driver = driver
        self.options = options
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_use: set[Connection] = set()
        self._backoff = Backoff()
        # Why the last attempt to connect failed, until one succeeds. Not the exception itself,
        # whose frames would hold what is half open.
        self._reason = ""

    @abstractmethod
    async def acquire(self) -> Connection:
        """
        Return a connection, waiting in line for one where all are in use.

        While the server is away, the next attempt to connect is waited for as well, for about a
        second at most, and its outcome is told to all who wait.

        Raises: PoolTimeout after `timeout` seconds; PoolClosed; the driver's error where
        connecting failed.
        """

    async def acquire_free(self) -> Connection | None:
        """Return a connection that is idle or can be opened; None where all are in use."""
        return None

    @abstractmethod
    async def release(self, connection: Connection) -> None:
        """
        Take a connection back; an open transaction is rolled back first.

        Raises nothing but the cancellation of the caller, and completes in spite of it.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close all connections; those in use are closed when they are released."""

    @abstractmethod
    def abort(self) -> None:
        """Close all connections at once, those in use as well; for an event loop that ends."""

    @property
    @abstractmethod
    def stats(self) -> PoolStats:
        """Tell how many connections there are, how many are idle, and who waits."""

    def timeout_error(self) -> PoolTimeout:
        """Make the error for a caller that waited too long."""
        size, idle, _, max_size = self.stats
        failed = f" The last attempt to connect failed: {self._reason}" if self._reason else ""
        return PoolTimeout(
            f"No connection to {self.driver.alias!r} became free in {self.options.timeout:g} s; "
            f"{size - idle} of max_size={max_size} are in use or being opened. Hold connections "
            "for shorter, or raise max_size (or timeout) in "
            f"DATABASES[{self.driver.alias!r}]['OPTIONS']['pool'].{told(self._in_use)}{failed}"
        )

    def crowded_error(self) -> PoolTimeout:
        """Make the error for a caller that would have to wait in too long a line."""
        return PoolTimeout(
            f"Already {self.options.max_waiting} callers wait for a connection to "
            f"{self.driver.alias!r}; raise max_waiting (0 for no limit) or max_size in "
            f"DATABASES[{self.driver.alias!r}]['OPTIONS']['pool']."
        )

    def closed_error(self) -> PoolClosed:
        """Make the error for the use of a closed pool."""
        return PoolClosed(
            f"The pool of {self.driver.alias!r} was closed. Ask vinyl.connections for a "
            "connection anew; that opens a new pool."
        )

    def spawn(self, work: Coroutine[Any, Any, None], *, eager: bool = False) -> asyncio.Task[None]:
        """
        Run work in a task of the pool, in no caller's context.

        Eager work runs up to its first wait at once, from Python 3.12 on.
        """
        loop = asyncio.get_running_loop()
        if eager and sys.version_info >= (3, 12):
            task = asyncio.Task(work, loop=loop, eager_start=True, context=Context())
        else:
            task = loop.create_task(work, context=Context())
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task

    def end_orphans(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        """End tasks of the pool whose event loop is closed, which could not go on to their end."""
        task: Any
        for task in tuple(tasks):
            if task.done() or not task.get_loop().is_closed():
                continue
            # Else Python would report the task on collecting it.
            task._log_destroy_pending = False
            try:
                task.get_coro().close()
            except Exception as exc:  # noqa: BLE001 - asyncio's own asks for the loop on being closed
                logger.debug("A task of the pool of %r ended with: %s", self.driver.alias, exc)


class QueuePool(Pool):
    """
    The pool for drivers without a pool of their own.

    Taking an idle connection and giving a clean one back need no lock and no task.
    """

    def __init__(self, driver: Driver, options: PoolOptions) -> None:
        super().__init__(driver, options)
        # The most recently used is taken first, so that unneeded ones grow old at the left.
        self._idle: deque[Connection] = deque()
        self._waiters: OrderedDict[asyncio.Future[Connection], None] = OrderedDict()
        self._connecting = 0
        self._cleaning = 0
        self._closed = False
        self._reaper: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None

    @property
    def _size(self) -> int:
        return len(self._idle) + len(self._in_use) + self._connecting + self._cleaning

    @property
    def stats(self) -> PoolStats:
        """Tell how many connections there are, how many are idle, and who waits."""
        return PoolStats(self._size, len(self._idle), len(self._waiters), self.options.max_size)

    async def acquire(self) -> Connection:
        """Return a connection, waiting in line for one where all are in use."""
        end = monotonic() + self.options.timeout
        connection = await self._acquire_idle()
        return await self._wait(end - monotonic()) if connection is None else connection

    async def acquire_free(self) -> Connection | None:
        """Return a connection that is idle or can be opened; None where all are in use."""
        end = monotonic() + self.options.timeout
        connection = await self._acquire_idle()
        if connection is not None:
            return connection
        # Each of those in line will be given what can be opened, if nothing comes before.
        taken = self._size - self._connecting + len(self._waiters)
        return await self._wait(end - monotonic()) if taken < self.options.max_size else None

    async def _acquire_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.usable:
                self._discard(connection)
                continue
            self._in_use.add(connection)
            idle_for = monotonic() - connection.idle_since
            if idle_for < self.options.check_after or await self._answers(connection):
                return connection
        return None

    async def release(self, connection: Connection) -> None:
        """Take a connection back; an open transaction is rolled back first."""
        if connection not in self._in_use:  # aborted meanwhile, or released twice
            return
        self._in_use.discard(connection)
        if self._closed or not (connection.usable or connection.busy):
            self._discard(connection)
        elif connection.clean:
            self._offer(connection)
        else:
            self._cleaning += 1
            await asyncio.shield(self.spawn(self._clean(connection)))

    async def close(self) -> None:
        """Close all connections; those in use are closed when they are released."""
        self._shut()
        try:
            for task in tuple(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(tuple(self._tasks))
            while self._idle:
                await self._idle.pop().close()
        finally:
            while self._idle:
                self._idle.pop().abort()

    def abort(self) -> None:
        """Close all connections at once, those in use as well; for an event loop that ends."""
        self._shut()
        for connection in (*self._idle, *self._in_use):
            connection.abort()
        self._idle.clear()
        self._in_use.clear()
        self.end_orphans(self._tasks)

    def _shut(self) -> None:
        self._closed = True
        for timer in (self._reaper, self._retry):
            if timer is not None:
                timer.cancel()
        self._reaper = self._retry = None
        while self._waiters:
            waiter, _ = self._waiters.popitem(last=False)
            if not (waiter.done() or waiter.get_loop().is_closed()):
                waiter.set_exception(self.closed_error())

    # Waiting in line.

    async def _wait(self, seconds: float) -> Connection:
        if self._closed:
            raise self.closed_error()
        if 0 < self.options.max_waiting <= len(self._waiters):
            raise self.crowded_error()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Connection] = loop.create_future()
        self._waiters[waiter] = None
        self._grow()
        timer = loop.call_later(seconds, self._expire, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            # It may have been served in the very moment it was cancelled in.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                await self.release(waiter.result())
            raise
        finally:
            timer.cancel()
            self._waiters.pop(waiter, None)

    def _expire(self, waiter: asyncio.Future[Connection]) -> None:
        self._waiters.pop(waiter, None)
        if not waiter.done():
            waiter.set_exception(self.timeout_error())

    def _next_waiter(self) -> asyncio.Future[Connection] | None:
        while self._waiters:
            waiter, _ = self._waiters.popitem(last=False)
            if not waiter.done():
                return waiter
        return None

    # Opening, taking back, closing.

    def _grow(self) -> None:
        """Start as many attempts to connect as somebody needs, or the sizes ask for and allow."""
        if self._closed:
            return
        wanted = max(len(self._waiters), self.options.min_size - self._size + self._connecting)
        room = self.options.max_size - self._size
        if self._backoff.failures:
            room = min(room, 1 - self._connecting)
            left = self._backoff.left(monotonic())
            if left:
                if self._retry is None and room > 0 and self._waiters:
                    loop = asyncio.get_running_loop()
                    self._retry = loop.call_later(left, self._try_again)
                return
        for _ in range(min(wanted - self._connecting, room)):
            self._connecting += 1
            self.spawn(self._connect())

    def _try_again(self) -> None:
        self._retry = None
        self._grow()

    async def _connect(self) -> None:
        try:
            try:
                connection = await self.driver.connect()
            finally:
                self._connecting -= 1
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the waiter's
            if self.driver.has_server:
                self._backoff.failed(monotonic())
            self._refuse(exc)
            return
        self._backoff.succeeded()
        self._reason = ""
        lifetime = self.options.max_lifetime * random.uniform(0.95, 1.0)
        connection.expires_at = monotonic() + lifetime
        # However short its lifetime is: whoever discards it unused opens the next, for ever.
        self._give(connection)
        self._grow()  # for those for whom no attempt was made while others failed

    def _refuse(self, error: Exception) -> None:
        """
        Tell the first in line that connecting failed, and try anew for the others.

        Where there is no connection to wait for, nor another attempt, all are told.
        """
        self._reason = str(error)
        waiter = self._next_waiter()
        if waiter is None and not self._closed:
            logger.warning("Connecting to %r failed: %s", self.driver.alias, error)
        while waiter is not None:
            waiter.set_exception(error)
            waiter = self._next_waiter() if not self._size else None
        if self._waiters:
            self._grow()

    def _offer(self, connection: Connection) -> None:
        """Give a clean connection to the first in line, or keep it, unless it is too old."""
        if monotonic() >= connection.expires_at:
            self._discard(connection)
        else:
            self._give(connection)

    def _give(self, connection: Connection) -> None:
        """Give a clean connection to the first in line, or keep it."""
        if self._closed:
            self._discard(connection)
            return
        connection.idle_since = monotonic()
        waiter = self._next_waiter()
        if waiter is not None:
            self._in_use.add(connection)
            waiter.set_result(connection)
            return
        self._idle.append(connection)
        if self._reaper is None and self._size > self.options.min_size:
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_later(self.options.max_idle, self._reap)

    def _discard(self, connection: Connection) -> None:
        connection.abort()
        if self._waiters:
            self._grow()
        elif self._size < self.options.min_size and self._retry is None and not self._closed:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(_RESTOCK_AFTER, self._try_again)

    async def _clean(self, connection: Connection) -> None:
        try:
            await connection.in_time(connection.reset())
        except Exception:
            logger.warning("Dropping a connection to %r", self.driver.alias, exc_info=True)
        finally:
            self._cleaning -= 1
            if connection.clean:
                self._offer(connection)
            else:
                self._discard(connection)

    async def _answers(self, connection: Connection) -> bool:
        try:
            await connection.in_time(connection.check())
        except asyncio.CancelledError:
            await self.release(connection)
            raise
        except Exception:
            logger.info("Dropping a dead connection to %r", self.driver.alias, exc_info=True)
            self._in_use.discard(connection)
            self._discard(connection)
            return False
        return True

    def _reap(self) -> None:
        """Close what nobody needed for `max_idle` seconds, down to `min_size`."""
        self._reaper = None
        oldest = monotonic() - self.options.max_idle
        while self._idle and self._size > self.options.min_size:
            if self._idle[0].idle_since > oldest + 0.001:
                delay = self._idle[0].idle_since - oldest
                self._reaper = asyncio.get_running_loop().call_later(delay, self._reap)
                break
            self._idle.popleft().abort()
