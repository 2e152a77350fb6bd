"""
How long a statement takes, without the time that it waited for a connection or for its turn.

Whoever tells of statements puts a stopwatch into the context, and whoever runs one starts it when
the connection is at hand. So nothing but a look at the context is needed where nobody watches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic

__all__ = ["Stopwatch", "start"]

_stopwatch: ContextVar[Stopwatch | None] = ContextVar("vinyl_stopwatch", default=None)


class Stopwatch:
    """The time of one statement."""

    __slots__ = ("_started",)

    def __init__(self) -> None:
        self._started: float | None = None

    def start(self) -> None:
        """Begin to measure, anew where it turns out that there was more to wait for."""
        self._started = monotonic()

    @property
    def seconds(self) -> float:
        """The time since the start; none for a statement that was never sent."""
        return 0.0 if self._started is None else monotonic() - self._started

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the statement of a block start it."""
        token = _stopwatch.set(self)
        try:
            yield
        finally:
            with suppress(ValueError):  # closed in another context, by whoever collects it
                _stopwatch.reset(token)


def start() -> None:
    """Start the stopwatch of the context, if there is one: the statement is sent now."""
    if (watch := _stopwatch.get()) is not None:
        watch.start()
