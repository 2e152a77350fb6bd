"""
Ask stock Django from inside a test of either twin.

Django's ORM refuses to run where an event loop runs, and a test of the sync twin shares Django's
connection of its thread. So stock Django gets a thread, and with it a connection, of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

Result = TypeVar("Result")

_executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stock-django")


def stock(function: Callable[[], Result]) -> Result:
    """Call the function on stock Django's thread and return its result."""
    return _executor.submit(function).result()


def close() -> None:
    """Close the connections of stock Django's thread."""
    stock(connections.close_all)


def stock_recorded(function: Callable[[], Result]) -> tuple[Result, list[str]]:
    """Call the function on stock Django's thread; return its result and the statements sent."""

    def call() -> tuple[Result, list[str]]:
        with CaptureQueriesContext(connection) as queries:
            result = function()
        return result, [query["sql"] for query in queries]

    return stock(call)
