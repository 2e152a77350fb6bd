"""Capture what waits for a commit that does not come in a test."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import DEFAULT_DB_ALIAS

from vinyl._runtime._async import sharing
from vinyl.exceptions import WrongMode
from vinyl.test.queries import connection_of, is_in_loop

logger = logging.getLogger("django.test")

Hook = Callable[[], Any]


class CaptureOnCommitCallbacks:
    """
    The functions that on_commit() of Django or of vinyl registers in a block, as a list.

    For `with` and `async with`. With `execute`, they run at the end of the block, unless it
    raises; and so do those that they register in turn.
    Django: TestCase.captureOnCommitCallbacks().
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS, execute: bool = False) -> None:
        self.using = using
        self.execute = execute
        self.callbacks: list[Hook] = []

    def _enter(self) -> list[Hook]:
        self._waiting = connection_of(self.using)
        self._start = len(self._waiting.run_on_commit)
        return self.callbacks

    def _captured(self) -> Iterator[tuple[Hook, bool]]:
        """Yield what has been registered, and goes on being registered meanwhile."""
        while new := self._waiting.run_on_commit[self._start :]:
            self._start += len(new)
            for _, func, robust in new:
                self.callbacks.append(func)
                if self.execute:
                    yield func, robust

    def __enter__(self) -> list[Hook]:
        return self._enter()

    def __exit__(self, *exc_info: object) -> None:
        for func, robust in self._captured():
            try:
                outcome = func()
                if inspect.isawaitable(outcome):
                    _finish(outcome)
            except Exception as exc:  # noqa: BLE001 - raised, or logged as asked
                _raise_unless(robust, func, exc)

    async def __aenter__(self) -> list[Hook]:
        return self._enter()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for func, robust in self._captured():
            try:
                if sharing.is_own_hook(self.using, func):
                    outcome = func()
                else:
                    # Django's, which may use its connection.
                    outcome = await sync_to_async(func)()
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception as exc:  # noqa: BLE001 - raised, or logged as asked
                _raise_unless(robust, func, exc)


def _finish(outcome: Awaitable[Any]) -> None:
    if is_in_loop():
        if inspect.iscoroutine(outcome):
            outcome.close()
        raise WrongMode(
            "A function registered with on_commit() gives a coroutine. Write `async with "
            "...captureOnCommitCallbacks(execute=True):`."
        )

    async def finish() -> None:
        await outcome

    async_to_sync(finish)()


def _raise_unless(robust: bool, func: Hook, exc: Exception) -> None:
    if not robust:
        raise exc
    name = getattr(func, "__qualname__", func)
    logger.error("Error calling %s in on_commit() (%s).", name, exc, exc_info=exc)
