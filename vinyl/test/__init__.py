"""
Test cases in which stock Django, the sync twin and the async twin share one transaction.

For pytest there are fixtures with the same; `vinyl.test.plugin` has them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vinyl.test.queries import CaptureQueries
    from vinyl.test.testcases import TestCase, TransactionTestCase

_HOMES = {
    "CaptureQueries": "queries",
    "TestCase": "testcases",
    "TransactionTestCase": "testcases",
}

__all__ = ["CaptureQueries", "TestCase", "TransactionTestCase"]


def __getattr__(name: str) -> Any:
    # Only on demand: pytest imports the plugin before Django is configured, and for everybody.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"vinyl.test.{_HOMES[name]}"), name)
