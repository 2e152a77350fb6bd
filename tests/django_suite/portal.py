"""
Run coroutines from synchronous test code.

One event loop, one long-lived task and one contextvars.Context per thread. The loop runs *in the
calling thread* and only while a call is pending, so that

- a transaction opened by one call is seen by the next;
- everything Django keeps per thread (`connections`, the active time zone and language,
  `override_settings`, mocks) is the same for the test and for vinyl;
- Django's own `async_unsafe` guard sees a running loop, so that vinyl fails where it touches a
  synchronous connection from its async code.

A loop in a background thread would lose the second point.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation

_missing = object()
_local = threading.local()


class Reentered(SynchronousOnlyOperation):
    """Synchronous code asked for I/O from inside of async code."""

    suite_tag = "sync I/O inside async code"


class Portal:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.context = contextvars.copy_context()
        self.queue: deque[tuple[Coroutine[Any, Any, Any], asyncio.Future[Any]]] = deque()
        self.busy = False
        self._start()

    def _start(self) -> None:
        self.wake = self.loop.create_future()
        self.task = self.loop.create_task(self._work(), context=self.context)

    async def _work(self) -> None:
        while True:
            while self.queue:
                await self._finish(*self.queue.popleft())
            self.wake = self.loop.create_future()
            await self.wake

    async def _finish(self, coro: Coroutine[Any, Any, Any], done: asyncio.Future[Any]) -> None:
        try:
            result = await coro
        except BaseException as exc:
            # assertRaises() clears the frames of a traceback, which before Python 3.13 would end
            # this suspended coroutine.
            exc.__traceback__ = exc.__traceback__ and exc.__traceback__.tb_next
            if not done.done():
                # A future takes neither of these.
                special = isinstance(exc, StopIteration | asyncio.CancelledError)
                done.set_exception(RuntimeError(repr(exc)) if special else exc)
            if not isinstance(exc, Exception):
                raise
        else:
            if not done.done():
                done.set_result(result)

    def close(self) -> None:
        if not self.loop.is_closed():
            self._cancel()
            self.loop.close()

    def inside(self) -> bool:
        return asyncio._get_running_loop() is self.loop

    def call(self, coro: Coroutine[Any, Any, Any]) -> Any:
        """Await it on the loop and return its result."""
        if self.busy or asyncio._get_running_loop() is not None:
            coro.close()
            raise Reentered("I/O requested while the event loop is running")
        if self.task.done():
            self._start()
        _copy_into(self.context)
        done = self.loop.create_future()
        self.queue.append((coro, done))
        if not self.wake.done():
            self.wake.set_result(None)
        self.busy = True
        try:
            return self.loop.run_until_complete(done)
        finally:
            self.busy = False
            if not done.done() or self.task.done():
                self._restart(done)  # a test's time limit interrupted the loop
            _copy_from(self.context)

    def _restart(self, done: asyncio.Future[Any]) -> None:
        done.cancel()
        self.queue.clear()
        self._cancel()
        self._start()

    def _cancel(self) -> None:
        if not self.task.done():
            self.task.cancel()
            with contextlib.suppress(BaseException):
                self.loop.run_until_complete(self.task)


def _copy_into(context: contextvars.Context) -> None:
    for var, value in contextvars.copy_context().items():
        if context.get(var, _missing) is not value:
            context.run(var.set, value)


def _copy_from(context: contextvars.Context) -> None:
    here = contextvars.copy_context()
    for var, value in context.items():
        if here.get(var, _missing) is not value:
            var.set(value)


class _Closer:
    """Closes a thread's portal when the thread's locals are dropped."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.portal.close()


def current() -> Portal:
    """Return the portal of this thread."""
    portal: Portal | None = getattr(_local, "portal", None)
    if portal is None:
        portal = _local.portal = Portal()
        if threading.current_thread() is threading.main_thread():
            atexit.register(portal.close)
        else:
            _local.closer = _Closer(portal)
    return portal


def inside() -> bool:
    """Tell whether the caller runs on the loop of this thread's portal."""
    portal = getattr(_local, "portal", None)
    return portal is not None and portal.inside()


class OutsideLoop:
    """Hide the running loop from a synchronous call of Django's, such as connecting."""

    def __enter__(self) -> None:
        self.loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)

    def __exit__(self, *exc: object) -> None:
        asyncio._set_running_loop(self.loop)
