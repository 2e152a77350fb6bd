"""
The one door to the database, closed: Django compiles a query, and stops where it would run it.

Django builds and compiles without touching a database; what it would execute goes through
`SQLCompiler.execute_sql()`. A *dialect* is a `DatabaseWrapper` of Django's that never connects
and whose compilers stop at that method, so that any method of Django's may be called for the
statement it ends in. vinyl runs the statement, and finishes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from vinyl.stock import SQLCompiler

if TYPE_CHECKING:

    class Dialect(BaseDatabaseWrapper):
        """A wrapper of Django's, with what vinyl keeps on it."""

        # `vinyl_door` is its name among Django's `connections`, `vinyl_answers` what compilers
        # answer instead of stopping, `vinyl_statements` the statement cache.
        ops: Any
        vinyl_door: str
        vinyl_answers: list[Any]
        vinyl_statements: dict[Any, Any]


_UNANSWERED = object()


class Stopped(Exception):
    """A compiler was asked to run its statement; it is kept here with what was asked."""

    def __init__(self, compiler: Any) -> None:
        super().__init__(compiler)
        self.compiler: SQLCompiler = compiler


class _Stopping:
    """Make a compiler of Django's stop where it would run its statement."""

    connection: Dialect
    as_sql: Callable[[], Any]
    answer: Any = _UNANSWERED

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Give the answer that was put in, or stop."""
        if self.answer is not _UNANSWERED:
            return self.answer
        if self.connection.vinyl_answers:
            self.as_sql()  # It sets up what reading the rows needs.
            return self.connection.vinyl_answers.pop(0)
        raise Stopped(self)


@functools.cache
def _stopping(compiler_class: type[SQLCompiler]) -> type[SQLCompiler]:
    return type(compiler_class.__name__, (_Stopping, compiler_class), {})


def open_dialect(alias: str, settings_alias: str, autocommits: Callable[[], bool]) -> Dialect:
    """
    Make the dialect of an alias from the settings of `settings_alias`.

    `autocommits` tells whether a statement would run outside a transaction.

    It calls itself `alias`, since subqueries are compared by that.
    """
    wrapper: Any = connections.create_connection(settings_alias)
    wrapper.alias = alias
    wrapper.vinyl_answers = []
    wrapper.vinyl_statements = {}
    wrapper.vinyl_door = f"vinyl:{alias}"
    stock = wrapper.ops.compiler
    wrapper.ops.compiler = lambda name: _stopping(stock(name))
    wrapper.get_autocommit = autocommits
    dialect: Dialect = wrapper
    return dialect


def make_known(wrapper: Dialect) -> Dialect:
    """
    Put a dialect among Django's `connections` of this context, under its `vinyl_door`.

    Some of Django's methods take the name of a connection only.
    """
    connections[wrapper.vinyl_door] = wrapper
    return wrapper


def stop(call: Callable[[], Any]) -> Any:
    """
    Call one of Django's methods; return the compiler that it would have run.

    A result that needed no database comes back as it is.
    """
    try:
        return call()
    except Stopped as stopped:
        return stopped.compiler


@contextmanager
def answering(wrapper: Dialect, answers: list[Any]) -> Iterator[None]:
    """Let compilers of a dialect that are asked to run give these answers, in this order."""
    wrapper.vinyl_answers = list(answers)
    try:
        yield
    finally:
        wrapper.vinyl_answers = []


def statement_of(compiler: SQLCompiler) -> tuple[str, Any] | None:
    """Compile; return SQL and parameters, or None where no row can match."""
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return (sql, params) if sql else None
