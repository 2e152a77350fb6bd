"""`vinyl.deadline`: a bound on the time that a block may take, which the server keeps as well."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, Token
from time import monotonic
from types import TracebackType
from typing import Any

from django.db import OperationalError

from vinyl.exceptions import DeadlineExceeded

# When the innermost deadline of this context passes, in seconds of time.monotonic().
_at: ContextVar[float | None] = ContextVar("vinyl_deadline", default=None)


def seconds_left() -> float | None:
    """
    Return how long a statement that begins now may take; None without a deadline.

    Raises: DeadlineExceeded where the deadline has passed.
    """
    if (at := _at.get()) is None:
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
        self._token: Token[float | None] | None = None
        self._timeout: asyncio.Timeout | None = None

    def __enter__(self) -> None:
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
        if self._token is not None:
            raise RuntimeError("This deadline has begun already; make one for each block.")
        at, around = monotonic() + self.seconds, _at.get()
        self._token = _at.set(at if around is None else min(at, around))
        self._own = at

    def _end(self) -> bool:
        """Go back to the deadline around; tell whether this one has passed."""
        assert self._token is not None
        _at.reset(self._token)
        self._token = None
        return monotonic() >= self._own

    def _exceeded(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"The block took longer than vinyl.deadline({self.seconds:g}) allows; what was running "
            "has been stopped, and a transaction inside of the block has been rolled back."
        )


def deadline(seconds: float) -> Any:
    """
    Return a context manager that ends its block after so many seconds.

    It bounds all that the block waits for in the async mode, and statements in the sync mode. The
    server is told, too (`statement_timeout` of PostgreSQL, `max_statement_time` of MariaDB,
    `MAX_EXECUTION_TIME` of MySQL, for queries), so that it stops even if this process cannot.
    Raises: DeadlineExceeded, which is a TimeoutError; ValueError for no positive number.
    """
    return Deadline(seconds)
