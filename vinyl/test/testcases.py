"""Django's test cases, whose databases the async twin uses as well."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django import test
from django.db import DEFAULT_DB_ALIAS, connections

from vinyl._runtime._async import sharing
from vinyl.test.hooks import CaptureOnCommitCallbacks
from vinyl.test.queries import AssertNumQueries, is_in_loop


class _SharedDatabases:
    """What both test cases have in common: the async twin knows Django's connections."""

    @classmethod
    def setUpClass(cls) -> None:
        """Let the async twin know the connections of this thread."""
        sharing.share({alias: connections[alias] for alias in connections})
        cls.addClassCleanup(sharing.stop)  # type: ignore[attr-defined]
        super().setUpClass()  # type: ignore[misc]

    def _post_teardown(self) -> None:
        sharing.end()
        super()._post_teardown()  # type: ignore[misc]

    def assertNumQueries(  # noqa: N802
        self,
        num: int,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str = DEFAULT_DB_ALIAS,
        **kwargs: Any,
    ) -> Any:
        """
        Check how many statements Django and both twins run in a `with` or `async with` block.

        With `func`, it is called instead; one that is a coroutine function gives an awaitable.
        """
        context = AssertNumQueries(num, using)
        if func is None:
            return context
        if inspect.iscoroutinefunction(func):
            return _call(context, func, *args, **kwargs)
        with context:
            func(*args, **kwargs)
        return None


async def _call(
    context: AssertNumQueries, func: Callable[..., Any], *args: Any, **kwargs: Any
) -> None:
    async with context:
        await func(*args, **kwargs)


class TransactionTestCase(_SharedDatabases, test.TransactionTestCase):
    """
    A test case without a transaction of its own; the tables are flushed after each test.

    The async twin has its pools, which end with the event loop of each test.
    Django: django.test.TransactionTestCase.
    """

    def _post_teardown(self) -> None:
        # Who holds a lock on a table would keep it from being flushed.
        sharing.abort_pools()
        super()._post_teardown()


class _Done:
    """What the last `super().setUpTestData()` gives where it is awaited."""

    def __await__(self) -> Any:
        return iter(())


class TestCase(_SharedDatabases, test.TestCase):
    """
    A test case each of whose tests is rolled back, whatever it has used of Django and vinyl.

    Tests and `setUpTestData` may be coroutine functions.
    Django: django.test.TestCase.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        given = vars(cls).get("setUpTestData")
        func = getattr(given, "__func__", None)
        if inspect.iscoroutinefunction(func):
            cls.setUpTestData = classmethod(_finished(func))  # type: ignore[method-assign,assignment]

    @classmethod
    def setUpTestData(cls) -> Any:
        """Make data for all tests of the class; each gets a copy of what is set on the class."""
        super().setUpTestData()
        return _Done()

    @classmethod
    def captureOnCommitCallbacks(  # noqa: N802
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> CaptureOnCommitCallbacks:
        """Capture what on_commit() registers in a `with` or `async with` block, as a list."""
        return CaptureOnCommitCallbacks(using, execute)

    def _fixture_teardown(self) -> None:
        # SQLite rolls back under no statement of which rows are still to be read.
        sharing.end()
        super()._fixture_teardown()  # type: ignore[misc]


def _finished(func: Callable[..., Any]) -> Callable[..., Any]:
    """Run a coroutine function to its end where no event loop is running."""

    @functools.wraps(func)
    def set_up(cls: type) -> Any:
        return func(cls) if is_in_loop() else async_to_sync(func)(cls)

    return set_up
