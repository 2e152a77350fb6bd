"""
The one door to the database, closed: Django compiles a query, and stops where it would run it.

Django builds and compiles without touching a database; what it would execute goes through
`SQLCompiler.execute_sql()`. A *dialect* is a `DatabaseWrapper` of Django's that never connects
and whose compilers stop at that method, so that any method of Django's may be called for the
statement it ends in. vinyl runs the statement, and finishes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.constants import MULTI, NO_RESULTS, SINGLE

from vinyl.stock import SQLCompiler, SQLDeleteCompiler, SQLInsertCompiler, SQLUpdateCompiler

if TYPE_CHECKING:
    from vinyl.sql.answers import Answers, Statement

    class Dialect(BaseDatabaseWrapper):
        """A wrapper of Django's, with what vinyl keeps on it."""

        # `vinyl_door` is its name among Django's `connections`, `vinyl_answers` what compilers
        # answer instead of stopping, if anything, `vinyl_stands_in` whether it does for Django's
        # connection in `answering()`, `vinyl_statements` the statement cache.
        ops: Any
        vinyl_door: str
        vinyl_answers: Answers | None
        vinyl_stands_in: bool
        vinyl_statements: dict[Any, Any]


_UNANSWERED = object()
_WRITERS = (SQLInsertCompiler, SQLUpdateCompiler, SQLDeleteCompiler)


class Stopped(BaseException):
    """
    A compiler was asked to run its statement; it is kept here, with that if it is known already.

    No Exception: code of the user's on the way may catch those.
    """

    def __init__(self, compiler: Any, statement: Statement | None = None) -> None:
        super().__init__(compiler)
        self.compiler: SQLCompiler = compiler
        self.statement = statement

    @property
    def writes(self) -> bool:
        """Whether the statement is no query."""
        return isinstance(self.compiler, _WRITERS)


class _Stopping:
    """Make a compiler of Django's stop where it would run its statement."""

    connection: Dialect
    as_sql: Callable[[], Any]
    answer: Any = _UNANSWERED

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Give the answer that was put in, or stop."""
        if self.answer is not _UNANSWERED:
            return self.answer
        answers = self.connection.vinyl_answers
        if answers is None or isinstance(self, _WRITERS):
            raise Stopped(self)
        # Compiling sets up what reading the rows needs, too.
        statement = statement_of(cast(SQLCompiler, self))
        answer = [] if statement is None else answers.to(statement)
        if answer is None:
            raise Stopped(self, statement)
        if isinstance(answer, Exception):
            raise answer
        return _as_asked(self, answer, *args, **kwargs)


def _as_asked(compiler: Any, rows: Any, result_type: Any = MULTI, *args: Any, **kwargs: Any) -> Any:
    """Return rows in the form that the caller of execute_sql() asks for."""
    if result_type == SINGLE:
        return rows[0][: compiler.col_count] if rows else None
    return None if result_type == NO_RESULTS else [rows]


@functools.cache
def _stopping(compiler_class: type[SQLCompiler]) -> type[SQLCompiler]:
    return type(compiler_class.__name__, (_Stopping, compiler_class), {})


def open_dialect(
    alias: str,
    settings_alias: str,
    autocommits: Callable[[], bool],
    *,
    stands_in: bool = False,
) -> Dialect:
    """
    Make the dialect of an alias from the settings of `settings_alias`.

    `autocommits` tells whether a statement would run outside a transaction. `stands_in` is set
    where Django's own connection cannot be used.

    It calls itself `alias`, since subqueries are compared by that.
    """
    wrapper: Any = connections.create_connection(settings_alias)
    wrapper.alias = alias
    wrapper.vinyl_answers = None
    wrapper.vinyl_stands_in = stands_in
    if stands_in:
        wrapper.ensure_connection = _refuse_to_write
    wrapper.vinyl_statements = {}
    wrapper.vinyl_door = f"vinyl:{alias}"
    stock = wrapper.ops.compiler
    wrapper.ops.compiler = lambda name: _stopping(stock(name))
    wrapper.get_autocommit = autocommits
    dialect: Dialect = wrapper
    return dialect


def _refuse_to_write() -> None:
    """Fail what begins a transaction: all that Django does with the connection itself."""
    raise writing_refused()


def writing_refused(to: str = "the database") -> NotSupportedError:
    """Return the error for code that is called again after each of its queries, and writes."""
    return NotSupportedError(
        f"Code that is called again after each of its queries wants to write to {to}: a function "
        "given as on_delete, as default of SET_DEFAULT or to SET(), or a part of the model's "
        "validation. It may read only. Write beforehand, in a coroutine method of a class for "
        "VinylManager(model=...), or in the sync mode."
    )


def make_known(wrapper: Dialect) -> Dialect:
    """
    Put a dialect among Django's `connections` of this context, under its `vinyl_door`.

    Some of Django's methods take the name of a connection only.
    """
    connections[wrapper.vinyl_door] = wrapper
    return wrapper


class DialectWanted(BaseException):
    """Code that runs with dialects in the place of connections asked for one more."""

    def __init__(self, alias: str) -> None:
        super().__init__(alias)
        self.alias = alias


class _Unknown:
    """Stand in for a connection whose dialect has not been made yet."""

    def __init__(self, alias: str) -> None:
        self.__dict__["alias"] = alias

    def __getattr__(self, name: str) -> Any:
        raise DialectWanted(self.alias)

    def __setattr__(self, name: str, value: Any) -> None:
        raise DialectWanted(self.alias)


@contextmanager
def standing_in(dialects: Mapping[str, Dialect]) -> Iterator[None]:
    """
    Put dialects in the place of Django's connections, for code that goes by their names.

    No connection is reached inside the block, which must not await: one for which there is no
    dialect raises DialectWanted when it is used.
    """
    own = {
        alias: connections[alias]
        for alias in connections
        if hasattr(connections._connections, alias)  # type: ignore[attr-defined]
    }
    try:
        for alias in connections:
            stand_in: Any = dialects.get(alias) or _Unknown(alias)
            connections[alias] = stand_in
        yield
    finally:
        for alias in connections:
            if alias in own:
                connections[alias] = own[alias]
            else:
                del connections[alias]


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
def answering(wrapper: Dialect, answers: Answers) -> Iterator[None]:
    """
    Let compilers of a dialect that are asked to run give these answers, from the first one on.

    Where Django's own connection cannot be used, queries by the alias itself get there, too.
    """
    answers.rewind()
    wrapper.vinyl_answers = answers
    stock: Any = connections[wrapper.alias] if wrapper.vinyl_stands_in else None
    if stock is not None:
        connections[wrapper.alias] = wrapper
    try:
        yield
    finally:
        wrapper.vinyl_answers = None
        if stock is not None:
            connections[wrapper.alias] = stock


def compiler_of(query: Any, connection: Dialect) -> SQLCompiler:
    """Return the compiler of a queryset's query, which compiling leaves as it is."""
    # To a union ordered by what values() left out, Django adds a column as it compiles: a key in
    # each dict, and too many columns in the statement when it is compiled again.
    if query.combinator:
        query = query.clone()
        query.selected = query.selected and dict(query.selected)  # Clones share it.
    compiler: SQLCompiler = query.get_compiler(connection=connection)
    return compiler


def statement_of(compiler: SQLCompiler) -> tuple[str, Any] | None:
    """Compile; return SQL and parameters, or None where no row can match."""
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return (sql, params) if sql else None
