"""What is done to Django's test cases whoever is judged: their plumbing runs on stock Django."""

from __future__ import annotations

import functools
import sys
import unittest
from typing import Any

from tests.django_suite.scopes import StockFallback, scopes, stock


def install_scopes() -> None:
    """Let creating, filling and flushing databases run on stock Django; count per test."""
    from django.test import testcases

    for name in ("_pre_setup", "_post_teardown"):
        _in_stock(testcases.TransactionTestCase, name)
    testcases.call_command = _stock_call(testcases.call_command)
    original = unittest.TestCase._callSetUp

    @functools.wraps(original)
    def set_up(self: Any) -> Any:
        scopes.io = 0
        scopes.flags = set()
        return original(self)

    unittest.TestCase._callSetUp = set_up


def _in_stock(owner: type, name: str) -> None:
    raw = vars(owner)[name]
    if isinstance(raw, (classmethod, staticmethod)):
        setattr(owner, name, type(raw)(_stock_call(raw.__func__)))
    else:
        setattr(owner, name, _stock_call(raw))


def _stock_call(func: Any) -> Any:
    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with stock():
            return func(*args, **kwargs)

    return wrapper


def install_guard(forbidden: bool) -> None:
    """Count what Django's compilers run; raise, where vinyl is judged, but for plumbing."""
    from django.db.models.sql import compiler, query

    def guard(cls: type, name: str) -> None:
        original = cls.__dict__[name]

        @functools.wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not scopes.stock:
                if forbidden:
                    raise StockFallback(sys._getframe(1).f_code.co_qualname)
                scopes.io += 1
            return original(self, *args, **kwargs)

        setattr(cls, name, method)

    guard(compiler.SQLCompiler, "execute_sql")
    guard(compiler.SQLInsertCompiler, "execute_sql")
    if "execute_returning_sql" in vars(compiler.SQLUpdateCompiler):
        guard(compiler.SQLUpdateCompiler, "execute_returning_sql")
    guard(query.RawQuery, "_execute_query")


def when_ready(func: Any) -> None:
    """Call a function once the app registry is populated."""
    import django.apps.registry as registry

    original = registry.Apps.populate
    done: list[bool] = []

    def populate(self: Any, installed_apps: Any = None) -> None:
        original(self, installed_apps)
        if not done and self.ready:
            from django.apps import apps

            if self is apps and apps.is_installed("django.contrib.contenttypes"):
                done.append(True)
                func()

    registry.Apps.populate = populate
