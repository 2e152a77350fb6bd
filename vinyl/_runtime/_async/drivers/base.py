"""
What every driver module offers: one physical connection per object, and what it answers.

Nothing here knows the ORM. A `Driver` belongs to one database setting and opens connections; a
`Connection` runs one statement at a time and gives back a `Result`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import db

from vinyl.sql.result import Result

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from vinyl._runtime._async.pool import Pool

__all__ = ["Connection", "Driver", "LazyResult", "Params", "Result", "Row", "Stream", "settle"]

Params = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]

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

    @abstractmethod
    async def fetch(self, size: int) -> list[Row]:
        """Return the next `size` rows, or fewer, if these are the last."""

    @abstractmethod
    async def close(self) -> None:
        """Stop the statement; the connection is then ready for the next, or not usable."""


class Connection(ABC):
    """
    One connection to a database, used by one task at a time.

    A cancelled `execute()` stops the statement in the server and raises the CancelledError as it
    is; afterwards the connection is in step with the server again, or `usable` is False.
    """

    __slots__ = ("expires_at", "idle_since", "raw")

    raw: Any
    # Kept by the pool, in seconds of time.monotonic().
    idle_since: float
    expires_at: float

    @abstractmethod
    async def execute(self, sql: str, params: Params | None = None) -> Result:
        """Run one statement and read all its rows; without params nothing is interpolated."""

    @abstractmethod
    async def stream(self, sql: str, params: Params | None = None) -> Stream:
        """
        Begin to read the rows of one statement in chunks.

        In a transaction, the connection runs other statements between two chunks; outside of
        one it is in use until the stream is closed.
        """

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Tell whether the server has a transaction open, as it last reported."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Tell whether the connection can run a statement, as far as is known without I/O."""

    @property
    def clean(self) -> bool:
        """Tell whether the next user may have the connection as it is."""
        return self.usable and not self.in_transaction

    @abstractmethod
    async def check(self) -> None:
        """Ask the server for a sign of life, at the least cost; raise if there is none."""

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
