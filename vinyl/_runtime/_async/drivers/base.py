"""
What every driver module offers: one physical connection per object, and what it answers.

Nothing here knows the ORM. A `Driver` belongs to one database setting and opens connections; a
`Connection` runs one statement at a time and gives back a `Result`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from django import db

from vinyl.sql.notifying import Notification
from vinyl.sql.result import Result

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from vinyl._runtime._async.holders import Holder
    from vinyl._runtime._async.pinning import Pin
    from vinyl._runtime._async.pool import Pool
    from vinyl.sqlite_backend.turns import Turn, Turns

__all__ = [
    "Connection",
    "Driver",
    "LazyResult",
    "Params",
    "Result",
    "Row",
    "Stream",
    "settle",
    "to_its_end",
]

Params = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]

# Seconds that a server may take to clean up, before the connection is closed instead.
_CLEANING = 5.0

# The exception classes of PEP 249, which Django's have the names of.
_ERROR_NAMES = (
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
    "DatabaseError",
    "InterfaceError",
    "Error",
)


class LazyResult(Result):
    """A result whose description is made when somebody asks for it, which few callers do."""

    __slots__ = ()

    @property
    def description(self) -> Any:
        """Describe the columns as PEP 249 has it."""
        return self[3]()


class Stream(ABC):
    """
    The rows of one statement, read in chunks.

    After a cancelled `fetch()` there are no more rows, and the connection is as after a cancelled
    `execute()`: in step with the server, or not usable.
    """

    __slots__ = ()

    # False where all rows have been read already, so that the connection is free.
    needs_connection = True
    # The columns as PEP 249 has it; known after the first `fetch()`. None where there are no rows.
    description: Any

    @abstractmethod
    async def fetch(self, size: int) -> list[Row]:
        """Return the next `size` rows, or fewer, if these are the last."""

    @abstractmethod
    async def close(self) -> None:
        """Stop the statement; the connection is then ready for the next, or not usable."""


class Ear(ABC):
    """What hears the notifications that reach a connection; only PostgreSQL has them."""

    def __init__(self) -> None:
        self.notes: deque[Notification] = deque()

    @abstractmethod
    async def hear(self) -> None:
        """Wait until something has come."""


class Connection(ABC):
    """
    One connection to a database, used by one task at a time.

    A cancelled `execute()` stops the statement in the server and raises the CancelledError as it
    is; afterwards the connection is in step with the server again, or `usable` is False.
    """

    __slots__ = ("expendable", "expires_at", "holder", "idle_since", "pin", "raw", "turn")

    raw: Any
    # Where True, a cancelled statement closes the connection at once instead of being stopped.
    expendable: bool
    # The right to write; for drivers with turns only.
    turn: Turn | None
    # Who has taken it out of the pool, and the block that keeps it for its context, if any.
    holder: Holder | None
    pin: Pin | None
    # Kept by the pool, in seconds of time.monotonic().
    idle_since: float
    expires_at: float

    @abstractmethod
    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """
        Run one statement and read all its rows; without params nothing is interpolated.

        A driver of PostgreSQL takes `vinyl.sql.many`'s parameters of many rows as well.
        """

    async def execute_after(self, first: str, sql: str, params: Params | None = None) -> Result:
        """Run a statement that gives no rows, and then another: together where that is faster."""
        await self.execute(first)
        return await self.execute(sql, params)

    async def execute_within(
        self, seconds: float, sql: str, params: Params | None = None
    ) -> Result:
        """Run one statement, and tell the server, if it can be told, when to give it up."""
        return await self.execute(sql, params)

    @abstractmethod
    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """
        Begin to read the rows of one statement in chunks.

        In a transaction, the connection runs other statements between two chunks; outside of
        one it is in use until the stream is closed.
        """

    async def execute_many(self, sql: str, rows: Sequence[Params]) -> Result:
        """Run one statement for each of several rows of parameters; its rowcount is the sum."""
        changed = 0
        for row in rows:
            changed += (await self.execute(sql, row)).rowcount
        return Result([], changed)

    def copying(self, sql: str, params: Params | None) -> AbstractAsyncContextManager[Any]:
        """Run a COPY, whose rows are written to or read from what it gives."""
        raise db.NotSupportedError("Only PostgreSQL has COPY.")

    def ear(self) -> Ear:
        """Begin to keep what is notified."""
        raise db.NotSupportedError("Only PostgreSQL has notifications.")

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Tell whether the server has a transaction open, as it last reported."""

    @property
    def spoilt(self) -> bool:
        """Tell whether an error has left a transaction that can only be rolled back."""
        return False

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Tell whether the connection can run a statement, as far as is known without I/O."""

    @property
    def busy(self) -> bool:
        """Tell whether a task waits for a statement, and `reset()` can stop it."""
        return False

    @property
    def clean(self) -> bool:
        """Tell whether the next user may have the connection as it is."""
        return self.usable and not self.in_transaction

    def distrust(self) -> None:  # noqa: B027 - nothing to do where statements tell all
        """Have the session cleaned before the next user gets it, whatever its statements were."""

    @abstractmethod
    async def check(self) -> None:
        """Ask the server for a sign of life, at the least cost; raise if there is none."""

    async def in_time(self, work: Coroutine[Any, Any, None]) -> None:
        """
        Do work on this connection; it is closed where the server takes too long.

        Raises: Django's OperationalError, or the driver's.
        """
        self.expendable = True
        try:
            async with asyncio.timeout(_CLEANING):
                await work
        except TimeoutError as exc:
            self.abort()
            raise db.OperationalError(
                f"The server did not answer in {_CLEANING:g} s; the connection has been closed."
            ) from exc
        finally:
            self.expendable = False

    async def reset(self) -> None:
        """Bring the session back to the state that it was opened in."""
        if self.in_transaction:
            await self.execute("ROLLBACK")

    @abstractmethod
    def abort(self) -> None:
        """Close at once, without waiting for anybody; never raises."""

    async def close(self) -> None:
        """Close in good order."""
        self.abort()


class Driver(ABC):
    """How to reach one database: made from a DatabaseWrapper that never connects itself."""

    # The driver's module, with the exception classes of PEP 249.
    errors: Any
    begin_sql = "BEGIN"
    # Whether there is one that a pool could overrun while it is away.
    has_server = True
    # Whether somebody writes, where only one may do so at a time.
    turns: Turns | None = None
    # Seconds to wait for the turn.
    patience = 30.0

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        # Any, for each backend's wrapper has attributes of its own.
        self.wrapper: Any = wrapper
        self.alias: str = wrapper.alias
        self.options: dict[str, Any] = wrapper.settings_dict["OPTIONS"]

    @abstractmethod
    async def connect(self) -> Connection:
        """Open a connection, its session configured as Django's backend does it."""

    @abstractmethod
    def make_pool(self) -> Pool:
        """Make the pool for this database and the running event loop; it opens on first use."""

    @abstractmethod
    async def fill_server_facts(self, wrapper: BaseDatabaseWrapper, connection: Connection) -> None:
        """Store on the wrapper what Django's features would otherwise connect to ask."""

    def written(self, sql: str, params: Params) -> str:
        """Return a statement with its parameters in it, to be read, not to be run."""
        return sql

    def translate(self, exc: BaseException) -> type[db.Error] | None:
        """Name Django's class for an exception of the driver; None for any other exception."""
        errors = self.errors
        for name in _ERROR_NAMES:
            if isinstance(exc, getattr(errors, name)):
                translated: type[db.Error] = getattr(db, name)
                return translated
        return None


async def settle(work: Coroutine[Any, Any, None]) -> None:
    """
    Run work to its end, even when the caller is cancelled again and again meanwhile.

    For the clean-up after a cancellation, which is short and has its own time limit. The caller
    re-raises the cancellation that it is handling. (Under anyio every further wait in a
    cancelled scope is cancelled anew, hence the task.)
    """
    task = asyncio.get_running_loop().create_task(work)
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.result()


async def to_its_end(work: Coroutine[Any, Any, None]) -> asyncio.CancelledError | None:
    """
    Run work to its end; return the cancellation that came meanwhile, for the caller to raise.

    Raises: what the work raises, unless a cancellation came.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as exc:
            cancelled = exc
    if (error := task.exception()) is not None:
        raise cancelled or error
    return cancelled
