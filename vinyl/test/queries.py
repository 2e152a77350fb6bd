"""Count the statements of Django and of both twins."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connections, reset_queries
from django.test.utils import CaptureQueriesContext

from vinyl._runtime._async import sharing


def is_in_loop() -> bool:
    """Tell whether an event loop is running, so that no connection of Django's can be used."""
    return asyncio._get_running_loop() is not None


def connection_of(alias: str) -> Any:
    """Return Django's connection that the test works on, whichever thread this is."""
    return sharing.wrapper_of(alias) or connections[alias]


class CaptureQueries(CaptureQueriesContext):
    """
    The statements that Django and both twins run on an alias in a block, in their order.

    For `with` and `async with`. Django: django.test.utils.CaptureQueriesContext.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(connection_of(using))
        sharing.share({using: self.connection})

    def __enter__(self) -> Self:
        if not is_in_loop():
            super().__enter__()
            return self
        # Django's own method would connect, which it may not here.
        self.force_debug_cursor = self.connection.force_debug_cursor
        self.connection.force_debug_cursor = True
        self.initial_queries = len(self.connection.queries_log)
        self.final_queries = None
        self.reset_queries_disconnected = request_started.disconnect(reset_queries)
        return self

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(exc_type, exc, traceback)


class AssertNumQueries(CaptureQueries):
    """The same, with a number that it must come to."""

    def __init__(self, num: int, using: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(using)
        self.num = num

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(exc_type, exc, traceback)
        if exc_type is None and len(self) != self.num:
            captured = [f"{i}. {query['sql']}" for i, query in enumerate(self.captured_queries, 1)]
            raise AssertionError(
                f"{len(self)} queries executed, {self.num} expected\nCaptured queries were:\n"
                + "\n".join(captured)
            )
