"""`vinyl.deadline`: a bound on the time that a block may take, which the server keeps as well."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import ContextVar
from math import inf
from time import monotonic
from types import TracebackType
from typing import Any

from django.db import OperationalError

from vinyl.exceptions import DeadlineExceeded, WrongMode
from vinyl.mode import is_async


class _Limit:
    """The moment at which one block is to end, in seconds of time.monotonic()."""

    __slots__ = ("around", "at", "ended")

    def __init__(self, at: float, around: _Limit | None) -> None:
        self.at = at
        self.around = around
        self.ended = False


# One that has ended is passed over: a generator that is left early ends in another context than
# the one that it has begun in, where nobody can set this back.
_innermost: ContextVar[_Limit | None] = ContextVar("vinyl_deadline", default=None)


def _in_force() -> Iterator[_Limit]:
    """Yield the limits of this context, from the inside out."""
    limit = _innermost.get()
    while limit is not None:
        if not limit.ended:
            yield limit
        limit = limit.around


def seconds_left() -> float | None:
    """
    Return how long a statement that begins now may take; None without a deadline.

    Raises: DeadlineExceeded where the deadline has passed.
    """
    if _innermost.get() is None:
        return None
    at = min((limit.at for limit in _in_force()), default=inf)
    if at == inf:
        return None
    if (left := at - monotonic()) <= 0:
        raise DeadlineExceeded("The deadline had passed before this statement began.")
    return left


class Deadline:
    """
    Bound the time of a block: waiting for a connection, connecting, and all of its statements.

    Written with `async with` in the async mode, where it ends whatever the block waits for, and
    with `with` in the sync mode, where only statements are ended. A shorter deadline around
    prevails.
    """

    def __init__(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"A deadline is a positive number of seconds, not {seconds!r}.")
        self.seconds = seconds
        self._limit: _Limit | None = None
        self._timeout: asyncio.Timeout | None = None

    def __enter__(self) -> None:
        if is_async():
            raise WrongMode("Write `async with vinyl.deadline(...):` in the async mode.")
        self._begin()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        passed = self._end()
        if passed and isinstance(exc, OperationalError | DeadlineExceeded):
            raise self._exceeded() from exc

    async def __aenter__(self) -> None:
        if not is_async():
            raise WrongMode("Write `with vinyl.deadline(...):` in the sync mode.")
        self._begin()
        timeout = self._timeout = asyncio.timeout(self.seconds)
        await timeout.__aenter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        passed = self._end()
        timeout, self._timeout = self._timeout, None
        assert timeout is not None
        try:
            await timeout.__aexit__(exc_type, exc, traceback)
        except TimeoutError:
            raise self._exceeded() from exc
        if passed and isinstance(exc, OperationalError | DeadlineExceeded):
            raise self._exceeded() from exc

    def _begin(self) -> None:
        if self._limit is not None:
            raise RuntimeError("This deadline has begun already; make one for each block.")
        limit = self._limit = _Limit(monotonic() + self.seconds, next(_in_force(), None))
        _innermost.set(limit)

    def _end(self) -> bool:
        """Go back to the deadline around; tell whether this one has passed."""
        limit, self._limit = self._limit, None
        assert limit is not None
        limit.ended = True
        _innermost.set(next(_in_force(), None))
        return monotonic() >= limit.at

    def _exceeded(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"The block took longer than vinyl.deadline({self.seconds:g}) allows. What was running "
            "has been stopped, and a transaction that was still open inside of the block has been "
            "rolled back; what it had committed before stays."
        )


def deadline(seconds: float) -> Any:
    """
    Return a context manager that ends its block after so many seconds.

    It bounds all that the block waits for in the async mode, and statements in the sync mode. The
    server is told, too (`statement_timeout` of PostgreSQL, `max_statement_time` of MariaDB,
    `MAX_EXECUTION_TIME` of MySQL, for queries), so that it stops even if this process cannot.
    Raises: DeadlineExceeded, which is a TimeoutError; ValueError for no positive number; WrongMode
    where it is entered in the way of the other mode.
    """
    return Deadline(seconds)
