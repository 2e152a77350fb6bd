"""What is told of the statements of an alias: execute wrappers, the query log, the logger."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings

from vinyl.sql.result import Result

logger = logging.getLogger("django.db.backends")

Run = Callable[[str, Any], Awaitable[Result]]
Executor = Callable[[str, Any, bool, dict[str, Any]], Awaitable[Result]]
Wrapper = Callable[[Executor, str, Any, bool, dict[str, Any]], Awaitable[Result]]

_NO_WRAPPERS: dict[str, tuple[Wrapper, ...]] = {}
_wrappers: ContextVar[dict[str, tuple[Wrapper, ...]]] = ContextVar("vinyl_execute_wrappers")


class Observer:
    """What watches the statements of one alias."""

    queries_limit = 9000

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection: Any = None
        self.force_debug_cursor = False
        self.log: deque[dict[str, str]] = deque(maxlen=self.queries_limit)

    @property
    def logs(self) -> bool:
        """Whether statements are recorded: with DEBUG, or force_debug_cursor."""
        return self.force_debug_cursor or settings.DEBUG

    async def run(self, sql: str, params: Any, run: Run) -> Result:
        """Run a statement with `run`, watched."""
        wrappers = _wrappers.get(_NO_WRAPPERS).get(self.alias)
        if not wrappers and not self.logs:
            return await run(sql, params)
        execute = self._logging(run)
        for wrapper in reversed(wrappers or ()):
            execute = _wrapped(wrapper, execute)
        return await execute(sql, params, False, {"connection": self.connection, "cursor": None})

    def _logging(self, run: Run) -> Executor:
        async def execute(sql: str, params: Any, many: bool, context: Any) -> Result:
            if not self.logs:
                return await run(sql, params)
            start = time.monotonic()
            try:
                return await run(sql, params)
            finally:
                self._record(sql, params, time.monotonic() - start)

        return execute

    def _record(self, sql: str, params: Any, duration: float) -> None:
        self.log.append({"sql": sql, "time": f"{duration:.3f}"})
        extra = {"duration": duration, "sql": sql, "params": params, "alias": self.alias}
        logger.debug("(%.3f) %s; args=%s; alias=%s", duration, sql, params, self.alias, extra=extra)

    @contextmanager
    def wrapped(self, wrapper: Wrapper) -> Iterator[None]:
        """Run a wrapper around each statement of this context."""
        before = _wrappers.get(_NO_WRAPPERS)
        _wrappers.set({**before, self.alias: (*before.get(self.alias, ()), wrapper)})
        try:
            yield
        finally:
            _wrappers.set(before)


def _wrapped(wrapper: Wrapper, execute: Executor) -> Executor:
    async def run(sql: str, params: Any, many: bool, context: dict[str, Any]) -> Result:
        return await wrapper(execute, sql, params, many, context)

    return run


_observers: dict[str, Observer] = {}


def observer(alias: str) -> Observer:
    """Return the observer of an alias."""
    try:
        return _observers[alias]
    except KeyError:
        return _observers.setdefault(alias, Observer(alias))
