"""What is told of the statements of an alias: execute wrappers, the query log, the logger."""

from __future__ import annotations

import logging
import time
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from vinyl.exceptions import WrongMode
from vinyl.mode import is_coroutine_function
from vinyl.sql.result import Result

from .databases import database
from .timing import Stopwatch

logger = logging.getLogger("django.db.backends")

Run = Callable[[str, Any], Awaitable[Result]]
Executor = Callable[[str, Any, bool, dict[str, Any]], Awaitable[Result]]
Wrapper = Callable[[Executor, str, Any, bool, dict[str, Any]], Awaitable[Result]]
Entry = dict[str, str]


class Watching(NamedTuple):
    """Who watches the statements of one alias in a context."""

    wrappers: tuple[Wrapper, ...] = ()
    captures: tuple[list[Entry], ...] = ()


_NOBODY = Watching()
_NOWHERE: dict[str, Watching] = {}
_watching: ContextVar[dict[str, Watching]] = ContextVar("vinyl_watching")


class Observer:
    """What watches the statements of one alias."""

    queries_limit = 9000

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection: Any = None
        self.force_debug_cursor = False
        # Django's connection, while a test counts the statements of both; see `sharing`.
        self.shared: Any = None
        self.log: deque[Entry] = deque(maxlen=self.queries_limit)

    @property
    def logs(self) -> bool:
        """Whether all statements are recorded: with DEBUG, or force_debug_cursor."""
        return (
            self.force_debug_cursor
            or settings.DEBUG
            or (self.shared is not None and self.shared.queries_logged)
        )

    @property
    def watching(self) -> Watching | None:
        """Who watches in the current context."""
        return _watching.get(_NOWHERE).get(self.alias)

    @property
    def queries(self) -> list[Entry]:
        """The last statements, oldest first."""
        if len(self.log) == self.log.maxlen:
            warnings.warn(
                f"Limit for query logging exceeded, only the last {self.log.maxlen} queries will "
                "be returned.",
                stacklevel=3,
            )
        return list(self.log)

    async def run(self, sql: str, params: Any, run: Run, *, many: bool = False) -> Result:
        """Run a statement with `run`, watched."""
        watching = self.watching
        if watching is None and not self.logs:
            return await run(sql, params)
        execute = self._logging(run)
        for wrapper in reversed((watching or _NOBODY).wrappers):
            execute = _wrapped(wrapper, execute)
        return await execute(sql, params, many, {"connection": self.connection, "cursor": None})

    def _records(self) -> bool:
        return self.logs or bool((self.watching or _NOBODY).captures)

    def _logging(self, run: Run) -> Executor:
        async def execute(sql: str, params: Any, many: bool, context: Any) -> Result:
            if not self._records():
                return await run(sql, params)
            watch = Stopwatch()
            try:
                with watch.running():
                    return await run(sql, params)
            finally:
                self._record(sql, params, watch.seconds, many)

        return execute

    def _record(self, sql: str, params: Any, duration: float, many: bool) -> None:
        told = f"{len(params)} times: {sql}" if many else sql
        if params is not None and not many:
            sql = told = self._written(sql, params)
        self._tell(told, sql, duration, params, {"params": params})

    def _written(self, sql: str, params: Any) -> str:
        try:
            return database(self.alias).driver.written(sql, params)
        except Exception:  # noqa: BLE001 - the statement has failed for the same reason, and told it
            return sql

    def _tell(
        self, told: str, sql: str, duration: float, params: Any, more: dict[str, Any]
    ) -> None:
        entry = {"sql": told, "time": f"{duration:.3f}"}
        self.log.append(entry)
        if self.shared is not None:
            self.shared.queries_log.append(entry)
        for captured in (self.watching or _NOBODY).captures:
            captured.append(entry)
        extra = {"duration": duration, "sql": sql, **more, "alias": self.alias}
        logger.debug("(%.3f) %s; args=%s; alias=%s", duration, sql, params, self.alias, extra=extra)

    @contextmanager
    def transacting(self, sql: str, seconds: float | None = None) -> Iterator[None]:
        """
        Record what begins or ends a transaction; wrappers do not see it.

        `seconds` are given where they are not those of the block.
        """
        if self.watching is None and not self.logs:
            yield
            return
        start = time.monotonic()
        try:
            yield
        finally:
            if self._records():
                duration = time.monotonic() - start if seconds is None else seconds
                self._tell(sql, sql, duration, None, {})

    @contextmanager
    def wrapped(self, wrapper: Wrapper) -> Iterator[None]:
        """
        Run a wrapper around each statement of this context.

        Raises: WrongMode for a plain function.
        """
        if not is_coroutine_function(wrapper):
            raise WrongMode(
                f"{wrapper!r} is no coroutine function; in the async twin, write `async def "
                "wrapper(execute, sql, params, many, context)`, which returns `await "
                "execute(sql, params, many, context)`."
            )
        with self._watched(lambda now: now._replace(wrappers=(*now.wrappers, wrapper))):
            yield

    @contextmanager
    def captured(self, entries: list[Entry]) -> Iterator[None]:
        """Add an entry for each statement of this context."""
        with self._watched(lambda now: now._replace(captures=(*now.captures, entries))):
            yield

    @contextmanager
    def _watched(self, change: Callable[[Watching], Watching]) -> Iterator[None]:
        before = _watching.get(_NOWHERE)
        _watching.set({**before, self.alias: change(before.get(self.alias, _NOBODY))})
        try:
            yield
        finally:
            _watching.set(before)


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


class CaptureQueries:
    """The statements of a block and of the tasks started in it."""

    def __init__(self, using: str | None = None) -> None:
        self._observer = observer(using or DEFAULT_DB_ALIAS)
        self.captured_queries: list[Entry] = []

    def __enter__(self) -> Self:
        self._block = self._observer.captured(self.captured_queries)
        self._block.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._block.__exit__(*exc_info)
