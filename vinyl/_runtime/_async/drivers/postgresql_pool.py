"""The pool of psycopg_pool as vinyl uses it."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

import psycopg
import psycopg_pool
from django import db

from vinyl._runtime._async.pool import Pool, PoolOptions
from vinyl.pooling import PoolStats

if TYPE_CHECKING:
    from vinyl._runtime._async.drivers.base import Connection
    from vinyl._runtime._async.drivers.postgresql import (
        PostgreSQLConnection,
        PostgreSQLDriver,
        _AsyncConnection,
    )

__all__ = ["PsycopgPool"]

logger = logging.getLogger("vinyl.pool")

# Seconds that a connection may be taken and given back without psycopg_pool.
_AT_HAND = 0.5


class _Repeated(Exception):
    """Takes the place of an attempt that psycopg_pool makes again at once."""


def _is_news(record: logging.LogRecord) -> bool:
    """Tell whether psycopg_pool reports more than that a loop ended while it connected."""
    given = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(each, asyncio.CancelledError | _Repeated) for each in given)


logging.getLogger("psycopg.pool").addFilter(_is_news)


class PsycopgPool(Pool):
    """
    The pool of psycopg_pool, with four things added.

    A failed attempt to connect reaches those who wait for it (psycopg_pool logs it, and lets
    them wait until they time out). While attempts fail, there is one at a time, later and later;
    psycopg_pool would make each twice at once. Returning a connection completes although its
    caller is cancelled. A connection that is given back clean, and that nobody waits for, can be
    taken again at once for a moment: going through psycopg_pool costs as much as a third of a
    query.
    """

    driver: PostgreSQLDriver

    def __init__(self, driver: PostgreSQLDriver, options: PoolOptions) -> None:
        super().__init__(driver, options)
        self._pool: psycopg_pool.AsyncConnectionPool[_AsyncConnection] | None = None
        self._closed = False
        self._open: WeakSet[_AsyncConnection] = WeakSet()
        # Held by the one attempt that is made while they fail, and by its wait.
        self._trying = asyncio.Lock()
        self._connecting = 0
        # Attempts that psycopg_pool is going to repeat at once.
        self._repeated = 0
        self._workers: list[asyncio.Task[Any]] = []
        # Those who ask, in order; each holds the deadline that a failure moves to now.
        self._asking: dict[asyncio.Timeout, Exception | None] = {}
        # Given back a moment ago; to psycopg_pool they are still in use.
        self._at_hand: list[PostgreSQLConnection] = []
        self._tidying: asyncio.TimerHandle | None = None

    async def connect(self, conninfo: str = "", **kwargs: Any) -> _AsyncConnection:
        """Open a connection; psycopg_pool calls this in place of a connection class's."""
        if self._repeated:
            self._repeated -= 1
            raise _Repeated
        try:
            connection = await self._attempt()
        except Exception as exc:
            self._repeated += 1
            self._tell(exc)
            raise
        except asyncio.CancelledError:
            # psycopg_pool's worker takes this for a failed attempt, and would go on for ever
            # where the loop cancels its tasks to end.
            if (worker := asyncio.current_task()) is not None:
                worker.get_loop().call_soon(worker.cancel)
            raise
        connection.idle_since = monotonic()
        self._open.add(connection.raw)
        return connection.raw

    async def _attempt(self) -> PostgreSQLConnection:
        """Connect: at once where that is known to work, else when the time has come for it."""
        if not self._backoff.failures:
            return await self._connected()
        async with self._trying:
            await asyncio.sleep(self._backoff.left(monotonic()))
            return await self._connected()

    async def _connected(self) -> PostgreSQLConnection:
        self._connecting += 1
        try:
            connection = await self.driver.connect()
        except Exception as exc:
            self._backoff.failed(monotonic())
            self._reason = str(exc)
            raise
        finally:
            self._connecting -= 1
        self._backoff.succeeded()
        self._reason = ""
        return connection

    def _gave_up(self, pool: psycopg_pool.AsyncConnectionPool[_AsyncConnection]) -> None:
        """Begin the next attempt for those who still wait; psycopg_pool waits for new ones."""
        if any(known is None for known in self._asking.values()):
            pool._maybe_grow_pool()

    def _tell(self, error: Exception) -> None:
        """Wake those who wait with the error: all if there is no connection, else the first."""
        alive = any(not raw.closed for raw in self._open)
        now = asyncio.get_running_loop().time()
        for deadline, known in self._asking.items():
            if known is None:
                self._asking[deadline] = error
                deadline.reschedule(now)
                if alive:
                    break

    async def _opened(self) -> psycopg_pool.AsyncConnectionPool[_AsyncConnection]:
        options = self.options
        self._pool = pool = psycopg_pool.AsyncConnectionPool(
            connection_class=cast(Any, self),
            min_size=options.min_size,
            max_size=options.max_size,
            timeout=options.timeout,
            max_waiting=options.max_waiting,
            max_lifetime=options.max_lifetime,
            max_idle=options.max_idle,
            reconnect_timeout=0.0,  # one more attempt at once, then it gives up
            reconnect_failed=self._gave_up,
            name=f"vinyl-{self.driver.alias}",
            open=False,
        )
        before = asyncio.all_tasks()
        await pool.open()
        self._workers = [
            task for task in asyncio.all_tasks() - before if task.get_name().startswith(pool.name)
        ]
        return pool

    async def acquire(self) -> PostgreSQLConnection:
        """Return a connection, waiting in line for one where all are in use."""
        if self._closed:
            raise self.closed_error()
        end = monotonic() + self.options.timeout
        while True:
            if self._at_hand:
                connection = self._at_hand.pop()
            else:
                raw = await self._get(self._pool or await self._opened(), end)
                connection = cast("PostgreSQLConnection", raw.vinyl)
                lifetime = min(_AT_HAND, self.options.max_lifetime, self.options.max_idle)
                connection.expires_at = monotonic() + lifetime
            self._in_use.add(connection)
            idle_for = monotonic() - connection.idle_since
            if idle_for < self.options.check_after and connection.usable:
                return connection
            try:
                await connection.in_time(connection.check())
            except asyncio.CancelledError:
                await self.release(connection)
                raise
            except (psycopg.Error, db.Error):
                connection.abort()
                await self.release(connection)
            else:
                return connection

    async def _get(
        self, pool: psycopg_pool.AsyncConnectionPool[Any], end: float
    ) -> _AsyncConnection:
        deadline = asyncio.timeout(None)
        self._asking[deadline] = None
        try:
            async with deadline:
                raw: _AsyncConnection = await pool.getconn(end - monotonic())
                return raw
        except TimeoutError:
            error = self._asking[deadline]
            assert error is not None
            raise error.with_traceback(None) from None
        except psycopg_pool.PoolTimeout:
            raise self.timeout_error() from None
        except psycopg_pool.TooManyRequests:
            raise self.crowded_error() from None
        except psycopg_pool.PoolClosed:
            raise self.closed_error() from None
        finally:
            del self._asking[deadline]

    async def release(self, connection: Connection) -> None:
        """Take a connection back; an open transaction is rolled back first."""
        if connection not in self._in_use:  # aborted meanwhile, or released twice
            return
        self._in_use.discard(connection)
        if self._stays_at_hand(connection):
            self._at_hand.append(cast("PostgreSQLConnection", connection))
            return
        task = self.spawn(self._put(connection), eager=True)
        if not task.done():
            await asyncio.shield(task)

    def _stays_at_hand(self, connection: Connection) -> bool:
        """Tell whether a connection may be kept for a moment, and see that it is no longer."""
        if self._closed or self._asking or not connection.clean:
            return False
        connection.idle_since = monotonic()
        # Now and then each goes back to psycopg_pool, which looks at its age.
        if connection.idle_since >= connection.expires_at:
            return False
        if self._tidying is None:
            loop = asyncio.get_running_loop()
            self._tidying = loop.call_later(_AT_HAND, self._tidy)
        return True

    def _tidy(self) -> None:
        self._tidying = None
        while self._at_hand:
            self.spawn(self._put(self._at_hand.pop()))

    async def _put(self, connection: Connection) -> None:
        assert self._pool is not None
        await cast("PostgreSQLConnection", connection).give_up()
        if connection.usable and not connection.clean:
            try:
                await connection.in_time(connection.reset())
            except (psycopg.Error, db.Error) as exc:
                logger.warning("Dropping a connection to %r: %s", self.driver.alias, exc)
                connection.abort()
        connection.idle_since = monotonic()
        await self._pool.putconn(connection.raw)

    async def close(self) -> None:
        """Close all connections; those in use are closed when they are released."""
        if not self._closed:
            self._closed = True
            if self._tidying is not None:
                self._tidying.cancel()
            while self._at_hand:
                await self._put(self._at_hand.pop())
            if self._pool is not None:
                await self._pool.close()

    def abort(self) -> None:
        """Close all connections at once, those in use as well; for an event loop that ends."""
        self._closed = True
        for raw in tuple(self._open):
            raw.pgconn.finish()
        self._in_use.clear()
        self._at_hand.clear()
        if self._tidying is not None:
            self._tidying.cancel()
        for task in self._workers:
            if not task.get_loop().is_closed():
                task.cancel()
        self.end_orphans((*self._workers, *self._tasks))

    @property
    def stats(self) -> PoolStats:
        """Tell how many connections there are, how many are idle, and who waits."""
        if self._pool is None:
            return PoolStats(0, 0, 0, self.options.max_size)
        # psycopg_pool counts an attempt that has failed until it has failed twice.
        size = self._connecting + sum(not raw.closed for raw in self._open)
        idle = self._pool.get_stats()["pool_available"] + len(self._at_hand)
        return PoolStats(size, idle, len(self._asking), self.options.max_size)
