"""Run Django's synchronous code, whose queries vinyl runs on Django's own connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from typing import Any, TypeVar

from django.db import connections as django_connections
from django.db.models.sql.constants import MULTI, SINGLE

from vinyl.sql.door import statement_of
from vinyl.stock import SQLCompiler, SQLDeleteCompiler, SQLInsertCompiler, SQLUpdateCompiler

from .connection import connections

T = TypeVar("T")
_WRITERS = (SQLInsertCompiler, SQLUpdateCompiler, SQLDeleteCompiler)


def answered(call: Callable[[], T]) -> T:
    """Call code of Django's that may query; vinyl runs what it reads, Django what it writes."""
    with _standing_in():
        return call()


def in_steps(obj: Any, method: Callable[..., None], **kwargs: Any) -> None:
    """Run full_clean(), Django's or the user's."""
    method(**kwargs)


class _StandIn:
    """Django's connection, save that vinyl runs the SELECTs that are compiled for it."""

    def __init__(self, alias: str, own: Any) -> None:
        self.__dict__.update(alias=alias, own=own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._made(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._made(), name)

    def _made(self) -> Any:
        """Return Django's connection, which is made when it is first used, as Django does."""
        if self.own is None:
            self.__dict__["own"] = django_connections.create_connection(self.alias)
        return self.own

    @property
    def ops(self) -> Any:
        stock = self._made().ops
        ops = copy(stock)
        ops.compiler = lambda name: _reading(stock.compiler(name))
        return ops


@contextmanager
def _standing_in() -> Iterator[None]:
    stand_ins = []
    for alias in django_connections:
        there = hasattr(django_connections._connections, alias)  # type: ignore[attr-defined]
        stand_in: Any = _StandIn(alias, django_connections[alias] if there else None)
        django_connections[alias] = stand_in
        stand_ins.append(stand_in)
    try:
        yield
    finally:
        for stand_in in stand_ins:
            if stand_in.own is None:
                del django_connections[stand_in.alias]
            else:
                django_connections[stand_in.alias] = stand_in.own


class _Reading:
    """Make a compiler of Django's hand its statement to vinyl."""

    connection: Any
    col_count: int
    has_extra_select: bool

    def execute_sql(
        self, result_type: Any = MULTI, chunked_fetch: bool = False, **kwargs: Any
    ) -> Any:
        """Run the statement, and return rows as Django's compilers do."""
        if chunked_fetch or result_type not in (MULTI, SINGLE):
            stock: Any = super()
            return stock.execute_sql(result_type, chunked_fetch, **kwargs)
        compiler: Any = self
        statement = statement_of(compiler)
        if statement is None:
            return iter(()) if result_type == MULTI else None
        rows = connections[self.connection.alias].execute(*statement).rows
        if result_type == SINGLE:
            return rows[0][: self.col_count] if rows else None
        return [[row[: self.col_count] for row in rows] if self.has_extra_select else rows]


@cache
def _reading(compiler_class: type[SQLCompiler]) -> type[SQLCompiler]:
    if issubclass(compiler_class, (*_WRITERS, _Reading)):
        return compiler_class
    return type(compiler_class.__name__, (_Reading, compiler_class), {})
