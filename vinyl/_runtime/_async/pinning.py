"""
Connections that a context keeps: what `connection.pinned()` does.

The one door to a pool's connections, `Database.acquire()`, asks for the pin of the context. So
statements, transactions and streams know nothing of it: each takes the pin's turn where it would
take a connection, and gives it back where it would give the connection back.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from django.db import OperationalError
from django.db.transaction import TransactionManagementError

from .blocks import Blocks
from .copying import Keeper

if TYPE_CHECKING:
    from .drivers.base import Connection
    from .pool import Pool

logger = logging.getLogger("vinyl.pool")

_pins: Blocks[Pin] = Blocks("vinyl_pins")
current_pin = _pins.current


class Pin(Keeper):
    """A connection of the pool that is kept for one context and its child tasks."""

    # There is one for a context: a nested pinned() is the same.
    around = None

    def __init__(self, alias: str, pool: Pool, connection: Connection) -> None:
        self.alias = alias
        self.pool = pool
        self.connection = connection
        self.loop = asyncio.get_running_loop()
        self.turn = asyncio.Lock()
        self.task = asyncio.current_task()
        self.closed = False
        connection.pin = self
        _pins.enter(alias, self)

    async def take(self) -> Connection:
        """
        Return the connection when it is this task's turn.

        Raises: TransactionManagementError where the block has ended; OperationalError where the
        connection is lost.
        """
        self.check_usable()
        self.check_not_copying()
        await self.turn.acquire()
        try:
            self.check_usable()
            if not self.connection.usable:
                raise OperationalError(
                    f"The connection to {self.alias!r} that is pinned here is lost, and the state "
                    "of its session with it. Leave the pinned() block, and begin anew."
                )
        except BaseException:
            self.turn.release()
            raise
        return self.connection

    async def give_back(self) -> None:
        """Let the next one have its turn; a transaction that was left open is rolled back."""
        if self.connection.usable and self.connection.in_transaction:
            await asyncio.shield(self.pool.spawn(self._roll_back()))
        else:
            self.turn.release()

    async def _roll_back(self) -> None:
        try:
            await self.connection.execute("ROLLBACK")
        except Exception:
            logger.warning("Dropping a connection to %r", self.alias, exc_info=True)
            self.connection.abort()
        finally:
            self.turn.release()

    def check_usable(self) -> None:
        """Raise TransactionManagementError where the block is not that of the caller any more."""
        if self.closed:
            raise TransactionManagementError(
                "This task was started inside a pinned() block that has ended since. Await the "
                "task before the block ends, or start it outside."
            )
        if self.loop is not asyncio.get_running_loop():
            raise TransactionManagementError(
                "A pinned() block cannot be used from another event loop than its own."
            )

    async def end(self) -> None:
        """Give the connection back to the pool, which cleans it for the next user."""
        self.closed = True
        _pins.leave(self.alias, self)
        try:
            async with self.turn:
                self.connection.pin = None
        except BaseException:
            # Somebody still uses it, who finds it closed.
            self.connection.abort()
            raise
        finally:
            self.connection.distrust()
            self.connection.holder = None
            await self.pool.release(self.connection)
